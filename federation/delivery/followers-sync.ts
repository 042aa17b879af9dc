import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { App } from "../../server/context.ts";
import { toSyncHeader } from "../../server/domain/follower-digest.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import {
  followersAfter,
  followersMark,
  type FollowersMark,
  sumOf,
} from "../../server/services/federation/sending.ts";
import { hostOf } from "../reading/json.ts";

/** Digests of the followers of local actors by the followers' hosts (FEP-8fcf). */
export type FollowersSync = {
  /** The header that goes with a delivery; null when no follower lives where it goes. */
  header(delivery: {
    readonly actorId: ActorId;
    readonly activityId: number;
    readonly host: string;
  }): Promise<string | null>;
};

type Digests = {
  readonly mark: FollowersMark;
  readonly byHost: ReadonlyMap<string, Buffer>;
  /** Written out when they are first needed. */
  readonly headers: Map<string, string>;
};

/** What was summed up for an actor, and for which activity it was last compared with the database. */
type Kept = { readonly activityId: number; readonly until: number; readonly digests: Promise<Digests> };

const KEPT_ACTORS = 50;
/** So that a long fan-out tells of followers who come meanwhile. */
const KEPT_MS = 30_000;
const PAGE = 2_000;

/** Makes the digests: one pass over an actor's followers, then only what is new until somebody leaves. */
export function createFollowersSync(app: App): FollowersSync {
  const kept = new LRUCache<number, Kept>({ max: KEPT_ACTORS });
  const digestsFor = (actorId: ActorId, activityId: number): Promise<Digests> => {
    const known = kept.get(actorId);
    const now = app.clock.now();
    if (known !== undefined && activityId <= known.activityId && now < known.until) return known.digests;
    const digests = bringUpToDate(app, actorId, known?.digests);
    kept.set(actorId, { activityId, until: now + KEPT_MS, digests });
    digests.catch(() => kept.delete(actorId));
    return digests;
  };
  return {
    header: async ({ actorId, activityId, host }) => {
      const { byHost, headers } = await digestsFor(actorId, activityId);
      const known = headers.get(host);
      const digest = byHost.get(host);
      if (known !== undefined || digest === undefined) return known ?? null;
      const [collectionId, url] = [app.uris.followers(actorId), app.uris.followerSync(actorId)];
      const header = toSyncHeader({ collectionId, url, digest: digest.toString("hex") });
      headers.set(host, header);
      return header;
    },
  };
}

async function bringUpToDate(app: App, actorId: ActorId, before?: Promise<Digests>): Promise<Digests> {
  const known = await before?.catch(() => undefined);
  const mark = await followersMark(app, actorId);
  if (known !== undefined && isSame(mark, known.mark)) return known;
  const added = known === undefined ? undefined : await add(app, actorId, known);
  if (added !== undefined && isSame(mark, added.mark)) return added;
  return await add(app, actorId, {
    mark: { count: 0, sum: 0, newest: 0 },
    byHost: new Map(),
    headers: new Map(),
  });
}

/** Adds who came since; XOR makes the order meaningless. Yields between pages, since there may be many. */
async function add(app: App, actorId: ActorId, known: Digests): Promise<Digests> {
  const byHost = new Map<string, Buffer>();
  let { count, sum, newest } = known.mark;
  for (;;) {
    const page = await followersAfter(app, actorId, newest, PAGE);
    for (const { id, uri } of page) {
      const host = hostOf(uri) ?? "";
      const digest = byHost.get(host) ?? Buffer.from(known.byHost.get(host) ?? Buffer.alloc(32));
      const one = hash("sha256", uri, "buffer");
      for (let index = 0; index < 32; index++) digest[index] = (digest[index] ?? 0) ^ (one[index] ?? 0);
      byHost.set(host, digest);
      count += 1;
      sum = sumOf(sum, id);
      newest = id;
    }
    if (page.length < PAGE) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const mark = { count, sum, newest };
  return { mark, byHost: new Map([...known.byHost, ...byHost]), headers: new Map() };
}

function isSame(a: FollowersMark, b: FollowersMark): boolean {
  return a.count === b.count && a.sum === b.sum;
}
