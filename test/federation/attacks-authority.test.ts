import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { findActorIdByUri, receiveActor, viewActor } from "../../server/services/actors/actors.ts";
import { verifyLinks } from "../../server/services/actors/links.ts";
import { listInteractionRequests, approveInteraction } from "../../server/services/consent/interactions.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { countPending } from "../../server/store/interactions.ts";
import { findNoteByUri } from "../../server/store/notes.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aCreate, actorDocument, createPeer, deliver, type Peer } from "./peer.ts";

// What a stranger with several servers can try against consent, authorship and threads.

type Json = Record<string, unknown>;

const AS = "https://www.w3.org/ns/activitystreams";
const PUBLIC = `${AS}#Public`;
const GTS = "https://gotosocial.org/ns#";
const TERMS = [
  AS,
  {
    quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
    quoteAuthorization: { "@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id" },
    QuoteAuthorization: "https://w3id.org/fep/044f#QuoteAuthorization",
    gts: GTS,
    interactingObject: { "@id": "gts:interactingObject", "@type": "@id" },
    interactionTarget: { "@id": "gts:interactionTarget", "@type": "@id" },
    LikeRequest: "gts:LikeRequest",
  },
];

let here: TestInstance;
let alice: Viewer;
let eve: Peer;
let vic: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  vic = await createPeer(here, "v.test", "vic");
});
afterEach(() => here.close());

let counter = 0;
const act = (peer: Peer, type: string, object: unknown, more: Json = {}): Json => ({
  id: `https://${peer.host}/acts/${++counter}`,
  type,
  actor: peer.actorUri,
  to: [PUBLIC],
  object,
  ...more,
});

async function take(peer: Peer, activity: Json): Promise<void> {
  await deliver(here, peer, { "@context": TERMS, ...activity });
  await drainWithFaults(here);
}

async function stored(peer: Peer) {
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("actor not found");
  return await receiveActor(here.app, received);
}

async function follows(peer: Peer, actorUri = peer.actorUri): Promise<void> {
  await followActor(here.app, alice, await stored(peer));
  await drain(here);
  const follow = peer.received.findLast((one) => one.json["type"] === "Follow");
  await take(peer, act(peer, "Accept", follow?.json["id"], { actor: actorUri }));
}

const noticed = async () => (await listNotifications(here.app, alice, {})).items;

describe("authorship", () => {
  test("nobody's notes become another's by an author id that leads to the other", async () => {
    await stored(vic);
    // The id of the author answers with the document of somebody else, by itself or by a redirect.
    eve.documents.set("/users/alias", await actorDocument(vic, "vic"));
    eve.documents.set(
      "/users/moved",
      new Response(null, { status: 302, headers: { location: vic.actorUri } }),
    );
    for (const name of ["alias", "moved"]) {
      const { object } = aCreate(eve, name, { attributedTo: `https://e.test/users/${name}` });
      eve.documents.set(`/notes/${name}`, { "@context": AS, ...(object as Json) });
      const shown = await fetchNote(here.app, alice, `https://e.test/notes/${name}`).catch(() => null);
      expect(shown).toBeNull();
      expect(await findNoteByUri(here.app.db, `https://e.test/notes/${name}`)).toBeUndefined();
    }
  });

  test("an actor whose document turns into somebody else's acts for nobody", async () => {
    await stored(vic);
    const note = await aNote(here, { by: alice });
    const liker = await createPeer(here, "turn.test", "turner");
    const { actorUri } = liker;
    // The key is read while the document is its own.
    await deliver(here, liker, act(liker, "Like", note.uri));
    liker.documents.set("/users/turner", await actorDocument(vic, "vic"));
    await drainWithFaults(here);
    expect(await findActorIdByUri(here.app, actorUri)).toBeNull();
    expect((await viewNote(here.app, alice, note.id)).likesCount).toBe(0);
    expect(await noticed()).toEqual([]);
  });
});

