import { generateKeyPairSync, randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Insertable } from "kysely";
import type { App } from "../server/context.ts";
import { type ActorId, asId } from "../server/domain/ids.ts";
import { sealMessages } from "../federation/escape/messages.ts";
import { rsaKeyId } from "../federation/delivery/signing.ts";
import { type KeyPair, makeKeyRows, storeSpareKey } from "../server/services/accounts/keys.ts";
import { wholeSeconds } from "../server/services/escapes/kits.ts";
import { carryOutEvacuation } from "../server/services/escapes/evacuations.ts";
import { toJson } from "../server/store/codec.ts";
import { type Database, openSqlite, transaction } from "../server/store/database.ts";
import type { StandbyMembersTable } from "../server/store/lifeboat-schema.ts";
import { migrate } from "../server/store/migrate.ts";
import { openInstance, signaturesPerSecond, type Sink, startSink } from "./fan-out-parts.ts";
import { printTable } from "./measure.ts";

const ROUNDS = 3;
/** Of the signatures that the machine can make. */
const AIM = 0.6;
const MEMBERS = 1_000;
const HOSTS = 2_000;
/** Servers that follow each member. */
const EACH = 20;
const AGREEMENT = 7;
const EVACUATION = 8;
/** Kinds of keys; making a thousand would take longer than all the rest. */
const KEYS = 16;

/**
 * A community of 1,000 members with followers on 2,000 hosts is launched by what was sealed: members come out of hiding, and
 * each of their servers gets its message, signed by the new account, written down as begun before and as answered after.
 * Beside it RSA-2048 signatures a second of the same run. The receiver is a process on the same cores.
 */
