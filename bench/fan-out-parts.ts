import { type ChildProcess, fork } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { sql } from "kysely";
import { createApp, type Instance } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import type { Viewer } from "../server/domain/actor.ts";
import { getKeys } from "../server/services/accounts/keys.ts";
import { findViewer } from "../server/services/accounts/sessions.ts";
import { completeSetUp, createSetupToken } from "../server/services/accounts/setup.ts";
import { type Database, transaction } from "../server/store/database.ts";
import { actorRow } from "../test/support/rows.ts";
import { rate } from "./measure.ts";
import type { Order, Report } from "./sink.ts";

/** The receiving side, in a process of its own. */
export type Sink = {
  readonly port: number;
  /** Asks for something and waits until it is so. */
  tell(order: Order): Promise<Report>;
  /** Resolves when the healthy deliveries of the round are in. */
  done(): Promise<unknown>;
  stop(): void;
};

/** Starts the receiving side. */
export async function startSink(): Promise<Sink> {
  const child: ChildProcess = fork(join(import.meta.dirname, "sink.ts"), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    tell: async (order) => {
      child.send(order);
      return ((await once(child, "message")) as [Report])[0];
    },
    done: () => once(child, "message"),
    stop: () => void child.kill(),
  };
}

/**
 * RSA-2048 signatures a second, sixteen at once in the thread pool: what a fan-out can reach at the very most. `cpu` is the
 * processor time of one, µs, which says more than the rate on a machine that others use too.
 */
export async function signaturesPerSecond(): Promise<{ readonly perSecond: number; readonly cpu: number }> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const text = Buffer.alloc(300, "x");
  const signOne = promisify<string, Buffer, typeof privateKey, Buffer>(sign);
  const before = process.cpuUsage();
  const perSecond = await rate(SIGNATURES, 16, () => signOne("sha256", text, privateKey));
  const { user, system } = process.cpuUsage(before);
  return { perSecond, cpu: (user + system) / SIGNATURES };
}

const SIGNATURES = 4_000;

/** An instance with an owner whose keys are made. */
export async function openInstance(folder: string, database: Database) {
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes" });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const instance: Instance = await createApp({ config: parsed.config, database });
  const token = (await createSetupToken(instance.app)) ?? "";
  const { sessionToken } = await completeSetUp(instance.app, token, {
    serverName: "Bench",
    username: "bench_owner",
    password: "a long enough password",
    languages: ["en"],
    joinMode: "open",
  });
  const viewer = await findViewer(instance.app, sessionToken);
  if (viewer === null) throw new Error("The session that was just opened is not there.");
  await getKeys(instance.app, viewer.actorId);
  return { instance, viewer };
}

export type Following = {
  readonly hosts: number;
  /** Followers on each host, behind its shared inbox if there are several. */
  readonly each: number;
  readonly port: number;
  /** Hosts of a number below this percentage are at a port where nobody listens. */
  readonly deadPercent?: number;
};

/** Gives somebody followers, hosts being loopback addresses. Host number n has actors from n * each. */
export async function addFollowers(database: Database, viewer: Viewer, following: Following): Promise<void> {
  const { hosts, each, port, deadPercent = 0 } = following;
  await transaction(database.db, async (tx) => {
    for (let host = 0; host < hosts; host++) {
      // Dead ones are apart from slow ones: the upper end of each hundred.
      const at = host % 100 >= 100 - deadPercent ? 1 : port;
      const name = `127.${1 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}:${at}`;
      const rows = Array.from({ length: each }, (_, n) => {
        const id = 1_000 + host * each + n;
        const uri = `http://${name}/users/${host}`;
        const shared = each > 1 ? { shared_inbox_uri: `${uri}/shared` } : { shared_inbox_uri: null };
        return actorRow(id, {
          host: name,
          uri: `${uri}/${n}`,
          username: `u${n}`,
          inbox_uri: `${uri}/inbox`,
          ...shared,
        });
      });
      await tx.insertInto("actors").values(rows).execute();
      const follows = rows.map(({ id, uri }) => ({ id, uri: `${uri}/follow`, actor_id: id }));
      await tx
        .insertInto("follows")
        .values(
          follows.map((row) => ({
            ...row,
            target_id: viewer.actorId,
            state: "accepted",
            created_at: 0,
          })),
        )
        .execute();
    }
  });
}

/** Forgets what was learned of hosts and what still waits for them, so that each round meets them anew. */
export async function forgetHosts({ db }: Database): Promise<void> {
  await sql`delete from deliveries`.execute(db);
  await sql`delete from hosts where lease_owner is null`.execute(db);
  await sql`update hosts set failures = 0, failing_since = null, retry_at = null, opened_at = null`.execute(
    db,
  );
}
