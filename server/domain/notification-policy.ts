import { ALWAYS_TOLD, type NotificationKind } from "./notification.ts";
import type { NotificationPolicy, PolicyAnswer, Preferences } from "./preferences.ts";

/** Younger accounts are new, ms. */
const NEW_ACCOUNT_MS = 30 * 86_400_000;
/** Who follows for less than this does not count as a follower yet: else spam would follow first, ms. */
const NEW_FOLLOWER_MS = 3 * 86_400_000;

/** Kinds that people wait for, whoever they are of. */
const NEVER_HELD: ReadonlySet<NotificationKind> = new Set([
  ...ALWAYS_TOLD.filter((kind) => kind !== "follow"),
  "note",
  "edit",
]);

/** True for a kind that a policy can hold back at all. */
export function canBeHeld(kind: NotificationKind): boolean {
  return !NEVER_HELD.has(kind);
}

/** Who did something, as far as it matters. Times in ms. */
export type Sender = {
  readonly isFollowed: boolean;
  /** Since when they follow the person; null = they do not. */
  readonly followsSince: number | null;
  readonly since: number;
  /** The person said that theirs never wait. */
  readonly isPermitted: boolean;
  /** It came with a direct note that is no answer to one of the person's own. */
  readonly isUninvitedMessage: boolean;
  /** Moderators limited them. */
  readonly isLimited: boolean;
};

/** What becomes of a notification: the strictest answer that fits. */
export function judgeNotification(
  policy: NotificationPolicy,
  kind: NotificationKind,
  sender: Sender,
  now: number,
): PolicyAnswer {
  if (sender.isPermitted || !canBeHeld(kind)) return "accept";
  const isFollower = sender.followsSince !== null && now - sender.followsSince >= NEW_FOLLOWER_MS;
  const isNew = now - sender.since < NEW_ACCOUNT_MS;
  // That somebody new begins to follow is told, as the setting of the pages promises; only new accounts may be held back.
  const isWords = kind !== "follow";
  const answers: readonly PolicyAnswer[] = [
    isWords && !sender.isFollowed ? policy.notFollowing : "accept",
    isWords && !isFollower ? policy.notFollowers : "accept",
    isNew && !sender.isFollowed ? policy.newAccounts : "accept",
    sender.isUninvitedMessage && !sender.isFollowed ? policy.privateMentions : "accept",
    sender.isLimited && !sender.isFollowed ? policy.limitedAccounts : "accept",
  ];
  if (answers.includes("drop")) return "drop";
  return answers.includes("filter") ? "filter" : "accept";
}

/**
 * What becomes of a direct note beside what its notification meets: whoever was written to first, or was let in, passes.
 */
export function judgeMessage(
  { messagesFrom, notificationPolicy }: Pick<Preferences, "messagesFrom" | "notificationPolicy">,
  sender: Pick<Sender, "isFollowed" | "isPermitted" | "isUninvitedMessage">,
): PolicyAnswer {
  if (sender.isPermitted || !sender.isUninvitedMessage) return "accept";
  if (messagesFrom === "nobody") return "drop";
  if (sender.isFollowed) return "accept";
  return stricter(notificationPolicy.privateMentions, messagesFrom === "followed" ? "filter" : "accept");
}

/** The stricter of two answers. */
export function stricter(a: PolicyAnswer, b: PolicyAnswer): PolicyAnswer {
  if (a === "drop" || b === "drop") return "drop";
  return a === "filter" || b === "filter" ? "filter" : "accept";
}

/**
 * The policy with what `notifyFrom` says in it, so that both doors tell the same: who hears of those alone whom they follow
 * drops strangers. Who hears of followers, too, drops some of them, which has no other word.
 */
export function policyOf({ notificationPolicy, notifyFrom }: Preferences): NotificationPolicy {
  return notifyFrom === "everyone" ? notificationPolicy : { ...notificationPolicy, notFollowing: "drop" };
}

/** Some answers of a policy. */
export type PolicyChange = { readonly [Name in keyof NotificationPolicy]?: PolicyAnswer | undefined };

/** The preferences after a change. To say again what held already changes nothing. */
export function withPolicy(
  preferences: Preferences,
  change: PolicyChange,
): Pick<Preferences, "notificationPolicy" | "notifyFrom"> {
  const { notificationPolicy: policy, notifyFrom } = preferences;
  const strangers = change.notFollowing;
  const from = strangers === undefined ? notifyFrom : fromOf(strangers, notifyFrom);
  return {
    notifyFrom: from,
    notificationPolicy: {
      notFollowing: strangers === undefined || strangers === "drop" ? policy.notFollowing : strangers,
      notFollowers: change.notFollowers ?? policy.notFollowers,
      newAccounts: change.newAccounts ?? policy.newAccounts,
      privateMentions: change.privateMentions ?? policy.privateMentions,
      limitedAccounts: change.limitedAccounts ?? policy.limitedAccounts,
    },
  };
}

function fromOf(strangers: PolicyAnswer, before: Preferences["notifyFrom"]): Preferences["notifyFrom"] {
  if (strangers !== "drop") return "everyone";
  return before === "everyone" ? "followed" : before;
}
