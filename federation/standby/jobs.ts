import { getLogger } from "@logtape/logtape";
import type { App } from "../../server/context.ts";
import { StandbyState, type StandbyFault } from "../../server/domain/standby.ts";
import { documentOf, partnerEnded, signedEnd } from "../../server/services/standbys/agreements.ts";
import { requestReplicationOf, tellable } from "../../server/services/standbys/errands.ts";
import { headToTell, headWasTold } from "../../server/services/standbys/log-heads.ts";
import { fetchMemberMedia, makeMemberKeys } from "../../server/services/standbys/members.ts";
import {
  type AnswerKind,
  findOwnAgreement,
  type OwnAgreement,
  settleState,
  stop,
  writeSegment,
} from "../../server/services/standbys/replication.ts";
import { waitingSegment } from "../../server/services/standbys/sources.ts";
import { GiveUp, type JobHandler } from "../../server/store/jobs.ts";
import { payloadNumber, payloadText } from "../payload.ts";
import type { KeyStore } from "../delivery/signing.ts";
import { gather } from "./gather.ts";
import { postToPartner, type PartnerAnswer, signedGet } from "./partner.ts";
import { createRecordMaker } from "./records.ts";

const JSON_TYPE = "application/json";
const SEGMENT_TYPE = "application/x-ndjson";
/** Segments of one run; then others have their turn. */
const MOST_SEGMENTS = 40;
/** After this long without a word the standby is asked how it is, ms. */
const SILENCE_MS = 60 * 60_000;

const log = getLogger(["causeway", "standby"]);

/** The jobs of this folder, by kind. */
export function createStandbyJobs(keys: KeyStore): Readonly<Record<string, JobHandler>> {
  return {
    "standby-tell": (app, payload) =>
      tellPartner(app, keys, payloadNumber(payload, "agreementId"), payloadText(payload, "what")),
    "standby-replicate": (app, payload, { signal }) =>
      replicate(app, keys, payloadNumber(payload, "agreementId"), signal),
    "standby-media": (app, payload, { signal }) =>
      fetchMemberMedia(app, payloadNumber(payload, "agreementId"), {
        signal,
        signed: (url) => signedGet(app, keys, url),
      }),
    "standby-keys": (app, _payload, { signal }) => makeMemberKeys(app, signal),
  };
}

/** Brings an offer, an answer or an end to the partner. What does not get there is tried again like any job. */
async function tellPartner(app: App, keys: KeyStore, id: number, what: string): Promise<void> {
  const row = await tellable(app, id, what);
  if (row === null) return;
  const [path, body] =
    what === "offer"
      ? ["offers", documentOf(row)]
      : what === "end"
        ? ["ends", await signedEnd(app, row)]
        : ["answers", { agreement: row.uri, document: what === "agree" ? documentOf(row) : null }];
  const url = `${row.partner}/standby/${path}`;
  const answer = await postToPartner(app, keys, { url, type: JSON_TYPE, body: JSON.stringify(body) });
  if (answer !== null && answer.status >= 200 && answer.status < 300) return;
  if (what === "end" && answer !== null && (answer.status === 404 || answer.status === 410)) return;
  if (answer?.status === 410) return await partnerEnded(app, id);
  if (answer === null || answer.status >= 500 || answer.status === 429)
    throw new Error(`${row.partner} did not answer.`);
  log.warning("{partner} refused {what} with {status}", {
    partner: row.partner,
    what,
    status: answer.status,
  });
  if (what !== "end") await stop(app, row, "refused");
  throw new GiveUp(`${row.partner} refused it with ${answer.status}.`);
}

/** Tells the standby what changed since it was told last: segment by segment, each one until it was taken. */
async function replicate(app: App, keys: KeyStore, id: number, signal: AbortSignal): Promise<void> {
  const maker = createRecordMaker(app, keys);
  let behind: number | null = null;
  for (let sent = 0; sent < MOST_SEGMENTS; sent += 1) {
    signal.throwIfAborted();
    const agreement = await findOwnAgreement(app, id);
    if (agreement === null) return;
    if (agreement.cursor === "over") {
      // The owner wants to begin anew: where the standby stands is asked first.
      if (!(await askState(app, keys, agreement))) return;
      continue;
    }
    const waiting = await waitingSegment(app, agreement);
    if (waiting === null) {
      const { lines, told } = await gather(app, maker, agreement);
      const isIdle =
        lines.length === 0 &&
        [told.changes, told.walks, told.kits, told.followers].every((part) => part.length === 0);
      if (isIdle) {
        await tellLogHead(app, keys, agreement);
        return await keepInTouch(app, keys, agreement);
      }
      await writeSegment(app, agreement, lines, told);
      continue;
    }
    const url = `${agreement.partner}/standby/segments`;
    const answer = await postToPartner(app, keys, { url, type: SEGMENT_TYPE, body: waiting.body });
    const isBehind = answer?.status === 409;
    const kind = !isBehind ? "taken" : behind === waiting.seq ? "again" : "behind";
    if ((await settle(app, agreement, answer, kind)) !== null) return;
    behind = isBehind ? waiting.seq : null;
  }
  await requestReplicationOf(app, id);
}

/** Has the standby keep what was signed about the public log. One that knows of no such thing is not asked again about it. */
async function tellLogHead(app: App, keys: KeyStore, agreement: OwnAgreement): Promise<void> {
  const found = await headToTell(app, agreement);
  if (found === null) return;
  const url = `${agreement.partner}/standby/log-heads`;
  const body = JSON.stringify({ agreement: agreement.uri, head: found.head });
  const answer = await postToPartner(app, keys, { url, type: JSON_TYPE, body });
  if (answer?.status === 202 || answer?.status === 404) await headWasTold(app, agreement, found.mark);
}

/** Asks the standby how it is when nothing was said for long, or when something was wrong. */
async function keepInTouch(app: App, keys: KeyStore, agreement: OwnAgreement): Promise<void> {
  const isQuiet = app.clock.now() - (agreement.seen_at ?? 0) >= SILENCE_MS;
  if (isQuiet || agreement.fault !== null) await askState(app, keys, agreement);
}

/** True when the standby said where it stands, and that is well. */
async function askState(app: App, keys: KeyStore, agreement: OwnAgreement): Promise<boolean> {
  const body = JSON.stringify({ agreement: agreement.uri });
  const url = `${agreement.partner}/standby/state`;
  const answer = await postToPartner(app, keys, { url, type: JSON_TYPE, body });
  return (await settle(app, agreement, answer, "behind")) === null;
}

/** What an answer means; null when all is well. */
async function settle(
  app: App,
  agreement: OwnAgreement,
  answer: PartnerAnswer | null,
  kind: AnswerKind,
): Promise<StandbyFault | "ended" | null> {
  if (answer === null) return await stop(app, agreement, "unreachable");
  const { status, json } = answer;
  if (status === 200 || status === 409) {
    const state = StandbyState.safeParse(json);
    if (!state.success) return await stop(app, agreement, "head");
    return await settleState(app, agreement, state.data, kind);
  }
  if (status === 410) {
    await partnerEnded(app, agreement.id);
    return "ended";
  }
  const fault = faultOf(status);
  log.warning("{partner} does not take a segment: {status} {reason}", {
    partner: agreement.partner,
    status,
    reason: JSON.stringify(json).slice(0, 300),
  });
  return await stop(app, agreement, fault);
}

function faultOf(status: number): StandbyFault {
  if (status === 507) return "full";
  if (status === 423) return "launched";
  return status === 429 || status >= 500 ? "unreachable" : "refused";
}
