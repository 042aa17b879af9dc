import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { listInteractionRequests, revokeQuote } from "../../server/services/consent/interactions.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Record<string, unknown>;

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

/** The context of a quote post of Mastodon 4.5. */
const QUOTES = [
  "https://www.w3.org/ns/activitystreams",
  {
    quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
    quoteUri: "http://fedibird.com/ns#quoteUri",
    _misskey_quote: "https://misskey-hub.net/ns#_misskey_quote",
    quoteAuthorization: { "@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id" },
    gts: "https://gotosocial.org/ns#",
    interactionPolicy: { "@id": "gts:interactionPolicy", "@type": "@id" },
    canQuote: { "@id": "gts:canQuote", "@type": "@id" },
    automaticApproval: { "@id": "gts:automaticApproval", "@type": "@id" },
    manualApproval: { "@id": "gts:manualApproval", "@type": "@id" },
  },
];

const STAMPS = [
  "https://www.w3.org/ns/activitystreams",
  {
    QuoteAuthorization: "https://w3id.org/fep/044f#QuoteAuthorization",
    gts: "https://gotosocial.org/ns#",
    interactingObject: { "@id": "gts:interactingObject", "@type": "@id" },
    interactionTarget: { "@id": "gts:interactionTarget", "@type": "@id" },
  },
];

const REQUESTS = [
  "https://www.w3.org/ns/activitystreams",
  { QuoteRequest: "https://w3id.org/fep/044f#QuoteRequest" },
];

let here: TestInstance;
let alice: Viewer;
/** Who quotes. */
let eve: Peer;
/** Who is quoted. */
let vic: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  vic = await createPeer(here, "v.test", "vic");
  vic.documents.set("/notes/said", vicsNote());
});
afterEach(() => here.close());

const SAID = "https://v.test/notes/said";
const STAMP = "https://v.test/stamps/1";
const QUOTE = "https://e.test/notes/q";

function vicsNote(change: Json = {}): Json {
  const note = aCreate(vic, "said", { content: "<p>what I said</p>", ...change })["object"] as Json;
  return { "@context": QUOTES, ...note };
}

function aStamp(change: Json = {}): Json {
  return {
    "@context": STAMPS,
    id: STAMP,
    type: "QuoteAuthorization",
    attributedTo: vic.actorUri,
    interactingObject: QUOTE,
    interactionTarget: SAID,
    ...change,
  };
}

/** Eve's quote, which names alice so that it is kept. */
function aQuote(change: Json = {}): Json {
  const tag = [{ type: "Mention", href: here.app.uris.actor(alice.actorId), name: "@alice@here.test" }];
  return aCreate(eve, "q", { content: "<p>look</p>", quote: SAID, tag, ...change }, { "@context": QUOTES });
}

async function received(activity: Json): Promise<NoteView["quote"]> {
  expect(await deliver(here, eve, activity)).toBe(202);
  await drain(here);
  const view = await fetchNote(here.app, alice, QUOTE);
  return view?.quote ?? null;
}

