import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { reactToNote, unreactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Record<string, unknown>;

let here: TestInstance;
let alice: Viewer;
let eve: Peer;
let note: NoteView;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  note = await aNote(here, { by: alice, source: "Soup is ready" });
});
afterEach(() => here.close());

/** Misskey's words for a reaction. */
const MISSKEY = [
  "https://www.w3.org/ns/activitystreams",
  {
    Emoji: "toot:Emoji",
    toot: "http://joinmastodon.org/ns#",
    misskey: "https://misskey-hub.net/ns#",
    _misskey_reaction: "misskey:_misskey_reaction",
  },
];
const LITEPUB = ["https://www.w3.org/ns/activitystreams", "https://e.test/schemas/litepub-0.1.jsonld"];

const BLOB = {
  id: "https://e.test/emojis/blob",
  type: "Emoji",
  name: ":blob:",
  updated: "2026-01-01T00:00:00Z",
  icon: { type: "Image", mediaType: "image/png", url: "https://e.test/files/blob.png" },
};

function aLike(id: string, change: Json = {}): Json {
  return {
    "@context": MISSKEY,
    id: `https://e.test/likes/${id}`,
    type: "Like",
    actor: eve.actorUri,
    object: note.uri,
    ...change,
  };
}

const misskeys = (id: string, emoji: string, change: Json = {}) =>
  aLike(id, { content: emoji, _misskey_reaction: emoji, ...change });

async function after(...activities: readonly Json[]): Promise<NoteView> {
  for (const activity of activities) {
    expect(await deliver(here, eve, activity)).toBe(202);
    await drain(here);
  }
  return await viewNote(here.app, alice, note.id);
}

const told = async () => (await listNotifications(here.app, alice, {})).items.map((one) => one.kind);

