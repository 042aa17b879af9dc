import { z } from "zod";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { StandbyServer } from "../../domain/standby.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { CausewayError, type FieldFaults, invalid, type Message } from "../../errors.ts";
import { fromDidKey } from "../../lifeboat/did-key.ts";
import { isBlockedHost } from "../moderation/domains.ts";
import { offerStandby, type StandbyTerms } from "./agreements.ts";

/** What an owner fills in; texts as they were typed. */
export type Invitation = {
  /** Address of the other server. */
  readonly standby: string;
  readonly withFollowersOnly: boolean;
  readonly maxGigabytes: string;
  /** did:keys of trustees, separated by spaces or lines. */
  readonly trustees: string;
  readonly threshold: string;
  readonly waitHours: string;
};

const GIB = 1024 ** 3;
const MOST_TRUSTEES = 25;

/**
 * Asks another server to be our standby: it is looked up now, and its owner is asked by a job. Returns the agreement's row id.
 * @throws invalid with fields, remote_failed when that server does not answer as one that can be a standby
 */
export async function inviteStandby(
  app: App,
  invitation: Invitation,
  by: Viewer | null = null,
): Promise<number> {
  const origin = originOf(app, invitation.standby);
  const trustees = invitation.trustees.split(/[\s,]+/).filter((one) => one !== "");
  const gigabytes = numberOf(invitation.maxGigabytes, 1, 100_000);
  const threshold = numberOf(invitation.threshold, 1, MOST_TRUSTEES);
  const waitHours = numberOf(invitation.waitHours, 0, 168);
  const faults: Record<string, Message> = {
    ...(origin === null ? { standby: { key: "standby.fault_address" } } : {}),
    ...(gigabytes === null ? { maxGigabytes: { key: "standby.fault_number" } } : {}),
    ...(waitHours === null ? { waitHours: { key: "standby.fault_number" } } : {}),
    ...trusteeFaults(trustees, threshold),
  };
  if (origin === null || gigabytes === null || threshold === null || waitHours === null)
    throw invalid(faults);
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const server = await findServer(app, origin);
  const terms: StandbyTerms = {
    standby: origin,
    standbyActor: server.actor,
    scope: invitation.withFollowersOnly ? ["public", "followers"] : ["public"],
    maxBytes: gigabytes * GIB,
    trustees,
    threshold,
    waitHours,
  };
  return await offerStandby(app, terms, by);
}

function trusteeFaults(trustees: readonly string[], threshold: number | null): FieldFaults {
  const isFine =
    trustees.length <= MOST_TRUSTEES &&
    new Set(trustees).size === trustees.length &&
    trustees.every((did) => fromDidKey(did) !== null);
  if (!isFine) return { trustees: { key: "standby.fault_trustees" } };
  const isReachable = threshold !== null && (trustees.length === 0 || threshold <= trustees.length);
  return isReachable ? {} : { threshold: { key: "standby.fault_threshold" } };
}

function numberOf(text: string, least: number, most: number): number | null {
  const value = /^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : null;
  return value !== null && value >= least && value <= most ? value : null;
}

/** The origin of an address or a bare host; null for what is none, and for our own. */
function originOf(app: App, typed: string): string | null {
  const text = typed.trim();
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (!z.url().safeParse(address).success) return null;
  const url = new URL(address);
  const isWeb = url.protocol === "https:" || app.config.allowPrivateAddresses;
  return isWeb && url.origin !== app.config.origin ? url.origin : null;
}

async function findServer(app: App, origin: string): Promise<StandbyServer> {
  const failed = () => new CausewayError("remote_failed", "standby.error_no_server");
  if (await isBlockedHost(app, new URL(origin).host)) throw new CausewayError("forbidden", "error.forbidden");
  const answer = await app.http
    .fetch({ url: `${origin}/.well-known/causeway/standby`, maxBytes: 16 * 1024, maxRedirects: 0 })
    .catch(() => null);
  if (answer === null || answer.status !== 200) throw failed();
  const server = StandbyServer.safeParse(jsonOf(answer.body));
  if (!server.success || !sameOrigin(server.data.actor, origin)) throw failed();
  return server.data;
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return null;
  }
}
