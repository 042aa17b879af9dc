import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { findActorIdByUri, findRelationship, receiveActor } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { belongings } from "../support/belongings.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aCreate, actorDocument, createPeer, deliver, type Peer } from "./peer.ts";

// Threats, section "Identity and origin" and "Authorization": what a server with a key and an actor of its own can try.
// Each test looks at what is kept after all jobs ran; a status alone says nothing.

const AS = "https://www.w3.org/ns/activitystreams";
const HOUR = 3_600_000;
type Json = Record<string, unknown>;

let here: TestInstance;
let alice: Viewer;
let bob: Viewer;
let eve: Peer;
let vic: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  bob = (await aMember(here, "bob")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  vic = await createPeer(here, "v.test", "vic");
});
afterEach(() => here.close());

const uriOf = (viewer: Viewer) => here.app.uris.actor(viewer.actorId);
const toAlice = () => ({ tag: [{ type: "Mention", href: uriOf(alice), name: "@alice@here.test" }] });
let counter = 0;
const act = (type: string, object: unknown, more: Json = {}): Json => ({
  id: `https://e.test/acts/${++counter}`,
  type,
  actor: eve.actorUri,
  to: [`${AS}#Public`],
  object,
  ...more,
});

/** Alice follows an actor, who accepts if told to. */
async function follows(follower: Viewer, peer: Peer, accepted = true): Promise<void> {
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("actor not found");
  await followActor(here.app, follower, await receiveActor(here.app, received));
  await drain(here);
  const follow = peer.received.findLast((one) => one.json["type"] === "Follow");
  if (!accepted) return;
  await deliver(here, peer, {
    id: `${peer.actorUri}/accepts/${++counter}`,
    type: "Accept",
    actor: peer.actorUri,
    object: follow?.json["id"],
  });
  await drain(here);
}

/** Vic's public and followers-only note, as vic delivered them. */
async function vicsNotes(): Promise<void> {
  await deliver(here, vic, aCreate(vic, "1", { content: "public words", ...toAlice() }));
  const audience = { to: [`${vic.actorUri}/followers`] };
  await deliver(here, vic, aCreate(vic, "2", { content: "between us", ...audience, ...toAlice() }, audience));
  await drain(here);
}

/** Sends as eve, lets everything happen, and expects nobody else's things to be other than before. */
async function expectNoChange(...activities: readonly Json[]): Promise<void> {
  await deliver(here, eve, aCreate(eve, `hello${++counter}`, toAlice()));
  await drain(here);
  const before = await belongings(here, eve.actorUri);
  for (const activity of activities) {
    await deliver(here, eve, activity);
    await drainWithFaults(here);
  }
  expect(await belongings(here, eve.actorUri)).toBe(before);
}