export async function benchLaunch(): Promise<boolean> {
  const sink = await startSink();
  try {
    const rows = [
      [
        "round",
        "RSA-2048 /s",
        "deliveries /s",
        "ratio",
        "CPU µs: RSA",
        "ours",
        "receiver",
        "by CPU",
        "seconds",
      ],
    ];
    const ratios: number[] = [];
    const byCpu: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const found = await oneRound(sink);
      const { limit, perSecond, rsa, ours, sinks, seconds } = found;
      ratios.push(perSecond / limit);
      byCpu.push(rsa / (ours + sinks));
      rows.push([
        String(round),
        limit.toFixed(0),
        perSecond.toFixed(0),
        (perSecond / limit).toFixed(2),
        rsa.toFixed(0),
        ours.toFixed(0),
        sinks.toFixed(0),
        (rsa / (ours + sinks)).toFixed(2),
        seconds.toFixed(1),
      ]);
    }
    printTable(`Launch of ${MEMBERS} members with followers on ${HOSTS} hosts, SQLite`, rows);
    console.log(
      `  median ratio ${median(ratios).toFixed(2)} (aim ${AIM.toFixed(2)}); by processor time, receiver included, ${median(byCpu).toFixed(2)}; ${(process.memoryUsage.rss() / 1024 ** 2).toFixed(0)} MiB resident`,
    );
    return median(ratios) >= AIM;
  } finally {
    sink.stop();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Rates a second; processor time of one signature, and of both sides of one delivery, µs. */
type Round = {
  readonly limit: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly rsa: number;
  readonly ours: number;
  readonly sinks: number;
};

async function oneRound(sink: Sink): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const database = openSqlite(join(folder, "causeway.db"));
  try {
    await migrate(database.db);
    const { instance } = await openInstance(folder, database);
    await addCommunity(instance.app, database, sink.port);
    await instance.start();
    const before = await signaturesPerSecond();
    const total = MEMBERS * EACH;
    const sinkBefore = await sink.tell({ type: "round", healthy: total, slowPercent: 0 });
    const done = sink.done();
    const cpu = process.cpuUsage();
    const started = performance.now();
    await carryOutEvacuation(instance.app, EVACUATION);
    await done;
    const seconds = (performance.now() - started) / 1000;
    await settled(database, total);
    const { user, system } = process.cpuUsage(cpu);
    const sinkAfter = await sink.tell({ type: "report" });
    const after = await signaturesPerSecond();
    await instance.stop(0);
    await sink.tell({ type: "drop" });
    return {
      limit: (before.perSecond + after.perSecond) / 2,
      perSecond: total / seconds,
      seconds,
      rsa: (before.cpu + after.cpu) / 2,
      ours: (user + system) / total,
      sinks: (sinkAfter.cpu - sinkBefore.cpu) / total,
    };
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every server is told once and is known to have answered. */
async function settled({ db }: Database, total: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { count } = await db
      .selectFrom("escapes")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("state", "=", "answered")
      .executeTakeFirstOrThrow();
    if (Number(count) === total) return;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error("Not all of them are known to have answered.");
}

/** What the home left: an agreement, a decision that is due, and members with keys and kits. */
async function addCommunity(app: App, database: Database, port: number): Promise<void> {
  const { db } = database;
  const home = "http://127.9.9.9:9";
  const now = app.clock.now();
  await db
    .insertInto("standby_agreements")
    .values({
      id: AGREEMENT,
      uri: "urn:uuid:bench",
      role: "standby",
      partner: home,
      document: "{}",
      state: "agreed",
      cursor: null,
      seq: 0,
      head: null,
      bytes: 0,
      created_at: now,
      agreed_at: now,
      ended_at: null,
      seen_at: now,
    })
    .execute();
  await db
    .insertInto("evacuations")
    .values({
      id: EVACUATION,
      uri: "urn:uuid:order",
      agreement_id: AGREEMENT,
      home,
      reason: "seized",
      document: "{}",
      state: "waiting",
      approvals: 2,
      begins_at: 0,
      created_at: now,
      finished_at: null,
    })
    .execute();
  await addMembers(app, database, { home, port });
}

async function addMembers(
  app: App,
  database: Database,
  { home, port }: { readonly home: string; readonly port: number },
): Promise<void> {
  const now = app.clock.now();
  const pairs = Array.from({ length: KEYS }, aPair);
  const template = await aKit(app, home);
  const rows: Insertable<StandbyMembersTable>[] = [];
  for (let n = 0; n < MEMBERS; n++) {
    const pair = pairs[n % KEYS];
    if (pair === undefined) continue;
    const actorId = asId<ActorId>(app.ids.next());
    await storeSpareKey(app, pair);
    const oldUri = `${home}/users/${n}`;
    const newUri = app.uris.actor(actorId);
    const messages = template.replaceAll(OLD, oldUri).replaceAll(NEW, newUri);
    const peers = peersOf(port);
    rows.push({
      id: app.ids.next(),
      agreement_id: AGREEMENT,
      actor_uri: oldUri,
      handle: `m${n}@127.9.9.9`,
      actor_id: actorId,
      username: `m${n}`,
      keys: toJson(await makeKeyRows(app, actorId)),
      state: "hidden",
      profile: toJson({ type: "Person", preferredUsername: `m${n}`, name: `Member ${n}` }),
      did: null,
      recipient: null,
      kit: messages.replace('"PEERS"', () => JSON.stringify(peers)),
      sealed_at: now,
      followers: null,
      updated_at: now,
      launched_at: null,
      claimed_at: null,
    });
  }
  await transaction(database.db, async (tx) => {
    for (const row of rows) await tx.insertInto("standby_members").values(row).execute();
  });
  // A server that has run for a while has its spare keys; making them takes a core for seconds.
  for (const pair of [...pairs, ...pairs]) await storeSpareKey(app, pair);
}

function aPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateJson: toJson(privateKey.export({ format: "jwk" })),
  };
}

const OLD = "http://old.test/users/0";
const NEW = "http://new.test/users/0";

/** One kit as it is sealed; the others differ from it in names alone, since nobody here checks what the old key signed. */
async function aKit(app: App, home: string): Promise<string> {
  const pair = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const person = {
    id: OLD,
    type: "Person",
    preferredUsername: "m",
    name: "Member",
    summary: `<p>${"About. ".repeat(40)}</p>`,
    inbox: `${OLD}/inbox`,
    followers: `${OLD}/followers`,
    publicKey: { id: rsaKeyId(OLD), owner: OLD, publicKeyPem: "x".repeat(450) },
  };
  const leaver = { actorUri: OLD, followersUri: `${OLD}/followers`, person };
  const key = { keyId: rsaKeyId(OLD), privateKey: pair.privateKey };
  const messages = await sealMessages(leaver, NEW, { key, now: app.clock.now(), number: 1 });
  return JSON.stringify({
    type: "EscapeKit",
    v: 1,
    old: OLD,
    handle: `@m@${new URL(home).host}`,
    keyId: rsaKeyId(OLD),
    sealedAt: wholeSeconds(app.clock.now()),
    homes: [messages],
    peers: "PEERS",
  });
}

function peersOf(port: number) {
  const numbers = new Set<number>();
  while (numbers.size < EACH) numbers.add(randomInt(HOSTS));
  return [...numbers].map((n) => {
    const host = `127.1.${n >> 8}.${n & 255}:${port}`;
    return { host, inbox: `http://${host}/users/100/inbox`, software: "mastodon", followers: 3 };
  });
}