describe("quotes of others", () => {
  test("a stamp at the quoted author's server makes a quote shown", async () => {
    vic.documents.set("/stamps/1", aStamp());
    const quote = await received(aQuote({ quoteAuthorization: STAMP }));
    expect(quote).toMatchObject({ state: "accepted", note: { contentHtml: "<p>what I said</p>" } });
  });

  test("without a stamp what is quoted is a link, whatever came embedded", async () => {
    const quote = await received(
      aQuote({ quote: { id: SAID, type: "Note", attributedTo: eve.actorUri, content: "<p>never said</p>" } }),
    );
    expect(quote).toMatchObject({ state: "unverified", note: null });
    expect((await fetchNote(here.app, alice, SAID))?.contentHtml).toBe("<p>what I said</p>");
  });

  const forged: readonly (readonly [string, () => Json])[] = [
    ["for another quote", () => aStamp({ interactingObject: "https://e.test/notes/other" })],
    ["for another note", () => aStamp({ interactionTarget: "https://v.test/notes/other" })],
    ["of somebody else there", () => aStamp({ attributedTo: "https://v.test/users/other" })],
    ["of several people", () => aStamp({ attributedTo: [vic.actorUri, "https://v.test/users/other"] })],
    ["that is a Note", () => aStamp({ type: "Note", content: "<p>x</p>" })],
    ["under another id", () => aStamp({ id: "https://v.test/stamps/2" })],
  ];
  test.each(forged)("AUZ-19: a stamp %s is none", async (_name, stamp) => {
    vic.documents.set("/stamps/1", stamp());
    expect(await received(aQuote({ quoteAuthorization: STAMP }))).toMatchObject({
      state: "unverified",
      note: null,
    });
  });

  test("AUZ-19: a stamp by the one who quotes is not even fetched", async () => {
    eve.documents.set("/stamps/1", aStamp({ id: "https://e.test/stamps/1" }));
    const quote = await received(aQuote({ quoteAuthorization: "https://e.test/stamps/1" }));
    expect(quote).toMatchObject({ state: "unverified", note: null });
    expect(eve.asked).not.toContain("/stamps/1");
  });

  test("AUZ-19: a stamp that came embedded is not believed", async () => {
    const quote = await received(aQuote({ quoteAuthorization: aStamp() }));
    expect(quote).toMatchObject({ state: "unverified", note: null });
    expect(vic.asked).toContain("/stamps/1");
  });

  test("a stamp that is gone says that consent was taken back", async () => {
    vic.documents.set("/stamps/1", new Response(null, { status: 410 }));
    expect((await received(aQuote({ quoteAuthorization: STAMP })))?.state).toBe("revoked");
  });

  test("Mastodon adds the stamp by an Update that is no edit", async () => {
    expect((await received(aQuote()))?.state).toBe("unverified");
    vic.documents.set("/stamps/1", aStamp());
    const { object } = aQuote({ quoteAuthorization: STAMP });
    const quote = await received({
      "@context": QUOTES,
      id: "https://e.test/updates/1",
      type: "Update",
      actor: eve.actorUri,
      object,
    });
    expect(quote?.state).toBe("accepted");
    expect((await fetchNote(here.app, alice, QUOTE))?.editedAt).toBeNull();
  });

  test("Delete of the stamp by its author hides the quote; by anybody else it does nothing", async () => {
    vic.documents.set("/stamps/1", aStamp());
    await received(aQuote({ quoteAuthorization: STAMP }));
    const revocation = (peer: Peer) => ({
      "@context": STAMPS,
      id: `https://${peer.host}/deletes/1`,
      type: "Delete",
      actor: peer.actorUri,
      object: aStamp(),
    });
    expect(await deliver(here, eve, revocation(eve))).toBe(202);
    await drain(here);
    expect((await fetchNote(here.app, alice, QUOTE))?.quote?.state).toBe("accepted");
    expect(await deliver(here, vic, revocation(vic))).toBe(202);
    await drain(here);
    expect((await fetchNote(here.app, alice, QUOTE))?.quote).toMatchObject({ state: "revoked", note: null });
  });

  test("a stamp that was taken back before the quote came does not come back with it", async () => {
    vic.documents.set("/stamps/1", aStamp());
    await deliver(here, vic, {
      id: "https://v.test/d/1",
      type: "Delete",
      actor: vic.actorUri,
      object: STAMP,
    });
    await drain(here);
    expect((await received(aQuote({ quoteAuthorization: STAMP })))?.state).toBe("revoked");
  });

  test("people may quote themselves without a stamp", async () => {
    eve.documents.set("/notes/own", {
      "@context": QUOTES,
      ...(aCreate(eve, "own", { content: "<p>mine</p>" })["object"] as Json),
    });
    expect(await received(aQuote({ quote: "https://e.test/notes/own" }))).toMatchObject({
      state: "accepted",
      note: { contentHtml: "<p>mine</p>" },
    });
  });

  test("a followers-only note is not shown through a quote, stamp or not", async () => {
    vic.documents.set("/notes/said", vicsNote({ to: [`${vic.actorUri}/followers`], cc: [] }));
    vic.documents.set("/stamps/1", aStamp());
    expect((await received(aQuote({ quoteAuthorization: STAMP })))?.note).toBeNull();
  });

  test("a chain of quotes is followed three notes deep", async () => {
    for (let index = 0; index < 8; index++)
      eve.documents.set(`/notes/c${index}`, {
        "@context": QUOTES,
        ...(aCreate(eve, `c${index}`, { quote: `https://e.test/notes/c${index + 1}` })["object"] as Json),
      });
    await received(aQuote({ quote: "https://e.test/notes/c0" }));
    expect(eve.asked.filter((path) => path.startsWith("/notes/c")).length).toBeLessThanOrEqual(4);
  });
});

