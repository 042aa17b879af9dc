import { sql } from "kysely";
import { type Db, dialectOf, type Tx } from "./database.ts";
import type { LogEntriesTable, LogHeadsTable, LogObjectsTable } from "./safety-schema.ts";
import { visibleTo } from "./visible.ts";

/** Any number that nobody else locks with: the two logs take turns under it. */
const LOGS_LOCK = 0x10665;

/**
 * Lets one transaction at a time write into the logs, until it ends, so that lines have no gaps and each names the one before
 * it. SQLite has one writer anyway. One lock for both logs: two that are taken in either order could wait for each other.
 */
export async function lockLogs(tx: Tx): Promise<void> {
  if (dialectOf(tx) === "postgres") await sql`select pg_advisory_xact_lock(${LOGS_LOCK})`.execute(tx);
}

/** The newest line, or undefined. By primary key. */
export async function newestLine(db: Db): Promise<LogEntriesTable | undefined> {
  return await db.selectFrom("log_entries").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
}

/** Writes a line and, if it is about something, what. */
export async function insertLine(
  tx: Tx,
  row: LogEntriesTable,
  object: Omit<LogObjectsTable, "seq"> | null,
): Promise<void> {
  await tx.insertInto("log_entries").values(row).execute();
  if (object !== null)
    await tx
      .insertInto("log_objects")
      .values({ seq: row.seq, ...object })
      .execute();
}

/** A line, with the salt of its object as long as everybody may see it. */
export type LogRow = LogEntriesTable & { readonly salt: string | null };

/** Which lines: of a kind, of a time in ms (`from` included, `to` not). */
export type LogFilter = {
  readonly kind?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/**
 * Lines newest first, below `before`. Indexes: primary key, log_entries (kind, seq), log_entries (created_at); log_objects
 * and notes by key and by uri.
 */
export async function listLines(
  db: Db,
  filter: LogFilter,
  page: { readonly before?: number | undefined; readonly limit: number },
): Promise<readonly LogRow[]> {
  let query = linesWithSalts(db);
  if (filter.kind !== undefined) query = query.where("log_entries.kind", "=", filter.kind);
  if (filter.from !== undefined) query = query.where("log_entries.created_at", ">=", filter.from);
  if (filter.to !== undefined) query = query.where("log_entries.created_at", "<", filter.to);
  if (page.before !== undefined) query = query.where("log_entries.seq", "<", page.before);
  return await query.orderBy("log_entries.seq", "desc").limit(page.limit).execute();
}

/** Lines oldest first, after a number. Index: primary key. */
export async function walkLines(db: Db, after: number, limit: number): Promise<readonly LogRow[]> {
  return await linesWithSalts(db)
    .where("log_entries.seq", ">", after)
    .orderBy("log_entries.seq")
    .limit(limit)
    .execute();
}

/** A line by its number, or undefined. */
export async function findLine(db: Db, seq: number): Promise<LogRow | undefined> {
  return await linesWithSalts(db).where("log_entries.seq", "=", seq).executeTakeFirst();
}

/** Lines that say something about an earlier one, oldest first, at most 50. Index: log_entries (about). */
export async function linesAbout(db: Db, seq: number): Promise<readonly LogRow[]> {
  return await linesWithSalts(db)
    .where("log_entries.about", "=", seq)
    .orderBy("log_entries.seq")
    .limit(50)
    .execute();
}

function linesWithSalts(db: Db) {
  return db
    .selectFrom("log_entries")
    .selectAll("log_entries")
    .select((eb) =>
      eb
        .selectFrom("log_objects")
        .innerJoin("notes", "notes.uri", "log_objects.object_uri")
        .select("log_objects.salt")
        .whereRef("log_objects.seq", "=", "log_entries.seq")
        .where(visibleTo(null))
        .limit(1)
        .as("salt"),
    );
}

/** The note that a line is about, while everybody may see it. Index: notes by uri. */
export async function findLoggedNote(db: Db, seq: number): Promise<number | null> {
  const row = await db
    .selectFrom("log_objects")
    .innerJoin("notes", "notes.uri", "log_objects.object_uri")
    .select("notes.id")
    .where("log_objects.seq", "=", seq)
    .where(visibleTo(null))
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Forgets what lines were about whose object is gone for good. Index: notes and actors by uri. */
export async function forgetGoneObjects(db: Db): Promise<void> {
  await db
    .deleteFrom("log_objects")
    .where(
      sql<boolean>`not exists (select 1 from notes where notes.uri = log_objects.object_uri and notes.deleted_at is null)
        and not exists (select 1 from actors where actors.uri = log_objects.object_uri and actors.deleted_at is null)`,
    )
    .execute();
}

/** The newest signed head, or undefined. By primary key. */
export async function newestHead(db: Db): Promise<LogHeadsTable | undefined> {
  return await db.selectFrom("log_heads").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
}

/** Signed heads of lines after one number up to another, at most `limit`. By primary key. */
export async function listHeads(
  db: Db,
  range: { readonly after: number; readonly upTo: number },
  limit = 1_000,
): Promise<readonly LogHeadsTable[]> {
  return await db
    .selectFrom("log_heads")
    .selectAll()
    .where("seq", ">", range.after)
    .where("seq", "<=", range.upTo)
    .orderBy("seq")
    .limit(limit)
    .execute();
}

/** Keeps a head, or the newer one of the same line. */
export async function putHead(db: Db, row: LogHeadsTable): Promise<void> {
  await db
    .insertInto("log_heads")
    .values(row)
    .onConflict((conflict) =>
      conflict.column("seq").doUpdateSet({ document: row.document, created_at: row.created_at }),
    )
    .execute();
}
