import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { requireAdministrator } from "./roles.ts";

const SHOWN = 20;

/** A file in the folder `backups` of the data folder. `snapshot`: the database as it was before an upgrade. */
export type BackupFile = {
  readonly name: string;
  readonly kind: "archive" | "snapshot";
  readonly bytes: number;
  /** ms. */
  readonly madeAt: number;
};

/** The newest 20 backups in the data folder of this machine; those written elsewhere are not known. @throws forbidden below admin */
export async function listBackups(app: App, viewer: Viewer): Promise<readonly BackupFile[]> {
  requireAdministrator(viewer);
  const folder = join(app.config.dataDir, "backups");
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => !name.startsWith("."));
  const files: BackupFile[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found === null || !found.isFile()) continue;
    const kind = name.endsWith(".tar.gz") ? "archive" : "snapshot";
    files.push({ name, kind, bytes: found.size, madeAt: Math.round(found.mtimeMs) });
  }
  return files.toSorted((a, b) => b.madeAt - a.madeAt).slice(0, SHOWN);
}
