import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import type { Config } from "../config.ts";
import { openSqlite } from "../store/database.ts";
import { checkIntegrity, countAccountsAndNotes, findSealedKey } from "../store/operations.ts";
import { openKeyOfBackup } from "../services/accounts/keys.ts";
import { openVault } from "../vault.ts";
import { OperatorFault, reasonOf } from "./fault.ts";
import { pathsOf } from "./folder.ts";
import { restoreBackup } from "./restore.ts";

/** What a backup held when it was restored to see whether it can be. */
export type Verified = {
  readonly origin: string;
  readonly madeAt: string;
  readonly files: number;
  readonly accounts: number;
  readonly notes: number;
};

/**
 * Restores a backup into a folder of its own, looks whether the database is sound and whether the secret key in it opens
 * the keys of its people, and removes the folder again. Nothing of the running instance is touched; a backup of PostgreSQL
 * is loaded into a file. `within`: where there is room; default: the folder for temporary files.
 * @throws OperatorFault with a sentence that says what is wrong with it.
 */
export async function verifyBackup(
  config: Config,
  archive: string,
  within: string = tmpdir(),
): Promise<Verified> {
  const folder = await mkdtemp(join(within, "causeway-verify-")).catch((error: unknown) => {
    throw new OperatorFault(`${within} cannot be written to: ${reasonOf(error)}.`, 1, { cause: error });
  });
  try {
    const drill: Config = { ...config, dataDir: join(folder, "data"), databaseUrl: null };
    const { origin, madeAt, files } = await restoreBackup(drill, archive);
    return { origin, madeAt, files, ...(await examineRestored(drill, archive)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function examineRestored(
  drill: Config,
  archive: string,
): Promise<{ readonly accounts: number; readonly notes: number }> {
  const { db, close } = openSqlite(pathsOf(drill).database);
  try {
    const integrity = await checkIntegrity(db);
    if (integrity !== "ok") throw new OperatorFault(`The database in ${archive} is damaged: ${integrity}.`);
    const sealed = await findSealedKey(db);
    const vault = await openVault(drill.dataDir);
    const opens = () => openKeyOfBackup(vault, sealed?.actor_id ?? 0, sealed?.sealed_private ?? "");
    if (sealed !== undefined && !(await works(opens)))
      throw new OperatorFault(
        `The secret.key in ${archive} does not open the keys of its people: with it nobody could sign anything.`,
      );
    return await countAccountsAndNotes(db);
  } finally {
    await close();
  }
}

async function works(open: () => Promise<unknown>): Promise<boolean> {
  return await open().then(
    () => true,
    () => false,
  );
}
