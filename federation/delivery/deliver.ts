import type { App, HttpResponse } from "../../server/context.ts";
import { asId, type ActorId } from "../../server/domain/ids.ts";
import type { OutgoingEvent } from "../../server/domain/outgoing.ts";
import { EgressError } from "../../server/http/egress-error.ts";
import {
  getActivity,
  hostState,
  isBlockedHost,
  recordDelivery,
  storeActivity,
} from "../../server/services/deliveries.ts";
import { GiveUp, RetryLater, type JobHandler } from "../../server/store/jobs.ts";
import { hostOf } from "../reading/json.ts";
import { log } from "../log.ts";
import { toOutgoing } from "../writing/outgoing.ts";
import { payloadNumber, payloadObject, payloadText } from "../payload.ts";
import { isSpec, otherSpec, signedHeaders, type KeyStore } from "./signing.ts";
import type { Spec } from "./message.ts";
import { toWire, withProof } from "../writing/wire.ts";

const CONTENT_TYPE = "application/activity+json";
/** Nobody reads it, but an error page must not hide the status. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const DAY = 86_400_000;
/** Older news is no news; what a peer missed it can read in the outbox (threats F17). */
const MAX_AGE_MS = 7 * DAY;
/** How long to step back when our own queue of requests is full. */
const BUSY_MS = 10_000;
const MAX_RETRY_AFTER_MS = 3_600_000;
/** Statuses of 4xx that say "not now" and not "never" (docs/threats.md, defaults). */
const TEMPORARY: ReadonlySet<number> = new Set([401, 408, 425, 429]);
/** A signature scheme that the other side does not read is answered with one of these. */
const KNOCK_AGAIN: ReadonlySet<number> = new Set([400, 401, 403]);

type Parcel = {
  readonly activityId: number;
  readonly actorId: ActorId;
  readonly body: string;
  readonly inbox: string;
};

/** Makes the job "deliver": one activity to one inbox. */
export function createDeliverJob(keys: KeyStore): JobHandler {
  return async (app, payload, context) => {
    const activityId = payloadNumber(payload, "activityId");
    const inbox = payloadText(payload, "inbox");
    const activity = await getActivity(app, asId(activityId));
    const host = hostOf(inbox);
    if (activity === null || host === null || isOwn(app, inbox) || (await isBlockedHost(app, host))) return;
    if (app.clock.now() - context.createdAt > MAX_AGE_MS) throw new GiveUp(`${host} was away for too long`);
    const state = await hostState(app, host);
    // The breaker of the host is open: waiting costs no try.
    if (state.retryAt !== null && state.retryAt > app.clock.now())
      throw new RetryLater(state.retryAt - app.clock.now(), `${host} is resting`);
    const parcel = { activityId, actorId: activity.actorId, body: activity.body, inbox };
    const known = isSpec(state.signatureSpec) ? state.signatureSpec : null;
    await settle(app, host, parcel, await knock(app, keys, host, parcel, known));
  };
}

type Answer = { readonly response: HttpResponse; readonly spec: Spec };

/** Posts with the scheme the host is known to read, else draft-cavage; once more with the other one if it is refused. */
async function knock(
  app: App,
  keys: KeyStore,
  host: string,
  parcel: Parcel,
  known: Spec | null,
): Promise<Answer> {
  const first = known ?? "draft-cavage-http-signatures-12";
  try {
    const response = await post(app, keys, parcel, first);
    if (!KNOCK_AGAIN.has(response.status)) return { response, spec: first };
    const second = await post(app, keys, parcel, otherSpec(first));
    const isBetter = second.status >= 200 && second.status < 300;
    return isBetter ? { response: second, spec: otherSpec(first) } : { response, spec: first };
  } catch (error) {
    if (error instanceof EgressError && error.kind === "busy")
      throw new RetryLater(BUSY_MS, "too much under way");
    if (error instanceof EgressError && error.kind === "refused")
      throw new GiveUp(`${host} may not be contacted`);
    await recordDelivery(app, host, "failed");
    throw error;
  }
}

async function post(app: App, keys: KeyStore, parcel: Parcel, spec: Spec): Promise<HttpResponse> {
  const body = new TextEncoder().encode(parcel.body);
  const headers = await signedHeaders(await keys.signingKey(parcel.actorId), {
    method: "POST",
    url: parcel.inbox,
    headers: { "content-type": CONTENT_TYPE },
    body,
    spec,
    now: app.clock.now(),
  });
  // A redirect of a POST would have to be signed for an address that nobody told us.
  return app.http.fetch({
    url: parcel.inbox,
    method: "POST",
    headers,
    body,
    maxBytes: MAX_ANSWER_BYTES,
    maxRedirects: 0,
  });
}

/** What the answer means: done, never, or another try. */
async function settle(app: App, host: string, parcel: Parcel, answer: Answer): Promise<void> {
  const { status, headers } = answer.response;
  if (status >= 200 && status < 300) {
    await recordDelivery(app, host, "ok", answer.spec);
    return;
  }
  log.info("delivery of {activityId} to {inbox} answered with {status}", { ...shown(parcel), status });
  if (status >= 400 && status < 500 && !TEMPORARY.has(status)) {
    // The host is there and well; it just does not want this.
    await recordDelivery(app, host, "ok");
    if (status === 404 || status === 410) return;
    throw new GiveUp(`${host} refused with ${status}`);
  }
  await recordDelivery(app, host, "failed");
  const wait = retryAfter(headers.get("retry-after"), app.clock.now());
  if (wait !== null) throw new RetryLater(Math.min(wait, MAX_RETRY_AFTER_MS), `${host} asked to wait`);
  throw new Error(`${host} answered with ${status}`);
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as ms from now. */
function retryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isFinite(at) ? Math.max(0, at - now) : null;
}

/** True for an address on our own origin: what we say to ourselves never leaves. */
export function isOwn(app: App, uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).origin === app.config.origin;
}

function shown(parcel: Parcel) {
  return { activityId: parcel.activityId, inbox: parcel.inbox };
}

/** Makes the job "federate": an event becomes an activity, written down once with a delivery for each inbox. */
export function createFederateJob(keys: KeyStore): JobHandler {
  return async (app, payload) => {
    // Written by our own services, in the transaction of the fact.
    const event = payloadObject(payload, "event") as unknown as OutgoingEvent;
    const outgoing = await toOutgoing(app, event);
    if (outgoing === null) return;
    const uri = outgoing.activity.id?.href;
    if (uri === undefined) return;
    const inboxes = await foreignInboxes(app, outgoing.inboxes);
    // A public activity can be fetched at its address even when nobody needs it delivered.
    if (inboxes.length === 0 && !outgoing.isPublic) return;
    const json = await toWire(outgoing.activity, outgoing.extras);
    const signed = await withProof(json, await keys.proofKey(outgoing.actorId), app.clock.now());
    const { id, actorId, isPublic } = outgoing;
    await storeActivity(app, { id, uri, actorId, body: JSON.stringify(signed), public: isPublic, inboxes });
    app.wake();
  };
}

/** Each inbox once, without our own and without blocked hosts. */
async function foreignInboxes(app: App, inboxes: readonly string[]): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const inbox of new Set(inboxes)) {
    const host = hostOf(inbox);
    if (host !== null && !isOwn(app, inbox) && !(await isBlockedHost(app, host))) kept.push(inbox);
  }
  return kept;
}
