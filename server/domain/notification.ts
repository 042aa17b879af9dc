import type { ActorView } from "./actor.ts";
import type { DecisionView } from "./decision.ts";
import type { NoteId, NotificationId, NotificationRequestId } from "./ids.ts";
import type { NoteView } from "./note.ts";
import type { OwnReportView, ReportView } from "./report.ts";

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
  "frozen",
  "severed",
  "report",
  "report_closed",
  "decision",
  "appeal",
  "security",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What people choose by: in the list, and for what their devices tell them. */
export const NOTIFICATION_THEMES = {
  mentions: ["mention", "reply", "quote"],
  likes: ["like", "reaction"],
  boosts: ["announce"],
  follows: ["follow", "follow_request", "follow_accepted", "moved", "frozen"],
  notes: ["note", "edit", "poll"],
  requests: ["interaction_request", "featured", "feature_request"],
  server: ["severed", "report", "report_closed", "decision", "appeal", "security"],
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
  "frozen",
  "severed",
  "report",
  "report_closed",
  "decision",
  "appeal",
  "security",
];

export type NotificationView = {
  readonly id: NotificationId;
  readonly kind: NotificationKind;
  readonly actor: ActorView;
  readonly note: NoteView | null;
  readonly at: number;
  readonly read: boolean;
  /** What was reported, for staff who are told of it. */
  readonly report: ReportView | null;
  /** How many follows ended with which server. */
  readonly severance: Severance | null;
  /** The reader's own report that was closed last. */
  readonly closed: OwnReportView | null;
  /** What was decided about the reader last. */
  readonly decision: DecisionView | null;
};

/** Follows of a member that ended since this server stopped to talk with another. */
export type Severance = {
  readonly id: number;
  readonly host: string;
  readonly followers: number;
  readonly following: number;
  readonly at: number;
};

/** Notifications of some kinds about one note, or of new followers, within a span of time: one line in apps. */
export type NotificationGroup = {
  /** The newest that stands on the page. */
  readonly latest: NotificationView;
  /** Null = a line of its own. */
  readonly together: {
    readonly kinds: readonly NotificationKind[];
    readonly noteId: NoteId | null;
    /** Which span since 1970. */
    readonly span: number;
  } | null;
  /** All of them, also those on other pages; the newest of them. */
  readonly count: number;
  readonly newestId: number;
  /** Ids on the page. */
  readonly pageFirst: number;
  readonly pageLast: number;
  /** Who did it, newest first, at most 8. */
  readonly actors: readonly ActorView[];
};

/** Somebody whose notifications wait, and how many. Times in ms. */
export type NotificationRequestView = {
  readonly id: NotificationRequestId;
  readonly actor: ActorView;
  readonly lastNote: NoteView | null;
  readonly waiting: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};
