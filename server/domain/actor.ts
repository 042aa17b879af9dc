import type { CustomEmoji, ReceivedEmoji } from "./emoji.ts";
import type { AccountId, ActorId } from "./ids.ts";
import type { ReceivedRule } from "./policy.ts";
import type { Preferences } from "./preferences.ts";
import type { Withheld } from "./withholding.ts";

/** ActivityStreams actor types that Causeway stores as they are. */
export type ActorKind = "Person" | "Service" | "Application" | "Group" | "Organization";

export const ACTOR_KINDS: readonly ActorKind[] = [
  "Person",
  "Service",
  "Application",
  "Group",
  "Organization",
];

/** One line of a profile's table (schema.org PropertyValue). `verifiedAt` in ms once a rel=me link came back. */
export type ProfileField = {
  readonly name: string;
  readonly valueHtml: string;
  readonly verifiedAt: number | null;
};

/** Groups of people that a rule about collections may name; `other` is any that we do not know. */
export type FeatureCircle = "everyone" | "followers" | "following" | "other";

/** Anyone, local or remote, as pages and serializers see them. */
export type ActorView = {
  readonly id: ActorId;
  readonly uri: string;
  /** The page for people: ours for local actors, theirs for remote ones. */
  readonly url: string;
  readonly kind: ActorKind;
  readonly username: string;
  /** Null for local actors. */
  readonly host: string | null;
  /** Display name, never empty: falls back to the username. Plain text. */
  readonly name: string;
  readonly bioHtml: string;
  readonly fields: readonly ProfileField[];
  /** Address on our own origin (file or signed proxy), null when the actor has none. */
  readonly avatarUrl: string | null;
  readonly headerUrl: string | null;
  readonly locked: boolean;
  readonly bot: boolean;
  readonly discoverable: boolean;
  readonly indexable: boolean;
  readonly followersCount: number;
  readonly followingCount: number;
  readonly notesCount: number;
  /** Time in ms the actor was made, as far as known. */
  readonly publishedAt: number;
  readonly suspended: boolean;
  /** Moderators let those alone meet it who follow it or ask for it. */
  readonly limited: boolean;
  /** Moderators cover all its media. */
  readonly sensitized: boolean;
  /** The actor that this one says it moved to. */
  readonly movedToUri: string | null;
  /** The person has died; the profile is kept in their memory. */
  readonly memorial: boolean;
  /** Followers and followees are counted, not listed. */
  readonly hidesRelations: boolean;
  /** Whether pinned notes and tags have a place on the profile. */
  readonly showsFeatured: boolean;
  /** Whether media, and media of replies, have a place of their own on the profile. */
  readonly showsMedia: boolean;
  readonly showsMediaOfReplies: boolean;
  /** Who may put the actor into a collection (FEP-7aa9), at once and after asking. */
  readonly featuring: {
    readonly automatic: readonly FeatureCircle[];
    readonly manual: readonly FeatureCircle[];
  };
  /** Custom emoji of name, biography and fields. */
  readonly emojis: readonly CustomEmoji[];
  /** What the law keeps from readers of some countries; left out when there is nothing of the kind. */
  readonly withheld?: Withheld;
};

/** A remote actor as read from its own document, already sanitised; what the federation door hands to the domain. */
export type ReceivedActor = {
  readonly uri: string;
  readonly url: string;
  readonly kind: ActorKind;
  readonly username: string;
  /** Host of the handle, as WebFinger confirmed it, or the host of the uri. Lower case, with port if any. */
  readonly host: string;
  readonly name: string;
  readonly bioHtml: string;
  readonly fields: readonly ProfileField[];
  readonly avatarUrl: string | null;
  readonly headerUrl: string | null;
  readonly locked: boolean;
  readonly discoverable: boolean;
  readonly indexable: boolean;
  readonly inboxUri: string;
  readonly sharedInboxUri: string | null;
  readonly outboxUri: string | null;
  readonly followersUri: string | null;
  readonly followingUri: string | null;
  readonly featuredUri: string | null;
  readonly followersCount: number | null;
  readonly followingCount: number | null;
  readonly notesCount: number | null;
  readonly publishedAt: number | null;
  readonly emojis: readonly ReceivedEmoji[];
  readonly extras: ReceivedActorExtras;
};

/** What many actors say about themselves and none has to. */
export type ReceivedActorExtras = {
  readonly alsoKnownAs: readonly string[];
  readonly movedToUri: string | null;
  /** Who may put it into a featured collection (FEP-7aa9); null = nobody, since it says nothing. */
  readonly canFeature: ReceivedRule | null;
  readonly memorial: boolean;
  /** Its own server suspended it. */
  readonly suspended: boolean;
  readonly featuredTagsUri: string | null;
  /** Where its featured collections are listed (FEP-7aa9). */
  readonly collectionsUri: string | null;
  /** Hosts of sites that may name it as an author (Mastodon 4.3). */
  readonly attributionDomains: readonly string[];
  /** What its server implements, as uris (FEP-844e). */
  readonly implements: readonly string[];
  /** What has a place on its profile (Mastodon 4.6). */
  readonly shows: ProfileSections;
  /** The did:key that it proves to be the same person; null when it proves none. */
  readonly identity: ReceivedIdentity | null;
  /** What its public keys are known by, in order; null when that cannot be told from its document. */
  readonly keyPrints: readonly string[] | null;
};

