import { access, constants, stat, statfs } from "node:fs/promises";
import { connect } from "node:tls";
import { type Config, type Environment, parseConfig } from "../config.ts";
import { systemClock } from "../context.ts";
import type { Finding } from "../domain/chore.ts";
import { timeOfId } from "../domain/ids.ts";
import type { Database } from "../store/database.ts";
import { jobCounts } from "../store/jobs.ts";
import { schemaStatus } from "../store/migrate.ts";
import {
  checkIntegrity,
  clockOfDatabase,
  listAccountRows,
  newestId,
  oldestWaitingMs,
} from "../store/operations.ts";
import { isFilmingInstalled } from "../media/films.ts";
import { probeFilming } from "../media/films-probe.ts";
import { readSetting } from "../store/settings.ts";
import { publicChecks } from "./doctor-public.ts";
import { reasonOf } from "./fault.ts";
import { pathsOf } from "./folder.ts";
import { probeStore } from "./media.ts";
import { examineStandbys } from "./standby-findings.ts";
import { isNewFile, openDatabase } from "./open-database.ts";

export type { Finding };

type Check = () => Promise<Finding | readonly Finding[]>;

const ok = (subject: string, text: string): Finding => ({ subject, state: "ok", text });
const warn = (subject: string, text: string): Finding => ({ subject, state: "warn", text });
const fail = (subject: string, text: string): Finding => ({ subject, state: "fail", text });

const GIB = 1024 ** 3;
const DAY = 86_400_000;

/** Looks at everything that commonly goes wrong, changes nothing, and never throws: a check that breaks is a finding. */
export async function examine(env: Environment): Promise<readonly Finding[]> {
  const parsed = parseConfig(env);
  if (!parsed.ok) return parsed.faults.map((fault) => fail("configuration", fault));
  return await examineInstance(parsed.config);
}

/** The same for a configuration that was read already. */
export async function examineInstance(config: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [ok("configuration", `sound; the address is ${config.origin}`)];
  const run = async (subject: string, check: Check) => {
    try {
      findings.push(...[await check()].flat());
    } catch (error) {
      findings.push(fail(subject, `could not be checked: ${reasonOf(error)}`));
    }
  };
  findings.push(examineProfile(config));
  await run("data folder", () => examineFolder(config));
  await run("disk", () => examineDisk(config));
  await run("secret key", () => examineSecret(config));
  await run("files", () => examineStore(config));
  await run("films", () => examineFilming(config));
  const database = await openForReading(config, findings);
  if (database === null) return findings;
  try {
    await run("database", () => examineDatabase(config, database));
    const current = (await schemaStatus(database.db)).pending.length === 0;
    if (current) {
      await run("jobs", () => examineJobs(database));
      await run("standby", () => examineStandbys(database, systemClock));
      await run("clock", () => examineClock(database));
      await run("public address", () => examineAddress(config, database));
      const isReached = findings.some(({ subject, state }) => subject === "public address" && state === "ok");
      const page = isReached ? await pageOf(config, database) : null;
      for (const [subject, check] of isReached ? publicChecks(config, page) : []) await run(subject, check);
    }
    await run("certificate", () => examineCertificate(config));
  } finally {
    await database.close();
  }
  return findings;
}

/** A person's address, which is a page to people and a document to servers; null when documents are for signed requests. */
async function pageOf(config: Config, database: Database): Promise<string | null> {
  if (config.authorizedFetch) return null;
  const account = (await listAccountRows(database.db)).find((row) => row.suspended_at === null);
  return account === undefined ? null : `${config.origin}/users/${account.actor_id}`;
}

function examineProfile({ hardened, federation, authorizedFetch }: Config): Finding {
  const whom = federation === "allow-list" ? "allowed servers alone" : "every server that is not blocked";
  const shown = authorizedFetch ? "signed requests alone" : "everybody";
  return ok("profile", `${hardened ? "hardened" : "usual"}; talks to ${whom}; documents are for ${shown}`);
}

async function examineFolder(config: Config): Promise<readonly Finding[]> {
  const subject = "data folder";
  const found = await stat(config.dataDir).catch(() => null);
  if (found === null) return [warn(subject, `${config.dataDir} is not there yet; the first start makes it`)];
  if (!found.isDirectory()) return [fail(subject, `${config.dataDir} is not a folder`)];
  const writable = await access(config.dataDir, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return [fail(subject, `${config.dataDir} cannot be written to by this user`)];
  if ((found.mode & 0o077) !== 0)
    return [
      warn(
        subject,
        `other users of this machine can look into ${config.dataDir}: chmod 700 ${config.dataDir}`,
      ),
    ];
  return [ok(subject, config.dataDir)];
}

/** `statfs` magic numbers of file systems over a network, on which SQLite's locks and WAL do not hold (sqlite.org/wal.html). */
const NETWORK_FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xff534d42: "CIFS",
  0xfe534d42: "SMB2",
  0x65735546: "FUSE",
  0x01021997: "9p",
  0x00c36400: "Ceph",
  0x5346414f: "AFS",
};