describe("identity and origin", () => {
  test("ORI-04: activities without an id of their own origin are refused", async () => {
    for (const id of [
      undefined,
      "javascript:alert(1)",
      "urn:x",
      "/relative",
      `https://e.test/${"x".repeat(3_000)}`,
      "https://e.test/ 1",
      5,
      ["https://e.test/1"],
    ])
      expect(await deliver(here, eve, { ...act("Like", "https://v.test/notes/1"), id })).toBe(400);
    for (const id of [
      "https://v.test/1",
      "http://e.test/1",
      "https://e.test:8443/1",
      "https://x.e.test/1",
      "https://e.test.v.test/1",
    ])
      expect(await deliver(here, eve, { ...act("Like", "https://v.test/notes/1"), id })).toBe(401);
  });

  test("ORI-08: a file on the victim's server that says it is a Create is nothing to us", async () => {
    vic.documents.set("/uploads/x.json", {
      "@context": AS,
      ...aCreate(vic, "9", { content: "forged" }),
      id: "https://v.test/uploads/x.json",
    });
    vic.documents.set("/uploads/y.json", {
      "@context": AS,
      ...(aCreate(vic, "9", { content: "forged" })["object"] as Json),
    });
    await expectNoChange(
      act("Announce", "https://v.test/uploads/x.json"),
      act("Announce", "https://v.test/uploads/y.json"),
    );
    expect(await fetchNote(here.app, null, "https://v.test/notes/9")).toBeNull();
  });

  test("ORI-11: one actor has one row, however its id is spelled, and looks like nobody else", async () => {
    await deliver(here, eve, aCreate(eve, "1", toAlice()));
    await drain(here);
    const rows = () =>
      here.database.db.selectFrom("actors").select("uri").where("uri", "like", "%test%users/%").execute();
    const before = (await rows()).length;
    for (const spelled of [
      "https://E.TEST/users/eve",
      "https://e.test:443/users/eve",
      "https://e.test./users/eve",
      "https://e.test/users/%65ve",
      "https://e.test/./users/eve",
    ]) {
      await deliver(
        here,
        eve,
        { ...aCreate(eve, `s${++counter}`, { attributedTo: spelled, ...toAlice() }), actor: spelled },
        { keyId: `${spelled}#main-key` },
      );
      await drainWithFaults(here);
    }
    expect(await rows()).toHaveLength(before);
    for (const actor of ["https://v.test@e.test/users/eve", "https://v.test%40e.test/users/eve"])
      expect(await deliver(here, eve, { ...aCreate(eve, "z", toAlice()), actor })).toBeGreaterThanOrEqual(
        400,
      );
  });

  test("ORI-13: an inbox on a third host is never delivered to", async () => {
    const third = await createPeer(here, "w.test", "victim");
    eve.documents.set("/users/eve", {
      ...(await actorDocument(eve, "eve")),
      inbox: "https://w.test/inbox",
      endpoints: { sharedInbox: "https://w.test/inbox" },
    });
    await deliver(here, eve, act("Follow", uriOf(alice)));
    await drainWithFaults(here);
    await aNote(here, { by: alice });
    await drainWithFaults(here);
    expect(third.received).toEqual([]);
    eve.documents.set("/users/eve", {
      ...(await actorDocument(eve, "eve")),
      endpoints: { sharedInbox: "https://w.test/inbox" },
    });
    here.clock.advance(25 * HOUR);
    await deliver(here, eve, act("Follow", uriOf(alice)));
    await drainWithFaults(here);
    await aNote(here, { by: alice });
    await drainWithFaults(here);
    expect(third.received).toEqual([]);
  });
});

