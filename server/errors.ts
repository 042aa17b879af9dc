// The one error type of the domain. It knows kinds and message keys, and nothing about HTTP:
// `http/errors.ts` maps a kind to a status, the door translates the message key.
// Anyone may import it.

/** What went wrong, in words every door can map. */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "gone"
  /** The law of the reader's country keeps it from them (RFC 7725); `params.note` or `params.actor` says what. */
  | "withheld"
  | "conflict"
  | "too_many"
  | "remote_failed"
  | "unavailable";

/** Values put into a translated message, e.g. `{ max: 5000 }`. */
export type MessageParams = Readonly<Record<string, string | number>>;

/** A message key of `web/locales/en.ts` with its values; each door translates it. */
export type Message = { readonly key: string; readonly params?: MessageParams };

/** Faults by field name, for `invalid`: shown at their fields, all at once. */
export type FieldFaults = Readonly<Record<string, Message>>;

type Details = {
  readonly params?: MessageParams;
  readonly fields?: FieldFaults;
  /** For `too_many` and `unavailable`: seconds until another try makes sense. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
};

/** Thrown when the caller can only give up. `key` is a message key, never text for people. */
export class CausewayError extends Error {
  readonly kind: ErrorKind;
  readonly key: string;
  readonly params: MessageParams;
  readonly fields: FieldFaults;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, key: string, details: Details = {}) {
    super(`${kind}: ${key}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CausewayError";
    this.kind = kind;
    this.key = key;
    this.params = details.params ?? {};
    this.fields = details.fields ?? {};
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** An `invalid` error from faults by field; the form comes back with each at its field. */
export function invalid(fields: FieldFaults): CausewayError {
  return new CausewayError("invalid", "error.invalid", { fields });
}

/** "Does not exist" and "you may not see it" are the same answer, so nothing is revealed. */
export function notFound(): CausewayError {
  return new CausewayError("not_found", "error.not_found");
}

/** The caller is known but not allowed, and the thing's existence is no secret. */
export function forbidden(): CausewayError {
  return new CausewayError("forbidden", "error.forbidden");
}
