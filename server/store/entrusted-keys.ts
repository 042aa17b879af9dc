import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import { insertKey, type KeyRow } from "./keys.ts";
import type { KeysTable } from "./schema.ts";

// RSA keys of people from lost servers, kept in `keys` beside the row of their old actor. Every statement here names actors
// of other servers alone: whatever is forgotten, it is never the key of somebody of ours.

const OPEN_TELLINGS = ["waiting", "sent"] as const;

/** A member with what their key is checked by. */
export type EntrustingRow = {
  readonly id: number;
  readonly actor_uri: string;
  readonly handle: string;
  readonly state: string;
  readonly profile: string;
};

/** Members of an agreement, a page at a time. Index: standby_members (agreement_id, actor_uri). */
export async function listEntrusting(
  db: Db,
  agreementId: number,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly EntrustingRow[]> {
  return await db
    .selectFrom("standby_members")
    .select(["id", "actor_uri", "handle", "state", "profile"])
    .where("agreement_id", "=", agreementId)
    .where("actor_uri", ">", page.after)
    .orderBy("actor_uri")
    .limit(page.limit)
    .execute();
}

/** Which of these old actors are members of an agreement still. Index: standby_members (agreement_id, actor_uri). */
export async function listStillExpected(
  db: Db,
  agreementId: number,
  uris: readonly string[],
): Promise<ReadonlySet<string>> {
  if (uris.length === 0) return new Set();
  const rows = await db
    .selectFrom("standby_members")
    .select("actor_uri")
    .where("agreement_id", "=", agreementId)
    .where("actor_uri", "in", uris)
    .execute();
  return new Set(rows.map((row) => row.actor_uri));
}

/** Which of these members servers were, or are, told about. Index: escapes (member_id, host). */
export async function listTold(db: Db, memberIds: readonly number[]): Promise<ReadonlySet<number>> {
  if (memberIds.length === 0) return new Set();
  const rows = await db
    .selectFrom("escapes")
    .select("member_id")
    .distinct()
    .where("member_id", "in", memberIds)
    .execute();
  return new Set(rows.map((row) => row.member_id));
}

export type EntrustedRow = Pick<Selectable<KeysTable>, "actor_id" | "public_key" | "sealed_private"> & {
  readonly uri: string;
};

/** The keys of some old actors, by their uris. Indices: actors (uri), keys (actor_id, kind). */
export async function listEntrusted(db: Db, uris: readonly string[]): Promise<readonly EntrustedRow[]> {
  if (uris.length === 0) return [];
  return await db
    .selectFrom("keys")
    .innerJoin("actors", "actors.id", "keys.actor_id")
    .select(["keys.actor_id", "keys.public_key", "keys.sealed_private", "actors.uri"])
    .where("actors.uri", "in", uris)
    .where("actors.host", "!=", "")
    .where("keys.kind", "=", "rsa")
    .execute();
}

/** Keeps a key in the place of the one that the old actor may have here. */
export async function replaceEntrusted(tx: Db, row: KeyRow): Promise<void> {
  await tx
    .deleteFrom("keys")
    .where("actor_id", "=", row.actor_id)
    .where("kind", "=", row.kind)
    .where("actor_id", "in", (eb) => eb.selectFrom("actors").select("id").where("host", "!=", ""))
    .execute();
  await insertKey(tx, row);
}

/** How many members an agreement has, and the old keys of how many of them are here. */
export type EntrustedCount = { readonly members: number; readonly keys: number };

/** Counts for some agreements in one statement. Index: standby_members (agreement_id, actor_uri). */
export async function countEntrusted(
  db: Db,
  agreementIds: readonly number[],
): Promise<ReadonlyMap<number, EntrustedCount>> {
  if (agreementIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("standby_members")
    .leftJoin("actors", (join) =>
      join.onRef("actors.uri", "=", "standby_members.actor_uri").on("actors.host", "!=", ""),
    )
    .leftJoin("keys", (join) => join.onRef("keys.actor_id", "=", "actors.id").on("keys.kind", "=", "rsa"))
    .select((eb) => [
      "standby_members.agreement_id as id",
      eb.fn.count<number>("standby_members.id").as("members"),
      eb.fn.count<number>("keys.actor_id").as("keys"),
    ])
    .where("standby_members.agreement_id", "in", agreementIds)
    .where("standby_members.state", "!=", "left")
    .groupBy("standby_members.agreement_id")
    .execute();
  return new Map(rows.map(({ id, members, keys }) => [id, { members: Number(members), keys: Number(keys) }]));
}

/**
 * Removes the old keys of an agreement's members, but for those with which servers are still being told. Returns how many.
 * Indices: standby_members (agreement_id, actor_uri), actors (uri), escapes (member_id, host).
 */
export async function removeEntrusted(tx: Db, agreementId: number): Promise<number> {
  const done = await tx
    .deleteFrom("keys")
    .where("kind", "=", "rsa")
    .where("actor_id", "in", (eb) =>
      eb
        .selectFrom("standby_members")
        .innerJoin("actors", "actors.uri", "standby_members.actor_uri")
        .select("actors.id")
        .where("standby_members.agreement_id", "=", agreementId)
        .where("actors.host", "!=", "")
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("escapes")
                .select("escapes.id")
                .whereRef("escapes.member_id", "=", "standby_members.id")
                .where("escapes.state", "in", OPEN_TELLINGS),
            ),
          ),
        ),
    )
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}

