import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import type { Passwords } from "./context.ts";
import { CausewayError } from "./errors.ts";

/** Parameters of argon2id: memory in KiB, passes, lanes. */
export type PasswordCost = {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
};

/**
 * 46 MiB, 1 pass, 1 lane: OWASP's first choice, as hard to guess as its least (19 MiB, 2, 1) and dearer on graphics cards.
 * On the day a platform is banned people arrive at 58 a second: 64 MiB with 3 passes, measured at a third of this rate
 * on 2 cores, would turn most of them away (docs/adr on passwords; `npm run bench` has the figures).
 */
export const PASSWORD_COST: PasswordCost = { memoryCost: 47_104, timeCost: 1, parallelism: 1 };

/** Hash of a password nobody has: verified against when the name is unknown, so that the time of an answer tells nothing. */
export const dummyHash =
  "$argon2id$v=19$m=47104,t=1,p=1$O0aM3c0wK5uYhWx/R/pOFQ$j/TYlXUGXOcdNq3M1GWhRpUNR6uihyNkmg+aLWEQa9Q";

export type PasswordOptions = {
  /** Hashes at once, each with its memory. Default: the cores, 4 at most; more would only wait for each other. */
  readonly concurrency?: number;
  readonly cost?: PasswordCost;
  /** Waiting ones above this are refused at once. Default 64. */
  readonly maxWaiting?: number;
};

/**
 * Argon2id with at most `concurrency` at once and a bounded queue, so that a login flood takes neither all memory nor
 * ever longer. @throws too_many when too many wait.
 */
export function createPasswords(options: PasswordOptions = {}): Passwords {
  const cost = options.cost ?? PASSWORD_COST;
  const take = createQueue(
    options.concurrency ?? Math.min(4, availableParallelism()),
    options.maxWaiting ?? 64,
  );
  return {
    // Argon2id is the library's default variant.
    hash: async (password) => await take(() => hash(password.normalize("NFKC"), cost)),
    verify: async (stored, password) =>
      await take(async () => {
        try {
          return (await verify(stored ?? dummyHash, password.normalize("NFKC"))) && stored !== null;
        } catch {
          // A damaged hash in the database matches nothing.
          return false;
        }
      }),
    isOutdated: (stored) => needsRehash(stored, cost),
  };
}

/** True when a hash was made with other parameters than today's: hash again at the next sign-in. */
export function needsRehash(stored: string, cost: PasswordCost = PASSWORD_COST): boolean {
  return !stored.startsWith(`$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$`);
}

function createQueue(concurrency: number, maxWaiting: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrency) {
      if (waiting.length >= maxWaiting)
        throw new CausewayError("too_many", "error.too_many", { retryAfterSeconds: 10 });
      // The slot is handed over by the one that ends, so `running` does not change between the two.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
