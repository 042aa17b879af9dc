import { join } from "node:path";
import type { Config } from "../config.ts";
import type { Clock, Files } from "../context.ts";
import { createEndpoint } from "../http/endpoint.ts";
import { createBucket } from "../media/bucket.ts";
import { createFiles } from "../media/files.ts";

/** Where uploaded files are kept, and how to let go of it. */
export type Store = { readonly files: Files; readonly close?: () => Promise<void> };

/** A folder for files that are on their way; may be emptied while no server runs. */
export function scratchOf(config: Config): string {
  return join(config.dataDir, "scratch");
}

/** The bucket of the configuration, else the data folder; `place` asks for the data folder whatever is configured. */
export function openStore(config: Config, clock: Clock, place: "configured" | "disk" = "configured"): Store {
  const { bucket } = config;
  if (bucket === null || place === "disk") return { files: createFiles(join(config.dataDir, "media")) };
  // The owner names this address, so it may be private; strangers' addresses go through the guard of the egress.
  const endpoint = createEndpoint(bucket.endpoint);
  const means = { fetch: endpoint.fetch, now: () => clock.now(), scratch: scratchOf(config) };
  return { files: createBucket(bucket, means), close: endpoint.close };
}
