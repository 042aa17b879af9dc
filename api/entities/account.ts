import { z } from "zod";
import { CustomEmoji, Day, Html, Id, Moment, Url } from "./common.ts";

export const Field = z.object({ name: z.string(), value: Html, verified_at: Moment.nullable() });

const Role = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  permissions: z.string().optional(),
  highlighted: z.boolean().optional(),
});

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
  last_status_at: Day.nullable(),
  statuses_count: z.number().int(),
  followers_count: z.number().int(),
  following_count: z.number().int(),
  hide_collections: z.boolean(),
  emojis: z.array(CustomEmoji),
  fields: z.array(Field),
  roles: z.array(Role),
  suspended: z.boolean().optional(),
  limited: z.boolean().optional(),
  memorial: z.boolean().optional(),
  mute_expires_at: Moment.nullable().optional(),
});

export const Account = Base.extend({ moved: Base.optional() });
export type Account = z.infer<typeof Account>;

export const CredentialAccount = Account.extend({
  source: z.object({
    note: z.string(),
    fields: z.array(Field),
    privacy: z.enum(["public", "unlisted", "private", "direct"]),
    sensitive: z.boolean(),
    language: z.string(),
    follow_requests_count: z.number().int(),
    hide_collections: z.boolean(),
    discoverable: z.boolean(),
    indexable: z.boolean(),
    attribution_domains: z.array(z.string()),
    quote_policy: z.enum(["public", "followers", "nobody"]),
  }),
  role: z.object({
    id: z.string(),
    name: z.string(),
    color: z.string(),
    permissions: z.string(),
    highlighted: z.boolean(),
  }),
});
export type CredentialAccount = z.infer<typeof CredentialAccount>;

export const Relationship = z.object({
  id: Id,
  following: z.boolean(),
  showing_reblogs: z.boolean(),
  notifying: z.boolean(),
  languages: z.array(z.string()).nullable(),
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
