import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import {
  approveInteraction,
  denyInteraction,
  listInteractionRequests,
  setNotePolicy,
  setStandardPolicy,
} from "../../server/services/consent/interactions.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Record<string, unknown>;

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const GTS = ["https://www.w3.org/ns/activitystreams", "https://gotosocial.org/ns"];
const ASK = { automatic: "nobody", manual: "everyone" } as const;
const NOBODY = { automatic: "nobody", manual: "nobody" } as const;

let here: TestInstance;
let alice: Viewer;
let eve: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
});
afterEach(() => here.close());

const alicesNote = (policy: Partial<OwnPolicy>, visibility: "public" | "followers" = "public") =>
  aNote(here, { by: alice, source: "Soup is ready", policy, visibility });

async function json(note: NoteView): Promise<Json> {
  const response = await here.request(new URL(note.uri).pathname, {
    headers: { accept: "application/activity+json" },
  });
  return (await response.json()) as Json;
}

async function send(activity: Json, peer = eve): Promise<void> {
  expect(await deliver(here, peer, activity)).toBe(202);
  await drain(here);
}

const aReply = (note: NoteView, id = "r", change: Json = {}) =>
  aCreate(eve, id, { content: "<p>me too</p>", inReplyTo: note.uri, ...change });
const aLike = (note: NoteView): Json => ({
  id: "https://e.test/likes/1",
  type: "Like",
  actor: eve.actorUri,
  object: note.uri,
});
const aBoost = (note: NoteView): Json => ({
  id: "https://e.test/boosts/1",
  type: "Announce",
  actor: eve.actorUri,
  object: note.uri,
  to: PUBLIC,
});
const told = async () => (await listNotifications(here.app, alice, {})).items.map((one) => one.kind);
const requests = async () => (await listInteractionRequests(here.app, alice, {})).items;
const repliesTo = async (note: NoteView) =>
  (await viewThread(here.app, alice, note.id)).replies.map((one) => one.note.contentHtml);
const answers = () => eve.received.filter((one) => /^(?:Accept|Reject)$/.test(String(one.json["type"])));

async function onlyRequest() {
  const [one] = await requests();
  if (one === undefined) throw new Error("no request");
  return one;
}

describe("what our notes say", () => {
  test("an open note names everybody, and every rule, so that servers know that we keep to them", async () => {
    const everybody = { automaticApproval: [PUBLIC] };
    expect((await json(await alicesNote({})))["interactionPolicy"]).toEqual({
      canQuote: everybody,
      canReply: everybody,
      canLike: everybody,
      canAnnounce: everybody,
    });
  });

  test("circles are collections and people, and whoever is named may answer", async () => {
    const uri = here.app.uris.actor(alice.actorId);
    const bea = (await aMember(here, "bea")).viewer;
    const note = await aNote(here, {
      by: alice,
      source: "@bea hello",
      policy: { reply: { automatic: "followers", manual: "everyone" }, announce: NOBODY, like: ASK },
    });
    expect((await json(note))["interactionPolicy"]).toMatchObject({
      canReply: {
        automaticApproval: [uri, `${uri}/followers`, here.app.uris.actor(bea.actorId)],
        manualApproval: [PUBLIC],
      },
      canAnnounce: { automaticApproval: [uri] },
      canLike: { automaticApproval: [uri], manualApproval: [PUBLIC] },
    });
  });

  test("a note for followers is boosted and quoted by its author alone, whatever was chosen", async () => {
    const note = await alicesNote({}, "followers");
    expect(note.may).toEqual({ reply: "yes", like: "yes", announce: "yes", quote: "yes" });
    const bea = (await aMember(here, "bea")).viewer;
    const { followActor } = await import("../../server/services/relations/follows.ts");
    await followActor(here.app, bea, alice.actorId);
    await drain(here);
    expect((await viewNote(here.app, bea, note.id)).may).toEqual({
      reply: "yes",
      like: "yes",
      announce: "no",
      quote: "no",
    });
  });

  test("the person's standard holds where a note says nothing, and can be changed later", async () => {
    await setStandardPolicy(here.app, alice, { quote: NOBODY });
    const note = await alicesNote({ reply: NOBODY });
    expect((await json(note))["interactionPolicy"]).toMatchObject({
      canQuote: { automaticApproval: [here.app.uris.actor(alice.actorId)] },
      canReply: { automaticApproval: [here.app.uris.actor(alice.actorId)] },
      canLike: { automaticApproval: [PUBLIC] },
    });
    await setNotePolicy(here.app, alice, note.id, { reply: { automatic: "everyone", manual: "nobody" } });
    expect((await json(note))["interactionPolicy"]).toMatchObject({
      canReply: { automaticApproval: [PUBLIC] },
      canQuote: { automaticApproval: [here.app.uris.actor(alice.actorId)] },
    });
  });
});

