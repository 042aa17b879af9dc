import { hash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { SegmentHeader, StandbyFault, StandbyState } from "../../domain/standby.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { notFound } from "../../errors.ts";
import { makeSegment } from "../../lifeboat/segments.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  countWaitingAfter,
  emptySegments,
  findSegment,
  insertSegment,
  removeSegmentsAfter,
} from "../../store/standby-segments.ts";
import {
  advanceAgreement,
  type AgreementRow,
  type ChangeRow,
  findAgreement,
  findConsents,
  insertMemberChanges,
  listConsentRows,
  removeChange,
  removeChanges,
  resetConsents,
  updateAgreement,
  updateConsent,
} from "../../store/standbys.ts";
import { audit } from "../moderation/audit.ts";
import { requestSeal } from "../escapes/kits.ts";
import { instanceSigner, proofTime } from "./agreements.ts";
import { requestReplication } from "./errands.ts";

// At the home: how segments get their place in the chain, and what an answer of the standby means.

/** What has been told when a segment is written: it happens in the same transaction, or neither does. */
export type Told = {
  readonly changes: readonly ChangeRow[];
  readonly walks: readonly { readonly actorId: number; readonly walkedId: number; readonly done: boolean }[];
  readonly kits: readonly { readonly actorId: number; readonly changedAt: number }[];
  readonly followers: readonly { readonly actorId: number; readonly mark: string | null }[];
  /** To whom what only followers read is sealed; `sealAnew`: what was told before, too. */
  readonly members: readonly {
    readonly actorId: number;
    readonly recipient: string | null;
    readonly sealAnew: boolean;
  }[];
  readonly roster: boolean;
};

/** An agreement in which this server is the home. */
export type OwnAgreement = AgreementRow;

/** A home's agreement that is in force, or null. */
export async function findOwnAgreement(app: App, id: number): Promise<OwnAgreement | null> {
  const row = await findAgreement(app.db, id);
  return row !== undefined && row.role === "home" && row.state === "agreed" ? row : null;
}

/** Who takes part, by actor uri, for the list that begins a chain anew. */
export async function rosterOf(app: App, agreementId: number): Promise<readonly string[]> {
  return (await listConsentRows(app.db, agreementId)).map((row) => app.uris.actor(row.actor_id));
}

/** Signs the next segment and writes it down together with what it told; without records only the latter. */
export async function writeSegment(
  app: App,
  agreement: AgreementRow,
  lines: readonly string[],
  told: Told,
): Promise<void> {
  const now = app.clock.now();
  const seq = agreement.seq + 1;
  const header: SegmentHeader = {
    type: "StandbySegment",
    v: 1,
    agreement: agreement.uri,
    seq,
    previous: agreement.head,
    created: proofTime(now),
  };
  const made = lines.length === 0 ? null : makeSegment(header, lines, await instanceSigner(app));
  await transaction(app.db, async (tx) => {
    if (made !== null) {
      const to = { seq, head: made.hash, ...(told.roster ? { cursor: null } : {}) };
      // Another process was first: what it wrote has all this in it.
      if (!(await advanceAgreement(tx, agreement.id, agreement, to))) return;
      await insertSegment(tx, {
        agreement_id: agreement.id,
        seq,
        hash: made.hash,
        body: made.text,
        created_at: now,
      });
    }
    await writeTold(app, tx, agreement.id, told);
  });
}

async function writeTold(app: App, tx: Db, agreementId: number, told: Told): Promise<void> {
  for (const change of told.changes) await removeChange(tx, agreementId, change);
  for (const { actorId, walkedId, done } of told.walks)
    await updateConsent(tx, actorId, agreementId, { walked_id: walkedId, walked: done ? 1 : 0 });
  for (const { actorId, changedAt } of told.kits)
    await updateConsent(tx, actorId, agreementId, { kit_at: changedAt });
  for (const { actorId, mark } of told.followers)
    await updateConsent(tx, actorId, agreementId, {
      followers_at: app.clock.now(),
      followers_mark: mark,
    });
  for (const { actorId, recipient, sealAnew } of told.members)
    await updateConsent(tx, actorId, agreementId, {
      sealed_for: recipient,
      ...(sealAnew ? { walked_id: 0, walked: 0 } : {}),
    });
}

/** A restart sends everything again; a standby that loses things all the time gets it no more often than this, ms. */
const RESTART_MS = 60 * 60_000;

/** How an answer came: `taken` = to a segment that it says it took; `again` = it refused the same one twice. */
export type AnswerKind = "taken" | "behind" | "again";

/**
 * What an answer of the standby means for what is sent next. It has what was sent: its words can go. It has less, or something
 * of after our own last backup: everything is sent anew from where it stands. It says that it has something else than what it
 * took: nothing is sent until it says otherwise. Returns the fault, or null.
 */
