import { beforeEach, expect, test } from "vitest";
import sharp from "sharp";
import type { NoteView } from "../../server/domain/note.ts";
import { reactToNote, unreactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { addEmoji } from "../../server/services/notes/emojis.ts";
import { approveInteraction, listInteractionRequests } from "../../server/services/consent/interactions.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { aNote } from "../support/instance.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";

const ASK = { automatic: "nobody", manual: "everyone" } as const;

let pair: Pair;
beforeEach(async () => {
  pair = await aPair();
  await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
});

async function arrived(note: NoteView): Promise<NoteView> {
  await pair.settle();
  const copy = await fetchNote(pair.west.app, pair.bo.viewer, note.uri);
  if (copy === null) throw new Error("the note did not arrive");
  return copy;
}

test("reactions of both kinds reach the author, with the picture of a custom emoji, and leave again", async () => {
  const picture = await sharp({ create: { width: 16, height: 16, channels: 4, background: "#c30" } })
    .png()
    .toBuffer();
  await addEmoji(pair.west.app, { shortcode: "soup", bytes: new Uint8Array(picture) });
  const note = await aNote(pair.east, { by: pair.ann.viewer, source: "Soup is ready" });
  const copy = await arrived(note);
  await reactToNote(pair.west.app, pair.bo.viewer, copy.id, "🔥");
  await reactToNote(pair.west.app, pair.bo.viewer, copy.id, ":soup:");
  await pair.settle();
  const shown = await viewNote(pair.east.app, pair.ann.viewer, note.id);
  expect(shown.likesCount).toBe(0);
  expect(shown.reactions).toEqual([
    { name: "🔥", url: null, count: 1, mine: false },
    { name: ":soup:", url: expect.stringMatching(/^\/proxy\//), count: 1, mine: false },
  ]);
  expect(
    (await listNotifications(pair.east.app, pair.ann.viewer, {})).items.map((one) => one.kind),
  ).toContain("reaction");
  await unreactToNote(pair.west.app, pair.bo.viewer, copy.id, "🔥");
  await unreactToNote(pair.west.app, pair.bo.viewer, copy.id, ":soup:");
  await pair.settle();
  expect((await viewNote(pair.east.app, pair.ann.viewer, note.id)).reactions).toEqual([]);
  expect((await listNotifications(pair.east.app, pair.ann.viewer, {})).items.map((one) => one.kind)).toEqual([
    "follow",
  ]);
});

test("an answer that has to be allowed is shown at its parent's server once it is, and carries the stamp", async () => {
  const note = await aNote(pair.east, { by: pair.ann.viewer, source: "Ask me", policy: { reply: ASK } });
  const copy = await arrived(note);
  expect(copy.may.reply).toBe("ask");
  const reply = await aNote(pair.west, { by: pair.bo.viewer, source: "May I?", replyTo: copy.id });
  await pair.settle();
  expect((await viewThread(pair.east.app, pair.ann.viewer, note.id)).replies).toEqual([]);
  const [request] = (await listInteractionRequests(pair.east.app, pair.ann.viewer, {})).items;
  if (request === undefined) throw new Error("no request");
  await approveInteraction(pair.east.app, pair.ann.viewer, request.id);
  await pair.settle();
  expect((await viewThread(pair.east.app, pair.ann.viewer, note.id)).replies).toHaveLength(1);
  const json = await pair.west.request(new URL(reply.uri).pathname, {
    headers: { accept: "application/activity+json" },
  });
  expect(await json.json()).toMatchObject({
    replyAuthorization: pair.east.app.uris.authorization(request.id),
  });
});

test("what a policy rules out is refused where the person presses the button", async () => {
  const nobody = { automatic: "nobody", manual: "nobody" } as const;
  const note = await aNote(pair.east, {
    by: pair.ann.viewer,
    source: "Leave me be",
    policy: { reply: nobody, like: nobody, announce: nobody },
  });
  const copy = await arrived(note);
  expect(copy.may).toMatchObject({ reply: "no", like: "no", announce: "no" });
  const acts = [
    () => likeNote(pair.west.app, pair.bo.viewer, copy.id),
    () => announceNote(pair.west.app, pair.bo.viewer, copy.id),
    () => reactToNote(pair.west.app, pair.bo.viewer, copy.id, "🔥"),
    () => aNote(pair.west, { by: pair.bo.viewer, source: "hi", replyTo: copy.id }),
  ];
  for (const act of acts) await expect(act()).rejects.toMatchObject({ kind: "forbidden" });
});

test("a note for followers of its author lets them answer, and nobody else boost", async () => {
  const policy = { reply: { automatic: "followers", manual: "nobody" } } as const;
  const note = await aNote(pair.east, { by: pair.ann.viewer, source: "Friends", policy });
  const copy = await arrived(note);
  expect(copy.may.reply).toBe("yes");
  await aNote(pair.west, { by: pair.bo.viewer, source: "Here", replyTo: copy.id });
  await pair.settle();
  expect((await viewThread(pair.east.app, pair.ann.viewer, note.id)).replies).toHaveLength(1);
});
