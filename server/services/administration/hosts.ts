import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { hostCounts } from "../../store/hosts.ts";
import { countHosts, type HostState, listKnownHosts } from "../../store/queues.ts";
import { requireAdministrator } from "./roles.ts";

const SHOWN = 100;
export const HOST_STATES: readonly HostState[] = ["all", "resting", "dead"];

/** How another server fares; times in ms. */
export type HostLine = {
  readonly host: string;
  /** `resting` until `retryAt`; `dead` after days without an answer. */
  readonly state: "well" | "failing" | "resting" | "dead";
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
  readonly okAt: number | null;
  /** As it calls itself. */
  readonly software: string | null;
};

/** The first 100 hosts of a state, those in trouble first, and how many are known. @throws forbidden below admin */
export async function listHosts(
  app: App,
  viewer: Viewer,
  wanted: { readonly words: string; readonly state: HostState },
): Promise<{
  readonly hosts: readonly HostLine[];
  readonly known: number;
  readonly resting: number;
  readonly dead: number;
}> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  const words = wanted.words.trim().slice(0, 100).toLowerCase();
  const rows = await listKnownHosts(app.db, { words, state: wanted.state, now, limit: SHOWN });
  const counts = await hostCounts(app.db, now);
  return {
    known: await countHosts(app.db),
    ...counts,
    hosts: rows.map((row) => ({
      host: row.host,
      state:
        row.dead_at !== null
          ? "dead"
          : row.retry_at !== null && row.retry_at > now
            ? "resting"
            : row.failures > 0
              ? "failing"
              : "well",
      failures: row.failures,
      failingSince: row.failing_since,
      retryAt: row.retry_at,
      okAt: row.ok_at,
      software: row.software === null ? null : [row.software, row.version ?? ""].join(" ").trim(),
    })),
  };
}