describe("older spellings", () => {
  const spellings: readonly (readonly [string, Json])[] = [
    ["quoteUrl", { quoteUrl: SAID }],
    ["quoteUri", { quoteUri: SAID }],
    ["_misskey_quote", { _misskey_quote: SAID }],
    [
      "an object link (FEP-e232)",
      {
        tag: [
          {
            type: "Link",
            mediaType: "application/activity+json",
            href: SAID,
            rel: "https://misskey-hub.net/ns#_misskey_quote",
          },
          { type: "Mention", href: "https://here.test/users/x" },
        ],
      },
    ],
  ];
  test.each(spellings)("a quote by %s is read, and not verified", async (_name, change) => {
    await deliver(here, eve, { ...aQuote(), object: { ...(aQuote()["object"] as Json), quote: undefined } });
    const { object } = aQuote({ ...change });
    const { quote: _quote, ...without } = object as Json;
    const tag = [
      ...((change["tag"] as Json[] | undefined) ?? []),
      ...((aQuote()["object"] as Json)["tag"] as Json[]),
    ];
    const note = { ...without, id: "https://e.test/notes/old", tag };
    await deliver(here, eve, { ...aQuote(), id: "https://e.test/notes/old/activity", object: note });
    await drain(here);
    const view = await fetchNote(here.app, alice, "https://e.test/notes/old");
    expect(view?.quote).toMatchObject({ state: "unverified", uri: SAID, note: null });
  });

  test("the line that names the quote is left out, unless it says more", async () => {
    const line = '<p class="quote-inline">RE: <a href="https://v.test/said">v.test/said</a></p>';
    await received(aQuote({ content: `${line}<p>look</p>` }));
    expect((await fetchNote(here.app, alice, QUOTE))?.contentHtml).toBe("<p>look</p>");
  });

  test("words in that line stay", async () => {
    const line =
      '<p class="quote-inline">Buy cheap watches from my good friends <a href="https://v.test/said">here</a></p>';
    await received(aQuote({ content: `${line}<p>look</p>` }));
    expect((await fetchNote(here.app, alice, QUOTE))?.contentHtml).toContain("cheap watches");
  });
});

