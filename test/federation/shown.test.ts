import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import { pinNote } from "../../server/services/actors/pins.ts";
import { createCollection } from "../../server/services/collections/collections.ts";
import { suspendAccount } from "../../server/services/operations/operations.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver, type Peer } from "./peer.ts";
import { get } from "./signed-get.ts";

type Json = Record<string, unknown>;

/** What somebody wrote who is hidden or gone. */
const MARKER = "xyzzymarker";
const NEWEST = "9007199254740991";

let here: TestInstance;
let mei: Member;
let friend: Member;
let stranger: Member;
/** Follows mei. */
let near: Peer;
let far: Peer;
let foe: Peer;
let open: NoteView;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  mei = await aMember(here, "mei");
  friend = await aMember(here, "friend");
  stranger = await aMember(here, "stranger");
  near = await createPeer(here, "near.test");
  far = await createPeer(here, "far.test");
  foe = await createPeer(here, "foe.test");
  const object = here.app.uris.actor(mei.viewer.actorId);
  const activity = { id: `${near.actorUri}/f`, type: "Follow", actor: near.actorUri, object };
  expect(await deliver(here, near, activity)).toBe(202);
  open = await aNote(here, { by: mei.viewer, source: "for everybody #harbour" });
  await drain(here);
});
afterEach(() => here.close());

describe("somebody who is suspended", () => {
  test("is shown to nobody any more, whatever they did and whatever is asked for", async () => {
    const { app } = here;
    const viewer: Viewer = stranger.viewer;
    const note = await aNote(here, { by: viewer, source: "seen by nobody", quoteOf: open.id });
    await pinNote(app, viewer, note.id);
    await likeNote(app, viewer, open.id);
    await announceNote(app, viewer, open.id);
    await reactToNote(app, viewer, open.id, "🎉");
    await followActor(app, viewer, mei.viewer.actorId);
    await updateProfile(app, viewer, { name: "Stranger Danger", bioSource: MARKER });
    await drain(here);
    const { db } = app;
    const paths: string[] = [`/notes/${note.id}`, `/notes/${note.id}/likes`, `/contexts/${note.id}`];
    for (const table of ["likes", "announces", "reactions", "follows", "activities"] as const) {
      const rows = await db.selectFrom(table).select("id").where("actor_id", "=", viewer.actorId).execute();
      paths.push(...rows.map((row) => `/${table}/${row.id}`));
    }
    expect(paths.length).toBeGreaterThan(8);
    const object = app.uris.actor(viewer.actorId);
    expect(
      await deliver(here, far, { id: `${far.actorUri}/f`, type: "Follow", actor: far.actorUri, object }),
    ).toBe(202);
    await drain(here);
    await suspendAccount(app, { username: "stranger" });
    await drain(here);
    expect(far.received.at(-1)?.json).toMatchObject({
      type: "Update",
      object: { id: object, suspended: true },
    });
    for (const path of paths)
      for (const peer of [null, near])
        expect([path, (await get(here, `https://here.test${path}`, peer)).status]).toEqual([path, 404]);
    const profile = (await (await get(here, app.uris.actor(viewer.actorId))).json()) as Json;
    expect(profile).toMatchObject({ suspended: true, preferredUsername: "stranger", publicKey: {} });
    expect(JSON.stringify(profile)).not.toMatch(/Danger|xyzzymarker/);
    for (const path of ["/likes", "/shares"]) {
      const page = await get(here, `${open.uri}${path}?cursor=${NEWEST}`);
      expect(await page.json()).toMatchObject({ items: [] });
    }
    for (const path of ["/likes", "/boosts", "/reactions"]) {
      const page = await here.request(`/@mei/${open.id}${path}`);
      expect([path, page.status, (await page.text()).includes("@stranger")]).toEqual([path, 200, false]);
    }
  });
});

describe("somebody who left", () => {
  test("PRV-16: is shown no more from that moment on, but for the word that they are gone", async () => {
    const { app } = here;
    const { actorId } = stranger.viewer;
    const note = await aNote(here, { by: stranger.viewer, source: MARKER });
    await announceNote(app, stranger.viewer, open.id);
    await drain(here);
    await removeMember(app, actorId);
    await drain(here);
    expect([(await get(here, note.uri)).status, (await get(here, app.uris.actor(actorId))).status]).toEqual([
      410, 410,
    ]);
    const rows = await app.db
      .selectFrom("activities")
      .select(["id", "body"])
      .where("actor_id", "=", actorId)
      .execute();
    const shown = await Promise.all(
      rows.map(async ({ id }) => (await get(here, app.uris.activity(id))).status === 200),
    );
    const types = rows
      .filter((_, index) => shown[index])
      .map(({ body }) => (JSON.parse(body) as Json)["type"]);
    expect([rows.length, types]).toEqual([3, ["Delete"]]);
  });
});

