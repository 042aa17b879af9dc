import type { Visibility } from "./visibility.ts";

/** What becomes of a notification: it comes, it waits in a request, or it is not made. */
export const POLICY_ANSWERS = ["accept", "filter", "drop"] as const;
export type PolicyAnswer = (typeof POLICY_ANSWERS)[number];

/** For each kind of people what becomes of what they do; the strictest counts. */
export type NotificationPolicy = {
  readonly notFollowing: PolicyAnswer;
  readonly notFollowers: PolicyAnswer;
  readonly newAccounts: PolicyAnswer;
  readonly privateMentions: PolicyAnswer;
  readonly limitedAccounts: PolicyAnswer;
};

/** Who may write to somebody in private without having been written to. */
export const MESSAGE_SENDERS = ["everyone", "followed", "nobody"] as const;
export type MessageSenders = (typeof MESSAGE_SENDERS)[number];

/** How a member wants pages to be. Everything has a usual value, so an account holds only what differs. */
export type Preferences = {
  readonly theme: "auto" | "light" | "dark" | "contrast";
  /** Visibility that the form starts with. */
  readonly visibility: Visibility;
  /** Language that the form starts with, a full tag; null = the first of one's own. */
  readonly language: string | null;
  /** Uploads are marked as sensitive from the start. */
  readonly sensitive: boolean;
  /** What happens when a picture has no description. */
  readonly altReminder: "remind" | "require" | "off";
  /** Content warnings and sensitive pictures are open from the start. */
  readonly openWarnings: boolean;
  readonly openMedia: boolean;
  /** Older notes are fetched when the end of a page comes near. */
  readonly autoLoad: boolean;
  /** Short silent loops play by themselves; never under reduced motion. */
  readonly autoplay: boolean;
  readonly shortcuts: boolean;
  readonly exploreView: "grid" | "list";
  /** How one's own profile is shown to others. */
  readonly profileView: "list" | "grid";
  /** Kinds of notifications (`NotificationKind`) that are not shown. */
  readonly hiddenNotifications: readonly string[];
  /** Of whom one is told: everybody, those followed or following, those followed. Requests and reports always come. */
  readonly notifyFrom: "everyone" | "known" | "followed";
  /** What becomes of notifications of people whom one does not know; of strangers also see `notifyFrom`. */
  readonly notificationPolicy: NotificationPolicy;
  /** Who may write in private; of others it waits in a request (`followed`), or nobody hears of it (`nobody`). */
  readonly messagesFrom: MessageSenders;
  /** Messages to a device say what a note says, too. */
  readonly pushText: boolean;
};

/** What holds until a member says otherwise. */
export const USUAL_PREFERENCES: Preferences = {
  theme: "auto",
  visibility: "public",
  language: null,
  sensitive: false,
  altReminder: "remind",
  openWarnings: false,
  openMedia: false,
  autoLoad: false,
  autoplay: true,
  shortcuts: false,
  exploreView: "grid",
  profileView: "list",
  hiddenNotifications: [],
  notifyFrom: "everyone",
  notificationPolicy: {
    notFollowing: "accept",
    notFollowers: "accept",
    newAccounts: "accept",
    privateMentions: "accept",
    limitedAccounts: "filter",
  },
  messagesFrom: "everyone",
  pushText: false,
};
