import type { App } from "../../context.ts";
import {
  beginAgain,
  beginEscapes,
  countFollowsFrom,
  endEscapes,
  type EscapeKey,
  findEscape,
} from "../../store/escapes.ts";
import { isUnread } from "../../store/inbox.ts";
import { getValue, type KvKey, setValue } from "../../store/kv.ts";

// Escapes are sent at most once to each server: what is begun is written down before, and what a crash leaves uncertain is
// not sent again until it is clear that nobody of that server came.

/** How long the people of a server are waited for after a telling of which nobody knows whether it arrived. */
export const UNCERTAIN_MS = 10 * 60_000;
/** After a time in which nobody could reach us: others ask again with growing pauses, Mastodon's about as long as it waited. */
const LONGEST_UNCERTAIN_MS = 6 * 3_600_000;
/** People may have come meanwhile. */
const LOOK_AGAIN_MS = 2 * 60_000;
/** What waits in the inbox for longer is not going to be read. */
const UNREAD_MS = 3_600_000;
/** Tries are made for this long; a server that is away for two days is away. */
const HORIZON_MS = 48 * 3_600_000;
const FIRST_DELAY_MS = 5 * 60_000;
const LONGEST_DELAY_MS = 4 * 3_600_000;

/** Whether a telling may be sent now (begun at a time in ms), has to wait until a time in ms, or is over. */
export type Begin =
  | { readonly type: "go"; readonly at: number }
  | { readonly type: "wait"; readonly until: number }
  | { readonly type: "over" };

const LISTENING: KvKey = ["inbox", "listening-since"];

/** Writes down that others reach us from now on: before, nobody whom a server told could come. */
export async function noteListening(app: App): Promise<void> {
  await setValue(app.db, LISTENING, app.clock.now(), app.clock.now());
}

/** Marks tellings as begun, all in one commit, and says of each whether it may be sent. */
export async function beginTellings(app: App, keys: readonly EscapeKey[]): Promise<readonly Begin[]> {
  const now = app.clock.now();
  const begun = new Set((await beginEscapes(app.db, keys, now)).map(nameOf));
  const answers: Begin[] = [];
  // What is not fresh is what a crash left: seldom, and few.
  for (const key of keys)
    answers.push(begun.has(nameOf(key)) ? { type: "go", at: now } : await doubt(app, key));
  return answers;
}

/** Begins once more what was begun at a time in ms and certainly not sent since: somebody else may have begun it by now. */
export async function renewTelling(app: App, key: EscapeKey, at: number): Promise<Begin> {
  const now = app.clock.now();
  return (await beginAgain(app.db, key, { before: at, now }))
    ? { type: "go", at: now }
    : await doubt(app, key);
}

function nameOf({ activityId, host }: EscapeKey): string {
  return `${activityId} ${host}`;
}

async function doubt(app: App, key: EscapeKey): Promise<Begin> {
  const now = app.clock.now();
  const row = await findEscape(app.db, key);
  if (row === undefined || row.state !== "sent" || row.begun_at === null) return { type: "over" };
  const { actor_id: actorId, begun_at: begunAt } = row;
  if (actorId !== null) {
    const came = await countFollowsFrom(app.db, { actorId, host: key.host, since: begunAt });
    if (came > 0) {
      await endEscapes(app.db, [{ ...key, state: "answered", fault: null }], now);
      return { type: "over" };
    }
  }
  const until = await doubtEnds(app, begunAt);
  if (now < until) return { type: "wait", until: Math.min(until, now + LOOK_AGAIN_MS) };
  // Whoever knocked and was not let in yet may be the one who is waited for.
  if (actorId !== null && (await isUnread(app.db, `/${actorId}`, now - UNREAD_MS)))
    return { type: "wait", until: now + LOOK_AGAIN_MS };
  const isOurs = await beginAgain(app.db, key, { before: begunAt, now });
  return isOurs ? { type: "go", at: now } : { type: "over" };
}

/** When a telling that was begun at a time in ms counts as not arrived, ms. */
async function doubtEnds(app: App, begunAt: number): Promise<number> {
  const known = await getValue(app.db, LISTENING, app.clock.now());
  const since = typeof known === "number" ? known : 0;
  if (since <= begunAt) return begunAt + UNCERTAIN_MS;
  return since + Math.min(LONGEST_UNCERTAIN_MS, Math.max(UNCERTAIN_MS, 2 * (since - begunAt)));
}

/** When a telling that failed `attempts` times is tried again, ms: 5 minutes, doubling to 4 hours, for 48 hours. */
export function nextTellingAt(app: App, attempts: number, createdAt: number): number | null {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempts - 1));
  const at = app.clock.now() + delay;
  return at > createdAt + HORIZON_MS ? null : at;
}
