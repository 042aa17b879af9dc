import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import type { SignUpsTable } from "./safety-schema.ts";

// How people came in, and who waits at the door (migration 0006).

export type SignUpRow = Selectable<SignUpsTable>;

/** Notes how somebody came in. */
export async function insertSignUp(db: Db, row: Insertable<SignUpsTable>): Promise<void> {
  await db.insertInto("sign_ups").values(row).execute();
}

/** How somebody came in. Index: the primary key. */
export async function findSignUp(db: Db, accountId: number): Promise<SignUpRow | undefined> {
  return await db.selectFrom("sign_ups").selectAll().where("account_id", "=", accountId).executeTakeFirst();
}

/** How many joined or asked to since a time, ms. Index: sign_ups (created_at). */
export async function countSignUps(db: Db, since: number): Promise<number> {
  const row = await db
    .selectFrom("sign_ups")
    .select((eb) => eb.fn.countAll<number>().as("times"))
    .where("created_at", ">=", since)
    .executeTakeFirstOrThrow();
  return Number(row.times);
}

/** How many wait, and how many asked to since a time, ms, whatever came of it. Indexes: sign_ups (state), (created_at). */
export async function countWaiting(
  db: Db,
  since: number,
): Promise<{ readonly waiting: number; readonly lately: number }> {
  const found = await sql<{ waiting: number; lately: number }>`select
    (select count(*) from sign_ups where state = 'waiting') as waiting,
    (select count(*) from sign_ups where created_at >= ${since} and gate = 'approval') as lately`.execute(db);
  const row = found.rows[0];
  return { waiting: Number(row?.waiting ?? 0), lately: Number(row?.lately ?? 0) };
}

/** How many wait for each language, the most first. Index: sign_ups (state, account_id). */
export async function countWaitingByLanguage(
  db: Db,
): Promise<readonly { readonly language: string | null; readonly waiting: number }[]> {
  const rows = await db
    .selectFrom("sign_ups")
    .select((eb) => ["language", eb.fn.countAll<number>().as("waiting")])
    .where("state", "=", "waiting")
    .groupBy("language")
    .orderBy("waiting", "desc")
    .execute();
  return rows.map((row) => ({ language: row.language, waiting: Number(row.waiting) }));
}

export type ApplicantRow = SignUpRow & {
  readonly actor_id: number;
  /** With the mark of who waits. */
  readonly username: string;
};

/** Who waits, the first to come first; of one language (null: unknown) where that is given. Index: sign_ups (state, account_id). */
export async function listApplicants(
  db: Db,
  page: { readonly language?: string | null | undefined; readonly after: number; readonly limit: number },
): Promise<readonly ApplicantRow[]> {
  let query = db
    .selectFrom("sign_ups")
    .innerJoin("accounts", "accounts.id", "sign_ups.account_id")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .selectAll("sign_ups")
    .select(["accounts.actor_id", "actors.username"])
    .where("sign_ups.state", "=", "waiting")
    .where("sign_ups.account_id", ">", page.after);
  const { language } = page;
  if (language !== undefined)
    query = query.where((eb) =>
      language === null ? eb("sign_ups.language", "is", null) : eb("sign_ups.language", "=", language),
    );
  return await query.orderBy("sign_ups.account_id").limit(page.limit).execute();
}

/** One who waits or was refused, by account or by the name their actor bears. Index: the primary key; actors (username, host). */
export async function findApplicant(
  db: Db,
  by: { readonly accountId: number } | { readonly actorId: number } | { readonly username: string },
): Promise<ApplicantRow | undefined> {
  const query = db
    .selectFrom("sign_ups")
    .innerJoin("accounts", "accounts.id", "sign_ups.account_id")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .selectAll("sign_ups")
    .select(["accounts.actor_id", "actors.username"])
    .where("accounts.pending_at", "is not", null);
  if ("actorId" in by) return await query.where("accounts.actor_id", "=", by.actorId).executeTakeFirst();
  return "accountId" in by
    ? await query.where("sign_ups.account_id", "=", by.accountId).executeTakeFirst()
    : await query.where("actors.username", "=", by.username).where("actors.host", "=", "").executeTakeFirst();
}