/** Removes the old key of one old actor. Index: actors (uri). */
export async function removeEntrustedOf(tx: Db, actorUri: string): Promise<void> {
  await tx
    .deleteFrom("keys")
    .where("kind", "=", "rsa")
    .where("actor_id", "in", (eb) =>
      eb.selectFrom("actors").select("id").where("uri", "=", actorUri).where("host", "!=", ""),
    )
    .execute();
}

/** A server that would have believed the old key alone, and was not told while there was none. */
export type UntoldRow = {
  readonly id: number;
  readonly member_id: number;
  readonly inbox: string;
  readonly software: string | null;
};

/** Servers of members who were brought over without their key. Index: escapes (member_id, host). */
export async function listUntold(db: Db, memberIds: readonly number[]): Promise<readonly UntoldRow[]> {
  if (memberIds.length === 0) return [];
  return await db
    .selectFrom("escapes")
    .select(["id", "member_id", "inbox", "software"])
    .where("member_id", "in", memberIds)
    .where("state", "=", "unable")
    .where("fault", "=", "signature")
    .orderBy("id")
    .execute();
}

/** Has some of them told after all, in the caller's transaction; those that were chosen meanwhile are left. Returns which. */
export async function tellUntold(
  tx: Db,
  ids: readonly number[],
  by: { readonly activityId: number; readonly form: string },
): Promise<ReadonlySet<number>> {
  const rows = await tx
    .updateTable("escapes")
    .set({ state: "waiting", form: by.form, activity_id: by.activityId, fault: null })
    .where("id", "in", ids)
    .where("state", "=", "unable")
    .returning("id")
    .execute();
  return new Set(rows.map((row) => row.id));
}

/**
 * Removes old keys of people who came here and about whom nobody is told any more, whoever brought them. Returns how many.
 * Of somebody about whom nobody was told at all, it goes when both it and the news of where they went are from before a time
 * in ms: they may be about to be. Walks `successors`; indices: actors (uri), standby_members_actor, escapes (member_id, host).
 */
export async function removeUsedEntrusted(tx: Db, before: number): Promise<number> {
  const done = await tx
    .deleteFrom("keys")
    .where("kind", "=", "rsa")
    .where("actor_id", "in", (eb) =>
      eb
        .selectFrom("successors")
        .innerJoin("actors as past", "past.uri", "successors.old_uri")
        .innerJoin("actors as now", "now.uri", "successors.new_uri")
        .select("past.id")
        .where("past.host", "!=", "")
        .where("now.host", "=", "")
        .where(({ exists, not, or, and, eb: on, selectFrom }) => {
          const tellings = selectFrom("escapes")
            .select("escapes.id")
            .where((of) =>
              of.or([
                of("escapes.member_id", "=", of.ref("now.id")),
                of(
                  "escapes.member_id",
                  "in",
                  selectFrom("standby_members")
                    .select("standby_members.id")
                    .whereRef("standby_members.actor_id", "=", "now.id"),
                ),
              ]),
            );
          const isOld = [on("successors.created_at", "<", before), on("keys.created_at", "<", before)];
          return and([
            not(exists(tellings.where("escapes.state", "in", OPEN_TELLINGS))),
            or([exists(tellings), and(isOld)]),
          ]);
        }),
    )
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}
