// What went wrong, as clients read it: `{"error": "a sentence"}` with the documented status.

import { getLogger } from "@logtape/logtape";
import type { z } from "zod";
import { CausewayError, type ErrorKind, type FieldFaults, invalid, type Message } from "../server/errors.ts";

/** Says a message in the language of whoever asks (`Accept-Language`, or null); handed in, since texts are the pages'. */
export type Say = (message: Message, acceptLanguage: string | null) => string;

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
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
  error: unknown,
  say: (message: Message) => string,
  where: { readonly method: string; readonly path: string },
): Refused {
  if (!(error instanceof CausewayError)) {
    getLogger(["causeway", "api"]).error("request failed: {method} {path}", { ...where, error });
    return { status: 500, body: { error: say({ key: "error.internal" }) }, headers: {} };
  }
  const headers =
    error.retryAfterSeconds === undefined ? {} : { "Retry-After": String(error.retryAfterSeconds) };
  return { status: STATUS[error.kind], body: bodyOf(error, say), headers };
}

function bodyOf(error: CausewayError, say: (message: Message) => string): Readonly<Record<string, unknown>> {
  const faults = Object.entries(error.fields);
  if (faults.length === 0) return { error: say({ key: error.key, params: error.params }) };
  const sentences = faults.map(([name, fault]) => `${name}: ${say(fault)}`);
  return {
    error: sentences.join(" "),
    details: Object.fromEntries(
      faults.map(([name, fault]) => [name, [{ error: "ERR_INVALID", description: say(fault) }]]),
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
