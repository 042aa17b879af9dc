// The undici agent that judges every address at the moment of connecting.
import { lookup as systemLookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { isAddress, isPublicAddress } from "./addresses.ts";
import { EgressError } from "./egress-error.ts";
import { toOutgoingUrl } from "./egress-url.ts";

/** What decides whom we may connect to. */
export type EgressRules = {
  /** http, other ports and private addresses: for tests and closed networks only. */
  readonly allowPrivateAddresses: boolean;
  /** Moderation's word on a canonical host name (asked again with the port, if the URL has one). */
  readonly isBlockedHost?: (host: string) => boolean | Promise<boolean>;
  /** All addresses of a name; default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** Tests: where a connection goes in truth, after the addresses have been judged. */
  readonly dial?: (hostname: string, port: number) => { readonly address: string; readonly port: number };
  /** PEM of a certificate authority to trust instead of the system's. */
  readonly ca?: string;
};

export type AgentLimits = { readonly connections: number; readonly maxResponseBytes: number };

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16_384;

/**
 * An undici agent whose connections go to permitted addresses only. The address that was judged is the one that is
 * dialled (the look-up is pinned to it), so a name that changes its answer between check and use gains nothing.
 */
export function createGuardedAgent(rules: EgressRules, limits: AgentLimits): Agent {
  return new Agent({
    connect: guardedConnector(rules),
    connections: limits.connections,
    maxResponseSize: limits.maxResponseBytes,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
    pipelining: 1,
  });
}

/** True when moderation blocks the host of the URL, with or without its port. */
export async function isBlockedUrl(url: URL, rules: Pick<EgressRules, "isBlockedHost">): Promise<boolean> {
  if (rules.isBlockedHost === undefined) return false;
  if (await rules.isBlockedHost(url.hostname)) return true;
  return url.port !== "" && (await rules.isBlockedHost(url.host));
}

/** Connects to permitted addresses only; each is judged when it is dialled. `isShort`: for connections of some seconds. */
export function guardedConnector(rules: EgressRules, isShort = false): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    // Connections that live for seconds need no signs of life from the system.
    keepAlive: !isShort,
    allowH2: false,
    lookup: guardedLookup(rules),
    ...(rules.ca === undefined ? {} : { ca: rules.ca }),
  });
  return (options, callback) => {
    approve(options, rules).then(
      (approved) => connect(approved, withPeerChecked(rules, callback)),
      (error: unknown) => callback(asError(error), null),
    );
  };
}

/** IP literals never reach `lookup`, so they are judged here, as are scheme and port. */
async function approve(options: buildConnector.Options, rules: EgressRules): Promise<buildConnector.Options> {
  const port = options.port === "" ? "" : `:${options.port}`;
  const host = options.hostname.includes(":")
    ? `[${options.hostname.replace(/[[\]]/g, "")}]`
    : options.hostname;
  const url = toOutgoingUrl(`${options.protocol}//${host}${port}/`, rules.allowPrivateAddresses);
  if (url === null || (await isBlockedUrl(url, rules))) throw new EgressError("refused");
  if (rules.dial === undefined) return options;
  const wanted = Number(options.port || (options.protocol === "https:" ? 443 : 80));
  return { ...options, port: String(rules.dial(options.hostname, wanted).port) };
}

/** The last wall, for runtimes that would ignore `lookup`: nothing of the request has been sent yet. */
function withPeerChecked(rules: EgressRules, callback: buildConnector.Callback): buildConnector.Callback {
  return (error, socket) => {
    if (error !== null || socket === null) return callback(error ?? new EgressError("network"), null);
    const peer = socket.remoteAddress;
    const isAllowed =
      rules.allowPrivateAddresses ||
      rules.dial !== undefined ||
      (peer !== undefined && isPublicAddress(peer));
    if (isAllowed) return callback(null, socket);
    socket.destroy();
    return callback(new EgressError("refused"), null);
  };
}

function guardedLookup(rules: EgressRules): LookupFunction {
  return (hostname, options, callback) => {
    publicAddresses(hostname, rules).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
        const wanted = found.filter(({ family }) => isFamily(options.family, family));
        const first = wanted[0];
        if (first === undefined) callback(new EgressError("network", "ENOTFOUND"), "", 0);
        else if (options.all === true) callback(null, wanted);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(asError(error), "", 0),
    );
  };
}

function isFamily(wanted: string | number | undefined, family: number): boolean {
  return wanted === undefined || wanted === 0 || Number(String(wanted).replace("IPv", "")) === family;
}

/** One private address among public ones is an attack or a mistake: the whole name is refused. */
async function publicAddresses(hostname: string, rules: EgressRules): Promise<readonly string[]> {
  const addresses = await (rules.resolve ?? resolveBySystem)(hostname);
  if (!rules.allowPrivateAddresses && !addresses.every(isPublicAddress)) throw new EgressError("refused");
  if (!addresses.every(isAddress)) throw new EgressError("refused");
  if (rules.dial === undefined || addresses.length === 0) return addresses;
  return [rules.dial(hostname, 0).address];
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new EgressError("network");
}
