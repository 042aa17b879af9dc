import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hash } from "node:crypto";
import { join } from "node:path";
import { create, extract } from "tar";
import { describe, expect, onTestFinished, test } from "vitest";
import { createApp } from "../../server/app.ts";
import type { Config } from "../../server/config.ts";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { writeBackup } from "../../server/ops/backup.ts";
import { parseManifest } from "../../server/ops/manifest.ts";
import { openDatabase } from "../../server/ops/open-database.ts";
import { restoreBackup } from "../../server/ops/restore.ts";
import { verifyBackup } from "../../server/ops/verify-backup.ts";
import { createPasswords } from "../../server/passwords.ts";
import { createAccount } from "../../server/services/accounts/accounts.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { createNote } from "../../server/services/notes/notes.ts";
import { search } from "../../server/services/search.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import type { Database } from "../../server/store/database.ts";
import { DUMPED } from "../../server/store/dump.ts";
import { jobCounts } from "../../server/store/jobs.ts";
import { migrate } from "../../server/store/migrate.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";
import { testConfig } from "../support/instance.ts";

const PICTURE = "-picture-of-a-lighthouse.webp";
const STORED = `media/-p/${PICTURE}`;
const PASSWORD = "correct horse battery";
const passwords = createPasswords({ cost: { memoryCost: 1024, timeCost: 1, parallelism: 1 } });

describe("A backup", () => {
  test("restores people, notes, search, jobs, files and the key", async () => {
    const folder = temporaryFolder();
    const source = sqliteConfig(join(folder, "source"));
    await withInstance(source, fill);
    const archive = join(folder, "backup.tar.gz");
    const made = await writeBackup(source, archive);
    expect(made.files).toBe(3);
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(["backup.tar.gz", "source"]);

    const target = sqliteConfig(join(folder, "target"));
    await restoreBackup(target, archive);
    await withInstance(target, expectFilled);
    expect(readFileSync(join(target.dataDir, "secret.key"), "utf8")).toBe(
      readFileSync(join(source.dataDir, "secret.key"), "utf8"),
    );
    expect(statSync(target.dataDir).mode & 0o777).toBe(0o700);
  });

  test("is of one moment while notes are being written", async () => {
    const folder = temporaryFolder();
    const source = sqliteConfig(join(folder, "source"));
    await withInstance(source, async (app, viewer) => {
      let writing = true;
      const writer = (async () => {
        for (let n = 0; writing; n++) {
          await createNote(app, viewer, { source: `note ${n}`, visibility: "public" });
          await new Promise((next) => setImmediate(next));
        }
      })();
      await writeBackup(source, join(folder, "backup.tar.gz"));
      writing = false;
      await writer;
    });
    const target = sqliteConfig(join(folder, "target"));
    await restoreBackup(target, join(folder, "backup.tar.gz"));
    await withDatabase(target, async ({ db }) => {
      const notes = await db.selectFrom("notes").select("id").execute();
      const entries = await db.selectFrom("entries").select("id").execute();
      expect(entries.length).toBe(notes.length);
    });
  });

  test("moves an instance from SQLite to PostgreSQL and back", async () => {
    const folder = temporaryFolder();
    const source = sqliteConfig(join(folder, "source"));
    await withInstance(source, fill);
    await writeBackup(source, join(folder, "one.tar.gz"));

    const own = await createPostgresDatabase();
    onTestFinished(() => own.drop());
    const middle = testConfig({ CAUSEWAY_DATA: join(folder, "middle"), DATABASE_URL: own.url });
    await restoreBackup(middle, join(folder, "one.tar.gz"));
    expect(readdirSync(middle.dataDir).toSorted()).toEqual(["media", "secret.key"]);
    await withInstance(middle, expectFilled);
    await writeBackup(middle, join(folder, "two.tar.gz"));
    await expect(
      restoreBackup(
        testConfig({ CAUSEWAY_DATA: join(folder, "other"), DATABASE_URL: own.url }),
        join(folder, "two.tar.gz"),
      ),
    ).rejects.toThrow(/database is not empty/);

    const target = sqliteConfig(join(folder, "target"));
    await restoreBackup(target, join(folder, "two.tar.gz"));
    await withInstance(target, expectFilled);
  });

  test("refuses to replace a file or to back up nothing", async () => {
    const folder = temporaryFolder();
    const source = sqliteConfig(join(folder, "source"));
    await expect(writeBackup(source, join(folder, "backup.tar.gz"))).rejects.toThrow(/no database/);
    await withInstance(source, fill);
    writeFileSync(join(folder, "backup.tar.gz"), "mine");
    await expect(writeBackup(source, join(folder, "backup.tar.gz"))).rejects.toThrow(/there already/);
    expect(readFileSync(join(folder, "backup.tar.gz"), "utf8")).toBe("mine");
  });

  test("is verified by restoring it elsewhere, and that leaves nothing behind", async () => {
    const { folder, archive } = await makeArchive();
    const before = readdirSync(folder).toSorted();
    const config = sqliteConfig(join(folder, "source"));
    const found = await verifyBackup(config, archive, folder);
    expect(found).toMatchObject({ origin: config.origin, accounts: 1, files: 3 });
    expect(found.notes).toBeGreaterThan(0);
    expect(readdirSync(folder).toSorted()).toEqual(before);
    const bytes = readFileSync(archive);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff;
    writeFileSync(join(folder, "flipped.tar.gz"), bytes);
    writeFileSync(join(folder, "cut.tar.gz"), readFileSync(archive).subarray(0, 2_000));
    for (const name of ["flipped.tar.gz", "cut.tar.gz", "none.tar.gz"])
      await expect(verifyBackup(config, join(folder, name), folder)).rejects.toThrow(/gz/);
    expect(readdirSync(folder).filter((name) => name.includes("verify"))).toEqual([]);
  });

  test("with another secret key than its own is told to be of no use", async () => {
    const { folder, archive } = await makeArchive();
    const stage = join(folder, "stage");
    mkdirSync(stage);
    await extract({ file: archive, cwd: stage });
    const other = `${Buffer.alloc(32, 7).toString("base64url")}\n`;
    writeFileSync(join(stage, "secret.key"), other, { mode: 0o600 });
    const measured = { sha256: hash("sha256", other), bytes: Buffer.byteLength(other) };
    editManifest(stage, (manifest) => ({
      ...manifest,
      files: { ...(manifest["files"] as object), "secret.key": measured },
    }));
    const forged = join(folder, "forged.tar.gz");
    const names = readdirSync(stage).toSorted(
      (a, b) => Number(b === "manifest.json") - Number(a === "manifest.json"),
    );
    await create({ file: forged, cwd: stage, gzip: true, noDirRecurse: false }, names);
    await expect(verifyBackup(sqliteConfig(join(folder, "source")), forged, folder)).rejects.toThrow(
      /secret\.key|backup/,
    );
  });

  test("covers every table", async () => {
    const config = sqliteConfig(temporaryFolder());
    await withDatabase(config, async ({ db }) => {
      await migrate(db);
      const tables = (await db.introspection.getTables()).map((table) => table.name);
      const ours = tables.filter((name) => !/^(?:search|jobs|kysely|sqlite)/.test(name));
      expect(Object.keys(DUMPED).toSorted()).toEqual(ours.toSorted());
    });
  });
});

