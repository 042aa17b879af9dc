import { z } from "zod";
import { CustomEmoji, Day, Html, Id, Moment, Url } from "./common.ts";
import { FeaturedTag } from "./tag.ts";

export const Field = z.object({ name: z.string(), value: Html, verified_at: Moment.nullable() });

const Role = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  permissions: z.string().optional(),
  highlighted: z.boolean().optional(),
});

const Circle = z.enum(["public", "followers", "following", "unsupported_policy"]);

const Base = z.object({
  id: Id,
  username: z.string(),
  acct: z.string(),
  url: Url,
  uri: Url,
  display_name: z.string(),
  note: Html,
  avatar: Url,
  avatar_static: Url,
  avatar_description: z.string(),
  header: Url,
  header_static: Url,
  header_description: z.string(),
  locked: z.boolean(),
  bot: z.boolean(),
  group: z.boolean(),
  discoverable: z.boolean().nullable(),
  indexable: z.boolean(),
  noindex: z.boolean(),
  created_at: Moment,
  /** Never null: masto says so, and toot reads it as a day. */
  last_status_at: Day,
  statuses_count: z.number().int(),
  followers_count: z.number().int(),
  following_count: z.number().int(),
  hide_collections: z.boolean(),
  show_media: z.boolean(),
  show_media_replies: z.boolean(),
  show_featured: z.boolean(),
  feature_approval: z.object({
    automatic: z.array(Circle),
    manual: z.array(Circle),
    current_user: z.enum(["automatic", "manual", "denied", "unknown"]),
  }),
  emojis: z.array(CustomEmoji),
  fields: z.array(Field),
  roles: z.array(Role),
  suspended: z.boolean(),
  limited: z.boolean(),
  memorial: z.boolean().optional(),
  mute_expires_at: Moment.optional(),
});

export const Account = Base.extend({ moved: Base.extend({ moved: z.null() }).nullable() });
export type Account = z.infer<typeof Account>;

const OwnRole = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  permissions: z.string(),
  position: z.number().int(),
  highlighted: z.boolean(),
  collection_limit: z.number().int(),
});

export const CredentialAccount = Account.extend({
  source: z.object({
    note: z.string(),
    fields: z.array(Field),
    privacy: z.enum(["public", "unlisted", "private", "direct"]),
    sensitive: z.boolean(),
    language: z.string().nullable(),
    follow_requests_count: z.number().int(),
    hide_collections: z.boolean(),
    discoverable: z.boolean(),
    indexable: z.boolean(),
    attribution_domains: z.array(z.string()),
    quote_policy: z.enum(["public", "followers", "nobody"]),
    /** Where masto looks for it; others look beside `source`. */
    role: OwnRole,
  }),
  role: OwnRole,
});
export type CredentialAccount = z.infer<typeof CredentialAccount>;

export const Relationship = z.object({
  id: Id,
  following: z.boolean(),
  showing_reblogs: z.boolean(),
  notifying: z.boolean(),
  languages: z.array(z.string()),
  followed_by: z.boolean(),
  blocking: z.boolean(),
  blocked_by: z.boolean(),
  muting: z.boolean(),
  muting_notifications: z.boolean(),
  muting_expires_at: Moment.nullable(),
  requested: z.boolean(),
  requested_by: z.boolean(),
  domain_blocking: z.boolean(),
  endorsed: z.boolean(),
  note: z.string(),
});
export type Relationship = z.infer<typeof Relationship>;

/** The person's own profile as it was typed (Mastodon 4.6). */
export const Profile = z.object({
  id: Id,
  display_name: z.string(),
  note: z.string(),
  fields: z.array(Field),
  avatar: Url.nullable(),
  avatar_static: Url.nullable(),
  avatar_description: z.string(),
  header: Url.nullable(),
  header_static: Url.nullable(),
  header_description: z.string(),
  locked: z.boolean(),
  bot: z.boolean(),
  hide_collections: z.boolean(),
  discoverable: z.boolean(),
  indexable: z.boolean(),
  show_media: z.boolean(),
  show_media_replies: z.boolean(),
  show_featured: z.boolean(),
  attribution_domains: z.array(z.string()),
  featured_tags: z.array(FeaturedTag),
});
export type Profile = z.infer<typeof Profile>;

export const FamiliarFollowers = z.object({ id: Id, accounts: z.array(Account) });
export type FamiliarFollowers = z.infer<typeof FamiliarFollowers>;

export const Suggestion = z.object({
  source: z.enum(["staff", "past_interactions", "global"]),
  sources: z.array(
    z.enum([
      "featured",
      "most_followed",
      "most_interactions",
      "similar_to_recently_followed",
      "friends_of_friends",
    ]),
  ),
  account: Account,
});
export type Suggestion = z.infer<typeof Suggestion>;

export const Preferences = z.object({
  "posting:default:visibility": z.enum(["public", "unlisted", "private", "direct"]),
  "posting:default:sensitive": z.boolean(),
  "posting:default:language": z.string(),
  "posting:default:quote_policy": z.enum(["public", "followers", "nobody"]),
  "reading:expand:media": z.enum(["default", "show_all", "hide_all"]),
  "reading:expand:spoilers": z.boolean(),
  "reading:autoplay:gifs": z.boolean(),
});
export type Preferences = z.infer<typeof Preferences>;
