import { setImmediate } from "node:timers/promises";
import type { ActorDocument } from "./actor-documents.ts";
import { isObject, objectOf } from "./actor-documents.ts";
import { lifeboatFault } from "./faults.ts";
import { isProvedInPool, type Signed } from "./proofs.ts";

/** Checks the lines of an outbox as they come. */
export type OutboxCheck = {
  /** One line; null for one that was too long. Never throws. */
  take(line: string | null): Promise<void>;
  /** @throws invalid with the first line that is not as it should be, as far as that is known */
  requireGood(): void;
  /** Waits for all proofs. @throws as `requireGood` */
  end(): Promise<void>;
  count(): number;
};

/**
 * Proofs that wait for the thread pool: some hundred bytes each, and enough that it goes on with them while media are
 * hashed.
 */
const MOST_WAITING = 8_192;
/** Lines after which others have their turn: each takes about a tenth of a millisecond. */
const LINES_AT_ONCE = 64;

/** Checks that each line is a Create by this actor of something of their own, and that it is proved by their key (FEP-8b32). */
export function createOutboxCheck({ id, key }: ActorDocument): OutboxCheck {
  const waiting: Promise<void>[] = [];
  let count = 0;
  let fault: { readonly line: number; readonly kind: Parameters<typeof lifeboatFault>[0] } | null = null;
  const note = (line: number, kind: Parameters<typeof lifeboatFault>[0]): void => {
    if (fault === null || line < fault.line) fault = { line, kind };
  };
  const requireGood = (): void => {
    if (fault !== null) throw lifeboatFault(fault.kind, { line: fault.line });
  };
  return {
    async take(line) {
      count += 1;
      const at = count;
      if (count % LINES_AT_ONCE === 0) await setImmediate();
      if (line === null) return note(at, "line_too_long");
      const create = objectOf(line);
      if (create === null || !isOwnCreate(create, id)) return note(at, "foreign_note");
      waiting.push(
        isProvedInPool(create, key.method, key.key)
          // Nested so deep that it cannot be canonicalised.
          .catch(() => false)
          .then((isProved) => (isProved ? undefined : note(at, "note_proof"))),
      );
      if (waiting.length >= MOST_WAITING) await Promise.all(waiting.splice(0, MOST_WAITING / 2));
    },
    requireGood,
    async end() {
      await Promise.all(waiting);
      requireGood();
    },
    count: () => count,
  };
}

/** True for a Create by an actor of something of theirs that has an address at their own server. */
export function isOwnCreate(create: Signed, actorId: string): boolean {
  const object = create["object"];
  if (create["type"] !== "Create" || create["actor"] !== actorId || !isObject(object)) return false;
  const id = object["id"];
  return (
    object["attributedTo"] === actorId &&
    typeof id === "string" &&
    URL.parse(id)?.origin === URL.parse(actorId)?.origin
  );
}