describe("links of profiles", () => {
  test("are not marked as somebody's by calling the page of another one's own", async () => {
    const page = "https://v.test/@vic";
    const attachment = [
      { type: "PropertyValue", name: "Blog", value: '<a href="https://blog.test/">https://blog.test/</a>' },
    ];
    const html = `<a rel="me" href="${page}">me</a>`;
    here.network.join("blog.test", () =>
      Promise.resolve(new Response(html, { headers: { "content-type": "text/html" } })),
    );
    for (const peer of [eve, vic]) {
      const document = await actorDocument(peer, peer === eve ? "eve" : "vic");
      const context = [
        AS,
        { PropertyValue: "http://schema.org#PropertyValue", value: "http://schema.org#value" },
      ];
      peer.documents.set(new URL(peer.actorUri).pathname, {
        ...document,
        "@context": [...context, "https://w3id.org/security/v1"],
        url: page,
        attachment,
      });
      const id = await stored(peer);
      await verifyLinks(here.app, id);
      const [field] = (await viewActor(here.app, id))?.fields ?? [];
      expect(field).toBeDefined();
      expect(field?.verifiedAt !== null).toBe(peer === vic);
    }
  });
});

describe("threads", () => {
  test("a note that answers itself is shown, and answers nothing", async () => {
    await follows(eve);
    await take(eve, aCreate(eve, "self", { inReplyTo: "https://e.test/notes/self" }));
    const note = await findNoteByUri(here.app.db, "https://e.test/notes/self");
    expect(note?.reply_to_id).toBeNull();
    const thread = await viewThread(here.app, alice, note?.id as never);
    expect(thread.replies).toEqual([]);
    expect(thread.ancestors).toEqual([]);
  });

  test("notes that answer each other in a circle are cut where it closes", async () => {
    await follows(eve);
    await take(eve, aCreate(eve, "a", { inReplyTo: "https://e.test/notes/c" }));
    await take(eve, aCreate(eve, "b", { inReplyTo: "https://e.test/notes/a" }));
    await take(eve, aCreate(eve, "c", { inReplyTo: "https://e.test/notes/b" }));
    for (const name of ["a", "b", "c"]) {
      const note = await findNoteByUri(here.app.db, `https://e.test/notes/${name}`);
      const thread = await viewThread(here.app, alice, note?.id as never);
      expect(new Set(thread.ancestors.map((one) => one.uri)).size).toBe(thread.ancestors.length);
      expect(thread.ancestors.length + thread.replies.length).toBe(2);
    }
  });
});

const requestsOf = async () => (await listInteractionRequests(here.app, alice, {})).items;
const ASK = { automatic: "nobody", manual: "everyone" } as const;