describe("a Follow of somebody who does not list whom they follow", () => {
  test("is shown to the server that it was sent to alone", async () => {
    const { app } = here;
    const by = mei.viewer;
    await likeFrom(far);
    const farId = await findActorIdByUri(app, far.actorUri);
    if (farId === null) throw new Error("nobody to follow");
    await followActor(app, by, farId);
    await drain(here);
    const uri = String(far.received.at(-1)?.json["id"]);
    expect((await get(here, uri)).status).toBe(200);
    await updateProfile(app, by, { hidesRelations: true });
    expect([(await get(here, uri)).status, (await get(here, uri, near)).status]).toEqual([404, 404]);
    const shown = await get(here, uri, far);
    expect([shown.status, shown.headers.get("cache-control")]).toEqual([200, "private, no-store"]);
  });
});

/** Makes somebody known here. */
async function likeFrom(peer: Peer): Promise<void> {
  const like = { id: `${peer.actorUri}/l`, type: "Like", actor: peer.actorUri, object: open.uri };
  expect(await deliver(here, peer, like)).toBe(202);
  await drain(here);
}

describe("the outbox", () => {
  test("says of a note all that its own address says, and of a boost how wide it is", async () => {
    const { app } = here;
    const by = mei.viewer;
    const said = await aNote(here, { by: friend.viewer, source: "quiet", visibility: "unlisted" });
    const note = await aNote(here, {
      by,
      source: "look #harbour",
      language: "en",
      quoteOf: said.id,
      policy: { reply: { automatic: "followers", manual: "nobody" } },
    });
    await announceNote(app, by, said.id);
    await drain(here);
    const outbox = (await (await get(here, `${app.uris.outbox(by.actorId)}?cursor=${NEWEST}`)).json()) as {
      readonly orderedItems: readonly Json[];
    };
    const own = (await (await get(here, note.uri)).json()) as Json;
    const create = outbox.orderedItems.find((item) => (item["object"] as Json)["id"] === note.uri);
    const { "@context": _, replies: __, ...rest } = own;
    expect(create?.["object"]).toMatchObject(rest);
    expect(Object.keys(rest)).toEqual(
      expect.arrayContaining(["quote", "interactionPolicy", "contentMap", "context"]),
    );
    const followers = app.uris.followers(by.actorId);
    const announce = outbox.orderedItems.find((item) => item["type"] === "Announce");
    expect(announce).toMatchObject({
      to: [followers],
      cc: ["https://www.w3.org/ns/activitystreams#Public", app.uris.actor(friend.viewer.actorId)],
      object: said.uri,
    });
  });
});

describe("with authorized fetch", () => {
  test("PRV-11: whoever is blocked reads no document of the blocker's, by whatever address", async () => {
    const careful = await createInstance({
      host: "careful.test",
      network: here.network,
      environment: { CAUSEWAY_AUTHORIZED_FETCH: "on" },
    });
    const { app } = careful;
    const viewer = (await aMember(careful, "cai")).viewer;
    const said = await aNote(careful, { by: (await aMember(careful, "else")).viewer });
    const note = await aNote(careful, { by: viewer, source: MARKER });
    await announceNote(app, viewer, said.id);
    await likeNote(app, viewer, said.id);
    await reactToNote(app, viewer, said.id, "🎉");
    const id = await createCollection(app, viewer, { name: MARKER, summary: "" });
    const like = { id: "https://foe.test/l", type: "Like", actor: foe.actorUri, object: note.uri };
    expect(await deliver(careful, foe, like)).toBe(202);
    await drain(careful);
    const foeId = await findActorIdByUri(app, foe.actorUri);
    if (foeId === null) throw new Error("the foe is not known");
    const paths = [`/notes/${note.id}`, `/collections/${id}`];
    for (const table of ["announces", "likes", "reactions", "activities"] as const) {
      const rows = await app.db
        .selectFrom(table)
        .select("id")
        .where("actor_id", "=", viewer.actorId)
        .execute();
      paths.push(...rows.map((row) => `/${table}/${row.id}`));
    }
    const shown = async (peer: Peer) =>
      Promise.all(
        paths.map(async (path) => (await get(careful, `https://careful.test${path}`, peer)).status === 200),
      );
    const before = await shown(foe);
    expect(before.filter(Boolean).length).toBeGreaterThan(5);
    await blockActor(app, viewer, foeId);
    expect((await shown(foe)).some(Boolean)).toBe(false);
    expect((await shown(far)).filter(Boolean).length).toBe(before.filter(Boolean).length);
    await careful.close();
  });
});
