import { hash } from "node:crypto";
import type { App, RateLimiter } from "../../context.ts";
import type { RateRule } from "../../domain/limits.ts";
import { fromJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { findMemberOfActor, isToldSince } from "../../store/escapes.ts";

/** For this long those who followed the old account are let in again without being asked for. */
const RETURN_MS = 14 * 86_400_000;

/**
 * True when somebody who follows an account that approves its followers was approved at the old home already: the home
 * left salted hashes of who that was, so that nobody here can read who they are before they come.
 */
export async function isReturning(
  app: App,
  tx: Db,
  follow: { readonly targetId: number; readonly followerUri: string },
): Promise<boolean> {
  const member = await findMemberOfActor(tx, follow.targetId);
  const launchedAt = member?.launched_at ?? null;
  if (launchedAt === null || app.clock.now() - launchedAt > RETURN_MS) return false;
  const { salt = "", hashes = [] } = fromJson<{
    readonly salt?: string;
    readonly hashes?: readonly string[];
  }>(member?.followers ?? null, {});
  return hashes.includes(hash("sha256", salt + follow.followerUri, "hex"));
}

/** What the budget of fetches is for a host that we told of an escape: all its people come at once. */
const RETURNING: RateRule = { name: "returning", limit: 1_200, windowMs: 60_000 };

/** For this long after a host was told its people may come all at once: tries are made for two days, and the last ones are answered. */
const SURGE_MS = 4 * 86_400_000;

/**
 * Takes one fetch from the budget of a host. A server that an escape was told to sends the follows of all its people within
 * minutes, each with a key of its own: refused for long, they are lost (Mastodon has let go of the old account by then).
 */
export async function takeFetch(
  app: App,
  rule: RateRule,
  host: string,
): Promise<ReturnType<RateLimiter["take"]>> {
  const turn = app.limiter.take(rule, host);
  if (turn.ok || !(await isToldSince(app.db, host, app.clock.now() - SURGE_MS))) return turn;
  return app.limiter.take(RETURNING, host);
}
