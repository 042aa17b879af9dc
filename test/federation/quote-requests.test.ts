import { afterEach, beforeEach, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Record<string, unknown>;

// Hollo's order of things: a Create that does not quote, a QuoteRequest that embeds the note as it shall become, and an
// Update to that once it is allowed.

const QUOTE = "https://e.test/notes/q";
const CONTEXT = [
  "https://www.w3.org/ns/activitystreams",
  {
    QuoteRequest: "https://w3id.org/fep/044f#QuoteRequest",
    quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
    quoteAuthorization: { "@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id" },
  },
];

let here: TestInstance;
let alice: Viewer;
let eve: Peer;
let target: NoteView;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  target = await aNote(here, { by: alice, source: "Quote me" });
});
afterEach(() => here.close());

/** Eve's note, which names alice so that it is kept. */
function create(change: Json = {}): Json {
  const tag = [{ type: "Mention", href: here.app.uris.actor(alice.actorId), name: "@alice@here.test" }];
  return aCreate(eve, "q", { content: "<p>look</p>", tag, ...change }, { "@context": CONTEXT });
}

async function request(id: string, instrument: Json): Promise<void> {
  const activity = {
    "@context": CONTEXT,
    id: `https://e.test/requests/${id}`,
    type: "QuoteRequest",
    actor: eve.actorUri,
    object: target.uri,
    instrument,
  };
  expect(await deliver(here, eve, activity)).toBe(202);
  await drain(here);
}

const quoting = (change: Json = {}) => create({ quote: target.uri, ...change })["object"] as Json;
const answers = () => eve.received.filter((one) => /^(?:Accept|Reject)$/.test(String(one.json["type"])));

test("a quote that its Create kept back is accepted by what the request embeds, and shown once the note has it", async () => {
  await deliver(here, eve, create());
  await request("1", quoting());
  expect(answers().map((one) => one.json["type"])).toEqual(["Accept"]);
  const quoteAuthorization = answers()[0]?.json["result"];
  const object = quoting({ quoteAuthorization, updated: "2026-06-01T12:00:01Z" });
  await deliver(here, eve, { ...create(), type: "Update", id: `${QUOTE}#update`, object });
  await drain(here);
  const quote = (await fetchNote(here.app, alice, QUOTE))?.quote;
  expect(quote).toMatchObject({ state: "accepted", uri: target.uri });
});

test("a request for a note that quotes something else is not answered", async () => {
  await deliver(here, eve, create({ quote: "https://v.test/notes/said" }));
  await request("1", quoting());
  expect(answers()).toEqual([]);
});

test("a request that embeds the words of somebody else is not answered", async () => {
  await deliver(here, eve, create());
  await request("1", quoting({ attributedTo: "https://e.test/users/mallory" }));
  expect(answers()).toEqual([]);
});
