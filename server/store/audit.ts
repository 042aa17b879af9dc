import type { Db, Tx } from "./database.ts";
import type { AuditEntriesTable } from "./safety-schema.ts";

export type AuditRow = AuditEntriesTable;

/** The end of the audit log: its newest line, or the last one that was folded away. Both by primary key. */
export async function auditEnd(db: Db): Promise<{ readonly seq: number; readonly hash: string } | undefined> {
  return (
    (await db
      .selectFrom("audit_entries")
      .select(["seq", "hash"])
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst()) ??
    (await db
      .selectFrom("audit_folds")
      .select(["seq", "hash"])
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst())
  );
}

/** Writes a line. */
export async function insertAudit(tx: Tx, row: AuditEntriesTable): Promise<void> {
  await tx.insertInto("audit_entries").values(row).execute();
}

/** Which lines: of one person (null: the operator), of a kind (`role` of `role.changed`). */
export type AuditFilter = { readonly who?: string | undefined; readonly noun?: string | undefined };

/** Lines newest first, below `before`. Indexes: primary key; audit_entries (what, seq). */
export async function listAudit(
  db: Db,
  filter: AuditFilter,
  page: { readonly before?: number | undefined; readonly limit: number },
): Promise<readonly AuditRow[]> {
  let query = db.selectFrom("audit_entries").selectAll();
  if (filter.who !== undefined) query = query.where("who", "=", filter.who);
  if (filter.noun !== undefined)
    query = query.where("what", ">=", `${filter.noun}.`).where("what", "<", `${filter.noun}/`);
  if (page.before !== undefined) query = query.where("seq", "<", page.before);
  return await query.orderBy("seq", "desc").limit(page.limit).execute();
}

/** Lines oldest first, after a number. By primary key. */
export async function walkAudit(db: Db, after: number, limit: number): Promise<readonly AuditRow[]> {
  return await db
    .selectFrom("audit_entries")
    .selectAll()
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();
}

/** Who did anything, and what words there are: for the filters. Index: audit_entries (what, seq). */
export async function auditWords(
  db: Db,
): Promise<{ readonly people: readonly string[]; readonly words: readonly string[] }> {
  const people = await db
    .selectFrom("audit_entries")
    .select("who")
    .distinct()
    .orderBy("who")
    .limit(200)
    .execute();
  const words = await db
    .selectFrom("audit_entries")
    .select("what")
    .distinct()
    .orderBy("what")
    .limit(500)
    .execute();
  return { people: people.map((row) => row.who), words: words.map((row) => row.what) };
}

/** Where the log begins after lines were folded away; undefined when none were. By primary key. */
export async function lastFold(db: Db): Promise<{ readonly seq: number; readonly hash: string } | undefined> {
  return await db
    .selectFrom("audit_folds")
    .select(["seq", "hash"])
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The newest line before a time, in ms. Index: audit_entries (at). */
export async function lastAuditBefore(
  db: Db,
  at: number,
): Promise<{ readonly seq: number; readonly hash: string } | undefined> {
  return await db
    .selectFrom("audit_entries")
    .select(["seq", "hash"])
    .where("at", "<", at)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Removes the lines up to one, whose hash stays. */
export async function foldAuditTo(
  tx: Tx,
  fold: { readonly seq: number; readonly hash: string; readonly created_at: number },
): Promise<void> {
  await tx.insertInto("audit_folds").values(fold).execute();
  await tx.deleteFrom("audit_entries").where("seq", "<=", fold.seq).execute();
}
