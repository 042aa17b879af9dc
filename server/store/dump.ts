import { type RawBuilder, sql } from "kysely";
import { fromJson } from "./codec.ts";
import { type Db, dialectOf, type Tx } from "./database.ts";
import type { Envelope } from "./job-engine.ts";
import { enqueueMany, type Lane, type NewJob } from "./jobs.ts";
import type { Schema } from "./schema.ts";

// A copy of a database as lines of JSON, one row each, that either database can be filled from. Parents come before the
// rows that refer to them. `search` is left out: its words are spelled differently on each database and made anew.
// `jobs` is written as what `enqueue` takes, because PostgreSQL keeps jobs in its engine's own tables.

type Table = Exclude<keyof Schema, "search" | "jobs">;

/** Primary keys, in the order in which tables are written. */
export const DUMPED: Readonly<Record<Table, readonly string[]>> = {
  settings: ["name"],
  actors: ["id"],
  accounts: ["id"],
  keys: ["actor_id", "kind"],
  spare_keys: ["id"],
  sessions: ["id"],
  tokens: ["id"],
  invites: ["id"],
  notes: ["id"],
  entries: ["id"],
  mentions: ["note_id", "actor_id"],
  note_tags: ["tag", "note_id"],
  note_versions: ["id"],
  attachments: ["id"],
  likes: ["id"],
  announces: ["id"],
  bookmarks: ["id"],
  drafts: ["id"],
  idempotency: ["account_id", "key"],
  follows: ["id"],
  blocks: ["id"],
  mutes: ["id"],
  notifications: ["id"],
  inbox: ["id"],
  inbox_seen: ["key"],
  tombstones: ["uri", "actor_uri"],
  activities: ["id"],
  hosts: ["host"],
  domain_blocks: ["host"],
  allowed_domains: ["host"],
  polls: ["note_id"],
  poll_options: ["note_id", "position"],
  poll_votes: ["id"],
  reactions: ["id"],
  emojis: ["id"],
  interactions: ["id"],
  pins: ["id"],
  featured_tags: ["id"],
  collections: ["id"],
  collection_items: ["id"],
  reports: ["id"],
  relays: ["id"],
  relayed_notes: ["note_id"],
  severed: ["id"],
  deliveries: ["id"],
  kv: ["key"],
  uploads: ["id"],
  proxied: ["key"],
  cards: ["key"],
  tag_follows: ["id"],
  lists: ["id"],
  list_members: ["list_id", "actor_id"],
  boards: ["id"],
  board_notes: ["id"],
  trends: ["kind", "subject"],
  filters: ["id"],
  filter_keywords: ["id"],
  filter_notes: ["id"],
  markers: ["account_id", "timeline"],
  passkeys: ["id"],
  recovery_codes: ["id"],
  reset_links: ["token_hash"],
  push_subscriptions: ["id"],
  announcements: ["id"],
  announcement_reads: ["announcement_id", "account_id"],
  apps: ["id"],
  app_tokens: ["id"],
  grants: ["code_hash"],
  conversations: ["id"],
  muted_threads: ["account_id", "root_id"],
  notification_requests: ["id"],
  notification_permissions: ["account_id", "actor_id"],
  actor_comments: ["actor_id", "target_id"],
  personal_domain_blocks: ["id"],
  suggestion_refusals: ["actor_id", "target_id"],
  identities: ["actor_id"],
  lifeboats: ["id"],
  arrivals: ["id"],
  arrived_notes: ["actor_id", "old_uri"],
  transfers: ["id"],
  transfer_rows: ["transfer_id", "position"],
  standby_agreements: ["id"],
  standby_consents: ["actor_id", "agreement_id"],
  standby_changes: ["agreement_id", "kind", "object_id"],
  standby_members: ["id"],
  standby_records: ["agreement_id", "object_uri"],
  standby_media: ["agreement_id", "hash"],
  standby_media_uses: ["agreement_id", "object_uri", "hash"],
  standby_segments: ["agreement_id", "seq"],
  escape_kits: ["actor_id"],
  escape_homes: ["actor_id"],
  evacuations: ["id"],
  escapes: ["id"],
  successors: ["old_uri"],
  decisions: ["id"],
  appeals: ["id"],
  report_languages: ["report_id", "language"],
  report_comments: ["id"],
  log_entries: ["seq"],
  log_heads: ["seq"],
  log_objects: ["seq"],
  kept_log_heads: ["agreement_id", "seq", "hash"],
  audit_entries: ["seq"],
  audit_folds: ["seq"],
  withholdings: ["id"],
  domain_drafts: ["id"],
  domain_imports: ["id"],
  domain_subscriptions: ["id"],
  sign_ups: ["account_id"],
  waves: ["id"],
  wave_members: ["wave_id", "actor_id"],
  holds: ["id"],
  classifier_rules: ["id"],
};

type Row = Readonly<Record<string, string | number | null>>;

/** Rows read or written at a time. */
const PAGE = 500;

/**
 * Calls `write` with one line for each row, all as of one moment: a repeatable-read transaction on PostgreSQL. Awaiting
 * `write` inside it holds no lock that anybody waits for, since nothing is written to the database.
 */
export async function dumpRows(db: Db, write: (line: string) => Promise<void>): Promise<void> {
  await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (tx) => {
      for (const [table, keys] of Object.entries(DUMPED))
        for await (const row of rowsOf(tx, table, keys)) await write(JSON.stringify([table, row]));
      for (const job of await waitingJobs(tx)) await write(JSON.stringify(["jobs", job]));
    });
}