async function examineDisk(config: Config): Promise<readonly Finding[]> {
  const found = await stat(config.dataDir).then(
    () => config.dataDir,
    () => ".",
  );
  const space = await statfs(found);
  const free = space.bavail * space.bsize;
  const text = `${(free / GIB).toFixed(1)} GiB free`;
  const findings = [
    free < 0.1 * GIB ? fail("disk", text) : free < GIB ? warn("disk", text) : ok("disk", text),
  ];
  const network = NETWORK_FILE_SYSTEMS[space.type >>> 0];
  if (config.databaseUrl === null && network !== undefined)
    findings.push(
      warn(
        "file system",
        `SQLite lies on ${network}: if that is over a network its locks do not hold; use a local disk`,
      ),
    );
  return findings;
}

async function examineSecret(config: Config): Promise<Finding> {
  const path = pathsOf(config).secret;
  const found = await stat(path).catch(() => null);
  if (found === null) return warn("secret key", `${path} is not there yet; the first start makes it`);
  if ((found.mode & 0o027) !== 0)
    return fail("secret key", `others can read or change it: chmod 600 ${path}`);
  return ok("secret key", "closed to others; keep a copy, it is part of every backup");
}

async function examineFilming({ films }: Config): Promise<Finding> {
  if (!films.enabled) return ok("films", "switched off (CAUSEWAY_FILMS): members upload pictures only");
  if (!isFilmingInstalled())
    return warn(
      "films",
      "the optional package @mediabunny/server is not installed: members upload pictures only, and the pages say so",
    );
  const probe = await probeFilming(films.memoryBytes);
  return probe.ok
    ? ok("films", "videos and recordings can be worked on")
    : fail(
        "films",
        `a test recording could not be worked on (${probe.fault}): its codecs may not fit this machine`,
      );
}

/** Leaves nothing behind: what it writes it removes. */
async function examineStore(config: Config): Promise<Finding> {
  const { bucket } = config;
  if (bucket === null) return ok("files", `are kept in ${pathsOf(config).media}`);
  const fault = await probeStore(config);
  const place = `the bucket ${bucket.bucket} at ${bucket.endpoint}`;
  return fault === null
    ? ok("files", `${place} can be written and read; its files are not in causeway backup`)
    : fail("files", `${place} cannot be used: ${fault}`);
}

async function openForReading(config: Config, findings: Finding[]): Promise<Database | null> {
  if (isNewFile(config)) {
    findings.push(warn("database", "is not there yet; the first start makes it"));
    return null;
  }
  try {
    return await openDatabase(config, 0);
  } catch (error) {
    findings.push(fail("database", reasonOf(error)));
    return null;
  }
}

async function examineDatabase(config: Config, database: Database): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const integrity = await checkIntegrity(database.db);
  const kind = database.dialect === "sqlite" ? "SQLite" : "PostgreSQL";
  findings.push(
    integrity === "ok" ? ok("database", `${kind} answers`) : fail("database", `is damaged: ${integrity}`),
  );
  const wal = await stat(`${pathsOf(config).database}-wal`).catch(() => null);
  if (database.dialect === "sqlite" && wal !== null && wal.size > 256 * 1024 ** 2)
    findings.push(
      warn(
        "database",
        `its write-ahead log has ${Math.round(wal.size / 1024 ** 2)} MiB: a long reader keeps it from shrinking`,
      ),
    );
  const status = await schemaStatus(database.db);
  if (status.unknown.length > 0)
    findings.push(fail("schema", `is from a newer version: ${status.unknown.join(", ")}`));
  else if (status.pending.length > 0)
    findings.push(warn("schema", `${status.pending.length} steps pending; the next start runs them`));
  else findings.push(ok("schema", "up to date"));
  return findings;
}