describe("three dialects", () => {
  test("Misskey: a Like with an emoji is a reaction and no like", async () => {
    const view = await after(misskeys("1", "🎉"));
    expect(view.reactions).toEqual([{ name: "🎉", url: null, count: 1, mine: false }]);
    expect(view.likesCount).toBe(0);
    expect(await told()).toEqual(["reaction"]);
  });

  test("Misskey: hearts and stars are plain likes", async () => {
    const view = await after(misskeys("1", "❤"));
    expect(view).toMatchObject({ likesCount: 1, reactions: [] });
    expect(await told()).toEqual(["like"]);
  });

  test("old Misskey: a word in _misskey_reaction", async () => {
    expect((await after(aLike("1", { _misskey_reaction: "pudding" }))).reactions).toMatchObject([
      { name: "🍮" },
    ]);
  });

  test("a custom emoji is drawn through our own proxy, whatever host its name carries", async () => {
    const view = await after(misskeys("1", ":blob@.:", { tag: [BLOB] }));
    expect(view.reactions).toEqual([
      { name: ":blob:", url: expect.stringMatching(/^\/proxy\//), count: 1, mine: false },
    ]);
  });

  test("a custom emoji without a picture is its name", async () => {
    expect((await after(misskeys("1", ":blob:"))).reactions).toMatchObject([{ name: ":blob:", url: null }]);
  });

  test("Pleroma: EmojiReact, also with a heart, is a reaction", async () => {
    const view = await after({
      ...aLike("1", { type: "EmojiReact", content: "❤️" }),
      "@context": LITEPUB,
    });
    expect(view).toMatchObject({ likesCount: 0, reactions: [{ name: "❤️", count: 1 }] });
  });

  test("what is no emoji: a Like is a like, an EmojiReact is nothing", async () => {
    const words = "this is no emoji";
    expect(await after(misskeys("1", words))).toMatchObject({ likesCount: 1, reactions: [] });
    const react = { ...aLike("2", { type: "EmojiReact", content: words }), "@context": LITEPUB };
    expect((await after(react)).reactions).toEqual([]);
    const long = { ...aLike("3", { type: "EmojiReact", content: "👍".repeat(100) }), "@context": LITEPUB };
    expect((await after(long)).reactions).toEqual([]);
  });
});

describe("taking back and counting", () => {
  test("Undo by id, and by what came embedded", async () => {
    const undo = (id: string, object: unknown): Json => ({
      "@context": MISSKEY,
      id: `https://e.test/undos/${id}`,
      type: "Undo",
      actor: eve.actorUri,
      object,
    });
    await after(misskeys("1", "🎉"), misskeys("2", "🔥"));
    expect((await after(undo("1", "https://e.test/likes/1"))).reactions).toMatchObject([{ name: "🔥" }]);
    expect(await told()).toEqual(["reaction"]);
    const again = misskeys("other", "🔥");
    expect((await after(undo("2", again))).reactions).toEqual([]);
    expect(await told()).toEqual([]);
  });

  test("Misskey replaces: an Undo of the old one, then the new one", async () => {
    const first = misskeys("1", "🎉");
    const undo = { id: "https://e.test/undos/1", type: "Undo", actor: eve.actorUri, object: first };
    const view = await after(first, { "@context": MISSKEY, ...undo }, misskeys("2", "🔥"));
    expect(view.reactions).toMatchObject([{ name: "🔥", count: 1 }]);
  });

  test("an Undo that comes first keeps the reaction away", async () => {
    const undo = {
      id: "https://e.test/undos/1",
      type: "Undo",
      actor: eve.actorUri,
      object: "https://e.test/likes/1",
    };
    expect((await after(undo, misskeys("1", "🎉"))).reactions).toEqual([]);
  });

  test("one person has three reactions at most, and each once", async () => {
    const view = await after(
      ...["🎉", "🔥", "🎉", "😮", "👍"].map((emoji, index) => misskeys(String(index), emoji)),
    );
    expect(view.reactions.map((one) => one.name)).toEqual(["🎉", "🔥", "😮"]);
    expect(view.reactions.every((one) => one.count === 1)).toBe(true);
  });

  test("like and reaction of one person stand side by side", async () => {
    const view = await after(aLike("1"), misskeys("2", "🎉"));
    expect(view).toMatchObject({ likesCount: 1, reactions: [{ name: "🎉" }] });
  });

  test("a blocked person's reaction is stored nowhere", async () => {
    const { blockActor } = await import("../../server/services/relations/relationships.ts");
    const { findOrFetchActor } = await import("../../server/services/actors/actors.ts");
    const id = await findOrFetchActor(here.app, eve.actorUri);
    if (id === null) throw new Error("no eve");
    await blockActor(here.app, alice, id);
    expect((await after(misskeys("1", "🎉"))).reactions).toEqual([]);
    expect(await told()).toEqual([]);
  });

  test("a reaction to what its author cannot see is stored nowhere", async () => {
    note = await aNote(here, { by: alice, source: "Private", visibility: "followers" });
    expect((await after(misskeys("1", "🎉"))).reactions).toEqual([]);
  });

  test("reactions go with the note and with the person", async () => {
    const { deleteNote } = await import("../../server/services/notes/notes.ts");
    await after(misskeys("1", "🎉"));
    await deleteNote(here.app, alice, note.id);
    const { rows } = await here.database.db
      .selectFrom("reactions")
      .selectAll()
      .execute()
      .then((rows) => ({ rows }));
    expect(rows).toEqual([]);
  });
});

describe("ours to others", () => {
  let theirs: NoteView;
  beforeEach(async () => {
    eve.documents.set("/notes/1", {
      "@context": "https://www.w3.org/ns/activitystreams",
      ...(aCreate(eve, "1")["object"] as Json),
    });
    const found = await fetchNote(here.app, alice, "https://e.test/notes/1");
    if (found === null) throw new Error("not fetched");
    theirs = found;
  });

  test("a Like with content, which is a like for those who know no reactions, and its Undo", async () => {
    await reactToNote(here.app, alice, theirs.id, "🔥");
    await drain(here);
    const [sent] = eve.received;
    expect(sent?.json).toMatchObject({
      type: "Like",
      id: expect.stringMatching(/^https:\/\/here\.test\/reactions\/\d+$/),
      object: "https://e.test/notes/1",
      content: "🔥",
      _misskey_reaction: "🔥",
      to: [eve.actorUri],
    });
    const served = await here.request(new URL(String(sent?.json["id"])).pathname);
    expect(await served.json()).toMatchObject({ type: "Like", content: "🔥" });
    await unreactToNote(here.app, alice, theirs.id, "🔥");
    await drain(here);
    expect(eve.received[1]?.json).toMatchObject({
      type: "Undo",
      object: { type: "Like", id: sent?.json["id"], content: "🔥" },
    });
    expect((await viewNote(here.app, alice, theirs.id)).reactions).toEqual([]);
  });

  test("somebody else's custom emoji can be joined, with its picture", async () => {
    await after({ ...misskeys("1", ":blob:", { tag: [BLOB] }), object: theirs.uri });
    await reactToNote(here.app, alice, theirs.id, ":blob:");
    await drain(here);
    expect(eve.received[0]?.json).toMatchObject({
      content: ":blob:",
      tag: [{ type: "Emoji", name: ":blob:", icon: { type: "Image", url: "https://e.test/files/blob.png" } }],
    });
    expect((await viewNote(here.app, alice, theirs.id)).reactions).toMatchObject([{ count: 2, mine: true }]);
  });

  test("words and unknown names are refused, and the fourth emoji", async () => {
    for (const text of ["hello", ":nothing:", "👍👍", "1", ""])
      await expect(reactToNote(here.app, alice, theirs.id, text)).rejects.toMatchObject({ kind: "invalid" });
    for (const emoji of ["🔥", "🎉", "👍"]) await reactToNote(here.app, alice, theirs.id, emoji);
    await expect(reactToNote(here.app, alice, theirs.id, "😮")).rejects.toMatchObject({ kind: "invalid" });
  });
});
