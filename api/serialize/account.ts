// PURE: from our views to what clients are promised. `origin` is ours; everything that is shown lives on it.

import { isoTime } from "../../server/context.ts";
import type { ActorView, Relationship as Relation } from "../../server/domain/actor.ts";
import type { CustomEmoji as Emoji } from "../../server/domain/emoji.ts";
import type { AboutActor } from "../../server/services/actors/people.ts";
import type { Account, Relationship } from "../entities/account.ts";
import type { CustomEmoji } from "../entities/common.ts";

/** Stands for people without a picture: clients want an address (Tusky shows nothing without one). */
const NO_AVATAR = "/pictures/avatar.png";
const NO_HEADER = "/pictures/header.png";

/** An address of ours in full. */
export function absolute(origin: string, address: string): string {
  return new URL(address, origin).href;
}

/** `ada` for people of ours, `ada@host` for others. */
export function acctOf(actor: { readonly username: string; readonly host: string | null }): string {
  return actor.host === null ? actor.username : `${actor.username}@${actor.host}`;
}

/** What is said about an actor beside the actor itself. */
export type AboutAccount = {
  readonly moved?: ActorView | null;
  /** When they last wrote, as far as it is known where this is asked, ms. */
  readonly lastStatusAt?: number | null;
  /** Until when the reader mutes them, ms; null = until it is taken back. For the list of mutes. */
  readonly mutedUntil?: number | null;
};

const CIRCLES = {
  everyone: "public",
  followers: "followers",
  following: "following",
  other: "unsupported_policy",
} as const;

/** An actor as clients know it; of whoever is suspended there is nothing but the name. */
export function toAccount(origin: string, actor: ActorView, about: AboutAccount = {}): Account {
  const { suspended } = actor;
  const avatar = absolute(origin, (suspended ? null : actor.avatarUrl) ?? NO_AVATAR);
  const header = absolute(origin, (suspended ? null : actor.headerUrl) ?? NO_HEADER);
  return {
    id: String(actor.id),
    username: actor.username,
    acct: acctOf(actor),
    url: actor.url,
    uri: actor.uri,
    display_name: suspended ? "" : actor.name,
    note: suspended ? "" : actor.bioHtml,
    avatar,
    avatar_static: avatar,
    avatar_description: "",
    header,
    header_static: header,
    header_description: "",
    locked: actor.locked,
    bot: actor.bot,
    group: actor.kind === "Group",
    discoverable: suspended ? false : actor.discoverable,
    indexable: actor.indexable,
    noindex: !actor.indexable,
    created_at: isoTime(actor.publishedAt),
    last_status_at: lastDayOf(actor, about),
    statuses_count: suspended ? 0 : actor.notesCount,
    followers_count: suspended ? 0 : actor.followersCount,
    following_count: suspended ? 0 : actor.followingCount,
    hide_collections: actor.hidesRelations,
    show_media: actor.showsMedia,
    show_media_replies: actor.showsMediaOfReplies,
    show_featured: actor.showsFeatured,
    feature_approval: {
      automatic: actor.featuring.automatic.map((circle) => CIRCLES[circle]),
      manual: actor.featuring.manual.map((circle) => CIRCLES[circle]),
      current_user: "unknown",
    },
    emojis: suspended ? [] : toEmojis(origin, actor.emojis),
    fields: suspended
      ? []
      : actor.fields.map(({ name, valueHtml, verifiedAt }) => ({
          name,
          value: valueHtml,
          verified_at: verifiedAt === null ? null : isoTime(verifiedAt),
        })),
    // Nobody's role is shown to others here; their own stands in `role` of whoever asks.
    roles: [],
    // megalodon's types have no account without these.
    suspended,
    limited: actor.limited,
    ...(actor.memorial ? { memorial: true } : {}),
    moved:
      about.moved === undefined || about.moved === null || suspended
        ? null
        : { ...toAccount(origin, about.moved), moved: null },
    ...(typeof about.mutedUntil === "number" ? { mute_expires_at: isoTime(about.mutedUntil) } : {}),
  };
}

/** Apps are promised a day here: where none is known of on which they wrote, the day on which they came. */
function lastDayOf({ suspended, publishedAt }: ActorView, { lastStatusAt }: AboutAccount): string {
  return isoTime((suspended ? null : lastStatusAt) ?? publishedAt).slice(0, 10);
}

/** Somebody with what stands in other tables. */
export function toPerson(origin: string, { actor, moved, lastNoteAt }: AboutActor): Account {
  return toAccount(origin, actor, { moved, lastStatusAt: lastNoteAt });
}

/** Custom emoji of a text. */
export function toEmojis(origin: string, emojis: readonly Emoji[]): CustomEmoji[] {
  return emojis.map(({ name, url }) => ({
    shortcode: name,
    url: absolute(origin, url),
    static_url: absolute(origin, url),
    visible_in_picker: false,
  }));
}

/** What the viewer and somebody are to each other. */
export function toRelationship(actorId: number, relation: Relation): Relationship {
  return {
    id: String(actorId),
    following: relation.following === "accepted",
    showing_reblogs: relation.following === "accepted" && relation.showsAnnounces,
    notifying: relation.notifying,
    // masto knows no null here; Mastodon takes an empty list for "all", too.
    languages: [...(relation.languages ?? [])],
    followed_by: relation.followedBy,
    blocking: relation.blocking,
    blocked_by: relation.blockedBy,
    muting: relation.muting,
    muting_notifications: relation.mutesNotifications,
    muting_expires_at: relation.mutedUntil === null ? null : isoTime(relation.mutedUntil),
    requested: relation.following === "pending",
    requested_by: relation.followRequestedBy,
    domain_blocking: relation.hidesHost,
    endorsed: false,
    note: relation.comment,
  };
}
