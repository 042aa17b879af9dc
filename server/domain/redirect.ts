// Where an app is sent back to after somebody has let it in, or has not (RFC 6749, 3.1.2; RFC 8252, 7).

/** Stands for no address: the person copies the code by hand (toot, scripts). */
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

const MAX_LENGTH = 2_000;
const SCHEME = /^([a-z][a-z0-9+.-]{0,99}):/i;
/** Schemes that run, read or start something by themselves, or belong to browsers and phones rather than to an app. */
const FORBIDDEN: ReadonlySet<string> = new Set(
  `javascript data vbscript file filesystem blob about view-source intent android-app content resource chrome edge opera
  ftp ws wss mailto tel sms facetime urn jar cid mid`.split(/\s+/),
);
/** Host and port without anything that means something else in a header (`;`, `,`, `'`, `*`). */
const PLAIN_HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** True for an address that an app may name: web addresses, schemes of its own (a host is not needed), or none at all. */
export function isRedirectUri(uri: string): boolean {
  if (uri === OUT_OF_BAND) return true;
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase();
  // Printable ASCII (RFC 3986, 2) without a fragment (RFC 6749, 3.1.2) and without what browsers read in two ways.
  if (scheme === undefined || uri.length > MAX_LENGTH || !/^[!-~]+$/.test(uri) || /[#\\"<>^`{|}]/.test(uri))
    return false;
  return scheme === "http" || scheme === "https" ? isWebAddress(uri) : !FORBIDDEN.has(scheme);
}

function isWebAddress(uri: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(uri) || !URL.canParse(uri)) return false;
  const url = new URL(uri);
  return url.username === "" && url.password === "" && PLAIN_HOST.test(url.host);
}

/** What people are told of where they go: a host, or the scheme of an app (`icecubesapp:`); null when they go nowhere. */
export function redirectTarget(
  uri: string,
): { readonly kind: "host" | "scheme"; readonly name: string } | null {
  if (uri === OUT_OF_BAND) return null;
  const url = webUrl(uri);
  return url === null ? { kind: "scheme", name: schemeOf(uri) } : { kind: "host", name: url.host };
}

/**
 * What has to be added to `form-action` so that a browser follows the redirect after the form (CSP 3, 6.4.1): the origin,
 * or the scheme. IPv6 addresses have no place in the grammar of origins there (CSP 3, 2.3.1).
 */
export function formActionOf(uri: string): string | undefined {
  if (uri === OUT_OF_BAND) return undefined;
  const url = webUrl(uri);
  if (url === null) return schemeOf(uri);
  return url.host.startsWith("[") ? url.protocol : url.origin;
}

/** The address with parameters added; what the app wrote stays as it wrote it. */
export function withParams(uri: string, params: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const query = new URLSearchParams(given).toString();
  if (query === "") return uri;
  const join = !uri.includes("?") ? "?" : /[?&]$/.test(uri) ? "" : "&";
  return `${uri}${join}${query}`;
}

function webUrl(uri: string): URL | null {
  return /^https?:/i.test(uri) && URL.canParse(uri) ? new URL(uri) : null;
}

function schemeOf(uri: string): string {
  return `${(SCHEME.exec(uri)?.[1] ?? "").toLowerCase()}:`;
}
