import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { AppsTable } from "./schema.ts";

/** A registered app as it is stored. */
export type AppRow = Selectable<AppsTable>;

/** Adds an app. */
export async function insertApp(db: Db, row: Insertable<AppsTable>): Promise<void> {
  await db.insertInto("apps").values(row).execute();
}

/** An app by what it calls itself with. Index: apps (client_id). */
export async function findApp(db: Db, clientId: string): Promise<AppRow | undefined> {
  return await db.selectFrom("apps").selectAll().where("client_id", "=", clientId).executeTakeFirst();
}

/** The person and the app behind a token hash, with account and actor in one query. Index: tokens (token_hash). */
export async function findTokenHolder(db: Db, tokenHash: string) {
  return await db
    .selectFrom("tokens")
    .innerJoin("accounts", "accounts.id", "tokens.account_id")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .leftJoin("apps", "apps.id", "tokens.app_id")
    .select([
      "tokens.id as token_id",
      "tokens.scopes",
      "tokens.seen_at",
      "tokens.app_id",
      "apps.name as app_name",
      "apps.website as app_website",
      "accounts.id as account_id",
      "accounts.actor_id",
      "accounts.role",
      "accounts.locale",
      "accounts.languages",
      "accounts.preferences",
      "accounts.suspended_at",
      "actors.username",
      "actors.name",
    ])
    .where("tokens.token_hash", "=", tokenHash)
    .executeTakeFirst();
}

/** The app behind the hash of a token that is nobody's. Index: app_tokens (token_hash). */
export async function findAppTokenHolder(db: Db, tokenHash: string) {
  return await db
    .selectFrom("app_tokens")
    .innerJoin("apps", "apps.id", "app_tokens.app_id")
    .select([
      "app_tokens.id as token_id",
      "app_tokens.scopes",
      "app_tokens.app_id",
      "apps.name as app_name",
      "apps.website as app_website",
    ])
    .where("app_tokens.token_hash", "=", tokenHash)
    .executeTakeFirst();
}

/** Remembers when a token was last used, ms. */
export async function touchToken(db: Db, id: number, at: number): Promise<void> {
  await db.updateTable("tokens").set({ seen_at: at }).where("id", "=", id).execute();
}
