import { beforeEach, expect, test } from "vitest";
import type { NoteId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import {
  approveInteraction,
  denyInteraction,
  listInteractionRequests,
  revokeQuote,
} from "../../server/services/consent/interactions.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aNote, aMember, type TestInstance } from "../support/instance.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";

const ASK: Partial<OwnPolicy> = { quote: { automatic: "nobody", manual: "everyone" } };
const NOBODY: Partial<OwnPolicy> = { quote: { automatic: "nobody", manual: "nobody" } };

let pair: Pair;
beforeEach(async () => {
  pair = await aPair();
  await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
  await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
});

/** A note of ann's as it arrived at west. */
async function annsNote(
  policy?: Partial<OwnPolicy>,
  source = "Worth a quote",
): Promise<[NoteView, NoteView]> {
  const there = await aNote(pair.east, { by: pair.ann.viewer, source, policy });
  await pair.settle();
  const here = await fetchNote(pair.west.app, pair.bo.viewer, there.uri);
  if (here === null) throw new Error("the note did not arrive");
  return [there, here];
}

async function boQuotes(id: NoteId): Promise<NoteView> {
  const note = await aNote(pair.west, { by: pair.bo.viewer, source: "Look at this", quoteOf: id });
  await pair.settle();
  return note;
}

const seenBy = async (instance: TestInstance, who: Pair["ann"], uri: string) =>
  await fetchNote(instance.app, who.viewer, uri);

async function kinds(): Promise<readonly string[]> {
  return (await listNotifications(pair.east.app, pair.ann.viewer, {})).items.map((one) => one.kind);
}

test("a quote that the policy allows gets its stamp and is drawn on both sides", async () => {
  const [original, copy] = await annsNote();
  const quote = await boQuotes(copy.id);
  expect(quote.quote).toMatchObject({ state: "pending", note: null });
  const mine = await viewNote(pair.west.app, pair.bo.viewer, quote.id);
  expect(mine.quote).toMatchObject({ state: "accepted", note: { uri: original.uri } });
  const theirs = await seenBy(pair.east, pair.ann, quote.uri);
  expect(theirs?.quote).toMatchObject({ state: "accepted", note: { uri: original.uri } });
  expect(await kinds()).toContain("quote");
});

test("the quoting note says it in every spelling, and its line is for those who draw no quotes", async () => {
  const [original, copy] = await annsNote();
  const quote = await boQuotes(copy.id);
  const response = await pair.west.request(new URL(quote.uri).pathname, {
    headers: { accept: "application/activity+json" },
  });
  const json = (await response.json()) as Record<string, unknown>;
  expect(json).toMatchObject({
    quote: original.uri,
    quoteUri: original.uri,
    quoteUrl: original.uri,
    _misskey_quote: original.uri,
    quoteAuthorization: expect.stringMatching(/^https:\/\/east\.test\/quote-authorizations\/\d+$/),
  });
  expect(json["content"]).toBe(
    `<p class="quote-inline">RE: <a href="${original.url}">${original.url}</a></p><p>Look at this</p>`,
  );
  expect(json["tag"]).toContainEqual({
    type: "Link",
    href: original.uri,
    mediaType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    rel: "https://misskey-hub.net/ns#_misskey_quote",
    name: `RE: ${original.url}`,
  });
  expect((await seenBy(pair.east, pair.ann, quote.uri))?.contentHtml).toBe("<p>Look at this</p>");
  const stamp = await pair.east.request(new URL(String(json["quoteAuthorization"])).pathname);
  expect(await stamp.json()).toMatchObject({
    type: "QuoteAuthorization",
    attributedTo: pair.east.app.uris.actor(pair.ann.viewer.actorId),
    interactingObject: quote.uri,
    interactionTarget: original.uri,
  });
});

test("a third person sees the quote once its stamp was read at its author's server", async () => {
  const [, copy] = await annsNote();
  const cyn = await aMember(pair.east, "cyn");
  await follow(pair, pair.east, cyn.viewer, "@bo@west.test");
  await boQuotes(copy.id);
  const [entry] = (await homeTimeline(pair.east.app, cyn.viewer, {})).items;
  expect(entry?.note.quote).toMatchObject({ state: "accepted", note: { author: { username: "ann" } } });
});

test("with manual approval nothing is shown until the author agrees", async () => {
  const [original, copy] = await annsNote(ASK);
  expect(copy.may.quote).toBe("ask");
  const quote = await boQuotes(copy.id);
  const asked = await listInteractionRequests(pair.east.app, pair.ann.viewer, {});
  expect(asked.items).toMatchObject([
    { verb: "quote", actor: { username: "bo" }, object: { uri: quote.uri } },
  ]);
  expect((await viewNote(pair.west.app, pair.bo.viewer, quote.id)).quote?.state).toBe("pending");
  expect(await kinds()).toContain("interaction_request");
  const [request] = asked.items;
  if (request === undefined) throw new Error("no request");
  await approveInteraction(pair.east.app, pair.ann.viewer, request.id);
  await pair.settle();
  const mine = await viewNote(pair.west.app, pair.bo.viewer, quote.id);
  expect(mine.quote).toMatchObject({ state: "accepted", note: { uri: original.uri } });
  expect((await seenBy(pair.east, pair.ann, quote.uri))?.quote?.state).toBe("accepted");
  expect((await listInteractionRequests(pair.east.app, pair.ann.viewer, {})).items).toEqual([]);
});

test("an author's no is told to the one who asked, and nothing is shown", async () => {
  const [, copy] = await annsNote(ASK);
  const quote = await boQuotes(copy.id);
  const [request] = (await listInteractionRequests(pair.east.app, pair.ann.viewer, {})).items;
  if (request === undefined) throw new Error("no request");
  await denyInteraction(pair.east.app, pair.ann.viewer, request.id);
  await pair.settle();
  expect((await viewNote(pair.west.app, pair.bo.viewer, quote.id)).quote).toMatchObject({
    state: "rejected",
    note: null,
  });
  expect((await seenBy(pair.east, pair.ann, quote.uri))?.quote?.note).toBeNull();
});

test("where nobody may quote, nobody can", async () => {
  const [, copy] = await annsNote(NOBODY);
  expect(copy.may).toMatchObject({ quote: "no", reply: "yes" });
  await expect(boQuotes(copy.id)).rejects.toMatchObject({ kind: "forbidden", key: "error.policy_quote" });
});

test("consent taken back: the stamp is gone, and the quote shows nothing on either side", async () => {
  const [, copy] = await annsNote();
  const quote = await boQuotes(copy.id);
  const theirs = await seenBy(pair.east, pair.ann, quote.uri);
  const json = pair.network.log.findLast((one) => one.body.includes("quoteAuthorization"))?.body ?? "";
  const stamp = /https:\/\/east\.test(\/quote-authorizations\/\d+)/.exec(json)?.[1] ?? "";
  expect((await pair.east.request(stamp)).status).toBe(200);
  await revokeQuote(pair.east.app, pair.ann.viewer, theirs?.id ?? quote.id);
  await pair.settle();
  expect((await pair.east.request(stamp)).status).toBe(410);
  for (const view of [
    await viewNote(pair.west.app, pair.bo.viewer, quote.id),
    await seenBy(pair.east, pair.ann, quote.uri),
  ])
    expect(view?.quote).toMatchObject({ state: "revoked", note: null });
});

test("an author's own notes are quoted without asking, followers-only ones for followers", async () => {
  const first = await aNote(pair.east, {
    by: pair.ann.viewer,
    source: "Between us",
    visibility: "followers",
  });
  pair.clock.advance(1000);
  await pair.settle();
  const again = await aNote(pair.east, { by: pair.ann.viewer, source: "As I said", quoteOf: first.id });
  expect(again).toMatchObject({ visibility: "followers", quote: { state: "accepted" } });
  await pair.settle();
  const [entry] = (await homeTimeline(pair.west.app, pair.bo.viewer, {})).items;
  expect(entry?.note.quote).toMatchObject({ state: "accepted", note: { uri: first.uri } });
});

test("what only followers see is quoted by nobody else", async () => {
  const there = await aNote(pair.east, { by: pair.ann.viewer, source: "Private", visibility: "followers" });
  await pair.settle();
  const [entry] = (await homeTimeline(pair.west.app, pair.bo.viewer, {})).items;
  expect(entry?.note.uri).toBe(there.uri);
  await expect(boQuotes(entry?.note.id ?? there.id)).rejects.toMatchObject({ kind: "forbidden" });
});

test("quotes among people of one server need no wire", async () => {
  const cyn = await aMember(pair.east, "cyn");
  const first = await aNote(pair.east, { by: pair.ann.viewer, source: "Here" });
  const quote = await aNote(pair.east, { by: cyn.viewer, source: "Yes, here", quoteOf: first.id });
  expect(quote.quote).toMatchObject({ state: "accepted", note: { uri: first.uri } });
  expect(await kinds()).toContain("quote");
  await revokeQuote(pair.east.app, pair.ann.viewer, quote.id);
  expect((await viewNote(pair.east.app, cyn.viewer, quote.id)).quote).toMatchObject({
    state: "revoked",
    note: null,
  });
});

test("a quoted note that was deleted is no longer shown", async () => {
  const { deleteNote } = await import("../../server/services/notes/notes.ts");
  const [original, copy] = await annsNote();
  const quote = await boQuotes(copy.id);
  await deleteNote(pair.east.app, pair.ann.viewer, original.id);
  await pair.settle();
  expect((await viewNote(pair.west.app, pair.bo.viewer, quote.id)).quote?.note).toBeNull();
});

test("a quote that its author deletes is deleted where the quoted author read it, follower or not", async () => {
  const { deleteNote } = await import("../../server/services/notes/notes.ts");
  const { unfollowActor } = await import("../../server/services/relations/follows.ts");
  const { findActorIdByUri } = await import("../../server/services/actors/actors.ts");
  const bo = await findActorIdByUri(pair.east.app, pair.west.app.uris.actor(pair.bo.viewer.actorId));
  if (bo !== null) await unfollowActor(pair.east.app, pair.ann.viewer, bo);
  await pair.settle();
  const [, copy] = await annsNote();
  const quote = await boQuotes(copy.id);
  expect(await seenBy(pair.east, pair.ann, quote.uri)).not.toBeNull();
  await deleteNote(pair.west.app, pair.bo.viewer, quote.id);
  await pair.settle();
  expect(await seenBy(pair.east, pair.ann, quote.uri)).toBeNull();
});

test("a quote for followers is seen by them and by who is quoted, here and elsewhere, and by nobody else", async () => {
  const [, copy] = await annsNote(ASK);
  const cyn = await aMember(pair.east, "cyn");
  const quote = await aNote(pair.west, {
    by: pair.bo.viewer,
    source: "Among friends",
    quoteOf: copy.id,
    visibility: "followers",
  });
  await pair.settle();
  const [request] = (await listInteractionRequests(pair.east.app, pair.ann.viewer, {})).items;
  expect(request?.object).toMatchObject({ uri: quote.uri, visibility: "followers" });
  expect(await seenBy(pair.east, cyn, quote.uri)).toBeNull();
  const here = await aNote(pair.east, { by: pair.ann.viewer, source: "Here" });
  const local = await aNote(pair.east, {
    by: cyn.viewer,
    source: "Psst",
    quoteOf: here.id,
    visibility: "followers",
  });
  expect((await viewNote(pair.east.app, pair.ann.viewer, local.id)).quote?.state).toBe("accepted");
  await expect(viewNote(pair.east.app, null, local.id)).rejects.toMatchObject({ kind: "not_found" });
});
