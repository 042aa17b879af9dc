// A launch whose standby is a real process: what the tests of killed processes share.

import { join as joinPath } from "node:path";
import { sql } from "kysely";
import { expect, onTestFinished } from "vitest";
import { type Config, parseConfig } from "../../server/config.ts";
import type { App } from "../../server/context.ts";
import { setUp, until } from "../../server/demo/people.ts";
import { findFreePort } from "../../server/ops/listen.ts";
import { type RunningServer, startServer as openServer } from "../../server/ops/server.ts";
import { requestSeal } from "../../server/services/escapes/kits.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { answerOffer } from "../../server/services/standbys/agreements.ts";
import { giveConsent } from "../../server/services/standbys/consents.ts";
import { inviteStandby } from "../../server/services/standbys/invitations.ts";
import { tendStandbys } from "../../server/services/standbys/upkeep.ts";
import type { Database } from "../../server/store/database.ts";
import { bringForward } from "../../server/store/job-engine.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aMember, type Member } from "../support/instance.ts";
import { aPhrase } from "../lifeboat/escape-scene.ts";
import type { Emulator } from "../lifeboat/peers/emulator.ts";
import { serveEmulator } from "../lifeboat/peers/loopback.ts";
import { databaseOf, type Environment, eventually } from "./processes.ts";

const MEMBERS = ["ann", "bob", "cyd", "dan"];
const SERVERS = 5;
/** Everybody is told of everybody. */
export const TELLINGS = MEMBERS.length * SERVERS;
const LONG_AGO_MS = 11 * 60_000;
const HOUR = 3_600_000;

/** Of the tellings that come next so many are answered, so many taken and never answered; the rest is not even read. */
export type Stage = { readonly answered: number; readonly taken: number };

/** Stands before all inboxes. */
export type Gate = {
  /** What is under way breaks off; from now on the next stage counts. Null: everything is let through. */
  next(stage: Stage | null): void;
  /** Tellings that were read, in all stages. */
  told(): number;
  around(request: Request, answer: () => Promise<Response>): Promise<Response>;
};

/** A gate that lets everything through. */
export function aGate(): Gate {
  let told = 0;
  let seen = 0;
  let stage: Stage | null = null;
  let end = Promise.withResolvers<void>();
  return {
    told: () => told,
    next: (given) => {
      end.resolve();
      end = Promise.withResolvers();
      [stage, seen] = [given, 0];
    },
    around: async (request, answer) => {
      if (!(await request.text()).includes(`"type":"Move"`)) return await answer();
      const [now, isOver] = [stage, end.promise];
      seen += 1;
      const place = seen;
      if (now !== null && place > now.answered + now.taken) {
        await isOver;
        throw new Error("Nobody reads this any more.");
      }
      const given = await answer();
      told += 1;
      if (now !== null && place > now.answered) await isOver;
      return given;
    },
  };
}

/** A launch that begins when the standby is started. */
export type Scene = {
  readonly environment: Environment;
  readonly database: Database;
  readonly gate: Gate;
  readonly followers: readonly Emulator[];
  /** Whose followers are told, at their old address. */
  readonly old: readonly string[];
};

/** A home that was copied and is gone, and the data of its standby, where two trustees have decided. */
export async function aLostHome(kind: "sqlite" | "postgres"): Promise<Scene> {
  const gate = aGate();
  const followers = await Promise.all(
    Array.from({ length: SERVERS }, () => serveEmulator("mastodon", { eager: true, around: gate.around })),
  );
  const folder = temporaryFolder();
  const own = kind === "postgres" ? await createPostgresDatabase() : null;
  if (own !== null) onTestFinished(own.drop);
  const more = own === null ? {} : { DATABASE_URL: own.url };
  const [homePort, port] = [await findFreePort(), await findFreePort()];
  const home = await openServer(configOf(environmentOf(homePort, "localhost", joinPath(folder, "home"))));
  const environment = { ...environmentOf(port, "127.0.0.1", joinPath(folder, "data")), ...more };
  const standby = await openServer(configOf(environment));
  const old = await loseHome(home, standby, followers);
  const database = own?.database ?? databaseOf({ folder: joinPath(folder, "data") });
  // The hour in which everybody can see it is over when the process starts.
  const { db } = database;
  await db.updateTable("evacuations").set({ begins_at: 0 }).execute();
  if (own === null) await db.updateTable("jobs").set({ run_at: 0 }).where("kind", "=", "evacuate").execute();
  else await bringForward(db, Date.now() + 2 * HOUR);
  return { environment, database, gate, followers, old };
}

