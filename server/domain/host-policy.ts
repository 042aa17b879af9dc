/** Which servers this one talks to, as it is stored. Names are canonical: punycode, lower case, no port, no last dot. */
export type HostRules = {
  readonly blocked: ReadonlySet<string>;
  readonly allowed: ReadonlySet<string>;
};

/** `open` = everybody who is not blocked, `allow-list` = nobody who is not allowed. */
export type FederationMode = "open" | "allow-list";

/**
 * True when nothing is taken from a host and nothing sent to it. A rule covers all sub-domains; the longest one that fits
 * decides, and of two alike the block (threats MOD-01). Ports, case and a last dot do not matter.
 */
export function isBlockedBy(rules: HostRules, mode: FederationMode, host: string): boolean {
  const labels = hostName(host).split(".");
  for (let index = 0; index < labels.length; index++) {
    const name = labels.slice(index).join(".");
    if (rules.blocked.has(name)) return true;
    if (rules.allowed.has(name)) return false;
  }
  return mode === "allow-list";
}

/** True when a block names the host or a domain above it, whatever the mode: for pictures, which may lie anywhere. */
export function isDeniedBy(rules: HostRules, host: string): boolean {
  return isBlockedBy(rules, "open", host);
}

/** A host as rules spell it. */
export function hostName(host: string): string {
  const plain = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  // Punycode is what addresses hold; only what people type is anything else.
  if (/^[\x20-\x7e]*$/.test(plain)) return plain;
  return URL.canParse(`https://${plain}`) ? new URL(`https://${plain}`).hostname : plain;
}
