import { createPrivateKey } from "node:crypto";
import { exportJwk } from "@fedify/fedify";
import { describe, expect, test } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { escapeWay } from "../../server/domain/move-forms.ts";
import { getKeys, sealEntrustedKey } from "../../server/services/accounts/keys.ts";
import { getProgress } from "../../server/services/escapes/progress.ts";
import { rememberOldActor } from "../../server/services/escapes/old-actors.ts";
import { UNCERTAIN_MS } from "../../server/services/escapes/ledger.ts";
import { answerFollowRequest } from "../../server/services/relations/follows.ts";
import { saltedHash } from "../../server/services/standbys/replication.ts";
import { insertKey } from "../../server/store/keys.ts";
import { createPeer } from "../federation/peer.ts";
import { drainWithFaults } from "../support/network.ts";
import { anEscape, type Escape, type EscapeMember } from "./escape-scene.ts";
import { gone, kill } from "./peers/disasters.ts";
import { PEER_RULES, type PeerKind } from "./peers/rules.ts";
import { signedPost } from "./peers/signatures.ts";

const MINUTE = 60_000;
const KINDS = Object.keys(PEER_RULES) as readonly PeerKind[];

/** Has the home's key of a member at the standby, as if it had been in their lifeboat. */
async function entrustKey({ home, standby }: Escape, ann: EscapeMember): Promise<void> {
  const { rsa } = await getKeys(home.app, ann.viewer.actorId);
  const key = createPrivateKey({ key: { ...rsa.privateJwk }, format: "jwk" });
  const actorId = await rememberOldActor(standby.app, ann.oldUri, { preferredUsername: "ann" });
  await insertKey(standby.app.db, await sealEntrustedKey(standby.app, actorId, key));
}

describe.each(["sealed", "live"] as const)("with the key %s", (key) => {
  test(
    "every kind of server does what the table says, and each is told once",
    { timeout: 60_000 },
    async () => {
      const escape = await anEscape();
      const ann = await escape.member("ann");
      for (const kind of KINDS) await (await escape.peer(kind)).follow(ann.oldUri, 2);
      await escape.seal();
      if (key === "live") await entrustKey(escape, ann);
      kill(escape.network, escape.home.host);
      await escape.launch(ann);
      const came = Object.fromEntries(
        escape.emulators.map((one) => [one.kind, one.acceptedBy(ann.newUri).length]),
      );
      const expected = Object.fromEntries(
        KINDS.map((kind) => {
          const way = escapeWay(PEER_RULES[kind].software, { origin: "silent", key });
          return [kind, "unable" in way ? 0 : 2];
        }),
      );
      expect(came).toEqual(expected);
      for (const one of escape.emulators) {
        const told = one.deliveries.filter(({ actor }) => actor === ann.oldUri);
        expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
        const signers = new Set(told.filter(({ type }) => type === "Move").map(({ keyId }) => keyId));
        if (signers.size > 0)
          expect([...signers]).toEqual([`${key === "live" ? ann.oldUri : ann.newUri}#main-key`]);
      }
      const progress = await getProgress(escape.standby.app, { memberId: ann.memberId });
      const able = Object.values(expected).filter((count) => count > 0).length;
      expect(progress).toMatchObject({
        servers: KINDS.length,
        answered: able,
        lost: KINDS.length - able,
        arrived: able * 2,
      });
      expect(progress.lostServers.find(({ host }) => host === "pixelfed.test")?.reason).toBe("origin");
    },
  );
});

test("410 at the old address does no harm to those who were told", async () => {
  const escape = await anEscape();
  const mastodon = await escape.peer("mastodon");
  const ann = await escape.member("ann");
  await mastodon.follow(ann.oldUri, 2);
  await escape.seal();
  gone(escape.network, escape.home.host);
  await escape.launch(ann);
  expect(mastodon.acceptedBy(ann.newUri)).toHaveLength(2);
});

