import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import type { TrendsTable } from "./schema.ts";
import { isNewcomer, unmutedBy } from "./visible.ts";

export type TrendRow = Selectable<TrendsTable>;
export type TrendKind = "note" | "tag" | "actor" | "link";

/** What counts for trends is written by somebody who wants to be found, and who is here or followed from here. */
function findable(actor: string): RawBuilder<boolean> {
  const a = (column: string) => sql.ref(`${actor}.${column}`);
  return sql<boolean>`(${a("discoverable")} = 1 and ${a("suspended_at")} is null and ${a("deleted_at")} is null
    and ${a("limited_at")} is null and not ${isNewcomer(`${actor}.id`)} and ${a("origin_suspended")} = 0 and (${a("host")} = '' or exists (
      select 1 from follows f join actors l on l.id = f.actor_id
      where f.target_id = ${a("id")} and f.state = 'accepted' and l.host = '')))`;
}

/**
 * Notes that were liked, boosted or answered since an id, the most often first: candidates to be counted exactly. Ids
 * are times, so each part is a walk along a primary key.
 */
export async function listReactedNotes(db: Db, sinceId: number, limit: number): Promise<readonly number[]> {
  const most = async (source: RawBuilder<unknown>) => {
    const found = await sql<{ note_id: number; times: number }>`
      select note_id, count(*) as times from (${source}) acts group by note_id
      order by times desc, note_id desc limit ${limit}`.execute(db);
    return found.rows;
  };
  const rows = [
    ...(await most(sql`select note_id from likes where id >= ${sinceId}`)),
    ...(await most(sql`select note_id from announces where id >= ${sinceId}`)),
    ...(await most(sql`select notes.reply_to_id as note_id from entries join notes on notes.id = entries.note_id
      where entries.id >= ${sinceId} and entries.reply = 1 and notes.reply_to_id is not null`)),
  ];
  return [...new Set(rows.map((row) => row.note_id))];
}

export type CountedNote = { readonly id: number; readonly actor_id: number; readonly people: number };

/**
 * How many people liked, openly boosted or openly answered each note since an id, the author left out; only notes for
 * everybody, written since then by people who want to be found. Index: likes, announces (note_id, id), notes (reply_to_id).
 */
export async function countPeople(
  db: Db,
  noteIds: readonly number[],
  sinceId: number,
): Promise<readonly CountedNote[]> {
  if (noteIds.length === 0) return [];
  const among = sql`in (${sql.join(noteIds.map((id) => sql.lit(id)))})`;
  const found = await sql<{ id: number; actor_id: number; people: number }>`
    select n.id as id, n.actor_id as actor_id, count(distinct p.actor_id) as people from (
      select note_id, actor_id from likes where note_id ${among} and id >= ${sinceId}
      union all select note_id, actor_id from announces
        where note_id ${among} and id >= ${sinceId} and visibility in ('public', 'unlisted')
      union all select reply_to_id as note_id, actor_id from notes
        where reply_to_id ${among} and id >= ${sinceId} and deleted_at is null and visibility in ('public', 'unlisted')) p
    join notes n on n.id = p.note_id join actors a on a.id = n.actor_id
    where p.actor_id <> n.actor_id and n.id >= ${sinceId} and n.deleted_at is null and n.hidden_at is null and n.visibility = 'public'
      and n.reply_to_uri is null and ${findable("a")}
    group by n.id, n.actor_id`.execute(db);
  return found.rows.map((row) => ({ ...row, people: Number(row.people) }));
}

export type CountedTag = {
  readonly tag: string;
  /** People in the later and in the earlier part. */
  readonly people: number;
  readonly before: number;
  /** One of the people of the later part. */
  readonly one: number;
};

/**
 * How many people wrote openly with each tag from `midId` on, and from `sinceId` to `midId`; the most first. What its
 * author closed is not counted. Index: the key of entries, note_tags (note_id).
 */
export async function countTags(
  db: Db,
  range: { readonly sinceId: number; readonly midId: number; readonly limit: number },
): Promise<readonly CountedTag[]> {
  const later = sql`case when e.id >= ${range.midId} then e.actor_id end`;
  const earlier = sql`case when e.id < ${range.midId} then e.actor_id end`;
  const found = await sql<{ tag: string; people: number; before: number; one: number }>`
    select t.tag as tag, count(distinct ${later}) as people, count(distinct ${earlier}) as before, min(${later}) as one
    from entries e join note_tags t on t.note_id = e.note_id join notes n on n.id = e.note_id
      join actors a on a.id = e.actor_id
    where e.id >= ${range.sinceId} and e.announce = 0 and e.visibility = 'public' and n.sensitive = 0
      and n.deleted_at is null and n.hidden_at is null and n.sensitized_at is null and ${findable("a")}
    group by t.tag having count(distinct ${later}) > 0
    order by count(distinct ${later}) desc, t.tag limit ${range.limit}`.execute(db);
  return found.rows.map((row) => ({ ...row, people: Number(row.people), before: Number(row.before) }));
}