async function examineJobs(database: Database): Promise<readonly Finding[]> {
  const now = systemClock.now();
  const counts = await jobCounts(database.db, now);
  const waited = await oldestWaitingMs(database.db, now);
  const minutes = Math.round(waited / 60_000);
  return [
    waited > 10 * 60_000
      ? warn("jobs", `the oldest has waited ${minutes} minutes: is the server (or a worker) running?`)
      : ok("jobs", `${counts.ready} ready, ${counts.delayed} for later, ${counts.leased} running`),
    ...(Number(counts.dead) > 0
      ? [warn("dead letters", `${counts.dead} jobs were given up in the last 30 days`)]
      : []),
  ];
}

/** Ids are times: a clock that went back would make new ids older than what is stored. */
async function examineClock(database: Database): Promise<Finding> {
  const now = systemClock.now();
  const ahead = timeOfId(await newestId(database.db)) - now;
  if (ahead > 5 * 60_000)
    return fail(
      "clock",
      `stands ${Math.round(ahead / 60_000)} minutes before what is stored: set it (timedatectl)`,
    );
  const skew = Math.abs((await clockOfDatabase(database.db)) - now);
  if (database.dialect === "postgres" && skew > 30_000)
    return warn("clock", `differs from PostgreSQL's by ${Math.round(skew / 1000)} s: synchronise both`);
  return ok("clock", new Date(now).toISOString());
}

/** What other servers ask first, asked through the same address that they use, proxy included. */
async function examineAddress(config: Config, database: Database): Promise<readonly Finding[]> {
  if ((await readSetting(database.db, "setUpAt")) === null)
    return [warn("set-up", "is not done yet: causeway setup-link")];
  const alive = await ask(`${config.origin}/livez`, "application/json").catch((error: unknown) =>
    reasonOf(error),
  );
  if (typeof alive === "string" || alive.status !== 200)
    return [
      fail(
        "public address",
        `${config.origin} does not answer: ${typeof alive === "string" ? alive : alive.status}`,
      ),
    ];
  const account = (await listAccountRows(database.db)).find((row) => row.suspended_at === null);
  if (account === undefined) return [ok("public address", `${config.origin} answers`)];
  return [ok("public address", `${config.origin} answers`), await examineDiscovery(config, account.username)];
}

async function examineDiscovery(config: Config, username: string): Promise<Finding> {
  const scheme = new URL(config.origin).protocol;
  const resource = `acct:${username}@${config.handleHost}`;
  const finger = await ask(
    `${scheme}//${config.handleHost}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`,
    "application/jrd+json",
  );
  const self = selfLink(finger.json);
  if (finger.status !== 200 || self === null)
    return fail(
      "WebFinger",
      `${resource} is not found through ${config.handleHost} (status ${finger.status})`,
    );
  const actor = await ask(self, "application/activity+json");
  if (actor.status !== 200 || !/activity\+json|ld\+json/.test(actor.contentType))
    return fail(
      "actor",
      `${self} answers ${actor.status} ${actor.contentType}: does a proxy or cache change Accept?`,
    );
  const id = isRecord(actor.json) ? actor.json["id"] : undefined;
  if (id !== self)
    return fail("actor", `${self} calls itself ${String(id)}: is CAUSEWAY_ORIGIN what it was?`);
  return ok("WebFinger", `${resource} leads to its actor`);
}

type Answer = { readonly status: number; readonly contentType: string; readonly json: unknown };

async function ask(url: string, accept: string): Promise<Answer> {
  const response = await fetch(url, { headers: { accept }, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  return { status: response.status, contentType, json: /json/.test(contentType) ? JSON.parse(text) : null };
}

function selfLink(json: unknown): string | null {
  const links = isRecord(json) && Array.isArray(json["links"]) ? json["links"] : [];
  const self = links.filter(isRecord).find((link) => link["rel"] === "self");
  return typeof self?.["href"] === "string" ? self["href"] : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

async function examineCertificate(config: Config): Promise<readonly Finding[]> {
  const url = new URL(config.origin);
  if (url.protocol !== "https:") return [];
  const validTo = await certificateEnd(url.hostname, Number(url.port || "443"));
  const days = Math.floor((validTo - systemClock.now()) / DAY);
  if (days < 0) return [fail("certificate", `ended ${-days} days ago`)];
  return [
    days < 14 ? warn("certificate", `ends in ${days} days`) : ok("certificate", `ends in ${days} days`),
  ];
}

function certificateEnd(host: string, port: number): Promise<number> {
  return new Promise((found, failed) => {
    const socket = connect(
      { host, port, servername: host, rejectUnauthorized: false, timeout: 10_000 },
      () => {
        found(Date.parse(socket.getPeerCertificate().valid_to));
        socket.end();
      },
    );
    socket.once("timeout", () => socket.destroy(new Error("no answer within 10 s")));
    socket.once("error", failed);
  });
}
