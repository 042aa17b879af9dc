import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { texts } from "./json-rows.ts";
import { prepared } from "./prepared.ts";
import type { AppsTable, AppTokensTable, GrantsTable, TokensTable } from "./schema.ts";

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
  const [row] = await prepared(db, "token holder", { tokenHash }, (on, places) =>
    tokenHolders(on).where("tokens.token_hash", "=", places.tokenHash),
  );
  return row;
}

/** The people and apps behind tokens by id, those alone that still are. Index: the primary key of tokens. */
export async function listTokenHolders(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return [];
  return await tokenHolders(db)
    .where("tokens.id", "in", sql<number>`(select cast(v.value as bigint) from ${texts(db, ids)})`)
    .execute();
}

/** Which of some tokens that are nobody's still are. Index: the primary key of app_tokens. */
export async function listAppTokens(db: Db, ids: readonly number[]): Promise<readonly number[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("app_tokens")
    .select("id")
    .where("id", "in", sql<number>`(select cast(v.value as bigint) from ${texts(db, ids)})`)
    .execute();
  return rows.map((row) => row.id);
}

function tokenHolders(db: Db) {
  return db
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
      "accounts.pending_at",
      "actors.username",
      "actors.name",
    ]);
}

/** The app behind the hash of a token that is nobody's. Index: app_tokens (token_hash). */
export async function findAppTokenHolder(db: Db, tokenHash: string) {
  const [row] = await prepared(db, "app token holder", { tokenHash }, (on, places) =>
    on
      .selectFrom("app_tokens")
      .innerJoin("apps", "apps.id", "app_tokens.app_id")
      .select([
        "app_tokens.id as token_id",
        "app_tokens.scopes",
        "app_tokens.app_id",
        "apps.name as app_name",
        "apps.website as app_website",
      ])
      .where("app_tokens.token_hash", "=", places.tokenHash),
  );
  return row;
}

/** Remembers when a token was last used, ms. */
export async function touchToken(db: Db, id: number, at: number): Promise<void> {
  await db.updateTable("tokens").set({ seen_at: at }).where("id", "=", id).execute();
}

/** Remembers when an app last got a token, ms. */
export async function touchApp(db: Db, id: number, at: number): Promise<void> {
  await db.updateTable("apps").set({ used_at: at }).where("id", "=", id).execute();
}

/** An app by its own id. */
export async function findAppById(db: Db, id: number): Promise<AppRow | undefined> {
  return await db.selectFrom("apps").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Removes at most `most` apps that nobody ever used, registered before a time in ms. Index: apps_unused. */
export async function removeUnusedApps(db: Db, before: number, most: number): Promise<number> {
  const unused = await db
    .selectFrom("apps")
    .select("id")
    .where("used_at", "is", null)
    .where("created_at", "<", before)
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom("grants").select("grants.app_id").whereRef("grants.app_id", "=", "apps.id")),
      ),
    )
    .limit(most)
    .execute();
  if (unused.length === 0) return 0;
  const done = await db
    .deleteFrom("apps")
    .where(
      "id",
      "in",
      unused.map(({ id }) => id),
    )
    .where("used_at", "is", null)
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}

/** Keeps a token of an app itself; only its hash. */
export async function insertAppToken(db: Db, row: Insertable<AppTokensTable>): Promise<void> {
  await db.insertInto("app_tokens").values(row).execute();
}

/** Lets an app have its newest `most` own tokens, and no older ones. Index: app_tokens_app. */
export async function trimAppTokens(db: Db, appId: number, most: number): Promise<void> {
  await db
    .deleteFrom("app_tokens")
    .where("app_id", "=", appId)
    .where("id", "not in", (eb) =>
      eb
        .selectFrom("app_tokens")
        .select("app_tokens.id")
        .where("app_tokens.app_id", "=", appId)
        .orderBy("app_tokens.id", "desc")
        .limit(most),
    )
    .execute();
}

/** Keeps a code; only its hash. */
export async function insertGrant(db: Db, row: Insertable<GrantsTable>): Promise<void> {
  await db.insertInto("grants").values(row).execute();
}

/** A code by its hash, with what is known of the account. Index: grants (code_hash). */
export async function findGrant(db: Db, codeHash: string) {
  return await db
    .selectFrom("grants")
    .innerJoin("accounts", "accounts.id", "grants.account_id")
    .selectAll("grants")
    .select("accounts.suspended_at")
    .where("grants.code_hash", "=", codeHash)
    .executeTakeFirst();
}

/** Marks a code as used for a token; false when it was used before. Index: grants (code_hash). */
export async function useGrant(db: Db, codeHash: string, tokenId: number): Promise<boolean> {
  const done = await db
    .updateTable("grants")
    .set({ token_id: tokenId })
    .where("code_hash", "=", codeHash)
    .where("token_id", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Removes codes that ran out before a time in ms. Index: grants_expiring. */
export async function sweepGrants(db: Db, before: number): Promise<void> {
  await db.deleteFrom("grants").where("expires_at", "<", before).execute();
}

/** Keeps a token of a person for an app; only its hash. */
export async function insertClientToken(db: Db, row: Insertable<TokensTable>): Promise<void> {
  await db.insertInto("tokens").values(row).execute();
}

/** A token of whomever by its hash, as far as revoking needs it. Index: tokens (token_hash). */
export async function findToken(
  db: Db,
  tokenHash: string,
): Promise<{ readonly id: number; readonly app_id: number | null } | undefined> {
  return await db
    .selectFrom("tokens")
    .select(["id", "app_id"])
    .where("token_hash", "=", tokenHash)
    .executeTakeFirst();
}

/** An app's own token by its hash. Index: app_tokens (token_hash). */
export async function findAppToken(
  db: Db,
  tokenHash: string,
): Promise<{ readonly id: number; readonly app_id: number } | undefined> {
  return await db
    .selectFrom("app_tokens")
    .select(["id", "app_id"])
    .where("token_hash", "=", tokenHash)
    .executeTakeFirst();
}

/** Removes an app's own token. */
export async function removeAppToken(db: Db, id: number): Promise<void> {
  await db.deleteFrom("app_tokens").where("id", "=", id).execute();
}

/** Removes a person's token and what its device was told by push; of one account alone, when named. True when there was one. */
export async function removeToken(db: Db, id: number, accountId?: number): Promise<boolean> {
  let query = db.selectFrom("tokens").select("id").where("id", "=", id);
  if (accountId !== undefined) query = query.where("account_id", "=", accountId);
  if ((await query.executeTakeFirst()) === undefined) return false;
  await db.deleteFrom("push_subscriptions").where("token_id", "=", id).execute();
  const done = await db.deleteFrom("tokens").where("id", "=", id).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Tokens of an account with their apps, newest first. Index: tokens_account. */
export async function listTokens(db: Db, accountId: number) {
  return await db
    .selectFrom("tokens")
    .leftJoin("apps", "apps.id", "tokens.app_id")
    .select([
      "tokens.id",
      "tokens.name",
      "tokens.scopes",
      "tokens.created_at",
      "tokens.seen_at",
      "tokens.app_id",
      "apps.name as app_name",
      "apps.website as app_website",
    ])
    .where("tokens.account_id", "=", accountId)
    .orderBy("tokens.id", "desc")
    .limit(200)
    .execute();
}
