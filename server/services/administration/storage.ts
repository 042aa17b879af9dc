import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { databaseBytes } from "../../store/operations.ts";
import { type StoredBytes, storedBytes } from "../../store/queues.ts";
import { freeBytes } from "../media/room.ts";
import { requireAdministrator } from "./roles.ts";

/** What this server takes, in bytes. */
export type Storage = {
  readonly kinds: readonly StoredBytes[];
  readonly database: number;
  /** On the disk of the data folder; null where it cannot be told. */
  readonly free: number | null;
  /** Copies of other servers' pictures may take so much. */
  readonly proxyLimit: number;
  /** `bucket` at its endpoint, or null when files lie in the data folder. */
  readonly bucket: string | null;
};

/** @throws forbidden below admin */
export async function viewStorage(app: App, viewer: Viewer): Promise<Storage> {
  requireAdministrator(viewer);
  const { bucket, dataDir, proxyCacheBytes } = app.config;
  return {
    kinds: await storedBytes(app.db),
    database: await databaseBytes(app.db),
    free: await freeBytes(dataDir),
    proxyLimit: proxyCacheBytes,
    bucket: bucket === null ? null : bucket.bucket,
  };
}