test("a stolen kit is worth nothing before the standby names the old account", async () => {
  const escape = await anEscape();
  const mastodon = await escape.peer("mastodon");
  const misskey = await escape.peer("misskey");
  const ann = await escape.member("ann");
  for (const peer of [mastodon, misskey]) await peer.follow(ann.oldUri, 2);
  await escape.seal();
  const { kit } = await escape.standby.app.db
    .selectFrom("standby_members")
    .select("kit")
    .executeTakeFirstOrThrow();
  const home = JSON.parse(kit ?? "{}").homes[0];
  const thief = await escape.peer("ghost", "thief.test");
  for (const [peer, document] of [
    [mastodon, home.move],
    [misskey, home.update],
  ] as const)
    await thiefPosts(escape, thief.host, peer.host, document);
  await escape.settle();
  for (const peer of [mastodon, misskey]) {
    expect(peer.followersOf(ann.newUri)).toEqual([]);
    expect(peer.followersOf(ann.oldUri)).toHaveLength(2);
  }
});

/** Anybody with a server can carry what they stole. */
async function thiefPosts(escape: Escape, from: string, to: string, document: object): Promise<void> {
  const peer = await createPeer({ network: escape.network }, from, "thief");
  const key = createPrivateKey({ key: (await exportJwk(peer.keys.privateKey)) as never, format: "jwk" });
  const body = JSON.stringify(document);
  const url = `https://${to}/inbox`;
  const headers = signedPost(url, body, { keyId: peer.keyId, key, now: escape.clock.now() });
  await escape.network.http().post({ url, headers, body: new TextEncoder().encode(body) });
}

describe("a server that does not take it at once", () => {
  test("is told again with the same words, for two days", async () => {
    const escape = await anEscape();
    const mastodon = await escape.peer("mastodon");
    const ann = await escape.member("ann");
    await mastodon.follow(ann.oldUri, 2);
    await escape.seal();
    kill(escape.network, escape.home.host);
    const before = mastodon.deliveries.length;
    mastodon.failNext(503, 500);
    await escape.launch(ann);
    expect(mastodon.acceptedBy(ann.newUri)).toEqual([]);
    for (const minutes of [6, 11]) {
      escape.clock.advance(minutes * MINUTE);
      await escape.settle();
    }
    expect(mastodon.acceptedBy(ann.newUri)).toHaveLength(2);
    const told = mastodon.deliveries.slice(before).filter(({ type }) => type === "Move");
    expect(told.map(({ status }) => status)).toEqual([503, 500, 202]);
    expect(new Set(told.map(({ body }) => body)).size).toBe(1);
  });

  test("is given up after 48 hours, and said to be lost", async () => {
    const escape = await anEscape();
    const mastodon = await escape.peer("mastodon");
    const ann = await escape.member("ann");
    await mastodon.follow(ann.oldUri, 2);
    await escape.seal();
    kill(escape.network, escape.home.host);
    kill(escape.network, mastodon.host);
    await escape.launch(ann);
    for (let hour = 0; hour < 60; hour += 2) {
      escape.clock.advance(120 * MINUTE);
      await escape.settle();
    }
    expect(await getProgress(escape.standby.app, { memberId: ann.memberId })).toMatchObject({
      answered: 0,
      waiting: 0,
      lost: 1,
      lostServers: [{ host: "mastodon.test", followers: 2, reason: "refused" }],
    });
  });

  test("is not told twice after a crash when its people came meanwhile", async () => {
    const escape = await anEscape();
    const mastodon = await escape.peer("mastodon");
    const ghost = await escape.peer("ghost");
    const ann = await escape.member("ann");
    for (const peer of [mastodon, ghost]) await peer.follow(ann.oldUri, 2);
    await escape.seal();
    kill(escape.network, escape.home.host);
    await escape.launch(ann);
    const { db } = escape.standby.app;
    // As a crash between the answer and the commit leaves it: begun, and the deliveries still there.
    await db.updateTable("escapes").set({ state: "sent", answered_at: null }).execute();
    const rows = await db.selectFrom("escapes").selectAll().execute();
    for (const row of rows)
      await db
        .insertInto("deliveries")
        .values({
          activity_id: row.activity_id ?? 0,
          actor_id: ann.newId,
          inbox: row.inbox,
          host: row.host,
          order_key: row.id % 1000,
          run_at: 0,
          attempts: 0,
          dead_at: null,
          fault: null,
          created_at: escape.clock.now(),
        })
        .execute();
    await db.updateTable("hosts").set({ due_at: 0 }).execute();
    // Of ghost's people nobody came as far as the standby knows.
    await db
      .deleteFrom("follows")
      .where("actor_id", "in", db.selectFrom("actors").select("id").where("host", "=", ghost.host))
      .execute();
    const countMoves = (peer: typeof mastodon) =>
      peer.deliveries.filter(({ actor, type }) => actor === ann.oldUri && type === "Move").length;
    await drainWithFaults(escape.standby);
    expect([countMoves(mastodon), countMoves(ghost)]).toEqual([1, 1]);
    escape.clock.advance(UNCERTAIN_MS + MINUTE);
    await escape.settle();
    expect([countMoves(mastodon), countMoves(ghost)]).toEqual([1, 2]);
    const states = await db.selectFrom("escapes").select("state").execute();
    expect(states.map(({ state }) => state)).toEqual(["answered", "answered"]);
  });
});

