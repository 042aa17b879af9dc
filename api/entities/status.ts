import { z } from "zod";
import { Account } from "./account.ts";
import { CustomEmoji, FilterResult, Html, Id, Moment, Url } from "./common.ts";

const Size = z.object({
  width: z.number().optional(),
  height: z.number().optional(),
  size: z.string().optional(),
  aspect: z.number().optional(),
  duration: z.number().optional(),
  bitrate: z.number().optional(),
  frame_rate: z.string().optional(),
});

export const MediaAttachment = z.object({
  id: Id,
  type: z.enum(["image", "video", "gifv", "audio", "unknown"]),
  url: Url.nullable(),
  preview_url: Url,
  remote_url: Url.nullable(),
  preview_remote_url: Url.nullable(),
  text_url: Url.nullable(),
  meta: z.object({
    original: Size.optional(),
    small: Size.optional(),
    focus: z.object({ x: z.number(), y: z.number() }).optional(),
    length: z.string().optional(),
    duration: z.number().optional(),
  }),
  description: z.string().nullable(),
  blurhash: z.string().nullable(),
});
export type MediaAttachment = z.infer<typeof MediaAttachment>;

export const Poll = z.object({
  id: Id,
  expires_at: Moment.nullable(),
  expired: z.boolean(),
  multiple: z.boolean(),
  votes_count: z.number().int(),
  voters_count: z.number().int().nullable(),
  options: z.array(
    z.object({
      title: z.string(),
      votes_count: z.number().int().optional(),
      emojis: z.array(CustomEmoji),
    }),
  ),
  emojis: z.array(CustomEmoji),
  voted: z.boolean().optional(),
  own_votes: z.array(z.number().int()).optional(),
});
export type Poll = z.infer<typeof Poll>;

export const PreviewCard = z.object({
  url: Url,
  title: z.string(),
  description: z.string(),
  type: z.enum(["link", "photo", "video", "rich"]),
  authors: z.array(z.object({ name: z.string(), url: z.string(), account: Account.nullable() })),
  author_name: z.string(),
  author_url: z.string(),
  provider_name: z.string(),
  provider_url: z.string(),
  html: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  image: Url.nullable(),
  image_description: z.string(),
  embed_url: z.string(),
  blurhash: z.string(),
  language: z.string().optional(),
  published_at: Moment.nullable(),
});
export type PreviewCard = z.infer<typeof PreviewCard>;

const QuoteCircle = z.enum(["public", "followers", "following", "unsupported_policy"]);

const Base = z.object({
  id: Id,
  uri: Url,
  url: Url.nullable(),
  created_at: Moment,
  edited_at: Moment.nullable(),
  account: Account,
  content: Html,
  visibility: z.enum(["public", "unlisted", "private", "direct"]),
  sensitive: z.boolean(),
  /** Left out when nothing is withheld. Where `withheld` is true, the status has no words and no media. */
  withheld: z.boolean().optional(),
  withheld_in_countries: z.array(z.string()).optional(),
  spoiler_text: z.string(),
  media_attachments: z.array(MediaAttachment),
  application: z.object({ name: z.string(), website: z.string().nullable() }),
  mentions: z.array(z.object({ id: Id, username: z.string(), url: Url, acct: z.string() })),
  tags: z.array(z.object({ id: z.string(), name: z.string(), url: Url })),
  emojis: z.array(CustomEmoji),
  reblogs_count: z.number().int(),
  favourites_count: z.number().int(),
  replies_count: z.number().int(),
  quotes_count: z.number().int(),
  in_reply_to_id: Id.nullable(),
  in_reply_to_account_id: Id.nullable(),
  poll: Poll.nullable(),
  card: PreviewCard.nullable(),
  language: z.string().nullable(),
  text: z.string().optional(),
  quote_approval: z.object({
    automatic: z.array(QuoteCircle),
    manual: z.array(QuoteCircle),
    current_user: z.enum(["automatic", "manual", "denied", "unknown"]),
  }),
  /** Reactions with emoji, in the words of glitch-soc. */
  reactions: z.array(
    z.object({
      name: z.string(),
      count: z.number().int(),
      me: z.boolean(),
      url: Url.nullable(),
      static_url: Url.nullable(),
    }),
  ),
  /** What moderators did about it: words they put on it, and whether they hid it (then only its author and staff get it). */
  moderation: z.object({ labels: z.array(z.string()), hidden: z.boolean() }).optional(),
  favourited: z.boolean().optional(),
  reblogged: z.boolean().optional(),
  muted: z.boolean().optional(),
  bookmarked: z.boolean().optional(),
  pinned: z.boolean().optional(),
  filtered: z.array(FilterResult).optional(),
});

const QuoteState = z.enum([
  "pending",
  "accepted",
  "rejected",
  "revoked",
  "deleted",
  "unauthorized",
  "blocked_account",
  "blocked_domain",
  "muted_account",
]);

/** One quote deep; what a quoted status quotes is named by its id. */
const Quoted = Base.extend({
  reblog: z.null(),
  quote: z.object({ state: QuoteState, quoted_status_id: Id.nullable() }).nullable(),
});

const Plain = Base.extend({
  reblog: z.null(),
  quote: z.object({ state: QuoteState, quoted_status: Quoted.nullable() }).nullable(),
});

export const Status = Plain.extend({ reblog: Plain.nullable() });
export type Status = z.infer<typeof Status>;

export const Context = z.object({ ancestors: z.array(Status), descendants: z.array(Status) });

/** What a status says in its own words, for editing. */
export const StatusSource = z.object({ id: Id, text: z.string(), spoiler_text: z.string() });

/** A status as it was at a time. */
export const StatusEdit = z.object({
  content: Html,
  spoiler_text: z.string(),
  sensitive: z.boolean(),
  created_at: Moment,
  account: Account,
  poll: z.object({ options: z.array(z.object({ title: z.string() })) }).nullable(),
  media_attachments: z.array(MediaAttachment),
  emojis: z.array(CustomEmoji),
  quote: Plain.shape.quote,
});
export type StatusEdit = z.infer<typeof StatusEdit>;

/** A status in another language. */
export const Translation = z.object({
  content: Html,
  spoiler_text: z.string(),
  language: z.string(),
  poll: z.object({ id: Id, options: z.array(z.object({ title: z.string() })) }).nullable(),
  media_attachments: z.array(z.object({ id: Id, description: z.string() })),
  detected_source_language: z.string(),
  provider: z.string(),
});

/** What a page of others is told to show (oEmbed 1.0). */
export const Embed = z.object({
  type: z.literal("rich"),
  version: z.literal("1.0"),
  title: z.string(),
  author_name: z.string(),
  author_url: Url,
  provider_name: z.string(),
  provider_url: Url,
  cache_age: z.number().int(),
  html: Html,
  width: z.number().int(),
  height: z.number(),
  thumbnail_url: Url.optional(),
  thumbnail_width: z.number().int().optional(),
  thumbnail_height: z.number().int().optional(),
});
