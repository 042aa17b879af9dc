// Which URLs of strangers may be contacted at all, judged by the text alone; addresses are judged when connecting.
import { isAddress, isPublicAddress } from "./addresses.ts";

/** Longer URLs name nothing that we need. */
const MAX_URL_LENGTH = 8_192;
/** Names that exist only inside a network or a machine (RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`). */
const LOCAL_NAMES = /(?:^|\.)(?:localhost|local|internal|home\.arpa|onion|arpa)$/;

/**
 * The canonical form of a URL we may contact, or `null`. https on ports 80 and 443 only; `allowPrivate` (tests,
 * closed networks) adds http, other ports, local names and private address literals. Trailing dots and fragments are
 * dropped, names are lower-case punycode; userinfo, control characters and backslashes are refused.
 */
export function toOutgoingUrl(text: string, allowPrivate: boolean): URL | null {
  // The URL parser silently drops tabs and newlines and reads `\` as `/`: two readers, two hosts.
  if (text.length > MAX_URL_LENGTH || /[\u0000-\u0020\u007f\\]/.test(text)) return null;
  if (!/^https?:\/\/[^/]/i.test(text) || authorityOf(text).includes("@")) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== "" || url.password !== "") return null;
  url.hash = "";
  url.hostname = url.hostname.replace(/\.+$/, "");
  if (url.hostname === "" || url.hostname.endsWith(".") || url.port === "0") return null;
  return allowPrivate || isForThePublic(url) ? url : null;
}

function isForThePublic(url: URL): boolean {
  if (url.protocol !== "https:" || (url.port !== "" && url.port !== "80")) return false;
  if (isAddress(url.hostname)) return isPublicAddress(url.hostname);
  return url.hostname.includes(".") && !LOCAL_NAMES.test(url.hostname);
}

function authorityOf(text: string): string {
  return text.slice(text.indexOf("//") + 2).split(/[/?#]/, 1)[0] ?? "";
}