export async function settleState(
  app: App,
  agreement: OwnAgreement,
  state: StandbyState,
  kind: AnswerKind,
): Promise<StandbyFault | null> {
  if (state.agreement !== agreement.uri) return await stop(app, agreement, "head");
  const fault = await keepMembers(app, agreement, state);
  if (fault !== null) return await stop(app, agreement, fault);
  const current = (await findAgreement(app.db, agreement.id)) ?? agreement;
  if (current.cursor === "over") {
    await restart(app, current, state, false);
    return null;
  }
  const ours = await findSegment(app.db, agreement.id, state.seq);
  const isSame = state.seq === 0 ? state.head === null : ours === null || ours.hash === state.head;
  if (!isSame && (kind === "taken" || ours?.waits !== true)) return await stop(app, agreement, "head");
  const isKnown = isSame && state.seq <= current.seq && kind !== "again";
  if (isKnown && (await hasRest(app, current, state.seq))) {
    const well = { fault: null, seen_at: app.clock.now(), bytes: state.bytes };
    await transaction(app.db, async (tx) => {
      await emptySegments(tx, agreement.id, state.seq);
      await updateAgreement(tx, agreement.id, well);
    });
    return null;
  }
  const isTooSoon = app.clock.now() - (current.restarted_at ?? -RESTART_MS) < RESTART_MS;
  if (isTooSoon) return await stop(app, agreement, "head");
  await restart(app, current, state, isSame);
  return null;
}

/** True when all that comes after `seq` is still here in words, so that it can be sent. */
async function hasRest(app: App, agreement: AgreementRow, seq: number): Promise<boolean> {
  return (await countWaitingAfter(app.db, agreement.id, seq)) === agreement.seq - seq;
}

/** Goes on from where the standby stands with everything that members have, and who they are. */
async function restart(
  app: App,
  agreement: AgreementRow,
  state: StandbyState,
  isSame: boolean,
): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    // What stands at the same place and is another one was never taken.
    await removeSegmentsAfter(tx, agreement.id, isSame ? state.seq : state.seq - 1);
    await emptySegments(tx, agreement.id, state.seq);
    await removeChanges(tx, agreement.id);
    await resetConsents(tx, agreement.id);
    await insertMemberChanges(tx, agreement.id, app.ids.next());
    await updateAgreement(tx, agreement.id, {
      seq: state.seq,
      head: state.head,
      cursor: "roster",
      restarted_at: now,
      seen_at: now,
      fault: null,
    });
  });
}

/** Notes why nothing is replicated; the page and the doctor show it, and it is tried again. */
export async function stop(app: App, agreement: AgreementRow, fault: StandbyFault): Promise<StandbyFault> {
  await updateAgreement(app.db, agreement.id, { fault });
  return fault;
}

/** The owner has looked: everything is sent anew, from wherever the standby says that it stands. @throws not_found */
export async function startOver(app: App, id: number, by: Viewer | null = null): Promise<void> {
  const agreement = await findOwnAgreement(app, id);
  if (agreement === null) throw notFound();
  await transaction(app.db, async (tx) => {
    await updateAgreement(tx, id, { cursor: "over", fault: null });
    await requestReplication(app, tx, id, 0);
    await audit(app, tx, by, { what: "standby.started_over", subject: agreement.partner });
  });
  app.wake();
}

/** Learns which accounts wait at the standby. They have to be its own: a seal for a stranger's account would be theft. */
async function keepMembers(
  app: App,
  agreement: AgreementRow,
  { members }: StandbyState,
): Promise<StandbyFault | null> {
  const prefix = app.uris.actor(0).slice(0, -1);
  const told = new Map<number, { readonly standby_uri: string; readonly standby_handle: string }>();
  for (const { actor, uri, handle } of members) {
    if (!sameOrigin(uri, agreement.partner) || new URL(uri).hash !== "") return "uri";
    const digits = actor.startsWith(prefix) ? actor.slice(prefix.length) : "";
    if (!/^\d{1,16}$/.test(digits)) return "uri";
    told.set(Number(digits), { standby_uri: uri, standby_handle: handle });
  }
  const consents = await findConsents(app.db, agreement.id, [...told.keys()]);
  for (const { actor_id: id, standby_uri: known } of consents) {
    const account = told.get(id);
    if (account === undefined || account.standby_uri === known) continue;
    await updateConsent(app.db, id, agreement.id, account);
    // Whoever has a place to go gets a kit that leads there.
    await requestSeal(app, id);
  }
  return null;
}

/** SHA-256 of a salt and a uri, hex: says of a uri that it is among them, and of nobody else who they are. */
export function saltedHash(salt: string, uri: string): string {
  return hash("sha256", `${salt}${uri}`);
}