/** Settles somebody who waits; false when that was done already. */
export async function settleSignUp(
  db: Db,
  accountId: number,
  change: Pick<SignUpRow, "state" | "answer" | "decided_at" | "by_id">,
): Promise<boolean> {
  const done = await db
    .updateTable("sign_ups")
    .set(change)
    .where("account_id", "=", accountId)
    .where("state", "=", "waiting")
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Who waits since before a time, and who was refused before another, ms. Index: sign_ups (state, account_id). */
export async function listForgotten(
  db: Db,
  before: { readonly waiting: number; readonly refused: number },
  limit: number,
): Promise<readonly ApplicantRow[]> {
  return await db
    .selectFrom("sign_ups")
    .innerJoin("accounts", "accounts.id", "sign_ups.account_id")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .selectAll("sign_ups")
    .select(["accounts.actor_id", "actors.username"])
    .where("accounts.pending_at", "is not", null)
    .where((eb) =>
      eb.or([
        eb.and([eb("sign_ups.state", "=", "waiting"), eb("sign_ups.created_at", "<", before.waiting)]),
        eb.and([eb("sign_ups.state", "=", "refused"), eb("sign_ups.decided_at", "<", before.refused)]),
      ]),
    )
    .orderBy("sign_ups.account_id")
    .limit(limit)
    .execute();
}

/** Removes how somebody asked to join; false when they were let in, or turned away, meanwhile. Index: the primary key. */
export async function removeSignUp(
  db: Db,
  { account_id, state }: Pick<SignUpRow, "account_id" | "state">,
): Promise<boolean> {
  const done = await db
    .deleteFrom("sign_ups")
    .where("account_id", "=", account_id)
    .where("state", "=", state)
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/**
 * Removes the actor of somebody who never was let in: nobody else ever saw it, so its name is free again. They may have been
 * turned away together with others. Indexes: wave_members (actor_id), keys (actor_id).
 */
export async function removeApplicantActor(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("wave_members").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("keys").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("actors").where("id", "=", actorId).execute();
}

/** Forgets where those came from who joined before a time, ms. Index: sign_ups (created_at). */
export async function forgetOrigins(db: Db, before: number): Promise<void> {
  await db
    .updateTable("sign_ups")
    .set({ network: null, agent: null })
    .where("created_at", "<", before)
    .where((eb) => eb.or([eb("network", "is not", null), eb("agent", "is not", null)]))
    .execute();
}

/** Forgets where everybody came from. */
export async function forgetEveryOrigin(db: Db): Promise<void> {
  await forgetOrigins(db, Number.MAX_SAFE_INTEGER);
}

/** Whoever is behind a session that cannot do anything yet. Index: sessions (token_hash). */
export async function findWaitingSession(db: Db, tokenHash: string) {
  return await db
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .innerJoin("sign_ups", "sign_ups.account_id", "accounts.id")
    .select([
      "sessions.expires_at",
      "accounts.id as account_id",
      "accounts.actor_id",
      "accounts.locale",
      "actors.username",
      "sign_ups.state",
      "sign_ups.answer",
      "sign_ups.reason",
      "sign_ups.created_at",
      "sign_ups.decided_at",
    ])
    .where("sessions.token_hash", "=", tokenHash)
    .where("accounts.pending_at", "is not", null)
    .executeTakeFirst();
}

/** Until when somebody may do less, ms; null = as everybody. Index: the primary key. */
export async function findProbation(db: Db, accountId: number): Promise<number | null> {
  const row = await db
    .selectFrom("accounts")
    .select("probation_until")
    .where("id", "=", accountId)
    .executeTakeFirst();
  return row?.probation_until ?? null;
}
