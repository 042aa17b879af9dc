// PURE: from our views to what clients are promised. `origin` is ours; everything that is shown lives on it.

import { isoTime } from "../../server/context.ts";
import type { ActorView, Relationship as Relation } from "../../server/domain/actor.ts";
import type { CustomEmoji as Emoji } from "../../server/domain/emoji.ts";
import type { Account, Relationship } from "../entities/account.ts";
import type { CustomEmoji } from "../entities/common.ts";

/** Stands for people without a picture: clients want an address (Tusky shows nothing without one). */
const NO_AVATAR = "/api/pictures/avatar.png";
const NO_HEADER = "/api/pictures/header.png";

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
  readonly lastStatusAt?: number | null;
};

/** An actor as clients know it. */
export function toAccount(origin: string, actor: ActorView, about: AboutAccount = {}): Account {
  const avatar = absolute(origin, actor.avatarUrl ?? NO_AVATAR);
  const header = absolute(origin, actor.headerUrl ?? NO_HEADER);
  return {
    id: String(actor.id),
    username: actor.username,
    acct: acctOf(actor),
    url: actor.url,
    uri: actor.uri,
    display_name: actor.name,
    note: actor.bioHtml,
    avatar,
    avatar_static: avatar,
    avatar_description: "",
    header,
    header_static: header,
    header_description: "",
    locked: actor.locked,
    bot: actor.bot,
    group: actor.kind === "Group",
    discoverable: actor.discoverable,
    indexable: actor.indexable,
    noindex: !actor.indexable,
    created_at: isoTime(actor.publishedAt),
    last_status_at:
      about.lastStatusAt === undefined || about.lastStatusAt === null
        ? null
        : isoTime(about.lastStatusAt).slice(0, 10),
    statuses_count: actor.notesCount,
    followers_count: actor.followersCount,
    following_count: actor.followingCount,
    hide_collections: actor.hidesRelations,
    emojis: toEmojis(origin, actor.emojis),
    fields: actor.fields.map(({ name, valueHtml, verifiedAt }) => ({
      name,
      value: valueHtml,
      verified_at: verifiedAt === null ? null : isoTime(verifiedAt),
    })),
    roles: [],
    ...(actor.suspended ? { suspended: true } : {}),
    ...(actor.memorial ? { memorial: true } : {}),
    ...(about.moved === undefined || about.moved === null ? {} : { moved: toAccount(origin, about.moved) }),
  };
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
    languages: null,
    followed_by: relation.followedBy,
    blocking: relation.blocking,
    blocked_by: relation.blockedBy,
    muting: relation.muting,
    muting_notifications: relation.muting,
    muting_expires_at: relation.mutedUntil === null ? null : isoTime(relation.mutedUntil),
    requested: relation.following === "pending",
    requested_by: relation.followRequestedBy,
    domain_blocking: false,
    endorsed: false,
    note: "",
  };
}
