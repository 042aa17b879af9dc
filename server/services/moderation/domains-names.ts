import type { App } from "../../context.ts";
import type { LineFault } from "../../domain/domain-draft.ts";
import { isRegistryName } from "../../domain/host-policy.ts";

export type ReadHost =
  { readonly ok: true; readonly host: string } | { readonly ok: false; readonly fault: LineFault };

/**
 * A domain as people type it, lists hold it, or an address bar gives it, in the one spelling that hosts are compared in:
 * punycode, lower case, without port and last dot. `*.` in front says what holds anyway.
 */
export function canonicalHost(text: string): ReadHost {
  const typed = text
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/^\*\./, "");
  if (typed === "*") return { ok: false, fault: "everything" };
  if (typed.includes("*")) return { ok: false, fault: "hidden" };
  const address = `https://${typed}`;
  const url = typed !== "" && typed.length <= 300 && URL.canParse(address) ? new URL(address) : null;
  const host = url?.hostname.replace(/\.$/, "") ?? "";
  if (url === null || url.pathname !== "/" || url.username + url.search + url.hash !== "")
    return { ok: false, fault: "no_domain" };
  if (isRegistryName(host) && /^[a-z0-9.-]+$/.test(host)) return { ok: false, fault: "registry" };
  // The parser takes `0x7f.1` and `1.2` for addresses of four numbers: nobody who typed that meant one.
  const isStrangeNumber = /^\d+(?:\.\d+){3}$/.test(host) && !typed.startsWith(host);
  const isName = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{1,63}$/.test(host);
  if (isStrangeNumber || !isName || host.length > 253) return { ok: false, fault: "no_domain" };
  return { ok: true, host };
}

/** True for our own host, and for a domain above it: a rule about that would be about ourselves. */
export function isOwnHost(app: App, host: string): boolean {
  const ours = [new URL(`https://${app.config.handleHost}`).hostname, new URL(app.config.origin).hostname];
  return ours.some((own) => own === host || own.endsWith(`.${host}`));
}
