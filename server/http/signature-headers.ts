// Reading, not verifying, the signature headers of a request: which key, what it covers, how old it is.
// This decides what is not worth a key fetch, and refuses what two parsers read differently; signature.ts verifies.

/** What a request claims about its signature; times in ms since 1970. */
export type SignatureClaim = {
  readonly keyId: string;
  readonly created: number | null;
  readonly expires: number | null;
  readonly isRfc9421: boolean;
  /** What is covered, in the order of the signature. */
  readonly covered: readonly string[];
  /** Base64. */
  readonly signature: string;
  /** Every parameter by its lower-case name, as it was written. */
  readonly parameters: ReadonlyMap<string, string>;
  /** RFC 9421: the label's value, which is signed as `@signature-params`; empty for draft-cavage. */
  readonly input: string;
};

export type SignatureReading =
  { readonly ok: true; readonly claim: SignatureClaim } | { readonly ok: false; readonly reason: string };

/** draft-cavage-12, section 2.3; all of it, or the signature can be replayed elsewhere, later or with another body. */
const CAVAGE_COVERED = ["(request-target)", "host", "date"];

/** The parts of a request that signatures are about. `url` is the canonical one; header names are in lower case. */
export type SignedRequest = {
  readonly method: string;
  readonly url: URL;
  readonly header: (name: string) => string | null;
  /** Null for a GET. */
  readonly body: Uint8Array | null;
};

/**
 * Reads the one signature of a request, draft-cavage (`Signature`) or RFC 9421 (`Signature-Input` and `Signature`),
 * and refuses duplicates, several labels and signatures that do not cover method, target, host, date and body.
 */
export function readSignature(request: Omit<SignedRequest, "body">): SignatureReading {
  const signature = request.header("signature");
  const input = request.header("signature-input");
  if (signature === null) return refused("no signature");
  return input === null ? readCavage(signature, request) : readRfc9421(signature, input, request);
}

/** True when a request of this method has a body, which must then be covered. */
function hasBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

function readCavage(signature: string, request: Omit<SignedRequest, "body">): SignatureReading {
  const parameters = new Map<string, string>();
  let rest = signature.trim();
  while (rest !== "") {
    const match = /^([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"([^"\\]*)"|(\d+))\s*(?:,\s*|$)/.exec(rest);
    if (match?.[1] === undefined) return refused("malformed Signature header");
    const name = match[1].toLowerCase();
    // Mastodon 4.3.18 fixed the same: the second keyId would decide for one parser, the first for the other.
    if (parameters.has(name)) return refused("duplicate signature parameter");
    parameters.set(name, match[2] ?? match[3] ?? "");
    rest = rest.slice(match[0].length);
  }
  const keyId = parameters.get("keyid");
  const value = parameters.get("signature");
  if (keyId === undefined || !value) return refused("incomplete Signature header");
  const covered = (parameters.get("headers") ?? "").toLowerCase().split(" ");
  if (new Set(covered).size !== covered.length) return refused("a header is signed twice");
  if (!CAVAGE_COVERED.every((name) => covered.includes(name))) return refused("not enough is signed");
  if (hasBody(request.method)) {
    if (!covered.includes("digest")) return refused("not enough is signed");
    if (request.header("digest") === null) return refused("no digest");
  }
  const times = { created: seconds(parameters, "created"), expires: seconds(parameters, "expires") };
  return {
    ok: true,
    claim: { keyId, ...times, isRfc9421: false, covered, signature: value, parameters, input: "" },
  };
}

function readRfc9421(
  signature: string,
  input: string,
  request: Omit<SignedRequest, "body">,
): SignatureReading {
  // RFC 8941 dictionary with exactly one member: an inner list of strings with parameters.
  const member = /^([a-z*][a-z0-9_.*-]*)=\(([^()]*)\)((?:;[^,]*)?)$/.exec(input.trim());
  if (member === null) return refused("not exactly one signature label");
  const [, label = "", list = "", tail = ""] = member;
  const value = new RegExp(`^${escaped(label)}=:([A-Za-z0-9+/=]+):$`).exec(signature.trim())?.[1];
  if (value === undefined) return refused("not exactly one signature label");
  const covered = componentsOf(list);
  if (covered === null) return refused("malformed Signature-Input header");
  if (!coversRequest(covered, request)) return refused("not enough is signed");
  if (hasBody(request.method) && request.header("content-digest") === null) return refused("no digest");
  const parameters = parametersOf(tail);
  const keyId = parameters?.get("keyid");
  if (parameters === null || keyId === undefined) return refused("malformed Signature-Input header");
  const times = { created: seconds(parameters, "created"), expires: seconds(parameters, "expires") };
  if (times.created === null) return refused("no time of signature");
  return {
    ok: true,
    claim: {
      keyId,
      ...times,
      isRfc9421: true,
      covered: [...covered],
      signature: value,
      parameters,
      input: input.trim().slice(label.length + 1),
    },
  };
}

function coversRequest(covered: ReadonlySet<string>, { method, url }: Omit<SignedRequest, "body">): boolean {
  const isQueryCovered = url.search === "" || covered.has("@query");
  const isTargetCovered =
    covered.has("@target-uri") ||
    (covered.has("@authority") &&
      (covered.has("@request-target") || (covered.has("@path") && isQueryCovered)));
  return covered.has("@method") && (!hasBody(method) || covered.has("content-digest")) && isTargetCovered;
}

/** Components with parameters (`;req`, `;bs` …) count as other components: they do not cover what is asked for. */
function componentsOf(list: string): ReadonlySet<string> | null {
  const components = new Set<string>();
  for (const item of list.trim().split(/ +/)) {
    const match = /^"([^"\\]+)"((?:;[a-z][a-z0-9_.*-]*(?:="[^"\\]*")?)*)$/.exec(item);
    if (match?.[1] === undefined) return null;
    const name = match[1] + (match[2] ?? "");
    if (components.has(name)) return null;
    components.add(name);
  }
  return components;
}

function parametersOf(tail: string): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>();
  let rest = tail;
  while (rest !== "") {
    const match = /^;\s*([a-z*][a-z0-9_.*-]*)=(?:"([^"\\]*)"|(\d+))/.exec(rest);
    if (match?.[1] === undefined || parameters.has(match[1])) return null;
    parameters.set(match[1], match[2] ?? match[3] ?? "");
    rest = rest.slice(match[0].length);
  }
  return parameters;
}

function seconds(parameters: ReadonlyMap<string, string>, name: string): number | null {
  const value = parameters.get(name);
  return value === undefined ? null : Number(value) * 1_000;
}

function escaped(label: string): string {
  return label.replace(/[.*]/g, "\\$&");
}

function refused(reason: string): SignatureReading {
  return { ok: false, reason };
}
