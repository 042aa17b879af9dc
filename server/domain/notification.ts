import type { ActorView } from "./actor.ts";
import type { NotificationId } from "./ids.ts";
import type { NoteView } from "./note.ts";

/** Why somebody is told something. */
export const NOTIFICATION_KINDS = [
  "mention",
  "reply",
  "quote",
  "like",
  "reaction",
  "announce",
  "follow",
  "follow_request",
  "follow_accepted",
  "note",
  "edit",
  "poll",
  "interaction_request",
  "featured",
  "feature_request",
  "moved",
  "severed",
  "report",
  "security",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What people choose by: in the list, and for what their devices tell them. */
export const NOTIFICATION_THEMES = {
  mentions: ["mention", "reply", "quote"],
  likes: ["like", "reaction"],
  boosts: ["announce"],
  follows: ["follow", "follow_request", "follow_accepted", "moved"],
  notes: ["note", "edit", "poll"],
  requests: ["interaction_request", "featured", "feature_request"],
  server: ["severed", "report", "security"],
} as const satisfies Readonly<Record<string, readonly NotificationKind[]>>;
export type NotificationTheme = keyof typeof NOTIFICATION_THEMES;

/** Somebody has to answer these, or ought to know whatever they chose: never left out by whom they are of. */
export const ALWAYS_TOLD: readonly NotificationKind[] = [
  "follow",
  "follow_request",
  "follow_accepted",
  "poll",
  "interaction_request",
  "featured",
  "feature_request",
  "moved",
  "severed",
  "report",
  "security",
];

export type NotificationView = {
  readonly id: NotificationId;
  readonly kind: NotificationKind;
  readonly actor: ActorView;
  readonly note: NoteView | null;
  readonly at: number;
  readonly read: boolean;
};