describe("who does not ask", () => {
  test("where nobody may answer, an answer is not shown, counted or told of", async () => {
    const note = await alicesNote({ reply: NOBODY });
    await send(aReply(note, "r", { tag: [{ type: "Mention", href: here.app.uris.actor(alice.actorId) }] }));
    expect(await repliesTo(note)).toEqual([]);
    expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(0);
    expect(await told()).toEqual([]);
    const replies = await here.request(`${new URL(note.uri).pathname}/replies`, {
      headers: { accept: "application/activity+json" },
    });
    expect(await replies.json()).toMatchObject({ totalItems: 0 });
  });

  test("likes, reactions and boosts that are not wanted leave no trace", async () => {
    const note = await alicesNote({ like: NOBODY, announce: NOBODY });
    await send(aLike(note));
    await send({ ...aLike(note), id: "https://e.test/likes/2", content: "🔥" });
    await send(aBoost(note));
    expect(await viewNote(here.app, alice, note.id)).toMatchObject({
      likesCount: 0,
      announcesCount: 0,
      reactions: [],
    });
    expect(await told()).toEqual([]);
  });

  test("an answer that has to be allowed waits, and is shown once it is", async () => {
    const note = await alicesNote({ reply: ASK });
    await send(aReply(note));
    expect(await repliesTo(note)).toEqual([]);
    expect(await told()).toEqual(["interaction_request"]);
    const request = await onlyRequest();
    expect(request).toMatchObject({ verb: "reply", object: { contentHtml: "<p>me too</p>" } });
    await approveInteraction(here.app, alice, request.id);
    await drain(here);
    expect(await repliesTo(note)).toEqual(["<p>me too</p>"]);
    expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(1);
    expect(answers()[0]?.json).toMatchObject({
      type: "Accept",
      object: "https://e.test/notes/r",
      target: note.uri,
      result: here.app.uris.authorization(request.id),
      to: [eve.actorUri],
      cc: [PUBLIC, `${here.app.uris.actor(alice.actorId)}/followers`],
    });
    const stamp = await here.request(`/authorizations/${request.id}`);
    expect(await stamp.json()).toMatchObject({
      type: "ReplyAuthorization",
      attributedTo: here.app.uris.actor(alice.actorId),
      interactingObject: "https://e.test/notes/r",
      interactionTarget: note.uri,
    });
  });

  test("an edit of a waiting answer does not slip it in", async () => {
    const note = await alicesNote({ reply: ASK });
    await send(aReply(note));
    const { object } = aReply(note, "r", { content: "<p>edited</p>", updated: "2026-06-01T11:30:00Z" });
    await send({ id: "https://e.test/updates/1", type: "Update", actor: eve.actorUri, object });
    expect(await repliesTo(note)).toEqual([]);
  });

  test("what was denied stays away, also when it is sent again", async () => {
    const note = await alicesNote({ like: ASK });
    await send(aLike(note));
    await denyInteraction(here.app, alice, (await onlyRequest()).id);
    await drain(here);
    await send({ ...aLike(note) });
    expect((await viewNote(here.app, alice, note.id)).likesCount).toBe(0);
    expect(answers().map((one) => one.json["type"])).toEqual(["Reject"]);
    expect((await here.request(`/authorizations/${1}`)).status).toBe(404);
  });

  test("likes, reactions and boosts wait as well, and become what they were", async () => {
    const note = await alicesNote({ like: ASK, announce: ASK });
    await send(aLike(note));
    await send({ ...aLike(note), id: "https://e.test/likes/2", content: "🔥" });
    await send(aBoost(note));
    for (const request of await requests()) await approveInteraction(here.app, alice, request.id);
    await drain(here);
    expect(await viewNote(here.app, alice, note.id)).toMatchObject({
      likesCount: 1,
      announcesCount: 1,
      reactions: [{ name: "🔥" }],
    });
  });

  test("who is named in a note may always answer", async () => {
    await fetchNote(here.app, alice, "https://e.test/notes/none");
    const { search } = await import("../../server/services/search.ts");
    await search(here.app, alice, "@eve@e.test");
    const note = await aNote(here, {
      by: alice,
      source: "@eve@e.test what do you think?",
      policy: { reply: NOBODY },
    });
    await send(aReply(note));
    expect(await repliesTo(note)).toEqual(["<p>me too</p>"]);
  });

  test("people of this server are held to it too", async () => {
    const bea = (await aMember(here, "bea")).viewer;
    const closed = await alicesNote({ reply: NOBODY, like: NOBODY, announce: NOBODY });
    const reply = aNote(here, { by: bea, source: "hi", replyTo: closed.id });
    await expect(reply).rejects.toMatchObject({ kind: "forbidden", key: "error.policy_reply" });
    for (const act of [likeNote, announceNote])
      await expect(act(here.app, bea, closed.id)).rejects.toMatchObject({ kind: "forbidden" });
    await expect(reactToNote(here.app, bea, closed.id, "🔥")).rejects.toMatchObject({ kind: "forbidden" });
    const asking = await alicesNote({ reply: ASK });
    await aNote(here, { by: bea, source: "may I?", replyTo: asking.id });
    expect(await repliesTo(asking)).toEqual([]);
    await approveInteraction(here.app, alice, (await onlyRequest()).id);
    expect(await repliesTo(asking)).toEqual(["<p>may I?</p>"]);
  });
});

