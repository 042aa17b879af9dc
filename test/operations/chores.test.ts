import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../server/ops/open-database.ts";
import { listBackups } from "../../server/services/administration/backups.ts";
import { findChore, requestChore } from "../../server/services/administration/chores.ts";
import { migrate } from "../../server/store/migrate.ts";
import { openVault } from "../../server/vault.ts";
import { createInstance, testConfig, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

let folder: string;
let here: TestInstance;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-chores-"));
  const environment = { CAUSEWAY_ORIGIN: "http://localhost:9", CAUSEWAY_DATA: folder };
  const database = await openDatabase(testConfig(environment), 0);
  await migrate(database.db);
  await openVault(folder);
  here = await createInstance({ host: "localhost:9", database, environment });
});
afterEach(async () => {
  await here.close();
  await rm(folder, { recursive: true, force: true });
});

test("a backup asked for on a page lies in the data folder, whole; the doctor looks while the server runs", async () => {
  const { app, owner } = here;
  if (owner === null) throw new Error("An instance that is set up has an owner.");
  await requestChore(app, owner, "backup");
  await requestChore(app, owner, "examine");
  await requestChore(app, owner, "find-strays");
  await drain(here);
  const backup = await findChore(app, owner, "backup");
  const [file] = await listBackups(app, owner);
  expect(backup).toMatchObject({ state: "done", outcome: { filesElsewhere: false, name: file?.name } });
  expect(file).toMatchObject({ kind: "archive" });
  expect(file?.bytes).toBeGreaterThan(1_000);
  expect((await readdir(join(folder, "backups"))).length).toBe(1);
  const examined = await findChore(app, owner, "examine");
  const findings = examined?.state === "done" ? examined.outcome : [];
  expect(findings.find(({ subject }) => subject === "schema")).toMatchObject({ state: "ok" });
  // Nobody listens there.
  expect(findings.find(({ subject }) => subject === "public address")).toMatchObject({ state: "fail" });
  expect(await findChore(app, owner, "find-strays")).toMatchObject({ outcome: { files: 0, bytes: 0 } });
  // Asked for twice in one second: the name is taken, and says so.
  await requestChore(app, owner, "backup");
  await drain(here);
  expect(await findChore(app, owner, "backup")).toMatchObject({ state: "failed" });
}, 30_000);
