import { type RawBuilder, sql } from "kysely";
import type { TransferKind } from "../domain/transfer.ts";
import type { Db } from "./database.ts";

// What somebody has that is not in a file they brought. Only what was there before the file came: ids begin with the time,
// so nothing that happened since then is touched.

/** Whose file it is. */
export type Owner = { readonly actorId: number; readonly accountId: number };

/** Something that a file does not have: what it is, and how it is called. */
export type GoneRow = {
  readonly target_id: number;
  readonly subject: string;
  /** The title of the list that somebody leaves. */
  readonly place: string | null;
};

/** The parts of what would go: `lists` has people who leave lists, `titles` whole lists. */
export type GonePart = TransferKind | "titles";

/** How many would go. Index: transfer_rows (transfer_id, subject) and (transfer_id, target_id). */
export async function countGone(db: Db, part: GonePart, owner: Owner, transferId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (${goneOf(part, owner, transferId)}) gone`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

/** What goes. Indexes as in `countGone`. */
export async function listGone(
  db: Db,
  part: GonePart,
  owner: Owner,
  transferId: number,
): Promise<readonly GoneRow[]> {
  return (await goneOf(part, owner, transferId).execute(db)).rows;
}

function goneOf(part: GonePart, { actorId, accountId }: Owner, id: number): RawBuilder<GoneRow> {
  switch (part) {
    case "follows":
      return peopleGone("follows", actorId, id, sql`mine.state = 'accepted'`);
    case "mutes":
    case "blocks":
      return peopleGone(part, actorId, id, sql`1 = 1`);
    case "titles":
      return sql<GoneRow>`select lists.id as target_id, lists.title as subject, null as place from lists
        where lists.actor_id = ${actorId} and lists.id < ${id}
          and lists.title not in (select place from transfer_rows where transfer_id = ${id} and place is not null)`;
    case "lists":
      return sql<GoneRow>`select actors.id as target_id, ${HANDLE} as subject, lists.title as place
        from list_members join lists on lists.id = list_members.list_id join actors on actors.id = list_members.actor_id
        where lists.actor_id = ${actorId} and lists.id < ${id} and actors.deleted_at is null
          and ${unnamed(id, sql`entry.subject = ${HANDLE} and entry.place = lists.title`)}
          and ${unnamed(id, sql`entry.target_id = actors.id and entry.place = lists.title`)}
          and lists.title in (select place from transfer_rows where transfer_id = ${id} and place is not null)`;
    case "domains":
      return sql<GoneRow>`select mine.id as target_id, mine.host as subject, null as place from personal_domain_blocks mine
        where mine.actor_id = ${actorId} and mine.id < ${id} and ${unnamed(id, sql`entry.subject = mine.host`)}`;
    case "bookmarks":
      return sql<GoneRow>`select notes.id as target_id, notes.uri as subject, null as place
        from bookmarks mine join notes on notes.id = mine.note_id
        where mine.actor_id = ${actorId} and mine.id < ${id}
          and ${unnamed(id, sql`entry.subject = notes.uri`)} and ${unnamed(id, sql`entry.subject = notes.url`)}
          and ${unnamed(id, sql`entry.target_id = notes.id`)}`;
    case "filters":
      return sql<GoneRow>`select mine.id as target_id, mine.title as subject, null as place from filters mine
        where mine.account_id = ${accountId} and mine.id < ${id} and ${unnamed(id, sql`entry.subject = mine.title`)}`;
    default: {
      const unknown: never = part;
      return unknown;
    }
  }
}

/** As `subjectOf` of services/transfers spells people; servers have small letters already. */
const HANDLE = sql`lower(actors.username) || '@' || actors.host`;

function peopleGone(
  table: "follows" | "mutes" | "blocks",
  actorId: number,
  id: number,
  more: RawBuilder<unknown>,
): RawBuilder<GoneRow> {
  return sql<GoneRow>`select mine.target_id as target_id, ${HANDLE} as subject, null as place
    from ${sql.table(table)} mine join actors on actors.id = mine.target_id
    where mine.actor_id = ${actorId} and mine.id < ${id} and ${more}
      and ${unnamed(id, sql`entry.subject = ${HANDLE}`)} and ${unnamed(id, sql`entry.target_id = mine.target_id`)}`;
}

function unnamed(id: number, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`not exists (select 1 from transfer_rows entry where entry.transfer_id = ${id} and ${condition})`;
}