describe("quotes of ours", () => {
  const request = (target: NoteView, change: Json = {}): Json => ({
    "@context": REQUESTS,
    id: "https://e.test/requests/1",
    type: "QuoteRequest",
    actor: eve.actorUri,
    object: target.uri,
    instrument: QUOTE,
    ...change,
  });
  const serveQuote = (uri: string) =>
    eve.documents.set("/notes/q", { "@context": QUOTES, ...(aQuote({ quote: uri })["object"] as Json) });
  const answers = () => eve.received.filter((one) => /^(?:Accept|Reject)$/.test(String(one.json["type"])));

  test("a QuoteRequest as Mastodon sends it is accepted with a stamp", async () => {
    const note = await aNote(here, { by: alice, source: "Quote me" });
    serveQuote(note.uri);
    await deliver(here, eve, request(note));
    await drain(here);
    expect(answers()).toHaveLength(1);
    expect(answers()[0]?.json).toMatchObject({
      type: "Accept",
      actor: here.app.uris.actor(alice.actorId),
      object: {
        type: "QuoteRequest",
        id: "https://e.test/requests/1",
        actor: eve.actorUri,
        object: note.uri,
        instrument: QUOTE,
      },
      result: expect.stringMatching(/^https:\/\/here\.test\/quote-authorizations\/\d+$/),
    });
    expect((await listNotifications(here.app, alice, {})).items.map((one) => one.kind)).toContain("quote");
  });

  test("a request that is repeated is answered again with the same stamp", async () => {
    const note = await aNote(here, { by: alice, source: "Quote me" });
    serveQuote(note.uri);
    await deliver(here, eve, request(note));
    await drain(here);
    await deliver(here, eve, request(note, { id: "https://e.test/requests/2" }));
    await drain(here);
    expect(new Set(answers().map((one) => one.json["result"])).size).toBe(1);
    expect(answers()).toHaveLength(2);
  });

  test("AUZ-19: a request for a note of somebody else is not granted, and does not stand in the way of theirs", async () => {
    const note = await aNote(here, { by: alice, source: "Quote me" });
    const theirs = aCreate(vic, "q", { quote: note.uri })["object"] as Json;
    vic.documents.set("/notes/q", { "@context": QUOTES, ...theirs });
    await deliver(here, eve, request(note, { instrument: "https://v.test/notes/q" }));
    await deliver(
      here,
      eve,
      request(note, { id: "https://e.test/requests/9", instrument: { "@context": QUOTES, ...theirs } }),
    );
    await drain(here);
    expect(answers()).toEqual([]);
    await deliver(here, vic, {
      ...request(note, { instrument: "https://v.test/notes/q" }),
      id: "https://v.test/requests/1",
      actor: vic.actorUri,
    });
    await drain(here);
    expect(vic.received.map((one) => one.json["type"])).toContain("Accept");
  });

  test("a request whose note quotes something else is not granted", async () => {
    const note = await aNote(here, { by: alice, source: "Quote me" });
    serveQuote(SAID);
    await deliver(here, eve, request(note));
    await drain(here);
    expect(answers()).toEqual([]);
  });

  test("a request about what the asker cannot see gets no answer at all", async () => {
    const note = await aNote(here, { by: alice, source: "Private", visibility: "followers" });
    serveQuote(note.uri);
    await deliver(here, eve, request(note));
    await drain(here);
    expect(eve.received).toEqual([]);
  });

  test("a policy of nobody is a Reject", async () => {
    const policy = { quote: { automatic: "nobody", manual: "nobody" } } as const;
    const note = await aNote(here, { by: alice, source: "Do not quote me", policy });
    serveQuote(note.uri);
    await deliver(here, eve, request(note));
    await drain(here);
    expect(answers()[0]?.json).toMatchObject({ type: "Reject", object: { id: "https://e.test/requests/1" } });
    expect(answers()[0]?.json["result"]).toBeUndefined();
  });

  test("Misskey quotes without asking: the policy answers, and consent can be taken back", async () => {
    const note = await aNote(here, { by: alice, source: "Quote me" });
    await deliver(here, eve, aQuote({ quote: undefined, _misskey_quote: note.uri, tag: [] }));
    await drain(here);
    const quote = await fetchNote(here.app, alice, QUOTE);
    expect(quote?.quote).toMatchObject({ state: "accepted", note: { uri: note.uri } });
    expect(answers()).toEqual([]);
    await revokeQuote(here.app, alice, quote?.id ?? note.id);
    await drain(here);
    expect((await viewNote(here.app, alice, quote?.id ?? note.id)).quote?.state).toBe("revoked");
    const revocation = eve.received.find((one) => one.json["type"] === "Delete");
    expect(revocation?.json["object"]).toMatchObject({
      type: "QuoteAuthorization",
      interactingObject: QUOTE,
    });
  });

  test("the same with manual approval is a request", async () => {
    const policy = { quote: { automatic: "nobody", manual: "everyone" } } as const;
    const note = await aNote(here, { by: alice, source: "Ask me", policy });
    await deliver(here, eve, aQuote({ quote: undefined, _misskey_quote: note.uri, tag: [] }));
    await drain(here);
    expect((await listInteractionRequests(here.app, alice, {})).items).toMatchObject([{ verb: "quote" }]);
  });
});