/** All rows of a table by keyset paging over its primary key. */
async function* rowsOf(tx: Tx, table: string, keys: readonly string[]): AsyncGenerator<Row> {
  const columns = sql.join(keys.map((key) => sql.ref(key)));
  let after: RawBuilder<unknown> = sql`1 = 1`;
  for (;;) {
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} where ${after} order by ${columns} limit ${sql.lit(PAGE)}`.execute(
      tx,
    );
    yield* rows;
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) return;
    after = sql`(${columns}) > (${sql.join(keys.map((key) => last[key]))})`;
  }
}

type DumpedJob = Omit<NewJob, "id">;

async function waitingJobs(tx: Tx): Promise<readonly DumpedJob[]> {
  if (dialectOf(tx) === "postgres") return await engineJobs(tx);
  const rows = await tx.selectFrom("jobs").selectAll().where("dead_at", "is", null).orderBy("id").execute();
  return rows.map((row) => ({
    kind: row.kind,
    payload: fromJson<unknown>(row.payload, null),
    now: row.created_at,
    runAt: row.run_at,
    lane: laneOf(row.lane),
    ...(row.ordering_key === null ? {} : { orderingKey: row.ordering_key }),
    ...(row.dedupe_key === null ? {} : { dedupeKey: row.dedupe_key }),
  }));
}

async function engineJobs(tx: Tx): Promise<readonly DumpedJob[]> {
  const { rows } = await sql<{ kind: string; payload: Envelope }>`
    select tasks.identifier as kind, jobs.payload
    from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
    where jobs.attempts < jobs.max_attempts order by jobs.id`.execute(tx);
  return rows.map(({ kind, payload }) => ({
    kind,
    payload: payload.body,
    now: payload.createdAt,
    runAt: payload.runAt,
    lane: laneOf(payload.lane),
    ...(payload.orderingKey === null ? {} : { orderingKey: payload.orderingKey }),
    ...(payload.dedupeKey === null ? {} : { dedupeKey: payload.dedupeKey }),
  }));
}

function laneOf(value: number): Lane {
  return value === 0 || value === 2 ? value : 1;
}

/**
 * Fills the tables from lines of `dumpRows` inside the caller's transaction; `ids` numbers the jobs anew.
 * @throws Error for a line that is no row of a known table.
 */
export async function loadRows(
  tx: Tx,
  lines: AsyncIterable<string> | Iterable<string>,
  ids: { next(): number },
): Promise<void> {
  let table = "";
  let rows: Row[] = [];
  const flush = async () => {
    if (table === "jobs")
      await enqueueMany(
        tx,
        rows.map((row) => toJob(row, ids.next())),
      );
    else if (rows.length > 0) await insertRows(tx, table, rows);
    rows = [];
  };
  for await (const line of lines) {
    if (line === "") continue;
    const [name, row] = parseLine(line);
    if (name !== table || rows.length >= PAGE) {
      await flush();
      table = name;
    }
    rows.push(row);
  }
  await flush();
  await countOn(tx);
}

/** Ids that the database counts up itself go on after those that were loaded. */
async function countOn(tx: Tx): Promise<void> {
  if (dialectOf(tx) === "sqlite") return;
  await sql`select setval(pg_get_serial_sequence('deliveries', 'id'), coalesce(max(id), 0) + 1, false) from deliveries`.execute(
    tx,
  );
}

function parseLine(line: string): readonly [string, Row] {
  const parsed: unknown = JSON.parse(line);
  if (Array.isArray(parsed) && parsed.length === 2) {
    const [name, row]: unknown[] = parsed;
    if (
      typeof name === "string" &&
      (name === "jobs" || name in DUMPED) &&
      typeof row === "object" &&
      row !== null
    )
      return [name, row as Row];
  }
  throw new Error(`The dump holds a line that is no row: ${line.slice(0, 80)}`);
}

/** `jobs` lines are NewJob without id; their payload is any JSON. */
function toJob(row: Readonly<Record<string, unknown>>, id: number): NewJob {
  return { ...(row as unknown as DumpedJob), id };
}

async function insertRows(tx: Tx, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  // SQLite takes 32,766 values a statement, PostgreSQL 65,535.
  const size = Math.max(1, Math.floor(30_000 / Math.max(1, columns.length)));
  for (let start = 0; start < rows.length; start += size) {
    const values = rows
      .slice(start, start + size)
      .map((row) => sql`(${sql.join(columns.map((name) => row[name] ?? null))})`);
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))}) values ${sql.join(values)}`.execute(
      tx,
    );
  }
}

/** True when no table holds a row, so that a dump may be loaded. */
export async function isEmptyDatabase(db: Db): Promise<boolean> {
  for (const table of Object.keys(DUMPED)) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0) return false;
  }
  return true;
}

/** Notes that belong into the search index, with their tags, in pages by id: what `search` is made anew from. */
export async function notesToIndex(
  db: Db,
  afterId: number,
): Promise<
  readonly {
    readonly id: number;
    readonly summary: string | null;
    readonly title: string | null;
    readonly html: string;
    readonly contentMap: string;
    readonly tags: readonly string[];
  }[]
> {
  const notes = await db
    .selectFrom("notes")
    .select(["id", "summary", "title", "content_html as html", "content_map as contentMap"])
    .where("id", ">", afterId)
    .where("deleted_at", "is", null)
    .orderBy("id")
    .limit(PAGE)
    .execute();
  if (notes.length === 0) return [];
  const tags = await db
    .selectFrom("note_tags")
    .selectAll()
    .where(
      "note_id",
      "in",
      notes.map((note) => note.id),
    )
    .execute();
  return notes.map((note) => ({
    ...note,
    tags: tags.filter((row) => row.note_id === note.id).map((row) => row.tag),
  }));
}
