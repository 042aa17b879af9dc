import { addEmoji } from "../../../../server/services/notes/emojis.ts";
import { uploadImage } from "../../../../server/services/media/attachments.ts";
import { deleteNote, editNote } from "../../../../server/services/notes/notes.ts";
import { endPolls, votePoll } from "../../../../server/services/notes/polls.ts";
import { aNote } from "../../../support/instance.ts";
import { drain } from "../../../support/network.ts";
import { aPicture, type Story } from "../world.ts";

const DAY = 86_400_000;

export const notes: Readonly<Record<string, Story>> = {
  async publicNote(world) {
    const { here, alice, get } = world;
    const picture = await uploadImage(here.app, alice.viewer, {
      bytes: await aPicture(),
      alt: "A green train",
    });
    await addEmoji(here.app, { shortcode: "steam", bytes: await aPicture() });
    await world.boFollows();
    const create = await world.theOne("Create", async () => {
      const note = await aNote(here, {
        by: alice.viewer,
        source: "@bo@elsewhere.example it **runs** again :steam: #Trains",
        language: "en",
        attachments: [{ id: picture.id, focus: { x: 0.25, y: -0.5 } }],
      });
      world.name(note.id, "201");
    });
    const note = create["object"] as Record<string, unknown>;
    const emoji = (note["tag"] as { type: string; id: string }[]).find(({ type }) => type === "Emoji");
    return {
      note: await get(String(note["id"])),
      create: { ...create, object: { id: note["id"], type: "Note", "…": "as served" } },
      proof: { proof: { ...(create["proof"] as object), "@context": "… as around it" } },
      emoji: await get(emoji?.id ?? ""),
    };
  },

  async kindsOfNotes(world) {
    const { here, alice, get } = world;
    await world.boFollows();
    const by = alice.viewer;
    const shown = async (note: { readonly uri: string }, ...keys: readonly string[]) => {
      const json = await get(note.uri);
      return Object.fromEntries(["id", "type", ...keys].map((key) => [key, json[key]]));
    };
    const first = await aNote(here, { by, source: "Who is in?", language: "en" });
    world.name(first.id, "201");
    const reply = await aNote(here, { by, source: "I am.", replyTo: first.id, visibility: "unlisted" });
    const warned = await aNote(here, {
      by,
      source: "They marry.",
      summary: "End of the film",
      sensitive: true,
    });
    const titled = await aNote(here, { by, title: "On rails", source: "The *night* train." });
    const link = `https://social.example/${"rail".repeat(400)}`;
    const article = await aNote(here, { by, title: "On rails", source: `A *long* [text](${link}).` });
    return {
      "note-reply": await shown(reply, "to", "cc", "inReplyTo", "context", "conversation"),
      "note-warning": await shown(warned, "summary", "sensitive", "content"),
      "note-titled": await shown(titled, "name", "content"),
      article: await shown(article, "name", "preview"),
    };
  },

  async privateNotes(world) {
    const { here, alice } = world;
    await world.boFollows();
    const note = (visibility: "followers" | "direct") => async () => {
      await aNote(here, { by: alice.viewer, source: "@bo@elsewhere.example psst", visibility });
    };
    const addressed = (create: Record<string, unknown>) => {
      const { to, cc } = create;
      return { type: create["type"], to, cc };
    };
    return {
      "followers-only": addressed(await world.theOne("Create", note("followers"))),
      direct: addressed(await world.theOne("Create", note("direct"))),
    };
  },

  async edits(world) {
    const { here, alice, get } = world;
    await world.boFollows();
    const note = await aNote(here, { by: alice.viewer, source: "Tuesday", language: "en" });
    world.name(note.id, "201");
    await drain(here);
    here.clock.advance(60_000);
    const update = await world.theOne("Update", () =>
      editNote(here.app, alice.viewer, { noteId: note.id, source: "Wednesday", language: "en" }),
    );
    const { id, type, content, published, updated } = update["object"] as Record<string, unknown>;
    const remove = await world.theOne("Delete", () => deleteNote(here.app, alice.viewer, note.id));
    return {
      "update-note": { ...update, object: { id, type, content, published, updated, "…": "as served" } },
      "delete-note": remove,
      tombstone: await get(note.uri),
    };
  },

  async poll(world) {
    const { here, alice, bo, get } = world;
    await world.boFollows();
    const poll = { options: ["Tea", "Coffee"], multiple: false, expiresInMs: DAY };
    const note = await aNote(here, { by: alice.viewer, source: "What to drink?", language: "en", poll });
    world.name(note.id, "201");
    await world.receive({
      id: `${bo.actorUri}#votes/1/activity`,
      type: "Create",
      to: world.aliceUri,
      object: {
        id: `${bo.actorUri}#votes/1`,
        type: "Note",
        name: "Tea",
        attributedTo: bo.actorUri,
        inReplyTo: note.uri,
        to: world.aliceUri,
      },
    });
    await drain(here);
    here.clock.advance(60_001);
    await drain(here);
    const update = await world.theOne("Update", async () => {
      here.clock.advance(DAY);
      await endPolls(here.app);
    });
    const question = update["object"] as Record<string, unknown>;
    const keys = ["id", "type", "oneOf", "endTime", "closed", "votersCount"];
    return {
      question: await get(note.uri),
      "update-question": {
        ...update,
        object: { ...Object.fromEntries(keys.map((key) => [key, question[key]])), "…": "as served" },
      },
    };
  },

  async vote(world) {
    const { here, alice } = world;
    const options = ["Green", "Blue"].map((name) => ({ type: "Note", name }));
    const note = await world.boPosts({ type: "Question", oneOf: options, endTime: "2026-06-02T12:00:00Z" });
    return { vote: await world.theOne("Create", () => votePoll(here.app, alice.viewer, note, [1])) };
  },
};
