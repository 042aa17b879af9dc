import type { App } from "../../context.ts";
import {
  beginAgain,
  beginEscapes,
  countFollowsFrom,
  endEscapes,
  type EscapeKey,
  findEscape,
} from "../../store/escapes.ts";

// Escapes are sent at most once to each server: what is begun is written down before, and what a crash leaves uncertain is
// not sent again until it is clear that nobody of that server came.

/** How long the people of a server are waited for after a telling of which nobody knows whether it arrived. */
export const UNCERTAIN_MS = 10 * 60_000;
/** Tries are made for this long; a server that is away for two days is away. */
const HORIZON_MS = 48 * 3_600_000;
const FIRST_DELAY_MS = 5 * 60_000;
const LONGEST_DELAY_MS = 4 * 3_600_000;

/** Whether a telling may be sent now, has to wait until a time in ms, or is over. */
export type Begin =
  { readonly type: "go" } | { readonly type: "wait"; readonly until: number } | { readonly type: "over" };

/** Marks tellings as begun, all in one commit, and says of each whether it may be sent. */
export async function beginTellings(app: App, keys: readonly EscapeKey[]): Promise<readonly Begin[]> {
  const now = app.clock.now();
  const begun = new Set((await beginEscapes(app.db, keys, now)).map(nameOf));
  const answers: Begin[] = [];
  // What is not fresh is what a crash left: seldom, and few.
  for (const key of keys) answers.push(begun.has(nameOf(key)) ? { type: "go" } : await doubt(app, key));
  return answers;
}

function nameOf({ activityId, host }: EscapeKey): string {
  return `${activityId} ${host}`;
}

async function doubt(app: App, key: EscapeKey): Promise<Begin> {
  const now = app.clock.now();
  const row = await findEscape(app.db, key);
  if (row === undefined || row.state !== "sent" || row.begun_at === null) return { type: "over" };
  const until = row.begun_at + UNCERTAIN_MS;
  if (now < until) return { type: "wait", until };
  const came =
    row.actor_id === null
      ? 0
      : await countFollowsFrom(app.db, { actorId: row.actor_id, host: key.host, since: row.begun_at });
  if (came > 0) {
    await endEscapes(app.db, [{ ...key, state: "answered", fault: null }], now);
    return { type: "over" };
  }
  return (await beginAgain(app.db, key, { before: row.begun_at, now })) ? { type: "go" } : { type: "over" };
}

/** When a telling that failed `attempts` times is tried again, ms: 5 minutes, doubling to 4 hours, for 48 hours. */
export function nextTellingAt(app: App, attempts: number, createdAt: number): number | null {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempts - 1));
  const at = app.clock.now() + delay;
  return at > createdAt + HORIZON_MS ? null : at;
}
