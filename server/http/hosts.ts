// Comparing the host of a request with ours.

/**
 * Lower-case host without trailing dot and without port 80 or 443, or `null` when it is no host at all. The scheme is
 * unknown behind a proxy, so both default ports count as none.
 */
export function canonicalHost(host: string): string | null {
  if (!/^(?:\[[0-9a-f:.]+\]|[^\s/?#@\\:,[\]]+)(?::\d{1,5})?$/i.test(host)) return null;
  const text = `http://${host}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const name = url.hostname.replace(/\.+$/, "");
  const port = url.port === "" || url.port === "443" ? "" : `:${url.port}`;
  return name === "" ? null : name + port;
}

/** True when the `Host` of a request is one of these. */
export function isOneOfHosts(host: string, hosts: readonly string[]): boolean {
  const asked = canonicalHost(host);
  return asked !== null && hosts.some((own) => canonicalHost(own) === asked);
}
