// The one error of the outgoing door. Its text may be shown to people: it tells nothing about our network.

export type EgressErrorKind = "refused" | "timeout" | "too_large" | "network" | "redirect" | "busy";

/** The same words for an open and a closed port, a private and a blocked host: no oracle for port scans. */
const MESSAGES: Readonly<Record<EgressErrorKind, string>> = {
  refused: "This address may not be contacted",
  timeout: "The other server did not answer in time",
  too_large: "The answer of the other server is too large",
  network: "The other server could not be reached",
  redirect: "The other server redirects in a way that is not followed",
  busy: "Too many requests to the other server are waiting",
};

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "ETIMEDOUT",
]);
const SIZE_CODES: ReadonlySet<string> = new Set([
  "UND_ERR_HEADERS_OVERFLOW",
  "UND_ERR_RES_EXCEEDED_MAX_SIZE",
  "HPE_HEADER_OVERFLOW",
]);

/** Why an outgoing request has no response. `code` is the system's word for it, for logs (`ECONNREFUSED` …), else empty. */
export class EgressError extends Error {
  override readonly name = "EgressError";
  readonly kind: EgressErrorKind;
  readonly code: string;

  constructor(kind: EgressErrorKind, code = "") {
    super(MESSAGES[kind]);
    this.kind = kind;
    this.code = code;
  }
}

/** Makes an {@link EgressError} of whatever the network stack threw; texts with addresses are left behind. */
export function toEgressError(error: unknown, signal: { readonly aborted: boolean }): EgressError {
  const chain = [...causes(error)];
  const own = chain.find((cause) => cause instanceof EgressError);
  if (own !== undefined) return own;
  const codes = chain.map(codeOf).filter((code) => code !== null);
  const code = codes[0] ?? "";
  if (codes.some((one) => SIZE_CODES.has(one))) return new EgressError("too_large", code);
  if (signal.aborted || codes.some((one) => TIMEOUT_CODES.has(one))) return new EgressError("timeout", code);
  return new EgressError("network", code);
}

function* causes(error: unknown, depth = 0): Generator<unknown> {
  if (depth > 4 || !(error instanceof Error)) return;
  yield error;
  yield* causes(error.cause, depth + 1);
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner, depth + 1);
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
