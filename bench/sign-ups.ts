import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type Instance } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import { createPasswords } from "../server/passwords.ts";
import { writeSetting } from "../server/store/settings.ts";
import { signUp } from "../server/services/accounts/accounts.ts";
import { completeSetUp, createSetupToken } from "../server/services/accounts/setup.ts";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { printTable, rate } from "./measure.ts";

const PEOPLE = 150;
const ROUNDS = 5;
const AT_ONCE = 4;

/**
 * Sign-ups a second through the whole use case (checks, argon2id, Ed25519, transaction with FULL sync, session) beside
 * bare argon2id of the same cost, alternating in the same run. At least 0.5 of it is wanted.
 */
export async function benchSignUps(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const instance = await openInstance(folder);
  const ratios: number[] = [];
  const rows: string[][] = [["round", "argon2id /s", "sign-ups /s", "ratio"]];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const limit = await bareHashes();
      const done = await signUps(instance, round);
      ratios.push(done / limit);
      rows.push([String(round + 1), limit.toFixed(1), done.toFixed(1), (done / limit).toFixed(2)]);
    }
  } finally {
    await instance.stop(0);
    await instance.database.close();
    await rm(folder, { recursive: true, force: true });
  }
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  printTable(`Sign-ups, ${PEOPLE} a round, ${AT_ONCE} at once, SQLite`, rows);
  console.log(`  median ratio ${median.toFixed(2)} (at least 0.50)`);
  return median >= 0.5;
}

async function openInstance(folder: string): Promise<Instance> {
  const parsed = parseConfig({ CAUSEWAY_DATA: folder });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const instance = await createApp({ config: parsed.config, database });
  const token = (await createSetupToken(instance.app)) ?? "";
  await completeSetUp(instance.app, token, {
    serverName: "Bench",
    username: "bench_owner",
    password: "a long enough password",
    languages: ["en"],
    joinMode: "open",
  });
  // What is measured is what a sign-up costs this server, not the newcomer's device.
  await writeSetting(instance.app.db, "gates", JSON.stringify({ openCheck: "none" }));
  return instance;
}

async function bareHashes(): Promise<number> {
  const passwords = createPasswords({ maxWaiting: PEOPLE });
  return await rate(PEOPLE, AT_ONCE, () => passwords.hash("a long enough password"));
}

async function signUps(instance: Instance, round: number): Promise<number> {
  return await rate(PEOPLE, AT_ONCE, async (index) => {
    await signUp(instance.app, {
      username: `p${round}_${index}`,
      password: `a long enough password ${index}`,
      acceptedRules: true,
      // Every newcomer from a network of their own, as on the day it matters.
      ip: `10.${round}.${index}.1`,
      agent: "",
    });
  });
}
