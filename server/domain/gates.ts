/** What stands between a newcomer and an account, as the owner chose it. */
export type GateSettings = {
  /** Invites that each member may make in 30 days; 0 = staff alone. */
  readonly invitesPerMonth: number;
  /** When anybody may join: their device works a little first, or nothing is asked. */
  readonly openCheck: "work" | "none";
  /** Zero bits that the work has to find; each doubles it. */
  readonly workBits: number;
  /** People who may ask to join within a day, and who may wait at once. */
  readonly approvalsPerDay: number;
  readonly approvalsWaiting: number;
  /** How long somebody new may do less than others; 0 = not at all. */
  readonly probationHours: number;
  /** Likes of older members that end it before; 0 = time alone ends it. */
  readonly probationLikes: number;
  /** For who has no script: a question of the community. */
  readonly questions: readonly GateQuestion[];
};

export type GateQuestion = {
  /** Full BCP-47 tag. */
  readonly language: string;
  readonly question: string;
  /** Each of them is right. */
  readonly answers: readonly string[];
};

export const USUAL_GATES: GateSettings = {
  invitesPerMonth: 3,
  openCheck: "work",
  workBits: 18,
  approvalsPerDay: 10,
  approvalsWaiting: 100,
  probationHours: 24,
  probationLikes: 3,
  questions: [],
};

/** Least and most of each number. */
export const GATE_RANGES = {
  invitesPerMonth: [0, 100],
  workBits: [12, 22],
  approvalsPerDay: [1, 10_000],
  approvalsWaiting: [1, 10_000],
  probationHours: [0, 720],
  probationLikes: [0, 50],
} as const satisfies Partial<Record<keyof GateSettings, readonly [number, number]>>;

export const QUESTION_MAX = 200;
export const ANSWERS_MAX = 20;
export const REASON_MAX = 2_000;

/** Which way somebody came in. `none`: the owner asks nothing. */
export type Gate = "invite" | "work" | "quiz" | "approval" | "none";

/** `refused` people see why for a week; then nothing of them is left. */
export type SignUpState = "waiting" | "approved" | "refused";

const DAY = 86_400_000;
export const SIGN_UP_TIMES = {
  /** Who waits longer is forgotten, ms. */
  waits: 14 * DAY,
  refused: 7 * DAY,
  /** Where sign-ups came from is forgotten after this, and a wave can be undone so long. */
  networks: 7 * DAY,
} as const;

/** A form that is filled faster was not filled by a person, ms. */
export const LEAST_FILL_MS = 3_000;
/** How long a piece of work is good for, ms. */
export const WORK_MS = 10 * 60_000;

/**
 * The name that the actor of somebody who waits bears: no handle can be it, so nothing that looks a name up finds them, and
 * the real one is held.
 */
export function waitingName(username: string): string {
  return `?${username}`;
}

/** The name that somebody who waits has asked for. */
export function wantedName(name: string): string {
  return name.replace(/^\?/, "");
}

/** The word in `actors.suspended_by` of somebody who waits. */
export const PENDING = "pending";

/**
 * The network that an address belongs to as sign-ups are counted: an IPv4 /24, an IPv6 /48; null for what is none. Takes
 * addresses as the doors count them (`clientKey`: IPv4 whole, IPv6 by its /64).
 */
export function networkOf(key: string): string | null {
  const four = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(key);
  if (four?.[1] !== undefined) return `${four[1]}.0/24`;
  const six = /^([0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}):[0-9a-f]{1,4}::\/64$/.exec(key);
  return six?.[1] === undefined ? null : `${six[1]}::/48`;
}

/** How much harder the work is made when so many joined within the last hour: one bit each time that number doubles. */
export function workBitsFor(base: number, joinedLastHour: number): number {
  const extra = joinedLastHour < 10 ? 0 : Math.floor(Math.log2(joinedLastHour / 5));
  return Math.min(base + extra, GATE_RANGES.workBits[1] + 2);
}