describe("who asks politely (GoToSocial)", () => {
  const aRequest = (type: string, note: NoteView, instrument: unknown): Json => ({
    "@context": GTS,
    id: "https://e.test/requests/1",
    type,
    actor: eve.actorUri,
    to: here.app.uris.actor(alice.actorId),
    object: note.uri,
    instrument,
  });

  test("a ReplyRequest with the reply inside waits for the author, then gets its stamp", async () => {
    const note = await alicesNote({ reply: ASK });
    await send(aRequest("ReplyRequest", note, aReply(note)["object"]));
    expect(await repliesTo(note)).toEqual([]);
    const request = await onlyRequest();
    await approveInteraction(here.app, alice, request.id);
    await drain(here);
    expect(answers()[0]?.json).toMatchObject({
      type: "Accept",
      object: {
        type: "ReplyRequest",
        id: "https://e.test/requests/1",
        actor: eve.actorUri,
        object: note.uri,
        instrument: "https://e.test/notes/r",
      },
      result: here.app.uris.authorization(request.id),
    });
    expect(await repliesTo(note)).toEqual(["<p>me too</p>"]);
    await send(aReply(note));
    expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(1);
  });

  test("what is allowed anyway is allowed at once", async () => {
    const note = await alicesNote({});
    await send(aRequest("ReplyRequest", note, aReply(note)["object"]));
    expect(answers().map((one) => one.json["type"])).toEqual(["Accept"]);
    expect(await repliesTo(note)).toEqual(["<p>me too</p>"]);
  });

  test("LikeRequest and AnnounceRequest: yes and no", async () => {
    const note = await alicesNote({ announce: NOBODY });
    await send(aRequest("LikeRequest", note, { ...aLike(note) }));
    await send({
      ...aRequest("AnnounceRequest", note, { ...aBoost(note) }),
      id: "https://e.test/requests/2",
    });
    expect(answers().map((one) => [one.json["type"], (one.json["object"] as Json)["type"]])).toEqual([
      ["Accept", "LikeRequest"],
      ["Reject", "AnnounceRequest"],
    ]);
    expect(await viewNote(here.app, alice, note.id)).toMatchObject({ likesCount: 1, announcesCount: 0 });
  });

  test("nobody asks for what is not theirs", async () => {
    const note = await alicesNote({ reply: ASK });
    const vic = await createPeer(here, "v.test", "vic");
    const theirs = aCreate(vic, "r", { inReplyTo: note.uri })["object"];
    await send(aRequest("ReplyRequest", note, theirs));
    await send({
      ...aRequest("LikeRequest", note, "https://v.test/likes/1"),
      id: "https://e.test/requests/3",
    });
    expect(await requests()).toEqual([]);
    expect(answers()).toEqual([]);
  });
});