/** A link that notes have as their card, and how many people wrote it. */
export type CountedLink = { readonly key: string; readonly people: number };

/**
 * The links that most people wrote openly since an id; what one person alone writes, and what its author closed, is left out.
 * Index: the key of entries.
 */
export async function countLinks(db: Db, sinceId: number, limit: number): Promise<readonly CountedLink[]> {
  const found = await sql<CountedLink>`
    select n.card_key as key, count(distinct n.actor_id) as people ${openCards(sinceId)}
    group by n.card_key having count(distinct n.actor_id) > 1
    order by people desc, n.card_key limit ${limit}`.execute(db);
  return found.rows.map((row) => ({ ...row, people: Number(row.people) }));
}

/** How often, and by how many people, each of some links was written on each day (days since 1970, UTC). */
export async function countLinkDays(
  db: Db,
  keys: readonly string[],
  sinceId: number,
): Promise<
  readonly { readonly key: string; readonly day: number; readonly uses: number; readonly people: number }[]
> {
  if (keys.length === 0) return [];
  const day = sql`(n.id / ${sql.lit(86_400_000 * 2048)})`;
  const found = await sql<{ key: string; day: number; uses: number; people: number }>`
    select n.card_key as key, ${day} as day, count(*) as uses, count(distinct n.actor_id) as people
    ${openCards(sinceId)} and n.card_key in (${sql.join(keys)}) group by n.card_key, ${day}`.execute(db);
  return found.rows.map((row) => ({
    key: row.key,
    day: Number(row.day),
    uses: Number(row.uses),
    people: Number(row.people),
  }));
}

function openCards(sinceId: number): RawBuilder<unknown> {
  return sql`from entries e join notes n on n.id = e.note_id join actors a on a.id = n.actor_id
    where e.id >= ${sinceId} and e.announce = 0 and e.visibility = 'public' and n.deleted_at is null
      and n.hidden_at is null and n.sensitized_at is null and n.card_key is not null and n.sensitive = 0 and ${findable("a")}`;
}

/** People who want to be found and wrote something open since an id, the one who did last first. Index: the key of entries. */
export async function listActiveActors(db: Db, sinceId: number, limit: number): Promise<readonly number[]> {
  const found = await sql<{ id: number }>`
    select e.actor_id as id from entries e join actors a on a.id = e.actor_id
    where e.id >= ${sinceId} and e.announce = 0 and e.visibility = 'public'
      and a.moved_to_uri is null and a.memorial = 0 and ${findable("a")}
    group by e.actor_id order by max(e.id) desc limit ${limit}`.execute(db);
  return found.rows.map((row) => row.id);
}

/** Puts a new count in the place of the one before. */
export async function replaceTrends(
  db: Db,
  kind: TrendKind,
  rows: readonly Insertable<TrendsTable>[],
): Promise<void> {
  await db.deleteFrom("trends").where("kind", "=", kind).execute();
  if (rows.length > 0)
    await db
      .insertInto("trends")
      .values([...rows])
      .execute();
}

/** What is popular, the most first; of equals, the later. Index: trends (kind, score). */
export async function listTrends(db: Db, kind: TrendKind, limit: number): Promise<readonly TrendRow[]> {
  return await db
    .selectFrom("trends")
    .selectAll()
    .where("kind", "=", kind)
    .orderBy("score", "desc")
    .orderBy("subject", "desc")
    .limit(limit)
    .execute();
}

/** What one actor is to others: only follows are asked for. Index: follows (actor_id, state, id). */
export async function findFollowStates(
  db: Db,
  actorId: number,
  targetIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (targetIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("follows")
    .select(["target_id", "state"])
    .where("actor_id", "=", actorId)
    .where("target_id", "in", [...targetIds])
    .execute();
  return new Map(rows.map((row) => [row.target_id, row.state]));
}

/** Those of `ids` whom nobody hides from the viewer, whom the viewer did not refuse and who still want to be found. */
export async function sieveActors(
  db: Db,
  viewer: number | null,
  ids: readonly number[],
  now: number,
): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  let query = db
    .selectFrom("actors")
    .select("id")
    .where("id", "in", [...ids])
    .where("discoverable", "=", 1)
    .where("suspended_at", "is", null)
    .where("limited_at", "is", null)
    .where("deleted_at", "is", null);
  if (viewer !== null)
    query = query
      .where("id", "<>", viewer)
      .where(unmutedBy(viewer, "actors.id", now))
      .where(
        sql<boolean>`not exists (select 1 from suggestion_refusals refused where refused.actor_id = ${viewer}
          and refused.target_id = actors.id)`,
      );
  return new Set((await query.execute()).map((row) => row.id));
}
