/** What a line can tell of; `note` is a word of the staff about an earlier line. */
export const LOG_KINDS = [
  "decision",
  "reversed",
  "appeal",
  "domain",
  "withheld",
  "withheld_ended",
  "wave",
  "note",
] as const;
export type LogKind = (typeof LOG_KINDS)[number];

/**
 * What is written into the public log. It names no person: neither who decided nor whom it was about. The line itself holds a
 * salted digest of `object`, and `host` of whole servers alone, since on many servers there is one person.
 */
export type LogEntry = {
  /** What happened; `reversed` and `appeal` name the line that they are about by `about`. */
  readonly kind: LogKind;
  /** A measure for decisions; `suspend`, `limit`, `reject_media`, `lifted` for domains. */
  readonly what: string;
  /** `local` member, `remote` person, their note, or a whole server. */
  readonly subject: "member" | "remote" | "note" | "server" | "many";
  readonly host?: string | undefined;
  /** Address of what it is about; linked as long as everybody may see it, and never part of the line. */
  readonly object?: string | undefined;
  readonly ground?: string | undefined;
  readonly category?: string | undefined;
  /** ISO 3166-1 alpha-2; left out = everywhere. */
  readonly countries?: readonly string[] | undefined;
  readonly language?: string | undefined;
  readonly automated?: boolean | undefined;
  /** Result of an appeal: `upheld`, `overturned`. */
  readonly result?: string | undefined;
  /** Number of an earlier line. */
  readonly about?: number | undefined;
  /** How many people or things, for `many`. */
  readonly count?: number | undefined;
  /** A public sentence of the staff, such as the public comment of a domain. */
  readonly comment?: string | undefined;
};

/** A line as it is stored, hashed and given out; its canonical JSON (RFC 8785) is what the hash is of. */
export type LogLine = Omit<LogEntry, "object"> & {
  readonly v: 1;
  /** From 1, without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Hash of the line before; `GENESIS` for the first. */
  readonly previous: string;
  /** SHA-256 of salt, a line feed and the address, hex: proves which object it was to whoever is told the salt. */
  readonly objectDigest?: string | undefined;
};

/** What the first line of a log names as its predecessor. */
export const GENESIS = "0".repeat(64);

/** Also `name@server` and addresses of mail, and the wide `＠` of Chinese keyboards. */
const HANDLE = /[\p{L}\p{N}_.+%:-]{0,200}[@＠][\p{L}\p{N}_.-]+(?:[@＠][\p{L}\p{N}.-]+)?/gu;
const ADDRESS = /\bhttps?:\/\/\S*?\/(?:@|users\/|u\/|profile\/)\S*/giu;

/** Words of staff without what names a person: handles and addresses of profiles become an ellipsis. */
export function withoutPeople(text: string): string {
  return text.replace(ADDRESS, "…").replace(HANDLE, "@…");
}

/** The line of an entry: what may stand in public for ever, and nothing else. */
export function toLine(
  entry: LogEntry,
  place: {
    readonly seq: number;
    readonly at: string;
    readonly previous: string;
    readonly objectDigest?: string | undefined;
  },
): LogLine {
  const { object: _object, host, ground, comment, ...rest } = entry;
  return {
    v: 1,
    ...place,
    ...rest,
    ...(host !== undefined && entry.subject === "server" ? { host } : {}),
    ...(ground === undefined ? {} : { ground: withoutPeople(ground) }),
    ...(comment === undefined ? {} : { comment: withoutPeople(comment) }),
  };
}

/** A line with what is given out beside it. */
export type LogView = {
  readonly line: LogLine;
  readonly hash: string;
  /** Salt of `objectDigest`, while everybody may see what the line is about; null otherwise. */
  readonly salt: string | null;
};

/** What this server signs about its log: so many lines, the last one with this hash. */
export type LogHead = {
  readonly type: "ModerationLogHead";
  readonly v: 1;
  /** Address of the log. */
  readonly log: string;
  /** The instance actor, whose Ed25519 key signs. */
  readonly actor: string;
  readonly seq: number;
  readonly hash: string;
  /** Keyed hash of the end of the audit log, which only the server itself can check; null when that is empty. */
  readonly audit: string | null;
  /** ISO 8601 in whole seconds. */
  readonly created: string;
};