test("somebody who went elsewhere a short while ago is not brought over", async () => {
  const escape = await anEscape();
  const mastodon = await escape.peer("mastodon");
  const ann = await escape.member("ann");
  await mastodon.follow(ann.oldUri, 2);
  await escape.seal();
  kill(escape.network, escape.home.host);
  await escape.standby.app.db
    .insertInto("successors")
    .values({
      old_uri: ann.oldUri,
      new_uri: escape.standby.app.uris.actor(1),
      notice: "{}",
      created_at: escape.clock.now(),
    })
    .execute();
  await escape.launch(ann);
  expect(mastodon.followersOf(ann.newUri)).toEqual([]);
  expect((await escape.standby.request(`/users/${ann.newId}`)).status).toBe(404);
});

test("members who approve their followers let in those who were approved before, and ask about others", async () => {
  const escape = await anEscape();
  const mastodon = await escape.peer("mastodon");
  const ann = await escape.member("ann", { locked: true });
  await mastodon.follow(ann.oldUri, 3);
  await escape.settle();
  const followers = await escape.home.app.db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select(["actors.id", "actors.uri"])
    .where("target_id", "=", ann.viewer.actorId)
    .execute();
  for (const { id } of followers) await answerFollowRequest(escape.home.app, ann.viewer, asId(id), "accept");
  await escape.seal();
  const salt = "0123456789abcdef";
  const hashes = followers.slice(0, 2).map(({ uri }) => saltedHash(salt, uri));
  await escape.standby.app.db
    .updateTable("standby_members")
    .set({ followers: JSON.stringify({ salt, hashes }) })
    .execute();
  kill(escape.network, escape.home.host);
  await escape.launch(ann);
  expect(mastodon.followersOf(ann.newUri)).toHaveLength(3);
  expect(mastodon.acceptedBy(ann.newUri)).toHaveLength(2);
});

test("a home cannot have anything else said in the name of the account here", async () => {
  const escape = await anEscape();
  const mastodon = await escape.peer("mastodon");
  const ann = await escape.member("ann");
  await mastodon.follow(ann.oldUri, 2);
  await escape.seal();
  kill(escape.network, escape.home.host);
  const { db } = escape.standby.app;
  const { kit } = await db.selectFrom("standby_members").select("kit").executeTakeFirstOrThrow();
  const parsed = JSON.parse(kit ?? "{}");
  parsed.homes[0].move = { type: "Create", id: `${ann.newUri}#1`, actor: ann.newUri, object: "spam" };
  await db
    .updateTable("standby_members")
    .set({ kit: JSON.stringify(parsed) })
    .execute();
  await escape.launch(ann);
  expect(mastodon.deliveries.some(({ actor }) => actor === ann.newUri)).toBe(false);
  expect(await db.selectFrom("escapes").selectAll().execute()).toEqual([]);
});
