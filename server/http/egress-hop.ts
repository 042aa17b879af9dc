// One step of an outgoing request: what is sent along, and where a redirect may lead.
import { EgressError } from "./egress-error.ts";
import { toOutgoingUrl } from "./egress-url.ts";

/** Headers that belong to the connection or to us. */
const OWN_HEADERS: ReadonlySet<string> = new Set(
  `connection keep-alive upgrade te trailer transfer-encoding content-length expect cookie cookie2
   proxy-authorization proxy-connection accept-encoding user-agent`.split(/\s+/),
);
/** Headers made for one URL: they prove nothing at the next, or betray a secret there. */
const HOP_HEADERS: ReadonlySet<string> = new Set(
  "authorization signature signature-input digest content-digest date host".split(" "),
);
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @throws {EgressError} `refused` where the target may not be contacted, `redirect` on the way from https to http. */
export function nextHop(from: URL, location: string, allowPrivate: boolean): URL {
  const absolute = URL.canParse(location, from) ? new URL(location, from).href : location;
  const next = /[\t\n\r\\]/.test(location) ? null : toOutgoingUrl(absolute, allowPrivate);
  if (next === null) throw new EgressError("refused");
  if (from.protocol === "https:" && next.protocol !== "https:") throw new EgressError("redirect");
  return next;
}

/** Headers in lower case, without those that are ours to set. */
export function toRequestHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(given).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return Object.fromEntries(entries.filter(([name]) => !OWN_HEADERS.has(name)));
}

/** What may be sent along to the next address. */
export function withoutHopHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}

/** Received headers as the web knows them. */
export function toHeaders(received: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  return headers;
}

/** The deadline also ends waiting for what cannot be aborted. */
export async function beforeDeadline<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new EgressError("timeout");
  let giveUp = () => {};
  const deadline = new Promise<never>((_, reject) => {
    giveUp = () => reject(new EgressError("timeout"));
    signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