describe("authorization", () => {
  test("AUZ-02: deleting another's actor, or one's own collections, deletes nothing", async () => {
    await vicsNotes();
    await expectNoChange(
      act("Delete", vic.actorUri),
      act("Delete", { id: vic.actorUri, type: "Tombstone" }),
      act("Delete", uriOf(alice)),
      act("Delete", `${eve.actorUri}/followers`),
      act("Delete", `${vic.actorUri}#main-key`),
    );
  });

  test("AUZ-04: an Update of another's note or profile, or one that gives a note away, changes nothing", async () => {
    await vicsNotes();
    const note = aCreate(vic, "1", { content: "forged", updated: "2026-06-01T13:00:00Z" })["object"] as Json;
    await expectNoChange(
      act("Update", note),
      act("Update", { ...note, attributedTo: eve.actorUri }),
      act("Update", { ...note, id: "https://e.test/notes/own", attributedTo: vic.actorUri }),
      act("Update", { ...(await actorDocument(vic, "vic")), name: "Forged" }),
      act("Update", { ...(await actorDocument(eve, "eve")), id: vic.actorUri }),
      act("Update", [note, { ...note, attributedTo: eve.actorUri }]),
    );
  });

  test("AUZ-05: an Update makes no note more public, and an older one is ignored", async () => {
    await follows(alice, vic);
    await vicsNotes();
    here.clock.advance(60_000);
    const update = (id: string, note: Json) => ({
      ...aCreate(vic, id, note),
      id: `https://v.test/up/${++counter}`,
      type: "Update",
    });
    await deliver(here, vic, update("2", { content: "still between us", updated: "2026-06-01T12:00:30Z" }));
    await drain(here);
    expect(await fetchNote(here.app, null, "https://v.test/notes/2")).toBeNull();
    expect((await fetchNote(here.app, alice, "https://v.test/notes/2"))?.visibility).not.toBe("public");
    await deliver(here, vic, update("1", { content: "second", updated: "2026-06-01T12:00:40Z" }));
    await drain(here);
    await deliver(here, vic, update("1", { content: "an older one", updated: "2026-06-01T12:00:10Z" }));
    await drain(here);
    expect((await fetchNote(here.app, alice, "https://v.test/notes/1"))?.contentHtml).toContain("second");
  });

  test("AUZ-08: who asked to follow and was not answered sees nothing for followers", async () => {
    await follows(bob, vic, false);
    await follows(alice, vic);
    const audience = { to: [`${vic.actorUri}/followers`] };
    await deliver(here, vic, aCreate(vic, "2", { content: "between us", ...audience }, audience));
    await drain(here);
    expect(await fetchNote(here.app, bob, "https://v.test/notes/2")).toBeNull();
    expect((await homeTimeline(here.app, bob, {})).items).toEqual([]);
    expect(await fetchNote(here.app, alice, "https://v.test/notes/2")).not.toBeNull();
  });

  test("AUZ-10: who asks to follow cannot say yes to it", async () => {
    const { updateProfile } = await import("../../server/services/accounts/profile.ts");
    await updateProfile(here.app, alice, { locked: true });
    const follow = act("Follow", uriOf(alice));
    await deliver(here, eve, follow);
    await drain(here);
    await deliver(here, eve, act("Accept", follow["id"]));
    await deliver(here, eve, act("Accept", { ...follow, actor: uriOf(alice), object: eve.actorUri }));
    await drain(here);
    const rows = await here.database.db.selectFrom("follows").select("state").execute();
    expect(rows).toEqual([{ state: "pending" }]);
    await deliver(here, eve, act("Undo", follow));
    await deliver(here, eve, act("Accept", follow["id"]));
    await drain(here);
    expect(await here.database.db.selectFrom("follows").select("state").execute()).toEqual([]);
  });

  test("AUZ-11: a boost shows no note that is not for everybody, and never the embedded text", async () => {
    await follows(alice, vic);
    await follows(bob, eve);
    await vicsNotes();
    await deliver(here, eve, act("Announce", "https://v.test/notes/2"));
    const forged = { ...(aCreate(vic, "3", { content: "forged" })["object"] as Json) };
    await deliver(here, eve, act("Announce", forged));
    await drainWithFaults(here);
    expect((await homeTimeline(here.app, bob, {})).items).toEqual([]);
    expect(await fetchNote(here.app, bob, "https://v.test/notes/2")).toBeNull();
    expect(await fetchNote(here.app, null, "https://v.test/notes/3")).toBeNull();
  });

  test("AUZ-14: nobody pins or unpins for another, and a hundred pins are not kept", async () => {
    await vicsNotes();
    vic.documents.set("/users/vic", {
      ...(await actorDocument(vic, "vic")),
      featured: `${vic.actorUri}/featured`,
    });
    await expectNoChange(
      act("Add", "https://v.test/notes/1", { target: `${vic.actorUri}/featured` }),
      act("Remove", "https://v.test/notes/1", { target: `${vic.actorUri}/featured` }),
      act("Add", "https://v.test/notes/1", { target: `${uriOf(alice)}/featured` }),
      act("Add", eve.actorUri, { target: `${uriOf(alice)}/followers` }),
    );
  });

  test("AUZ-16: a Block in another's name changes nothing", async () => {
    await follows(alice, vic);
    await expectNoChange({ ...act("Block", uriOf(alice)), actor: vic.actorUri }, act("Block", vic.actorUri));
    const id = await findActorIdByUri(here.app, vic.actorUri);
    expect(id === null ? null : (await findRelationship(here.app, alice, id)).following).toBe("accepted");
  });

  test("AUZ-20: there is no way to post through an outbox", async () => {
    for (const path of [`/users/${alice.actorId}/outbox`, `/users/${bob.actorId}/followers`]) {
      const status = await deliver(here, eve, act("Create", { type: "Note", content: "x" }), { path });
      expect([404, 405]).toContain(status);
    }
    expect(await here.database.db.selectFrom("notes").selectAll().execute()).toEqual([]);
  });

  test("whatever one server says, in whatever words, the things of others stay as they are", async () => {
    await follows(alice, vic);
    await vicsNotes();
    const ours = await aNote(here, { by: alice, source: "ours" });
    await deliver(here, vic, {
      id: "https://v.test/like/1",
      type: "Like",
      actor: vic.actorUri,
      object: ours.uri,
    });
    await drain(here);
    const [follow] = await here.database.db.selectFrom("follows").select("uri").execute();
    const targets = [
      vic.actorUri,
      `${vic.actorUri}/followers`,
      "https://v.test/notes/1",
      "https://v.test/notes/2",
      "https://v.test/notes/1/activity",
      "https://v.test/like/1",
      ours.uri,
      uriOf(alice),
      `${uriOf(alice)}/featured`,
      follow?.uri ?? "",
    ];
    const target = fc.constantFrom(...targets);
    const type = fc.constantFrom(
      "Create",
      "Update",
      "Delete",
      "Undo",
      "Accept",
      "Reject",
      "Announce",
      "Like",
      "Block",
      "Add",
      "Remove",
      "Move",
      "Flag",
      "Follow",
      "Dislike",
      "EmojiReact",
      "QuoteRequest",
      "FeatureRequest",
      "Lock",
      "Join",
      "Leave",
      "Invite",
      "TentativeAccept",
    );
    const embedded = fc.record(
      {
        id: target,
        type: fc.constantFrom(
          "Note",
          "Person",
          "Tombstone",
          "Follow",
          "Like",
          "Announce",
          "Create",
          "Delete",
          "Question",
          "Group",
          "OrderedCollection",
        ),
        actor: fc.constantFrom(vic.actorUri, eve.actorUri, uriOf(alice)),
        attributedTo: fc.constantFrom(vic.actorUri, eve.actorUri, uriOf(alice)),
        object: target,
        content: fc.constant("forged"),
        to: fc.constantFrom(`${AS}#Public`, uriOf(alice)),
        inbox: fc.constant("https://e.test/inbox"),
        preferredUsername: fc.constantFrom("vic", "alice"),
        updated: fc.constant("2026-06-01T12:30:00Z"),
        movedTo: fc.constant(eve.actorUri),
        alsoKnownAs: fc.constant([vic.actorUri, uriOf(alice)]),
      },
      { requiredKeys: ["id", "type"] },
    );
    const activity = fc.record(
      {
        type,
        object: fc.oneof(target, embedded, fc.tuple(embedded, embedded)),
        target: fc.oneof(target, embedded),
        result: target,
        instrument: target,
        content: fc.constantFrom("x", "🎉"),
      },
      { requiredKeys: ["type", "object"] },
    );
    await deliver(here, eve, aCreate(eve, "hello", toAlice()));
    await drain(here);
    const before = await belongings(here, eve.actorUri);
    await fc.assert(
      fc.asyncProperty(activity, async ({ type: kind, object, ...more }) => {
        here.clock.advance(1_000);
        await deliver(here, eve, act(kind, object, more));
        await drainWithFaults(here);
        expect(await belongings(here, eve.actorUri)).toBe(before);
      }),
      { numRuns: 120, endOnFailure: true },
    );
  }, 120_000);
});
