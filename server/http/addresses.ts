// IP addresses: which ones strangers may make us contact, and whose request this is behind proxies.
import { BlockList } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** As sockets report IPv4 peers. */
const PLAIN_V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Only 2000::/3 is handed out as global unicast (IANA IPv6 address space registry). */
const GLOBAL_UNICAST_V6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];
/** Inside 2000::/3 but not on the internet: protocol assignments (RFC 2928) and documentation (RFC 9637). */
const SPECIAL_V6: readonly [ipaddr.IPv6, number][] = [
  [ipaddr.IPv6.parse("2001::"), 23],
  [ipaddr.IPv6.parse("2001:db8::"), 32],
  [ipaddr.IPv6.parse("2002::"), 16],
  [ipaddr.IPv6.parse("3fff::"), 20],
];

/**
 * True for a globally routable unicast address in plain notation (dotted quad or IPv6, brackets allowed). Addresses
 * that carry another one inside (mapped, NAT64, 6to4, Teredo) are refused as a class, like every special-use range
 * of RFC 6890, and so is whatever cannot be parsed.
 */
export function isPublicAddress(ip: string): boolean {
  const address = parseAddress(ip);
  if (address === null || address.range() !== "unicast") return false;
  if (address instanceof ipaddr.IPv4) return true;
  return address.match(GLOBAL_UNICAST_V6) && !SPECIAL_V6.some((range) => address.match(range));
}

/** True when the host of a URL is an address and not a name. */
export function isAddress(host: string): boolean {
  return parseAddress(host) !== null;
}

/** The key under which a client is counted: an IPv4 address whole, an IPv6 address by its /64. */
export function clientKey(ip: string): string {
  const address = unmapped(ip);
  if (address === null) return "unknown";
  if (address instanceof ipaddr.IPv4) return address.toString();
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}

/** True when the address lies in one of the networks (CIDR or single addresses); malformed entries trust nobody. */
export function isTrustedProxy(ip: string, networks: readonly string[]): boolean {
  const address = unmapped(ip);
  return address !== null && listOf(networks)[address.kind()].check(address.toString(), address.kind());
}

/** By family: in one list an IPv6 network would hold IPv4 addresses, too, as mapped ones. */
type Networks = { readonly ipv4: BlockList; readonly ipv6: BlockList };

/** Networks as the runtime looks addresses up; a configuration's are read once, not with every request. */
const lists = new WeakMap<readonly string[], Networks>();

function listOf(networks: readonly string[]): Networks {
  const known = lists.get(networks);
  if (known !== undefined) return known;
  const list = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    try {
      const [range, bits] = network.includes("/")
        ? ipaddr.parseCIDR(network)
        : ([ipaddr.parse(network), network.includes(":") ? 128 : 32] as const);
      list[range.kind()].addSubnet(range.toString(), bits, range.kind());
    } catch {
      continue;
    }
  }
  lists.set(networks, list);
  return list;
}

/**
 * The address of the client: the peer itself, or, when the peer is a trusted proxy, the right-most address of
 * `X-Forwarded-For` that is not one. What stands further left was written by the client and means nothing.
 */
export function clientAddress(
  peerIp: string,
  headers: Pick<Headers, "get">,
  trusted: readonly string[],
): string {
  const claimed = headers.get("x-forwarded-for");
  if (claimed === null && PLAIN_V4.test(peerIp)) return peerIp;
  let client = unmapped(peerIp)?.toString() ?? peerIp;
  if (claimed === null || !isTrustedProxy(peerIp, trusted)) return client;
  const forwarded = claimed.split(",").reverse();
  for (const entry of forwarded) {
    const address = unmapped(withoutPort(entry.trim()));
    if (address === null) return client;
    client = address.toString();
    if (!isTrustedProxy(client, trusted)) return client;
  }
  return client;
}

/** Legacy notations (`127.1`, `0x7f.1`, octal) are no addresses here: who needs them is hiding something. */
function parseAddress(ip: string): Address | null {
  const bare = ip.replace(/^\[|\]$/g, "");
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return bare.includes(":") && !bare.includes("%") && ipaddr.IPv6.isValid(bare)
    ? ipaddr.IPv6.parse(bare)
    : null;
}

/** A dual-stack socket reports IPv4 peers as `::ffff:192.0.2.1`; link-local peers carry a zone. */
function unmapped(ip: string): Address | null {
  const address = parseAddress(ip.replace(/%.*$/, ""));
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(entry);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return /^[\d.]+:\d+$/.test(entry) ? entry.slice(0, entry.indexOf(":")) : entry;
}
