/** A rule for the rate limiter: `limit` takes in `windowMs`, refilled evenly. */
export type RateRule = { readonly name: string; readonly limit: number; readonly windowMs: number };

/** A film or recording as apps send it, in one piece, bytes; longer ones are for the pages, which send pieces. */
export const APP_FILE_BYTES = 64 * 1024 * 1024;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Limits of use cases; those of the doors (pages, inbox) live in `http/rate-limit.ts`. */
export const USE_LIMITS = {
  loginByAccount: { name: "login-account", limit: 10, windowMs: 5 * MINUTE },
  loginByAddress: { name: "login-address", limit: 20, windowMs: 5 * MINUTE },
  /** Codes typed as the second step of signing in, per account: six digits want a thousand years at this rate. */
  secondStep: { name: "second-step", limit: 10, windowMs: 15 * MINUTE },
  /** Proofs before something dangerous, per account. */
  confirmations: { name: "confirmations", limit: 10, windowMs: 5 * MINUTE },
  passkeyChallenges: { name: "passkey-challenges", limit: 300, windowMs: 5 * MINUTE },
  resetByAccount: { name: "reset-account", limit: 20, windowMs: HOUR },
  resetByAddress: { name: "reset-address", limit: 10, windowMs: HOUR },
  nameChecks: { name: "name-checks", limit: 120, windowMs: 10 * MINUTE },
  signUpByAddress: { name: "sign-up", limit: 5, windowMs: HOUR },
  /** An IPv4 /24 or an IPv6 /48: a household, a school, or a rented rack of addresses. */
  signUpByNetwork: { name: "sign-up-network", limit: 20, windowMs: HOUR },
  /** Tasks and questions at the door. */
  workByAddress: { name: "join-work", limit: 60, windowMs: 10 * MINUTE },
  quizByAddress: { name: "join-quiz", limit: 20, windowMs: HOUR },
  notes: { name: "notes", limit: 300, windowMs: 3 * HOUR },
  follows: { name: "follows", limit: 400, windowMs: 24 * HOUR },
  media: { name: "media", limit: 30, windowMs: 30 * MINUTE },
  /** Films and recordings: each may be hundreds of megabytes and minutes of work. */
  films: { name: "films", limit: 40, windowMs: 24 * HOUR },
  reports: { name: "reports", limit: 30, windowMs: 24 * HOUR },
  /** Reports that another server may send. */
  reportsByHost: { name: "reports-host", limit: 60, windowMs: HOUR },
  /** Notes that one relay may bring. */
  relayed: { name: "relayed", limit: 1_200, windowMs: HOUR },
  moves: { name: "moves", limit: 6, windowMs: 24 * HOUR },
  intents: { name: "intents", limit: 20, windowMs: 10 * MINUTE },
  /** Pages that notes of one other server may make us ask for their cards. */
  cardsByHost: { name: "cards-host", limit: 120, windowMs: HOUR },
  /** Apps that register themselves, per address: somebody else's server may do it for everybody who uses it. */
  apps: { name: "apps", limit: 60, windowMs: HOUR },
  /** Apps that somebody lets in. */
  grants: { name: "grants", limit: 60, windowMs: HOUR },
  /** Files with lists that somebody brings: each may be twenty thousand rows. */
  transfers: { name: "transfers", limit: 30, windowMs: 24 * HOUR },
  /** Lifeboats that somebody brings: each may be gigabytes. */
  arrivals: { name: "arrivals", limit: 20, windowMs: 24 * HOUR },
  /** Lifeboats that somebody asks for: stretching a passphrase takes a second of a core. */
  lifeboats: { name: "lifeboats", limit: 12, windowMs: HOUR },
  lookUps: { name: "look-ups", limit: 20, windowMs: MINUTE },
} as const satisfies Readonly<Record<string, RateRule>>;
