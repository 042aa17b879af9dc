import { readCountry } from "../domain/withholding.ts";
import { isTrustedProxy } from "./addresses.ts";

/**
 * The country that a request comes from, as a proxy of ours says in the header that the owner named (ISO 3166-1 alpha-2);
 * null without such a header, from anybody else than a trusted proxy, and for whatever is no country.
 */
export function requestCountry(
  config: { readonly countryHeader: string | null; readonly trustedProxies: readonly string[] },
  peerIp: string,
  header: (name: string) => string | null,
): string | null {
  if (config.countryHeader === null) return null;
  const given = header(config.countryHeader);
  if (given === null || !isTrustedProxy(peerIp, config.trustedProxies)) return null;
  return readCountry(given);
}