describe("policies of others", () => {
  async function evesNote(interactionPolicy: Json, change: Json = {}): Promise<NoteView> {
    const note = aCreate(eve, "p", { interactionPolicy, ...change })["object"] as Json;
    eve.documents.set("/notes/p", { "@context": GTS, ...note });
    const view = await fetchNote(here.app, alice, "https://e.test/notes/p");
    if (view === null) throw new Error("not fetched");
    return view;
  }

  test("no policy: everything but a quote may be done without asking", async () => {
    expect((await evesNote({})).may).toEqual({ reply: "yes", like: "yes", announce: "yes", quote: "ask" });
  });

  test("a policy is kept to, in the new words and in the old", async () => {
    const only = eve.actorUri;
    const view = await evesNote({
      canLike: { always: [only] },
      canReply: { automaticApproval: [only], manualApproval: [PUBLIC] },
      canAnnounce: { always: only, approvalRequired: PUBLIC },
      canQuote: { automaticApproval: [only] },
    });
    expect(view.may).toEqual({ reply: "ask", like: "no", announce: "ask", quote: "no" });
    await expect(likeNote(here.app, alice, view.id)).rejects.toMatchObject({ key: "error.policy_like" });
  });

  test("the more specific entry decides", async () => {
    const me = here.app.uris.actor(alice.actorId);
    const view = await evesNote({
      canReply: { automaticApproval: [me], manualApproval: [PUBLIC] },
      canLike: { automaticApproval: [PUBLIC], manualApproval: [me] },
    });
    expect(view.may).toMatchObject({ reply: "yes", like: "ask" });
  });

  test("comments that are off (PeerTube, Pixelfed) are a policy", async () => {
    const view = await evesNote({}, { commentsEnabled: false });
    expect(view.may).toMatchObject({ reply: "no", like: "yes" });
  });

  test("an answer where asking is due is sent, and carries the author's stamp afterwards", async () => {
    const view = await evesNote({
      canReply: { automaticApproval: [eve.actorUri], manualApproval: [PUBLIC] },
    });
    const reply = await aNote(here, { by: alice, source: "May I?", replyTo: view.id });
    await drain(here);
    await send({
      "@context": GTS,
      id: "https://e.test/accepts/1",
      type: "Accept",
      actor: eve.actorUri,
      object: reply.uri,
      target: view.uri,
      result: "https://e.test/authorizations/1",
    });
    expect((await json(reply))["replyAuthorization"]).toBe("https://e.test/authorizations/1");
  });

  test("nobody else's Accept gives a stamp to an answer", async () => {
    const view = await evesNote({
      canReply: { automaticApproval: [eve.actorUri], manualApproval: [PUBLIC] },
    });
    const reply = await aNote(here, { by: alice, source: "May I?", replyTo: view.id });
    const vic = await createPeer(here, "v.test", "vic");
    await drain(here);
    await send(
      {
        id: "https://v.test/accepts/1",
        type: "Accept",
        actor: vic.actorUri,
        object: reply.uri,
        result: "https://v.test/authorizations/1",
      },
      vic,
    );
    expect((await json(reply))["replyAuthorization"]).toBeUndefined();
  });
});

