// What every use case is handed, made of a config and an open database. A root of its own, so that commands which answer no
// requests need not load the doors.

import { join } from "node:path";
import { createRemote } from "../federation/remote/remote.ts";
import type { Config } from "./config.ts";
import { type App, type Clock, createIds, createRecent, systemClock } from "./context.ts";
import { createUris } from "./domain/uris.ts";
import { createEgress, type Egress } from "./http/egress.ts";
import { createRateLimiter } from "./http/rate-limit.ts";
import { createFiles } from "./media/files.ts";
import { openStore, type Store } from "./ops/file-store.ts";
import { readVersion } from "./ops/version.ts";
import { createPasswords } from "./passwords.ts";
import { HOST_RULES_KEPT_MS, isDeniedHost } from "./services/moderation/domains.ts";
import type { Database } from "./store/database.ts";
import { type Carrier, createCarrier } from "./store/happenings.ts";
import { openVault } from "./vault.ts";

/** What an instance is built from; everything that is left out is the real thing. */
export type Parts = {
  readonly config: Config;
  readonly database: Database;
  readonly clock?: Clock;
  readonly http?: App["http"];
  readonly files?: App["files"];
  readonly cache?: App["cache"];
  readonly vault?: App["vault"];
  readonly passwords?: App["passwords"];
};

/** The capabilities, and what only the maker of an instance has to do with. */
export type Capabilities = {
  readonly app: App;
  /** The way out of this process; null when a test brought its own. */
  readonly egress: Egress | null;
  /** What `app.wake()` calls; jobs may be written before a worker exists. */
  readonly waker: { wake(): void };
  /** Brings what happens to those who listen, here and in other processes. */
  readonly carrier: Carrier;
  /** Closes what was opened here; the database stays open. */
  close(): Promise<void>;
};

/** Opens everything that use cases need. */
export async function openCapabilities(parts: Parts): Promise<Capabilities> {
  const { config, database } = parts;
  const clock = parts.clock ?? systemClock;
  // Jobs may be written before the worker exists; it looks at the table when it starts.
  const waker = { wake: (): void => undefined };
  const egress = parts.http === undefined ? openEgress(config, () => app) : null;
  const store: Store = parts.files === undefined ? openStore(config, clock) : { files: parts.files };
  const ids = createIds(clock);
  const carrier = createCarrier(database, ids.secret(9));
  const base: Omit<App, "remote"> = {
    config,
    db: database.db,
    clock,
    ids,
    uris: createUris(config.origin),
    http: parts.http ?? egress ?? unreachable(),
    files: store.files,
    cache: parts.cache ?? createFiles(join(config.dataDir, "proxied")),
    vault: parts.vault ?? (await openVault(config.dataDir)),
    passwords: parts.passwords ?? createPasswords(),
    limiter: createRateLimiter(() => clock.now()),
    hostRules: createRecent(clock, HOST_RULES_KEPT_MS),
    happenings: carrier,
    wake: () => waker.wake(),
  };
  const app: App = { ...base, remote: createRemote(base) };
  return {
    app,
    egress,
    waker,
    carrier,
    close: async () => {
      await carrier.stop();
      await egress?.close();
      await store.close?.();
    },
  };
}

function openEgress(config: Config, app: () => App): Egress {
  return createEgress({
    allowPrivateAddresses: config.allowPrivateAddresses,
    userAgent: `Causeway/${readVersion()} (+${config.origin})`,
    isBlockedHost: (host) => isDeniedHost(app(), host),
  });
}

function unreachable(): never {
  throw new Error("No way out was given.");
}