/** Waits until so many tellings were read, and whoever read one has looked at the new account: only then they come. */
export async function untilTold({ gate, followers }: Scene, count: number): Promise<void> {
  await eventually(() => {
    expect(gate.told()).toBe(count);
    expect(followers.flatMap(({ moves }) => moves).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: count }, () => "moved"),
    );
  });
}

/** Waits until the people of those who were told follow, though their answer was lost: others send again what failed. */
export async function untilTheyCame({ database, followers }: Scene, count: number): Promise<void> {
  await eventually(async () => {
    for (const one of followers) await one.work();
    expect((await database.db.selectFrom("follows").select("id").execute()).length).toBe(count);
  });
}

/** Waits until all are told, everybody has come and was let in; and looks that nobody was told of anybody twice. */
export async function untilItIsOver(scene: Scene): Promise<void> {
  const { database, followers, old } = scene;
  await eventually(async () => {
    for (const one of followers) await one.work();
    expect(new Set(await statesOf(scene))).toEqual(new Set(["answered"]));
    const accepted = database.db.selectFrom("follows").select("id").where("state", "=", "accepted");
    expect((await accepted.execute()).length).toBe(TELLINGS);
  });
  for (const one of followers) expect(movesAt(one).toSorted()).toEqual(old.toSorted());
}

/** Whose Moves a server has read, one for each. */
function movesAt({ deliveries }: Emulator): readonly string[] {
  return deliveries.filter(({ type }) => type === "Move").map(({ actor }) => actor ?? "");
}

/** How the tellings stand. */
export async function statesOf({ database }: Scene): Promise<readonly string[]> {
  return (await database.db.selectFrom("escapes").select("state").execute()).map(({ state }) => state);
}

/** Waits until the standby has put off everything that a crash left in doubt: at least so many tellings. */
export async function untilInDoubt({ database: { db } }: Scene, least: number): Promise<void> {
  await eventually(async () => {
    const left = db
      .selectFrom("deliveries")
      .innerJoin("activities", "activities.id", "deliveries.activity_id")
      .where("activities.is_escape", "=", 1)
      .select("deliveries.run_at");
    const times = (await left.execute()).map((row) => row.run_at);
    expect(times.length).toBeGreaterThanOrEqual(least);
    expect(Math.min(...times)).toBeGreaterThan(Date.now());
  });
}

/**
 * PostgreSQL only: until `release`, nobody is brought over, though the job that does it has begun. `begun` waits for that.
 */
export async function holdMembers({ database: { db, pool } }: Scene) {
  const client = await pool?.connect();
  if (client === undefined) throw new Error("This is for PostgreSQL.");
  await client.query("begin");
  await client.query("select id from standby_members for update");
  return {
    begun: () =>
      eventually(async () => {
        const { rows } = await sql<{ id: number }>`
          select jobs.id from graphile_worker.jobs join pg_locks on not pg_locks.granted
          where task_identifier = 'launch-members' and locked_by is not null`.execute(db);
        expect(rows.length).toBeGreaterThan(0);
      }),
    release: async () => {
      await client.query("rollback");
      client.release();
    },
  };
}

/** As if what is in doubt had been begun eleven minutes earlier. */
export async function makeLongAgo({ database: { db } }: Scene): Promise<void> {
  await db
    .updateTable("escapes")
    .set((eb) => ({ begun_at: eb("begun_at", "-", LONG_AGO_MS) }))
    .where("state", "=", "sent")
    .execute();
}