describe("consent", () => {
  test("who is blocked neither quotes with a stamp nor answers, though everybody else may", async () => {
    const note = await aNote(here, { by: alice });
    await blockActor(here.app, alice, await stored(eve));
    await drain(here);
    await follows(vic);
    await take(eve, aCreate(eve, "q", { quote: note.uri }));
    await take(eve, aCreate(eve, "r", { inReplyTo: note.uri }));
    const quote = await findNoteByUri(here.app.db, "https://e.test/notes/q");
    expect(quote?.quote_state).toBe("unverified");
    const reply = await findNoteByUri(here.app.db, "https://e.test/notes/r");
    expect(reply?.reply_to_id).toBeNull();
    expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(0);
  });

  test("a stamp that was taken back ends its quote, however many others wrote its address under theirs", async () => {
    const stamp = "https://v.test/stamps/1";
    const said = aCreate(vic, "said")["object"] as Json;
    vic.documents.set("/notes/said", { "@context": AS, ...said });
    vic.documents.set("/stamps/1", {
      "@context": TERMS,
      id: stamp,
      type: "QuoteAuthorization",
      attributedTo: vic.actorUri,
      interactingObject: "https://e.test/notes/real",
      interactionTarget: "https://v.test/notes/said",
    });
    await follows(eve);
    const quoting = { quote: "https://v.test/notes/said", quoteAuthorization: stamp };
    for (let n = 0; n < 21; n++)
      await take(eve, aCreate(eve, `fake${n}`, { ...quoting, published: "2026-05-01T11:00:00Z" }));
    await take(eve, aCreate(eve, "real", quoting));
    const real = () => findNoteByUri(here.app.db, "https://e.test/notes/real");
    expect((await real())?.quote_state).toBe("accepted");
    await take(vic, act(vic, "Delete", stamp));
    expect((await real())?.quote_state).toBe("revoked");
  });

  test("a note is deleted by its author though others call its address a stamp", async () => {
    await follows(vic);
    await take(vic, aCreate(vic, "said"));
    const uri = "https://v.test/notes/said";
    const named = { tag: [{ type: "Mention", href: here.app.uris.actor(alice.actorId) }] };
    await take(eve, aCreate(eve, "trap", { quote: uri, quoteAuthorization: uri, ...named }));
    expect((await findNoteByUri(here.app.db, "https://e.test/notes/trap"))?.quote_authorization_uri).toBe(
      uri,
    );
    await take(vic, act(vic, "Delete", { id: uri, type: "Tombstone" }));
    expect((await findNoteByUri(here.app.db, uri))?.deleted_at).not.toBeNull();
  });

  test("what somebody took back before the author agreed does not happen", async () => {
    const note = await aNote(here, { by: alice, policy: { like: ASK } });
    const like = act(eve, "Like", note.uri);
    await take(eve, like);
    const [request] = await requestsOf();
    await take(eve, act(eve, "Undo", like));
    expect(await requestsOf()).toEqual([]);
    if (request !== undefined) await approveInteraction(here.app, alice, request.id).catch(() => null);
    expect((await viewNote(here.app, alice, note.id)).likesCount).toBe(0);
  });

  test("one person's requests leave room for those of others", async () => {
    const note = await aNote(here, { by: alice, policy: { like: ASK } });
    for (let n = 0; n < 30; n++) await take(eve, act(eve, "Like", note.uri));
    expect(await countPending(here.app.db, alice.actorId, 1_000)).toBe(20);
    await take(vic, act(vic, "Like", note.uri));
    expect((await requestsOf()).some((one) => one.actor.host === "v.test")).toBe(true);
  });

  test("polite requests bring no more reactions than other ways", async () => {
    const note = await aNote(here, { by: alice });
    for (const emoji of ["🎉", "🔥", "😮", "😢", "👍", "😂"]) {
      const reaction = {
        id: `https://e.test/likes/${++counter}`,
        type: "Like",
        actor: eve.actorUri,
        content: emoji,
      };
      await take(eve, act(eve, "LikeRequest", note.uri, { instrument: { ...reaction, object: note.uri } }));
    }
    const shown = (await viewNote(here.app, alice, note.id)).reactions;
    expect(shown.length).toBe(3);
  });

  test("an answer that was not allowed stays unheard of when it is edited", async () => {
    const nobody = { automatic: "nobody", manual: "nobody" } as const;
    const note = await aNote(here, { by: alice, policy: { reply: nobody } });
    const named = { tag: [{ type: "Mention", href: here.app.uris.actor(alice.actorId) }] };
    const created = aCreate(eve, "r", { inReplyTo: note.uri, ...named });
    await take(eve, created);
    expect(await noticed()).toEqual([]);
    const object = {
      ...(created["object"] as Json),
      content: "<p>again</p>",
      updated: "2026-06-01T11:30:00Z",
    };
    await take(eve, act(eve, "Update", object));
    expect(await noticed()).toEqual([]);
  });

  test("yes and no in turns do not make us write to every follower each time", async () => {
    const said = aCreate(vic, "said")["object"] as Json;
    vic.documents.set("/notes/said", { "@context": AS, ...said });
    const quoted = await fetchNote(here.app, alice, "https://v.test/notes/said");
    if (quoted === null) throw new Error("note not found");
    const fan = await createPeer(here, "fan.test", "fan");
    await take(fan, act(fan, "Follow", here.app.uris.actor(alice.actorId)));
    const quote = await aNote(here, { by: alice, quoteOf: quoted.id });
    await drain(here);
    for (let n = 0; n < 20; n++) {
      const type = n % 2 === 0 ? "Accept" : "Reject";
      const object = {
        type: "QuoteRequest",
        actor: here.app.uris.actor(alice.actorId),
        object: quoted.uri,
        instrument: quote.uri,
      };
      const context = [AS, { QuoteRequest: "https://w3id.org/fep/044f#QuoteRequest" }];
      await take(vic, {
        ...act(vic, type, object, { result: `https://v.test/stamps/${n}` }),
        "@context": context,
      });
    }
    const updates = fan.received.filter((one) => one.json["type"] === "Update");
    expect(updates.length).toBeGreaterThan(0);
    expect(updates.length).toBeLessThanOrEqual(6);
  });
});
