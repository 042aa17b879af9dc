import type { KeyObject } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Config } from "../config.ts";
import { systemClock, type Vault } from "../context.ts";
import { createUris } from "../domain/uris.ts";
import { openKeyOfBackup } from "../services/accounts/keys.ts";
import type { FoundKeys } from "../services/escapes/entrusting.ts";
import { type BackupRows, readBackupRows, readDumpedRows } from "../store/backup-rows.ts";
import { openSqlite } from "../store/database.ts";
import { schemaStatus } from "../store/migrate.ts";
import { openVault } from "../vault.ts";
import { OperatorFault, reasonOf } from "./fault.ts";
import { ARCHIVE, type Manifest } from "./manifest.ts";
import { unpackArchive } from "./unpack.ts";

/** What a backup of a lost server has of the keys that were asked for. */
export type BackupKeys = {
  readonly keys: FoundKeys;
  /** Members of that server whose keys nobody asked for: they stay closed. */
  readonly others: number;
  /** When the backup was made, ISO. */
  readonly madeAt: string;
};

const STAGE = ".keys-of-";
const DAY_MS = 86_400_000;

/**
 * Reads the private keys of some actors from a backup of another server. All of the archive is checked against its manifest;
 * its database is unpacked into a closed folder beside ours for a moment, and only the keys that were asked for are opened.
 * @throws OperatorFault with a sentence: an altered or foreign archive, another server's, one whose keys do not open
 */
export async function readBackupKeys(
  config: Config,
  archive: string,
  wanted: {
    /** Origin of the lost server. */
    readonly home: string;
    readonly uris: readonly string[];
    /** File with its `secret.key`, when the archive has none or another one; null = the one in the archive. */
    readonly secretFile: string | null;
  },
): Promise<BackupKeys> {
  await access(archive).catch(() => {
    throw new OperatorFault(`${archive} cannot be read.`, 3);
  });
  await removeLeftovers(config.dataDir);
  const stage = await mkdtemp(join(config.dataDir, STAGE));
  try {
    const { secretFile } = wanted;
    const manifest = await unpackArchive(archive, stage, {
      keeps: (name) => name === ARCHIVE.sqlite || name === ARCHIVE.dump || name === ARCHIVE.secret,
      needsSecret: secretFile === null,
    });
    requireHome(archive, manifest, wanted.home);
    const vault = await vaultOf(stage, secretFile);
    return await readKeys(stage, manifest, { ...wanted, vault });
  } catch (error) {
    if (error instanceof OperatorFault) throw error;
    throw new OperatorFault(`The keys in ${archive} cannot be read: ${reasonOf(error)}.`, 1, {
      cause: error,
    });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** What a command that was killed left behind. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(STAGE)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (systemClock.now() - mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}

function requireHome(archive: string, manifest: Manifest, home: string): void {
  if (manifest.origin !== home)
    throw new OperatorFault(`${archive} is a backup of ${manifest.origin}, not of ${home}.`, 5);
}

/** A key that is given takes the place of the one in the archive. */
async function vaultOf(stage: string, secretFile: string | null): Promise<Vault> {
  const path = join(stage, ARCHIVE.secret);
  if (secretFile !== null) {
    await copyFile(secretFile, path).catch(() => {
      throw new OperatorFault(`${secretFile} cannot be read.`, 3);
    });
    await chmod(path, 0o600);
  }
  return await openVault(stage).catch(() => {
    throw new OperatorFault(
      `${secretFile ?? "The secret.key in the backup"} is not the secret key of a Causeway.`,
      5,
    );
  });
}

async function readKeys(
  stage: string,
  manifest: Manifest,
  wanted: { readonly home: string; readonly uris: readonly string[]; readonly vault: Vault },
): Promise<BackupKeys> {
  const { actor } = createUris(wanted.home);
  const idOf = new Map(
    wanted.uris.flatMap((uri) => {
      const id = Number(uri.slice(uri.lastIndexOf("/") + 1));
      return Number.isSafeInteger(id) && actor(id) === uri ? [[uri, id] as const] : [];
    }),
  );
  const { keys: sealed, members } = await readRows(stage, manifest, [...idOf.values()]);
  const keys = new Map<string, KeyObject | "sealed">();
  for (const [uri, id] of idOf) {
    const row = sealed.get(id);
    if (row !== undefined) keys.set(uri, await openKey(wanted.vault, id, row));
  }
  if (keys.size > 0 && keys.values().every((key) => key === "sealed"))
    throw new OperatorFault(
      "No key in this backup opens with its secret.key. Give the right one with --secret-file.",
      5,
    );
  const asked = new Set(idOf.values());
  return { keys, others: members.difference(asked).size, madeAt: manifest.madeAt };
}

async function readRows(stage: string, manifest: Manifest, ids: readonly number[]): Promise<BackupRows> {
  if (manifest.database === "postgres") {
    const input = createReadStream(join(stage, ARCHIVE.dump), "utf8");
    try {
      return await readDumpedRows(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }), ids);
    } finally {
      input.destroy();
    }
  }
  const database = openSqlite(join(stage, ARCHIVE.sqlite));
  try {
    const { applied, unknown } = await schemaStatus(database.db);
    if (unknown.length > 0 || applied.join() !== manifest.schema.join())
      throw new OperatorFault("The database in this backup is not what its manifest says.");
    return await readBackupRows(database.db, ids);
  } finally {
    await database.close();
  }
}

async function openKey(vault: Vault, actorId: number, sealed: string): Promise<KeyObject | "sealed"> {
  try {
    const key = await openKeyOfBackup(vault, actorId, sealed);
    return key.asymmetricKeyType === "rsa" ? key : "sealed";
  } catch {
    return "sealed";
  }
}