describe("A restore", () => {
  test("refuses a folder that is not empty and leaves it as it was", async () => {
    const { archive, target } = await makeArchive();
    mkdirSync(target.dataDir, { recursive: true });
    writeFileSync(join(target.dataDir, "causeway.db"), "mine");
    await expect(restoreBackup(target, archive)).rejects.toMatchObject({ exitCode: 4 });
    expect(readdirSync(target.dataDir)).toEqual(["causeway.db"]);
  });

  test.each<{ name: string; change: (stage: string) => readonly string[]; says: RegExp }>([
    {
      name: "a changed file",
      change: (stage) => {
        writeFileSync(join(stage, "secret.key"), "x".repeat(statSync(join(stage, "secret.key")).size));
        return ["manifest.json", "causeway.db", "secret.key", STORED];
      },
      says: /damaged: secret\.key/,
    },
    {
      name: "a file too long for its manifest",
      change: (stage) => {
        chmodSync(join(stage, "secret.key"), 0o600);
        writeFileSync(join(stage, "secret.key"), "longer", { flag: "a" });
        return ["manifest.json", "causeway.db", "secret.key", STORED];
      },
      says: /damaged: secret\.key/,
    },
    {
      name: "a missing file",
      change: () => ["manifest.json", "causeway.db", "secret.key"],
      says: /.webp is missing/,
    },
    {
      name: "a file that no backup holds",
      change: (stage) => {
        writeFileSync(join(stage, "extra.sh"), "rm -rf");
        return ["manifest.json", "causeway.db", "secret.key", "extra.sh"];
      },
      says: /extra\.sh/,
    },
    {
      name: "a symbolic link",
      change: (stage) => {
        symlinkSync("/etc/passwd", join(stage, "media", "link"));
        return ["manifest.json", "media/link"];
      },
      says: /media\/link/,
    },
    {
      name: "an archive without a manifest",
      change: () => ["causeway.db"],
      says: /not a backup/,
    },
    {
      name: "a newer version",
      change: (stage) => {
        editManifest(stage, (manifest) => ({ ...manifest, version: "99.0.0" }));
        return ["manifest.json"];
      },
      says: /99\.0\.0/,
    },
    {
      name: "a newer schema",
      change: (stage) => {
        editManifest(stage, (manifest) => ({ ...manifest, schema: ["0001-initial", "9999-later"] }));
        return ["manifest.json", "causeway.db", "secret.key", STORED];
      },
      says: /newer version/,
    },
    {
      name: "a path that leads outside, though its manifest names it",
      change: (stage) => {
        editManifest(stage, (manifest) => ({
          ...manifest,
          files: {
            ...(manifest["files"] as object),
            "media/../../outside": { sha256: "0".repeat(64), bytes: 1 },
          },
        }));
        mkdirSync(join(stage, "media", "deep"));
        writeFileSync(join(stage, "..", "outside"), "x");
        return ["manifest.json", "media/../../outside"];
      },
      says: /outside/,
    },
  ])("refuses $name, and nothing is left behind", async ({ change, says }) => {
    const { folder, archive, target } = await makeArchive();
    const stage = join(folder, "stage");
    mkdirSync(stage);
    await extract({ file: archive, cwd: stage });
    const names = change(stage);
    const changed = join(folder, "changed.tar.gz");
    await create(
      { file: changed, cwd: stage, gzip: true, portable: true, noDirRecurse: true, preservePaths: true },
      [...names],
    );
    await expect(restoreBackup(target, changed)).rejects.toThrow(says);
    expect(existsSync(join(target.dataDir, "causeway.db"))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("refuses what is no archive at all", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "backup.tar.gz"), "hello");
    const target = sqliteConfig(join(folder, "target"));
    await expect(restoreBackup(target, join(folder, "backup.tar.gz"))).rejects.toThrow(/backup/);
  });
});

