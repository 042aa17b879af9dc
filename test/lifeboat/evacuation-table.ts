import { expect } from "vitest";
import { getProgress } from "../../server/services/escapes/progress.ts";
import type { Community, Evacuee, FollowerKind } from "./evacuation-scene.ts";
import { followsOf } from "./follows.ts";
import type { Emulator } from "./peers/emulator.ts";

/** Whose people follow along when the home is dead, as docs/lifeboat.md promises it. */
export const FOLLOWS_ALONG: Readonly<Record<"sealed" | "live", readonly FollowerKind[]>> = {
  sealed: ["mastodon", "misskey", "hollo"],
  live: ["mastodon", "misskey", "hollo", "gotosocial", "akkoma"],
};

/** What was posted to each emulator, and went over the network, before the home was lost. */
export type Mark = { readonly posted: ReadonlyMap<string, number>; readonly logged: number };

/** Remembers where the records stand. */
export function mark({ emulators, network }: Community): Mark {
  return {
    posted: new Map(emulators.map(({ host, deliveries }) => [host, deliveries.length])),
    logged: network.log.length,
  };
}

/** Where everybody of the community is now. */
export async function newUris(community: Community): Promise<ReadonlyMap<string, string>> {
  const { app } = community.standby();
  const rows = await app.db.selectFrom("standby_members").select(["actor_uri", "actor_id"]).execute();
  return new Map(rows.map((row) => [row.actor_uri, app.uris.actor(row.actor_id ?? 0)]));
}

/**
 * Every follower is where the table says, each server was told as often as it should be: once for each member whose people
 * there can follow along, else never. Each time the power goes it may take one answer along: whoever could not look at the
 * new account any more is told again when nobody came.
 */
export async function expectTable(
  community: Community,
  since: Mark,
  key: "sealed" | "live",
  deaths = 0,
): Promise<void> {
  const { emulators, evacuees, meadow, reader, network } = community;
  const uris = await newUris(community);
  const expected: Record<string, unknown> = {};
  const found: Record<string, unknown> = {};
  let arrived = 0;
  let again = 0;
  for (const evacuee of evacuees) {
    const newUri = uris.get(evacuee.oldUri) ?? "";
    for (const emulator of emulators) {
      const people = peopleOf(evacuee, emulator);
      const comes = FOLLOWS_ALONG[key].some((kind) => kind === emulator.kind);
      const name = `${evacuee.name} at ${emulator.kind}`;
      expected[name] = {
        told: comes && people.length > 0 ? 1 : 0,
        there: comes ? people : [],
        stayed: comes ? [] : people,
      };
      const told = tellings(emulator, evacuee, since).length;
      again += Math.max(0, told - 1);
      found[name] = {
        told: Math.min(told, 1),
        there: [...emulator.acceptedBy(newUri)].toSorted(),
        stayed: [...emulator.followersOf(evacuee.oldUri)].toSorted(),
      };
      if (comes) arrived += people.length;
    }
  }
  expect(found).toEqual(expected);
  expect(again).toBeLessThanOrEqual(deaths);
  const back = evacuees.filter((one) => one.isFollowedAtCauseway);
  const follows = await followsOf(meadow, reader);
  expect(back.map(({ oldUri }) => follows[uris.get(oldUri) ?? ""])).toEqual(back.map(() => "accepted"));
  const said = network.log
    .slice(since.logged)
    .filter(({ url, method }) => method === "POST" && url.startsWith("https://meadow.test/"));
  for (const { oldUri } of back)
    expect(
      said.filter(({ body }) => body.includes(`"type":"Move"`) && body.includes(`"actor":"${oldUri}"`)),
    ).toHaveLength(1);
  const { app } = community.standby();
  const { id } = await app.db.selectFrom("evacuations").select("id").executeTakeFirstOrThrow();
  expect(await getProgress(app, { evacuationId: id })).toMatchObject({
    arrived: arrived + back.length,
    waiting: 0,
  });
}

/** The same when not all kits had come: whoever follows is at the old account or at the new one, and nothing is told twice. */
export async function expectNobodyLost(community: Community, since: Mark): Promise<void> {
  const { emulators, evacuees } = community;
  const uris = await newUris(community);
  for (const evacuee of evacuees)
    for (const emulator of emulators) {
      const somewhere = new Set([
        ...emulator.followersOf(evacuee.oldUri),
        ...emulator.acceptedBy(uris.get(evacuee.oldUri) ?? ""),
      ]);
      const where = `${evacuee.name} at ${emulator.kind}`;
      expect([...somewhere].toSorted(), where).toEqual(peopleOf(evacuee, emulator));
      expect(tellings(emulator, evacuee, since).length, where).toBeLessThan(2);
    }
}

function peopleOf({ followers }: Evacuee, { host, origin }: Emulator): readonly string[] {
  return (followers.get(host) ?? []).map((name) => `${origin}/users/${name}`).toSorted();
}

/** What a server was told of somebody's escape, whatever it answered. */
function tellings({ host, deliveries }: Emulator, { oldUri }: Evacuee, { posted }: Mark) {
  return deliveries
    .slice(posted.get(host))
    .filter(({ actor, type }) => actor === oldUri && (type === "Move" || type === "Update"));
}

/** Everything public that had been copied stands on the new profiles. */
export async function expectNotes(community: Community): Promise<void> {
  const { db } = community.standby().app;
  const copied = await db
    .selectFrom("standby_records")
    .innerJoin("standby_members", "standby_members.actor_uri", "standby_records.actor_uri")
    .select((eb) => ["standby_members.actor_id", eb.fn.countAll().as("count")])
    .groupBy("standby_members.actor_id")
    .orderBy("standby_members.actor_id")
    .execute();
  const standing = await db
    .selectFrom("notes")
    .where("actor_id", "in", db.selectFrom("standby_members").select("actor_id"))
    .select((eb) => ["actor_id", eb.fn.countAll().as("count")])
    .groupBy("actor_id")
    .orderBy("actor_id")
    .execute();
  const numbers = (rows: typeof standing) => rows.map((row) => [row.actor_id, Number(row.count)]);
  expect(numbers(standing)).toEqual(copied.map((row) => [row.actor_id, Number(row.count)]));
  expect(copied.length).toBeGreaterThan(0);
}
