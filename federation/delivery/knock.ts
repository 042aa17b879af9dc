import type { App } from "../../server/context.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { EgressError } from "../../server/http/egress-error.ts";
import { log } from "../log.ts";
import type { Spec } from "./message.ts";
import type { Parcel } from "./parcels.ts";
import { otherSpec, signedHeaders, type KeyStore } from "./signing.ts";

/** What became of one try. */
export type Outcome =
  /** Taken; by `spec`. */
  | { readonly type: "done"; readonly spec: Spec }
  /** The inbox is not there (404) or gone (410). */
  | { readonly type: "gone"; readonly status: number }
  /** The host is well and does not want it, or we may not ask: never again. */
  | { readonly type: "refused"; readonly fault: string; readonly isHostWell: boolean }
  /** The host wants to be left alone for a while. */
  | { readonly type: "rest"; readonly delayMs: number }
  /** Tried again later. `error` is what a test wants to see. */
  | {
      readonly type: "failed";
      readonly fault: string;
      readonly isHostsFault: boolean;
      readonly error: unknown;
    };

/** What is sent where. */
export type Errand = {
  readonly activityId: number;
  readonly actorId: ActorId;
  readonly inbox: string;
  readonly host: string;
  readonly parcel: Parcel;
  /** The state of the followers list, when the activity is for them (FEP-8fcf). */
  readonly sync: string | null;
};

const CONTENT_TYPE = "application/activity+json";
/** What a host may ask for. Less than a minute is no rest, and 0 would be an endless loop. */
const RETRY_AFTER_MS = { least: 60_000, most: 12 * 3_600_000 } as const;
/** Statuses of 4xx that say "not now" and not "never" (docs/threats.md, defaults). */
const TEMPORARY: ReadonlySet<number> = new Set([401, 408, 425, 429]);
/** A signature scheme that the other side does not read is answered with one of these. */
const KNOCK_AGAIN: ReadonlySet<number> = new Set([400, 401, 403]);

/**
 * One try: posts with the scheme the host is known to read, else draft-cavage; once more with the other one if it is
 * refused. Never throws. `onSigned` is called when the costly part is over and only the other side is waited for.
 */
export async function knock(
  app: App,
  keys: KeyStore,
  errand: Errand,
  known: Spec | null,
  onSigned: () => void,
): Promise<Outcome> {
  const first = known ?? "draft-cavage-http-signatures-12";
  try {
    const answer = await post(app, keys, errand, first, onSigned);
    if (!mayReadTheOther(answer, known)) return toOutcome(app, errand, answer, first);
    const second = await post(app, keys, errand, otherSpec(first));
    const isBetter = second.status !== null && second.status >= 200 && second.status < 300;
    return toOutcome(app, errand, isBetter ? second : answer, isBetter ? otherSpec(first) : first);
  } catch (error) {
    // A key that cannot be opened, a database that does not answer: nothing that the host could help.
    return { type: "failed", fault: faultText(error), isHostsFault: false, error };
  }
}

type Answer =
  | { readonly status: number; readonly retryAfter: string | null }
  | { readonly status: null; readonly error: unknown };

/** A host that is known to read what we write says 401 only when that has changed. */
function mayReadTheOther({ status }: Answer, known: Spec | null): boolean {
  return status !== null && (known === null ? KNOCK_AGAIN.has(status) : status === 401);
}

async function post(
  app: App,
  keys: KeyStore,
  errand: Errand,
  spec: Spec,
  onSigned?: () => void,
): Promise<Answer> {
  const { body, digest } = errand.parcel;
  const sync = errand.sync === null ? {} : { "collection-synchronization": errand.sync };
  const headers = await signedHeaders(await keys.signingKey(errand.actorId), {
    method: "POST",
    url: errand.inbox,
    headers: { "content-type": CONTENT_TYPE, ...sync },
    body,
    digest,
    spec,
    now: app.clock.now(),
  });
  onSigned?.();
  try {
    // A redirect of a POST would have to be signed for an address that nobody told us: it is an answer like others.
    // What must not arrive twice is not posted twice, whatever becomes of the connection (`escape/tellings.ts`).
    return await app.http.post({ url: errand.inbox, headers, body, once: errand.parcel.escape });
  } catch (error) {
    return { status: null, error };
  }
}

function toOutcome(app: App, errand: Errand, answer: Answer, spec: Spec): Outcome {
  const { activityId, inbox, host } = errand;
  if (answer.status === null) return toFault(host, answer.error);
  const { status } = answer;
  if (status >= 200 && status < 300) return { type: "done", spec };
  log.info("delivery of {activityId} to {inbox} answered with {status}", { activityId, inbox, status });
  const fault = `${host} answered with ${status}`;
  if (status === 404 || status === 410) return { type: "gone", status };
  if (status >= 400 && status < 500 && !TEMPORARY.has(status))
    return { type: "refused", fault: `${host} refused with ${status}`, isHostWell: true };
  const delay = retryAfter(answer.retryAfter, app.clock.now());
  if (delay !== null) {
    const delayMs = Math.max(RETRY_AFTER_MS.least, Math.min(delay, RETRY_AFTER_MS.most));
    return { type: "rest", delayMs };
  }
  return { type: "failed", fault, isHostsFault: true, error: new Error(fault) };
}

function toFault(host: string, error: unknown): Outcome {
  if (error instanceof EgressError && error.kind === "refused")
    return { type: "refused", fault: `${host} may not be contacted`, isHostWell: false };
  return { type: "failed", fault: faultText(error), isHostsFault: true, error };
}

/** What is kept of a fault: its message, cut. */
function faultText(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as ms from now. */
function retryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isFinite(at) ? Math.max(0, at - now) : null;
}
