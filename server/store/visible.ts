import { type RawBuilder, sql } from "kysely";

/** An actor, or a column that holds one: for many readers at once. */
export type Reader = number | RawBuilder<number>;

/**
 * The one SQL expression of visibility: true when `viewer` (an actor id, null = signed out) may see the row of `notes`
 * in scope. It says what `maySee` of `domain/visibility.ts` says; a test compares them over every case.
 */
export function visibleTo(viewer: Reader | null): RawBuilder<boolean> {
  const alive = sql<boolean>`(notes.deleted_at is null and not exists (
    select 1 from actors gone where gone.id = notes.actor_id
      and (gone.suspended_at is not null or gone.deleted_at is not null)))`;
  if (viewer === null)
    return sql<boolean>`(${alive} and notes.hidden_at is null and notes.visibility in ('public', 'unlisted'))`;
  // What moderators hid is seen by its author, and by staff as far as they could see it before.
  const shown = sql<boolean>`(notes.hidden_at is null or notes.actor_id = ${viewer}
    or exists (select 1 from accounts judge where judge.actor_id = ${viewer} and judge.role <> 'member'))`;
  return sql<boolean>`(${alive} and ${shown} and (notes.actor_id = ${viewer} or (
    not exists (select 1 from blocks where blocks.actor_id = ${viewer} and blocks.target_id = notes.actor_id)
    and not exists (select 1 from blocks where blocks.actor_id = notes.actor_id and blocks.target_id = ${viewer})
    and (notes.visibility in ('public', 'unlisted')
      or exists (select 1 from mentions where mentions.note_id = notes.id and mentions.actor_id = ${viewer})
      or (notes.visibility = 'followers' and exists (
        select 1 from follows where follows.actor_id = ${viewer} and follows.target_id = notes.actor_id
          and follows.state = 'accepted'))))))`;
}

/**
 * True when `viewer` may know of the boost behind the row of `entries` in scope: boosts have an audience of their own,
 * which may be narrower than the note's. Notes themselves (`announce = 0`) are judged by `visibleTo`.
 */
export function boostVisibleTo(viewer: Reader | null): RawBuilder<boolean> {
  const open = sql<boolean>`(entries.announce = 0 or entries.visibility in ('public', 'unlisted'))`;
  if (viewer === null) return open;
  return sql<boolean>`(${open} or entries.actor_id = ${viewer} or (entries.visibility = 'followers' and exists (
    select 1 from follows where follows.actor_id = ${viewer} and follows.target_id = entries.actor_id
      and follows.state = 'accepted')))`;
}

/**
 * True when the actor in `column` may be shown to strangers: nobody limited them and they are no newcomers, or `viewer`
 * follows them or is them. For
 * what nobody asked for by name: public and tag timelines, search, suggestions, trends. Mostly nobody is limited: whether
 * anybody is, is asked once a statement. Indexes: actors_limited (partial), the key of actors, follows (actor_id, target_id).
 */
export function openToStrangers(viewer: Reader | null, column: string): RawBuilder<boolean> {
  const ref = sql.ref(column);
  const known =
    viewer === null
      ? sql``
      : sql`and set_apart.id <> ${viewer} and not exists (select 1 from follows known where known.actor_id = ${viewer}
          and known.target_id = set_apart.id and known.state = 'accepted')`;
  const isOwnOrFollowed =
    viewer === null
      ? sql``
      : sql`or ${ref} = ${viewer} or exists (select 1 from follows meets where meets.actor_id = ${viewer}
          and meets.target_id = ${ref} and meets.state = 'accepted')`;
  return sql<boolean>`((not exists (select 1 from actors any_limited where any_limited.limited_at is not null)
    or not exists (select 1 from actors set_apart where set_apart.id = ${ref}
      and set_apart.limited_at is not null ${known}))
    and (not ${isNewcomer(column)} ${isOwnOrFollowed}))`;
}

/**
 * True while the actor in `column` is a member on probation (domain/gates.ts). Read once a statement: there are few of them
 * at a time. Index: accounts_probation (partial).
 */
export function isNewcomer(column: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} in (
    select newcomers.actor_id from accounts newcomers where newcomers.probation_until is not null))`;
}

/**
 * True when the actor in `column` is of no server that `viewer` hides. Hardly anybody hides one: whether this viewer does is
 * asked once a statement, and only then each row. Index: personal_domain_blocks (actor_id, host).
 */
export function hostShownTo(viewer: Reader, column: string): RawBuilder<boolean> {
  return sql<boolean>`(not exists (select 1 from personal_domain_blocks any_hidden where any_hidden.actor_id = ${viewer})
    or not exists (select 1 from actors of_host join personal_domain_blocks hidden on hidden.host = of_host.host
      where of_host.id = ${sql.ref(column)} and hidden.actor_id = ${viewer}))`;
}

/**
 * True when `viewer` has not muted or blocked the actor in `column`, is not blocked by them and does not hide their server;
 * for timelines and notifications.
 */
export function unmutedBy(viewer: Reader, column: string, now: number): RawBuilder<boolean> {
  const ref = sql.ref(column);
  return sql<boolean>`(not exists (select 1 from mutes where mutes.actor_id = ${viewer} and mutes.target_id = ${ref}
      and (mutes.expires_at is null or mutes.expires_at > ${now}))
    and not exists (select 1 from blocks where blocks.actor_id = ${viewer} and blocks.target_id = ${ref})
    and not exists (select 1 from blocks where blocks.actor_id = ${ref} and blocks.target_id = ${viewer})
    and ${hostShownTo(viewer, column)})`;
}
