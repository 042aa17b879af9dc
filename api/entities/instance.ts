import { z } from "zod";
import { Account } from "./account.ts";
import { Day, Html, Moment, Url } from "./common.ts";

export const Rule = z.object({
  id: z.string(),
  text: z.string(),
  hint: z.string(),
  translations: z.record(z.string(), z.object({ text: z.string(), hint: z.string() })),
});
export type Rule = z.infer<typeof Rule>;

const count = z.number().int();

const Statuses = z.object({
  max_characters: count,
  max_media_attachments: count,
  characters_reserved_per_url: count,
});
const Media = z.object({
  description_limit: count,
  supported_mime_types: z.array(z.string()),
  image_size_limit: count,
  image_matrix_limit: count,
  video_size_limit: count,
  video_frame_rate_limit: count,
  video_matrix_limit: count,
});
const Polls = z.object({
  max_options: count,
  max_characters_per_option: count,
  min_expiration: count,
  max_expiration: count,
});
const Accounts = z.object({
  max_featured_tags: count,
  max_pinned_statuses: count,
  max_profile_fields: count,
  profile_field_name_limit: count,
  profile_field_value_limit: count,
  max_display_name_length: count,
  max_note_length: count,
  max_avatar_description_length: count,
  max_header_description_length: count,
});
const Access = z.object({
  local: z.enum(["public", "authenticated", "disabled"]),
  remote: z.enum(["public", "authenticated", "disabled"]),
});

export const Instance = z.object({
  domain: z.string(),
  title: z.string(),
  version: z.string(),
  source_url: Url,
  description: z.string(),
  usage: z.object({ users: z.object({ active_month: count }) }),
  thumbnail: z.object({
    url: Url,
    blurhash: z.string(),
    versions: z.object({ "@1x": Url, "@2x": Url }),
    description: z.string(),
  }),
  icon: z.array(z.object({ src: Url, size: z.string() })),
  languages: z.array(z.string()),
  configuration: z.object({
    urls: z.object({
      streaming: z.string(),
      status: Url.optional(),
      about: Url,
      privacy_policy: Url,
      terms_of_service: Url.nullable(),
    }),
    vapid: z.object({ public_key: z.string() }),
    accounts: Accounts,
    statuses: Statuses,
    media_attachments: Media,
    polls: Polls,
    translation: z.object({ enabled: z.boolean() }),
    timelines_access: z.object({
      live_feeds: Access,
      hashtag_feeds: Access,
      trending_link_feeds: Access,
    }),
    limited_federation: z.boolean(),
  }),
  registrations: z.object({
    enabled: z.boolean(),
    approval_required: z.boolean(),
    reason_required: z.boolean().nullable(),
    message: z.string().nullable(),
    min_age: count.nullable(),
    url: Url.nullable(),
  }),
  api_versions: z.object({ mastodon: count }),
  contact: z.object({ email: z.string(), account: Account.nullable() }),
  rules: z.array(Rule),
});
export type Instance = z.infer<typeof Instance>;

export const OldInstance = z.object({
  uri: z.string(),
  title: z.string(),
  short_description: z.string(),
  description: z.string(),
  email: z.string(),
  version: z.string(),
  urls: z.object({ streaming_api: z.string() }),
  stats: z.object({ user_count: count, status_count: count, domain_count: count }),
  thumbnail: Url,
  languages: z.array(z.string()),
  registrations: z.boolean(),
  approval_required: z.boolean(),
  invites_enabled: z.boolean(),
  configuration: z.object({
    accounts: Accounts,
    statuses: Statuses,
    media_attachments: Media,
    polls: Polls,
  }),
  contact_account: Account.nullable(),
  rules: z.array(Rule),
  max_toot_chars: count,
  max_media_attachments: count,
  upload_limit: count,
  poll_limits: z.object({
    max_options: count,
    max_option_chars: count,
    min_expiration: count,
    max_expiration: count,
  }),
});
export type OldInstance = z.infer<typeof OldInstance>;

export const ExtendedDescription = z.object({ updated_at: Moment, content: Html });
export const PrivacyPolicy = ExtendedDescription;
export const TermsOfService = z.object({
  effective_date: Day,
  effective: z.boolean(),
  content: Html,
  succeeded_by: Day.nullable(),
});
export const Activity = z.object({
  week: z.string(),
  statuses: z.string(),
  logins: z.string(),
  registrations: z.string(),
});
export const DomainBlock = z.object({
  domain: z.string(),
  digest: z.string(),
  severity: z.enum(["silence", "suspend"]),
  comment: z.string(),
});
export const Language = z.object({ code: z.string(), name: z.string() });
