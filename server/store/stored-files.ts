import { FILE_COLUMNS, filesOf } from "./attachments.ts";
import type { Db } from "./database.ts";
import { listReplicaFiles } from "./standby-media.ts";

/** A file that something here needs, and what: `note 12`, `actor 3`. */
export type NeededFile = { readonly name: string; readonly neededBy: string };

const PAGE = 500;

/** Every file that a row needs, page by page by primary key. */
export async function* listNeededFiles(db: Db): AsyncGenerator<NeededFile> {
  yield* neededByMedia(db);
  yield* neededByActors(db);
  for (const row of await db
    .selectFrom("emojis")
    .select(["shortcode", "file"])
    .where("file", "is not", null)
    .execute())
    if (row.file !== null) yield { name: row.file, neededBy: `emoji :${row.shortcode}:` };
  yield* neededByCards(db);
  yield* neededByReplicas(db);
}

async function* neededByMedia(db: Db): AsyncGenerator<NeededFile> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom("attachments")
      .select(["id", "note_id", ...FILE_COLUMNS])
      .where("id", ">", after)
      .orderBy("id")
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const neededBy = row.note_id === null ? `upload ${row.id}` : `note ${row.note_id}`;
      for (const name of filesOf(row)) yield { name, neededBy };
    }
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE) return;
  }
}

/** Of other servers' actors the columns hold addresses. Index: actors (primary key). */
async function* neededByActors(db: Db): AsyncGenerator<NeededFile> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom("actors")
      .select(["id", "username", "avatar", "header"])
      .where("host", "=", "")
      .where("id", ">", after)
      .orderBy("id")
      .limit(PAGE)
      .execute();
    for (const row of rows)
      for (const name of [row.avatar, row.header])
        if (name !== null) yield { name, neededBy: `profile @${row.username}` };
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE) return;
  }
}

/** What is kept for other servers. */
async function* neededByReplicas(db: Db): AsyncGenerator<NeededFile> {
  for (let after = { agreementId: 0, hash: "" }; ;) {
    const rows = await listReplicaFiles(db, after, PAGE);
    for (const row of rows)
      if (row.file !== null) yield { name: row.file, neededBy: `standby ${row.agreement_id}` };
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = { agreementId: last.agreement_id, hash: last.hash };
  }
}

async function* neededByCards(db: Db): AsyncGenerator<NeededFile> {
  for (let after = ""; ;) {
    const rows = await db
      .selectFrom("cards")
      .select(["key", "url", "image_file"])
      .where("key", ">", after)
      .orderBy("key")
      .limit(PAGE)
      .execute();
    for (const row of rows)
      if (row.image_file !== null) yield { name: row.image_file, neededBy: `card of ${row.url}` };
    after = rows.at(-1)?.key ?? after;
    if (rows.length < PAGE) return;
  }
}
