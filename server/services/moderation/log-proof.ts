import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { GENESIS } from "../../domain/moderation-log.ts";
import { didKeyMethod, fromDidKey } from "../../lifeboat/did-key.ts";
import { isProvedBy, readProofs, type Signed } from "../../lifeboat/proofs.ts";

// Whether a log holds together: its lines, its signed heads, and two copies of it against each other. Needs no instance.

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A line as it is given out. Further members of `line` are part of what is hashed. */
export const LoggedLine = z.object({
  type: z.literal("line"),
  line: z.looseObject({ v: z.literal(1), seq: z.int().positive(), previous: sha256 }),
  hash: sha256,
});
export type LoggedLine = z.infer<typeof LoggedLine>;

/** A signed head as it is given out. */
export const LoggedHead = z.object({
  type: z.literal("ModerationLogHead"),
  v: z.literal(1),
  log: z.url().max(2_048),
  actor: z.url().max(2_048),
  seq: z.int().positive(),
  hash: sha256,
  audit: z.string().max(200).nullable(),
  created: z.iso.datetime(),
});

/** Whose signature heads have to carry. */
export type LogSigner = {
  /** Null: any actor's, as long as the key fits. */
  readonly actor: string | null;
  readonly key: KeyObject;
};

/** The first thing that does not hold, by the number of the line where it shows. */
export type LogFault = {
  readonly seq: number;
  readonly kind: "changed" | "missing" | "form" | "signature" | "head";
  /** A sentence for people. */
  readonly sentence: string;
};

export type LogSummary = {
  readonly lines: number;
  readonly heads: number;
  /** Number of the last line that a signed head vouches for. */
  readonly signed: number;
  readonly hash: string;
};

export type LogCheck = {
  /** Takes the next line. Returns what is wrong, once. */
  line(given: unknown): LogFault | null;
  /** Takes a head of a line that was taken, or of one to come. */
  head(given: unknown): LogFault | null;
  /** Nothing more comes. */
  end(): LogFault | null;
  summary(): LogSummary;
};

/**
 * Reads a log from its first line on: hashes, order, and what signed heads say. Without a signer the signatures are not
 * looked at.
 */
export function checkLog(signer: LogSigner | null): LogCheck {
  let seq = 0;
  let last: string = GENESIS;
  let heads = 0;
  let signed = 0;
  /** Heads of lines to come. */
  const waiting = new Map<number, string>();
  /** Those of the last few lines, for heads that come after their line. */
  const recent = new Map<number, string>();

  const confirm = (number: number, expected: string, found: string): LogFault | null => {
    if (expected !== found)
      return fault(
        number,
        "head",
        `line ${number}, or one after line ${signed}, was changed after it was signed`,
      );
    signed = Math.max(signed, number);
    return null;
  };

  return {
    line(given) {
      const parsed = LoggedLine.safeParse(given);
      if (!parsed.success) return fault(seq + 1, "form", `line ${seq + 1} is not a line of a log`);
      const { line, hash: claimed } = parsed.data;
      if (line.seq !== seq + 1)
        return fault(seq + 1, "missing", `line ${seq + 1} is missing: line ${line.seq} follows line ${seq}`);
      if (line.previous !== last)
        return fault(
          line.seq,
          "changed",
          seq === 0
            ? "line 1 names a line before it"
            : `line ${seq} is not the one that line ${line.seq} was written after`,
        );
      if (hash("sha256", canonicalJson(line)) !== claimed)
        return fault(line.seq, "changed", `line ${line.seq} was changed: its hash does not fit`);
      seq = line.seq;
      last = claimed;
      recent.set(seq, claimed);
      const expected = waiting.get(seq);
      waiting.delete(seq);
      return expected === undefined ? null : confirm(seq, expected, claimed);
    },
    head(given) {
      const parsed = LoggedHead.safeParse(given);
      if (!parsed.success) return fault(seq, "form", `what follows line ${seq} is not a signed head`);
      const head = parsed.data;
      if (signer !== null && !isSignedBy(given, head.actor, signer))
        return fault(head.seq, "signature", `the signature of the head of line ${head.seq} does not hold`);
      heads += 1;
      if (head.seq > seq) {
        const before = waiting.get(head.seq);
        if (before !== undefined && before !== head.hash)
          return fault(head.seq, "head", `two signed heads say different things about line ${head.seq}`);
        waiting.set(head.seq, head.hash);
        return null;
      }
      const found = recent.get(head.seq);
      return found === undefined ? null : confirm(head.seq, head.hash, found);
    },
    end() {
      const missing = Math.max(0, ...waiting.keys());
      if (missing === 0) return null;
      return fault(
        seq + 1,
        "missing",
        `lines ${seq + 1} to ${missing} are missing: a signed head says that there were ${missing}`,
      );
    },
    summary: () => ({ lines: seq, heads, signed, hash: last }),
  };
}

function fault(seq: number, kind: LogFault["kind"], sentence: string): LogFault {
  return { seq, kind, sentence };
}

function isSignedBy(head: unknown, actor: string, signer: LogSigner): boolean {
  if (signer.actor !== null && actor !== signer.actor) return false;
  const document = head as Signed;
  return readProofs(document).some(
    ({ verificationMethod }) =>
      verificationMethod.startsWith(`${actor}#`) && isProvedBy(document, verificationMethod, signer.key),
  );
}

/** What somebody has to check signatures with: PEM, a multibase key (`z6Mk…`), or an actor's document. Null: none of them. */
export function readSigner(text: string): LogSigner | null {
  const trimmed = text.trim();
  if (/^z[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(trimmed)) return withKey(null, fromDidKey(`did:key:${trimmed}`));
  if (trimmed.startsWith("did:key:")) return withKey(null, fromDidKey(trimmed));
  if (trimmed.startsWith("-----BEGIN")) return withKey(null, fromPem(trimmed));
  const actor = ActorDocument.safeParse(jsonOf(trimmed));
  if (!actor.success) return null;
  const methods = [actor.data.assertionMethod].flat();
  for (const { publicKeyMultibase } of methods) {
    const key = fromDidKey(`did:key:${publicKeyMultibase}`);
    if (key !== null) return { actor: actor.data.id, key };
  }
  return null;
}

const Method = z.looseObject({ publicKeyMultibase: z.string().max(200) });
const ActorDocument = z.looseObject({
  id: z.url().max(2_048),
  assertionMethod: z.union([Method, z.array(Method).max(20)]),
});

function withKey(actor: string | null, key: KeyObject | null): LogSigner | null {
  return key === null ? null : { actor, key };
}

function fromPem(text: string): KeyObject | null {
  try {
    const key = createPublicKey(text);
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    return null;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The multibase form of an Ed25519 public key, as actors name theirs. */
export function multibaseOf(did: string): string {
  return didKeyMethod(did).split("#")[1] ?? "";
}
