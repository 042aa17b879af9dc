import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../server/config.ts";
import type { Vault } from "../../server/context.ts";
import { readBackupKeys } from "../../server/ops/backup-keys.ts";
import { writeBackup } from "../../server/ops/backup.ts";
import {
  type EntrustedMember,
  entrustKeys,
  findExpectedHome,
  listExpectedUris,
} from "../../server/services/escapes/entrusting.ts";
import { snapshotTo } from "../../server/store/snapshot.ts";
import { openVault } from "../../server/vault.ts";
import { temporaryFolder } from "../support/folders.ts";
import { testConfig } from "../support/instance.ts";
import { anEscape, type Escape } from "./escape-scene.ts";

/** A home whose keys are sealed as a real server's are, and a standby; `backup` is what the home's owner kept of it. */
export type LostHome = Escape & {
  readonly folder: string;
  /** Of the standby: where the command unpacks. */
  readonly config: Config;
  /** Writes the backup of the home as it is now, and says where it lies. */
  backup(name?: string): Promise<string>;
};

/** Sets the scene with a home that can be backed up. */
export async function aLostHome(
  options: Parameters<typeof anEscape>[0] & { readonly postgresUrl?: string } = {},
): Promise<LostHome> {
  const folder = temporaryFolder();
  const homeFolder = join(folder, "home");
  const standbyFolder = join(folder, "standby");
  for (const path of [homeFolder, standbyFolder]) mkdirSync(path, { mode: 0o700 });
  const homeVault: Vault = await openVault(homeFolder);
  const escape = await anEscape({ ...options, homeVault });
  const { postgresUrl } = options;
  const config = testConfig({
    CAUSEWAY_ORIGIN: "https://home.test",
    CAUSEWAY_DATA: homeFolder,
    ...(postgresUrl === undefined ? {} : { DATABASE_URL: postgresUrl }),
  });
  return {
    ...escape,
    folder,
    config: testConfig({ CAUSEWAY_ORIGIN: "https://standby.test", CAUSEWAY_DATA: standbyFolder }),
    backup: async (name = "backup.tar.gz") => {
      if (postgresUrl === undefined) await snapshotTo(escape.home.app.db, join(homeFolder, "causeway.db"));
      const path = join(folder, name);
      await writeBackup(config, path);
      return path;
    },
  };
}

/** What `causeway launch keys` does. */
export async function bringKeys(
  { standby, config }: Pick<LostHome, "standby" | "config">,
  backup: string,
  secretFile: string | null = null,
): Promise<readonly EntrustedMember[]> {
  const expected = await findExpectedHome(standby.app, "home.test");
  const uris = await listExpectedUris(standby.app, expected);
  const found = await readBackupKeys(config, backup, { home: expected.home, uris, secretFile });
  return await entrustKeys(standby.app, expected, found);
}

/** The uris of old actors whose keys are at a standby. */
export async function keysAt({ standby }: Pick<LostHome, "standby">): Promise<readonly string[]> {
  const rows = await standby.app.db
    .selectFrom("keys")
    .innerJoin("actors", "actors.id", "keys.actor_id")
    .select("actors.uri")
    .where("actors.host", "!=", "")
    .orderBy("actors.uri")
    .execute();
  return rows.map(({ uri }) => uri);
}