/** As if others had reached the standby all the time since: the doubt is over. */
export async function endTheDoubt(scene: Scene): Promise<void> {
  const { db } = scene.database;
  await makeLongAgo(scene);
  await sql`update kv set value = '0' where key like 'inbox%listening-since'`.execute(db);
  await db.updateTable("deliveries").set({ run_at: 0 }).execute();
  // On a slow machine servers that were kept waiting may rest by now.
  const well = { failures: 0, failing_since: null, retry_at: null, opened_at: null };
  await db
    .updateTable("hosts")
    .set({ ...well, due_at: 0 })
    .where("due_at", "is not", null)
    .execute();
}

/** As if whoever is dead had been for half a minute; those who live say so again within seconds. */
export async function makeQuiet({ database }: Pick<Scene, "database">): Promise<void> {
  await sql`update kv set value = (value::bigint - 30000)::text where key like 'worker%' or key like 'sender%'`.execute(
    database.db,
  );
}

async function loseHome(
  home: RunningServer,
  standby: RunningServer,
  followers: readonly Emulator[],
): Promise<readonly string[]> {
  const [here, there] = [home.instance.app, standby.instance.app];
  await setUp(here, { serverName: "Home", username: "owner_here", languages: ["en"] });
  await setUp(there, { serverName: "Standby", username: "owner_there", languages: ["en"] });
  const trustees = [await aPhrase(), await aPhrase()];
  const agreement = await agree(
    home,
    standby,
    trustees.map(({ did }) => did),
  );
  const people: Member[] = [];
  for (const name of MEMBERS) people.push(await aMember({ app: here }, name));
  const old = people.map(({ viewer }) => here.uris.actor(viewer.actorId));
  for (const uri of old) for (const one of followers) await one.followAs(uri, ["p1"]);
  for (const { viewer } of people) await giveConsent(here, viewer, agreement.id);
  await copied(here, there, people, followers.length);
  await decide(
    there,
    agreement.uri,
    trustees.map(({ phrase }) => phrase),
  );
  // The last first: each takes its guard of the global fetch off again.
  await standby.stop(0);
  await home.stop(0);
  return old;
}

function configOf(environment: Environment): Config {
  const parsed = parseConfig(environment);
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  return parsed.config;
}

function environmentOf(port: number, host: string, folder: string): Environment {
  return {
    PORT: String(port),
    HOST: "127.0.0.1",
    CAUSEWAY_ORIGIN: `http://${host}:${port}`,
    CAUSEWAY_DATA: folder,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
  };
}

async function agree(home: RunningServer, standby: RunningServer, trustees: readonly string[]) {
  const id = await inviteStandby(home.instance.app, {
    standby: standby.config.origin,
    withFollowersOnly: false,
    maxGigabytes: "1",
    trustees: trustees.join(" "),
    threshold: "2",
    waitHours: "1",
  });
  const find = ({ instance }: RunningServer, state: string) =>
    until(`an agreement is ${state}`, async () => {
      const row = await instance.app.db
        .selectFrom("standby_agreements")
        .select(["id", "uri"])
        .where("state", "=", state)
        .executeTakeFirst();
      return row ?? null;
    });
  await answerOffer(standby.instance.app, (await find(standby, "asked")).id, "agree");
  return { id, uri: (await find(home, "agreed")).uri };
}

/** Until a kit is at the standby for each member, with all servers of their followers. */
async function copied(home: App, standby: App, people: readonly Member[], servers: number): Promise<void> {
  await until("everything is at the standby", async () => {
    for (const { viewer } of people) await requestSeal(home, viewer.actorId);
    await tendStandbys(home);
    const rows = await standby.db.selectFrom("standby_members").select(["kit", "keys"]).execute();
    const isWhole = ({ kit, keys }: (typeof rows)[number]): boolean =>
      keys !== null && kit?.match(/"followers":\d/g)?.length === servers && kit.includes(`"new":`);
    return rows.length === people.length && rows.every(isWhole) ? true : null;
  });
}

async function decide(standby: App, agreementUri: string, phrases: readonly string[]): Promise<void> {
  let orderUri: string | null = null;
  for (const phrase of phrases) {
    const command = { agreementUri, phrase, orderUri, reason: "host_lost", ip: "127.0.0.1" };
    ({ uri: orderUri } = await signOrder(standby, command));
  }
}