async function makeArchive() {
  const folder = temporaryFolder();
  const source = sqliteConfig(join(folder, "source"));
  await withInstance(source, fill);
  const archive = join(folder, "backup.tar.gz");
  await writeBackup(source, archive);
  return { folder, archive, target: sqliteConfig(join(folder, "target")) };
}

function editManifest(stage: string, change: (manifest: Record<string, unknown>) => unknown): void {
  const path = join(stage, "manifest.json");
  const manifest = parseManifest(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify(change({ ...manifest })));
}

function sqliteConfig(dataDir: string): Config {
  return testConfig({ CAUSEWAY_DATA: dataDir });
}

async function withDatabase(config: Config, work: (database: Database) => Promise<void>): Promise<void> {
  mkdirSync(config.dataDir, { recursive: true });
  const database = await openDatabase(config, 0);
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

/** An instance on the config's own folder with somebody called alice signed in. */
async function withInstance(
  config: Config,
  work: (app: App, viewer: Viewer) => Promise<void>,
): Promise<void> {
  await withDatabase(config, async (database) => {
    await migrate(database.db);
    const instance = await createApp({ config, database, passwords });
    const { app } = instance;
    const known = await database.db.selectFrom("accounts").select("id").executeTakeFirst();
    if (known === undefined) await createAccount(app, { username: "alice", password: PASSWORD });
    const session = await signIn(app, {
      username: "alice",
      password: PASSWORD,
      ip: "203.0.113.9",
      agent: "",
    });
    const viewer = session.state === "signed_in" ? await findViewer(app, session.sessionToken) : null;
    if (viewer === null) throw new Error("Alice could not sign in.");
    await work(app, viewer);
    await instance.stop(0);
  });
}

async function fill(app: App, viewer: Viewer): Promise<void> {
  await createNote(app, viewer, {
    source: "A lighthouse in the fog #harbour",
    visibility: "public",
    language: "en",
  });
  await app.files.write(PICTURE, new Uint8Array([1, 2, 3]));
}

async function expectFilled(app: App, viewer: Viewer): Promise<void> {
  const found = await search(app, viewer, "lighthouse");
  expect(found.notes.map((note) => note.tags)).toEqual([["harbour"]]);
  expect([...((await app.files.read(PICTURE)) ?? [])]).toEqual([1, 2, 3]);
  const counts = await jobCounts(app.db, app.clock.now());
  expect(counts.ready + counts.delayed).toBeGreaterThan(0);
}
