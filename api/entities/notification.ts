import { z } from "zod";
import { Account } from "./account.ts";
import { Id, Moment, Url } from "./common.ts";
import { Report } from "./report.ts";
import { Status } from "./status.ts";

/** The types that we know of; others never leave this server, since strict clients stop at a word they do not know. */
export const NOTIFICATION_TYPES = [
  "mention",
  "status",
  "reblog",
  "follow",
  "follow_request",
  "favourite",
  "poll",
  "update",
  "quote",
  "admin.report",
  "severed_relationships",
  "moderation_warning",
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

export const SeveranceEvent = z.object({
  id: Id,
  type: z.enum(["domain_block", "user_domain_block", "account_suspension"]),
  purged: z.boolean(),
  target_name: z.string(),
  followers_count: z.number().int(),
  following_count: z.number().int(),
  created_at: Moment,
});
export type SeveranceEvent = z.infer<typeof SeveranceEvent>;

/** What moderators did about somebody, for themselves (Mastodon 4.3). */
export const AccountWarning = z.object({
  id: Id,
  action: z.enum([
    "none",
    "disable",
    "mark_statuses_as_sensitive",
    "delete_statuses",
    "sensitive",
    "silence",
    "suspend",
  ]),
  text: z.string(),
  /** Never null, which masto does not know. */
  status_ids: z.array(Id),
  target_account: Account,
  appeal: z.object({ text: z.string(), state: z.enum(["approved", "rejected", "pending"]) }).nullable(),
  created_at: Moment,
});
export type AccountWarning = z.infer<typeof AccountWarning>;

export const Notification = z.object({
  id: Id,
  type: z.enum(NOTIFICATION_TYPES),
  created_at: Moment,
  group_key: z.string(),
  account: Account,
  status: Status.optional(),
  report: Report.optional(),
  event: SeveranceEvent.optional(),
  moderation_warning: AccountWarning.optional(),
});
export type Notification = z.infer<typeof Notification>;

export const NotificationGroup = z.object({
  group_key: z.string(),
  notifications_count: z.number().int(),
  type: z.enum(NOTIFICATION_TYPES),
  /** The one id in the whole API that is a number: so Mastodon has it, and so Ice Cubes reads it. */
  most_recent_notification_id: z.number().int(),
  page_min_id: Id,
  page_max_id: Id,
  latest_page_notification_at: Moment,
  sample_account_ids: z.array(Id),
  status_id: Id.optional(),
  report: Report.optional(),
  event: SeveranceEvent.optional(),
  moderation_warning: AccountWarning.optional(),
});
export type NotificationGroup = z.infer<typeof NotificationGroup>;

export const PartialAccount = z.object({
  id: Id,
  acct: z.string(),
  url: Url,
  avatar: Url,
  avatar_static: Url,
  locked: z.boolean(),
  bot: z.boolean(),
});
export type PartialAccount = z.infer<typeof PartialAccount>;

export const GroupedNotifications = z.object({
  accounts: z.array(Account),
  partial_accounts: z.array(PartialAccount).optional(),
  statuses: z.array(Status),
  notification_groups: z.array(NotificationGroup),
});
export type GroupedNotifications = z.infer<typeof GroupedNotifications>;

export const Count = z.object({ count: z.number().int() });

const Answer = z.enum(["accept", "filter", "drop"]);
const Summary = z.object({
  pending_requests_count: z.number().int(),
  pending_notifications_count: z.number().int(),
});

export const NotificationPolicy = z.object({
  for_not_following: Answer,
  for_not_followers: Answer,
  for_new_accounts: Answer,
  for_private_mentions: Answer,
  for_limited_accounts: Answer,
  summary: Summary,
});
export type NotificationPolicy = z.infer<typeof NotificationPolicy>;

/** As Mastodon 4.3 betas had it, which some apps still ask for. */
export const OldNotificationPolicy = z.object({
  filter_not_following: z.boolean(),
  filter_not_followers: z.boolean(),
  filter_new_accounts: z.boolean(),
  filter_private_mentions: z.boolean(),
  summary: Summary,
});
export type OldNotificationPolicy = z.infer<typeof OldNotificationPolicy>;

export const NotificationRequest = z.object({
  id: Id,
  created_at: Moment,
  updated_at: Moment,
  /** A text, as Mastodon has it. */
  notifications_count: z.string(),
  account: Account,
  last_status: Status.nullable(),
});
export type NotificationRequest = z.infer<typeof NotificationRequest>;
