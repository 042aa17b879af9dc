import { join as joinPath } from "node:path";
import { describe, expect, test } from "vitest";
import { type Config, parseConfig } from "../../server/config.ts";
import type { App } from "../../server/context.ts";
import { join, type Person, setUp, until } from "../../server/demo/people.ts";
import { findFreePort } from "../../server/ops/listen.ts";
import { type RunningServer, startServer as openServer } from "../../server/ops/server.ts";
import { requestSeal } from "../../server/services/escapes/kits.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { answerOffer } from "../../server/services/standbys/agreements.ts";
import { giveConsent } from "../../server/services/standbys/consents.ts";
import { inviteStandby } from "../../server/services/standbys/invitations.ts";
import { tendStandbys } from "../../server/services/standbys/upkeep.ts";
import type { Database } from "../../server/store/database.ts";
import { aPhrase } from "../lifeboat/escape-scene.ts";
import type { Emulator } from "../lifeboat/peers/emulator.ts";
import { serveEmulator } from "../lifeboat/peers/loopback.ts";
import { temporaryFolder } from "../support/folders.ts";
import { databaseOf, eventually, restart, startServer } from "./processes.ts";

const MEMBERS = ["ann", "bob", "cyd", "dan"];
const SERVERS = 5;
/** Of all tellings these are answered, as many more are taken and not answered, and the rest is not even read. */
const ANSWERED = 7;
const TAKEN = 2;
const LONG_AGO_MS = 11 * 60_000;

describe("kill -9", { timeout: 120_000 }, () => {
  test("in the middle of a launch: every server is told of every member, and none of them twice", async () => {
    const gate = aGate();
    const followers = await Promise.all(
      Array.from({ length: SERVERS }, () => serveEmulator("mastodon", { eager: true, around: gate.around })),
    );
    const { environment, old } = await aLostHome(followers);
    let server = await startServer(environment);
    const database = databaseOf(server);
    // Whoever was told looks at the new account at once: a standby that is away then is not asked again.
    await eventually(() => {
      expect(gate.taken()).toBe(TAKEN);
      expect(followers.flatMap(({ moves }) => moves).map(({ outcome }) => outcome)).toEqual(
        Array.from({ length: ANSWERED + TAKEN }, () => "moved"),
      );
    });
    await server.kill();
    gate.open();
    const { db } = database;
    server = await restart(server);
    // Whoever was told comes, though the answer was lost; only then may the doubt be over.
    await eventually(async () => {
      for (const one of followers) await one.work();
      expect((await db.selectFrom("follows").select("id").execute()).length).toBe(ANSWERED + TAKEN);
    });
    expect(await statesOf(database)).toContain("sent");
    await makeLongAgo(database);
    server = await (await server.kill(), restart(server));
    await eventually(async () => {
      for (const one of followers) await one.work();
      expect(new Set(await statesOf(database))).toEqual(new Set(["answered"]));
      expect(
        (await db.selectFrom("follows").select("id").where("state", "=", "accepted").execute()).length,
      ).toBe(MEMBERS.length * SERVERS);
    });
    for (const one of followers) expect(movesAt(one).toSorted()).toEqual(old.toSorted());
  });
});

/** Whose Moves a server has read, one for each. */
function movesAt({ deliveries }: Emulator): readonly string[] {
  return deliveries.filter(({ type }) => type === "Move").map(({ actor }) => actor ?? "");
}

async function statesOf({ db }: Database): Promise<readonly string[]> {
  return (await db.selectFrom("escapes").select("state").execute()).map(({ state }) => state);
}

/** The doubt about what a crash left takes ten minutes; it is not what this is about. */
async function makeLongAgo({ db }: Database): Promise<void> {
  await db
    .updateTable("escapes")
    .set((eb) => ({ begun_at: eb("begun_at", "-", LONG_AGO_MS) }))
    .where("state", "=", "sent")
    .execute();
  await db
    .updateTable("follows")
    .set((eb) => ({ created_at: eb("created_at", "-", LONG_AGO_MS - 60_000) }))
    .execute();
  await db.updateTable("deliveries").set({ run_at: 0 }).execute();
  await db.updateTable("hosts").set({ due_at: 0 }).execute();
}

/** Lets the first Moves pass; of those that follow some are taken and never answered, and the others never taken. */
function aGate() {
  let seen = 0;
  let taken = 0;
  let isOpen = false;
  const wait = Promise.withResolvers<void>();
  return {
    taken: () => taken,
    open: () => {
      isOpen = true;
      wait.resolve();
    },
    around: async (request: Request, answer: () => Promise<Response>): Promise<Response> => {
      const isMove = (await request.text()).includes(`"type":"Move"`);
      if (isOpen || !isMove) return await answer();
      seen += 1;
      if (seen <= ANSWERED) return await answer();
      if (seen <= ANSWERED + TAKEN) {
        const given = await answer();
        taken += 1;
        await wait.promise;
        return given;
      }
      await wait.promise;
      throw new Error("Nobody reads this any more.");
    },
  };
}

function configOf(port: number, host: string, folder: string): Config {
  const parsed = parseConfig(environmentOf(port, host, folder));
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  return parsed.config;
}

function environmentOf(port: number, host: string, folder: string): Readonly<Record<string, string>> {
  return {
    PORT: String(port),
    HOST: "127.0.0.1",
    CAUSEWAY_ORIGIN: `http://${host}:${port}`,
    CAUSEWAY_DATA: folder,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
  };
}

/** A home that was copied and is gone, and the data of its standby, where two trustees have decided: it begins when it starts. */
async function aLostHome(followers: readonly Emulator[]) {
  const folder = temporaryFolder();
  const [homePort, port] = [await findFreePort(), await findFreePort()];
  const home = await openServer(configOf(homePort, "localhost", joinPath(folder, "home")));
  const environment = environmentOf(port, "127.0.0.1", joinPath(folder, "data"));
  const standby = await openServer(configOf(port, "127.0.0.1", joinPath(folder, "data")));
  const [here, there] = [home.instance.app, standby.instance.app];
  await setUp(here, { serverName: "Home", username: "owner_here", languages: ["en"] });
  await setUp(there, { serverName: "Standby", username: "owner_there", languages: ["en"] });
  const trustees = [await aPhrase(), await aPhrase()];
  const agreement = await agree(
    home,
    standby,
    trustees.map(({ did }) => did),
  );
  const people: Person[] = [];
  for (const name of MEMBERS) people.push(await join(here, name, ["en"]));
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
  // The hour in which everybody can see it is over when the process starts.
  const { db } = databaseOf({ folder: joinPath(folder, "data") });
  await db.updateTable("evacuations").set({ begins_at: 0 }).execute();
  await db.updateTable("jobs").set({ run_at: 0 }).where("kind", "=", "evacuate").execute();
  return { environment, old };
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
async function copied(home: App, standby: App, people: readonly Person[], servers: number): Promise<void> {
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
