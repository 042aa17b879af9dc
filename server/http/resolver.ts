// Names to addresses without the thread pool: the system's look-up holds one of its few threads until a dead name server
// gives up, and signatures and all other names wait behind it.
import { lookup, Resolver } from "node:dns/promises";
import { LRUCache } from "lru-cache";

/** All addresses of a name. @throws what the resolver says when there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export type ResolverOptions = {
  /** Name servers as `address:port`; default: the system's. */
  readonly servers?: readonly string[];
  /** For one question to one server, ms. */
  readonly timeoutMs?: number;
  /** Asked where DNS knows nothing: the system, with its hosts file. */
  readonly otherwise?: Resolve;
};

const TIMEOUT_MS = 2_000;
const TRIES = 2;
const KEPT_NAMES = 20_000;
const KEPT_SECONDS = { least: 30, most: 300 } as const;
/** Answers that came: nothing there, or nobody to ask. Silence is not asked twice. */
const ASK_OTHERWISE: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED", "ENOTIMP"]);

/** Makes a resolver that asks DNS itself, both address families at once, and keeps answers for a while. */
export function createResolver(options: ResolverOptions = {}): Resolve {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? TIMEOUT_MS, tries: TRIES });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  const otherwise = options.otherwise ?? bySystem;
  const kept = new LRUCache<string, readonly string[]>({ max: KEPT_NAMES });
  return async (hostname) => {
    const known = kept.get(hostname);
    if (known !== undefined) return known;
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(hostname, { ttl: true }),
      resolver.resolve6(hostname, { ttl: true }),
    ]);
    const records = [v4, v6].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    const addresses = records.map(({ address }) => address);
    if (addresses.length === 0) {
      if (v4.status === "rejected" && !ASK_OTHERWISE.has(codeOf(v4.reason))) throw v4.reason;
      return await otherwise(hostname);
    }
    const seconds = Math.min(...records.map(({ ttl }) => ttl));
    const ttl = Math.max(KEPT_SECONDS.least, Math.min(seconds, KEPT_SECONDS.most)) * 1_000;
    kept.set(hostname, addresses, { ttl });
    return addresses;
  };
}

async function bySystem(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