/** A did:key and what it signed (FEP-c390): JSON as it came, and when, ISO. */
export type ReceivedIdentity = {
  readonly did: string;
  readonly statement: string;
  readonly created: string;
};

/** The parts of a profile beside the notes. */
export type ProfileSections = {
  readonly featured: boolean;
  readonly media: boolean;
  readonly mediaOfReplies: boolean;
};

/** What an actor that says nothing about itself says. */
export const NO_EXTRAS: ReceivedActorExtras = {
  alsoKnownAs: [],
  movedToUri: null,
  canFeature: null,
  memorial: false,
  suspended: false,
  featuredTagsUri: null,
  collectionsUri: null,
  attributionDomains: [],
  implements: [],
  shows: { featured: true, media: true, mediaOfReplies: true },
  identity: null,
  keyPrints: null,
};

/** Limits of what a profile holds beside texts. */
export const PROFILE_LIMITS = { pins: 5, tags: 10, aliases: 10, domains: 10 } as const;

/** What a signed-in person is to another actor. */
export type Relationship = {
  readonly following: "no" | "pending" | "accepted";
  readonly followedBy: boolean;
  readonly followRequestedBy: boolean;
  readonly blocking: boolean;
  readonly blockedBy: boolean;
  readonly muting: boolean;
  /** Time in ms at which the mute ends; null = for good, or there is none. */
  readonly mutedUntil: number | null;
  /** The mute is of their notifications as well. */
  readonly mutesNotifications: boolean;
  /** Everything of their server is hidden. */
  readonly hidesHost: boolean;
  /** Told of each of their new notes. */
  readonly notifying: boolean;
  /** Their boosts stand in one's own home. */
  readonly showsAnnounces: boolean;
  /** Languages of theirs that stand in one's own home, as tags; null = all. */
  readonly languages: readonly string[] | null;
  /** What the person noted down about them, for nobody else's eyes. */
  readonly comment: string;
};

export type Role = "owner" | "admin" | "moderator" | "member";
export const ROLES: readonly Role[] = ["owner", "admin", "moderator", "member"];

/** The signed-in person behind a request. */
export type Viewer = {
  readonly accountId: AccountId;
  readonly actorId: ActorId;
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  /** UI language tag, null = from the browser. */
  readonly locale: string | null;
  /** Languages the person reads and writes, recent first. */
  readonly languages: readonly string[];
  readonly preferences: Preferences;
};

const USERNAME = /^[a-z0-9_]{1,30}$/;

/** Names that would be confused with pages, roles or protocols. */
const RESERVED: ReadonlySet<string> = new Set(
  `about abuse account accounts actor actors admin administrator api app apps auth authorize blog bookmarks bot causeway
  compose contact dashboard delete demo directory docs download drafts edit embed everyone explore export favicon
  federation feed feeds files follow followers following guest health help home host hostmaster import inbox index info
  instance interact invite invites join lists livez local login logout mail mailer_daemon media me messages metrics mod
  moderation moderator news nodeinfo noreply no_reply notes notifications null nobody oauth official operator outbox
  owner password postmaster privacy profile proxy public readyz register relay report reports robots root rss rules
  search security server settings setup share signin signout signup site sitemap staff static status support sys
  sysadmin system tag tags terms test tos undefined user users webmaster well_known www`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** The rule of the house for local usernames: `^[a-z0-9_]{1,30}$`. */
export function isUsername(value: string): boolean {
  return USERNAME.test(value);
}

/** True for names nobody may register. */
export function isReservedUsername(value: string): boolean {
  return RESERVED.has(value);
}

/** `@user` for local, `@user@host` for remote actors. */
export function handleOf(actor: { readonly username: string; readonly host: string | null }): string {
  return actor.host === null ? `@${actor.username}` : `@${actor.username}@${actor.host}`;
}

/** Parses `@user`, `user`, `@user@host`, `user@host`, `acct:user@host`; null when it is none of them. */
export function parseHandle(
  text: string,
): { readonly username: string; readonly host: string | null } | null {
  const match = /^(?:acct:)?[@＠]?([\p{L}\p{N}_.~-]{1,128})(?:[@＠]([^\s/@?#]{1,253}))?$/u.exec(text.trim());
  if (match === null || match[1] === undefined) return null;
  return { username: match[1], host: match[2]?.toLowerCase() ?? null };
}

/** Role order for "may act on": an actor may only act on lower roles. */
export function outranks(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) < ROLES.indexOf(other);
}