describe("our quotes of others", () => {
  async function aliceQuotes(): Promise<NoteView> {
    const copy = await fetchNote(here.app, alice, SAID);
    if (copy === null) throw new Error("not fetched");
    const note = await aNote(here, { by: alice, source: "Hear, hear", quoteOf: copy.id });
    await drain(here);
    return note;
  }
  const answer = (note: NoteView, change: Json = {}, peer = vic): Json => ({
    "@context": REQUESTS,
    id: `https://${peer.host}/answers/${note.id}`,
    type: "Accept",
    actor: peer.actorUri,
    object: {
      type: "QuoteRequest",
      id: here.app.uris.quoteRequest(note.id),
      actor: here.app.uris.actor(alice.actorId),
      object: SAID,
      instrument: note.uri,
    },
    result: STAMP,
    ...change,
  });
  const stateOf = async (note: NoteView) => (await viewNote(here.app, alice, note.id)).quote?.state;

  test("the author is asked with the quoting note, and a yes brings the stamp", async () => {
    const note = await aliceQuotes();
    const asked = vic.received.find((one) => one.json["type"] === "QuoteRequest");
    expect(asked?.json).toMatchObject({
      id: here.app.uris.quoteRequest(note.id),
      object: SAID,
      instrument: { id: note.uri, type: "Note", quote: SAID },
    });
    await deliver(here, vic, answer(note));
    await drain(here);
    expect(await stateOf(note)).toBe("accepted");
  });

  test("a yes by the request's id alone will do", async () => {
    const note = await aliceQuotes();
    await deliver(here, vic, answer(note, { object: here.app.uris.quoteRequest(note.id) }));
    await drain(here);
    expect(await stateOf(note)).toBe("accepted");
  });

  test("AUZ-19: only the quoted author can say yes, with a stamp of their own server", async () => {
    const note = await aliceQuotes();
    await deliver(here, eve, answer(note, {}, eve));
    await deliver(here, vic, answer(note, { result: "https://e.test/stamps/1" }));
    await drain(here);
    expect(await stateOf(note)).toBe("pending");
  });

  test("a no, and a yes that is taken back", async () => {
    const note = await aliceQuotes();
    await deliver(here, vic, answer(note));
    await drain(here);
    await deliver(here, vic, {
      id: "https://v.test/d/1",
      type: "Delete",
      actor: vic.actorUri,
      object: STAMP,
    });
    await drain(here);
    expect(await stateOf(note)).toBe("revoked");
    const other = await aliceQuotes();
    await deliver(here, vic, answer(other, { type: "Reject", result: undefined }));
    await drain(here);
    expect(await stateOf(other)).toBe("rejected");
  });

  test("a policy that names nobody else is kept to", async () => {
    vic.documents.set(
      "/notes/said",
      vicsNote({ interactionPolicy: { canQuote: { automaticApproval: [vic.actorUri] } } }),
    );
    await expect(aliceQuotes()).rejects.toMatchObject({ kind: "forbidden", key: "error.policy_quote" });
    expect((await fetchNote(here.app, alice, SAID))?.may.quote).toBe("no");
  });

  test("a note that says nothing of quotes is asked for", async () => {
    expect((await fetchNote(here.app, alice, SAID))?.may.quote).toBe("ask");
    vic.documents.set("/notes/open", {
      ...vicsNote({
        id: "https://v.test/notes/open",
        interactionPolicy: { canQuote: { automaticApproval: PUBLIC } },
      }),
    });
    expect((await fetchNote(here.app, alice, "https://v.test/notes/open"))?.may.quote).toBe("yes");
  });
});
