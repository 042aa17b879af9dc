import { hash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { GENESIS } from "../../domain/moderation-log.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction, type Tx } from "../../store/database.ts";
import { auditEnd, type AuditRow, insertAudit } from "../../store/audit.ts";
import { lockLogs } from "../../store/moderation-log.ts";

/** What was done: a word, what it was done to, and small facts; never contents, addresses of people or secrets. */
export type AuditedAct = {
  /** `noun.verb`, such as `role.changed`. */
  readonly what: string;
  readonly subject?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
};

const SUBJECT_MAX = 400;
const VALUE_MAX = 200;

/**
 * Writes down what somebody did with the powers of staff, in the transaction of the deed (threats ADM-04). `by`: null for
 * the operator at the command line, and for what happens by itself.
 */
export async function audit(app: App, tx: Tx, by: Viewer | null, act: AuditedAct): Promise<void> {
  await lockLogs(tx);
  const last = await auditEnd(tx);
  const line: AuditLine = {
    seq: (last?.seq ?? 0) + 1,
    at: app.clock.now(),
    actor_id: by?.actorId ?? null,
    who: by?.username ?? "operator",
    what: oneLine(act.what, SUBJECT_MAX),
    subject: act.subject === undefined ? null : oneLine(act.subject, SUBJECT_MAX),
    detail: toJson(
      Object.fromEntries(
        Object.entries(act.detail ?? {}).map(([name, value]) => [
          name,
          typeof value === "string" ? oneLine(value, VALUE_MAX) : value,
        ]),
      ),
    ),
    previous: last?.hash ?? GENESIS,
  };
  await insertAudit(tx, { ...line, hash: auditHash(line) });
}

/** The same for what is done outside of the database: writing files, taking them away. */
export async function auditAlone(app: App, by: Viewer | null, act: AuditedAct): Promise<void> {
  await transaction(app.db, (tx) => audit(app, tx, by, act));
}

export type AuditLine = Omit<AuditRow, "hash">;

/** SHA-256 over the canonical JSON of a line without its hash, hex. */
export function auditHash(line: AuditLine): string {
  const { seq, at, actor_id, who, what, subject, detail, previous } = line;
  const facts = fromJson<unknown>(detail, null);
  return hash(
    "sha256",
    canonicalJson({ seq, at, actor: actor_id, who, what, subject, detail: facts, previous }),
  );
}

/**
 * One line of plain text: a name with a line feed or a terminal's escape in it must not be able to forge a second line
 * wherever this is shown.
 */
function oneLine(text: string, most: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}