describe("answers of others to others, at a third server", () => {
  let vic: Peer;
  let parent: NoteView;
  const REPLY = "https://e.test/notes/third";

  beforeEach(async () => {
    vic = await createPeer(here, "v.test", "vic");
    const only = { canReply: { automaticApproval: [`${vic.actorUri}/followers`], manualApproval: [PUBLIC] } };
    vic.documents.set("/notes/p", {
      "@context": GTS,
      ...(aCreate(vic, "p", { interactionPolicy: only })["object"] as Json),
    });
    const view = await fetchNote(here.app, alice, "https://v.test/notes/p");
    if (view === null) throw new Error("not fetched");
    parent = view;
  });

  const aThird = (change: Json = {}) => ({
    "@context": GTS,
    ...aCreate(eve, "third", { content: "<p>third</p>", inReplyTo: parent.uri, ...change }),
  });
  const aStamp = (change: Json = {}) => ({
    "@context": GTS,
    id: "https://v.test/stamps/1",
    type: "ReplyAuthorization",
    attributedTo: vic.actorUri,
    interactingObject: REPLY,
    interactionTarget: parent.uri,
    ...change,
  });

  test("without a stamp they are not shown under what they answer", async () => {
    await send(aThird());
    expect(await repliesTo(parent)).toEqual([]);
  });

  test("with a stamp of its author they are", async () => {
    vic.documents.set("/stamps/1", aStamp());
    await send(aThird({ replyAuthorization: "https://v.test/stamps/1" }));
    expect(await repliesTo(parent)).toEqual(["<p>third</p>"]);
  });

  test("AUZ-19: a stamp of the one who answers, or about something else, is none", async () => {
    vic.documents.set("/stamps/1", aStamp({ interactionTarget: "https://v.test/notes/other" }));
    await send(aThird({ replyAuthorization: "https://v.test/stamps/1" }));
    eve.documents.set("/stamps/1", aStamp({ id: "https://e.test/stamps/1" }));
    await send({
      ...aCreate(eve, "fourth", { inReplyTo: parent.uri, replyAuthorization: "https://e.test/stamps/1" }),
      "@context": GTS,
    });
    expect(await repliesTo(parent)).toEqual([]);
    expect(eve.asked).not.toContain("/stamps/1");
  });

  test("an Accept for everybody by the author shows them, one by anybody else does not", async () => {
    await send(aThird());
    const accept = (peer: Peer) => ({
      id: `https://${peer.host}/accepts/1`,
      type: "Accept",
      actor: peer.actorUri,
      object: REPLY,
      target: parent.uri,
      result: "https://v.test/stamps/1",
    });
    await send(accept(eve));
    expect(await repliesTo(parent)).toEqual([]);
    await send(accept(vic), vic);
    expect(await repliesTo(parent)).toEqual(["<p>third</p>"]);
  });

  test("answers that came before their parent are judged when it comes", async () => {
    vic.documents.set("/notes/late", {
      "@context": GTS,
      ...(aCreate(vic, "late", { interactionPolicy: { canReply: { automaticApproval: [vic.actorUri] } } })[
        "object"
      ] as Json),
    });
    const tag = [{ type: "Mention", href: here.app.uris.actor(alice.actorId) }];
    await send(aCreate(eve, "early", { inReplyTo: "https://v.test/notes/late", tag }));
    const late = await fetchNote(here.app, alice, "https://v.test/notes/late");
    if (late === null) throw new Error("not fetched");
    expect(await repliesTo(late)).toEqual([]);
  });
});
