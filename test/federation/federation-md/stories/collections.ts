import { announceNote, likeNote } from "../../../../server/services/reactions/reactions.ts";
import { aMember, aNote } from "../../../support/instance.ts";
import { drain } from "../../../support/network.ts";
import type { Story } from "../world.ts";

export const collections: Readonly<Record<string, Story>> = {
  async ofActors(world) {
    const { here, alice, get, aliceUri } = world;
    await world.boFollows();
    const note = await aNote(here, { by: alice.viewer, source: "Hello", language: "en" });
    world.name(note.id, "201");
    await drain(here);
    const outbox = await get(`${aliceUri}/outbox`);
    const page = await get(String(outbox["first"]));
    const [create] = page["orderedItems"] as Record<string, unknown>[];
    const followers = await get(`${aliceUri}/followers`);
    return {
      outbox,
      "outbox-page": {
        ...page,
        orderedItems: [{ ...create, object: { id: note.uri, type: "Note", "…": "as served" } }],
      },
      followers,
      "followers-page": await get(String(followers["first"])),
    };
  },

  async ofNotes(world) {
    const { here, alice, get } = world;
    const carol = await aMember(here, "carol");
    world.name(carol.viewer.actorId, "102");
    const note = await aNote(here, { by: alice.viewer, source: "Who is in?", language: "en" });
    world.name(note.id, "201");
    here.clock.advance(1_000);
    const reply = await aNote(here, { by: carol.viewer, source: "I am.", replyTo: note.id });
    world.name(reply.id, "202");
    await likeNote(here.app, carol.viewer, note.id);
    await announceNote(here.app, carol.viewer, note.id);
    await drain(here);
    const { replies, likes, shares, context } = await get(note.uri);
    const idOf = (value: unknown): string =>
      typeof value === "string" ? value : String((value as { id?: unknown } | null)?.id);
    return {
      "note-collections": { id: note.uri, type: "Note", context, replies, likes, shares },
      replies: await get(idOf(replies)),
      likes: await get(idOf(likes)),
      shares: await get(idOf(shares)),
      conversation: await get(idOf(context)),
    };
  },
};
