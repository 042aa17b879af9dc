// What went wrong, as clients read it: `{"error": "a sentence"}` with the documented status.

import { getLogger } from "@logtape/logtape";
import type { z } from "zod";
import {
  CausewayError,
  type ErrorKind,
  type FieldFaults,
  invalid,
  type Message,
  notFound,
} from "../server/errors.ts";
import { knownFault } from "../server/services/operations/storage-faults.ts";

/** Says a message in the language of whoever asks (`Accept-Language`, or null); handed in, since texts are the pages'. */
export type Say = (message: Message, acceptLanguage: string | null) => string;

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 404,
  withheld: 451,
  conflict: 422,
  too_many: 429,
  remote_failed: 503,
  unavailable: 503,
};

export type Refused = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
};

/** The answer for whatever was thrown. What is no fault of the caller is logged, without what they sent. */
export function refuse(
  thrown: unknown,
  say: (message: Message) => string,
  where: { readonly method: string; readonly path: string },
): Refused {
  const error = knownFault(thrown);
  if (!(error instanceof CausewayError)) {
    getLogger(["causeway", "api"]).error("request failed: {method} {path}", { ...where, error });
    return { status: 500, body: { error: say({ key: "error.internal" }) }, headers: {} };
  }
  // What was deleted is missing like what never was, as in Mastodon.
  if (error.kind === "gone") return refuse(notFound(), say, where);
  const headers = {
    ...(error.retryAfterSeconds === undefined ? {} : { "Retry-After": String(error.retryAfterSeconds) }),
    // RFC 6750, 3.
    ...(error.kind === "unauthenticated" ? { "WWW-Authenticate": "Bearer" } : {}),
  };
  return { status: STATUS[error.kind], body: bodyOf(error, say), headers };
}

/** Keys of faults that OAuth has a word for: `error.oauth_invalid_grant` is `invalid_grant`. */
const OAUTH_FAULT = /^error\.oauth_([a-z_]+)$/;

/** The answer of the endpoints of OAuth (RFC 6749, 5.2): a word of its list, and a sentence. */
export function refuseOAuth(
  thrown: unknown,
  say: (message: Message) => string,
  where: { readonly method: string; readonly path: string },
): Refused {
  const error = knownFault(thrown);
  const usual = refuse(error, say, where);
  const sentence = { error_description: usual.body["error"] };
  if (!(error instanceof CausewayError)) return { ...usual, body: { error: "server_error", ...sentence } };
  const word = OAUTH_FAULT.exec(error.key)?.[1];
  if (error.kind === "too_many") return { ...usual, body: { error: "temporarily_unavailable", ...sentence } };
  if (error.kind !== "unauthenticated")
    return {
      ...usual,
      status: error.kind === "invalid" ? 400 : usual.status,
      body: { error: word ?? "invalid_request", ...sentence },
    };
  // RFC 6749, 5.2: the scheme by which clients may say who they are.
  const headers = { ...usual.headers, "WWW-Authenticate": 'Basic realm="OAuth"' };
  return { status: 401, headers, body: { error: word ?? "invalid_client", ...sentence } };
}

/** What is wrong with a field, in Mastodon's words for sign-ups. */
const CODES: Readonly<Record<string, string>> = {
  "field.required": "ERR_BLANK",
  "field.reason_needed": "ERR_BLANK",
  "field.quiz_needed": "ERR_BLANK",
  "field.rules": "ERR_ACCEPTED",
  "field.username_taken": "ERR_TAKEN",
  "field.email_taken": "ERR_TAKEN",
  "field.username_reserved": "ERR_RESERVED",
  "field.too_long": "ERR_TOO_LONG",
  "field.password_short": "ERR_TOO_SHORT",
};

function bodyOf(error: CausewayError, say: (message: Message) => string): Readonly<Record<string, unknown>> {
  const faults = Object.entries(error.fields);
  if (faults.length === 0) return { error: say({ key: error.key, params: error.params }) };
  const sentences = faults.map(([name, fault]) => `${name}: ${say(fault)}`);
  return {
    error: sentences.join(" "),
    details: Object.fromEntries(
      faults.map(([name, fault]) => [
        name,
        [{ error: CODES[fault.key] ?? "ERR_INVALID", description: say(fault) }],
      ]),
    ),
  };
}

/** Checks parameters. @throws invalid with a fault for each that is of another kind. */
export function check<P>(schema: z.ZodType<P>, params: Readonly<Record<string, unknown>>): P {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const faults: FieldFaults = Object.fromEntries(
    result.error.issues.map((issue) => [
      issue.path.map(String).join(".") || "body",
      { key: "error.invalid" },
    ]),
  );
  throw invalid(faults);
}
