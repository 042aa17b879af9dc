import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { invalid, notFound } from "../../errors.ts";
import { keysOfPhrase } from "../../lifeboat/phrase.ts";
import { type ArrivalRow, insertArrival } from "../../store/arrivals.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { type ComingRow, countRecordsOf, insertArrivals, listReplicaArrivals } from "../../store/launches.ts";
import {
  countReplicaRecords,
  findMember,
  findMemberOfActor,
  type MemberRow,
} from "../../store/standby-replicas.ts";
import { takeLimit } from "../accounts/limits.ts";
import { makeWay } from "./arrivals.ts";
import { newArrival, requestStep, requestSteps, sealSecret } from "./records.ts";
import { removeFiles } from "./stage.ts";

/** Notes of one's own that are kept here as a standby and that only the phrase opens. */
export type SealedReplica = { readonly handle: string; readonly notes: number };

/**
 * Has the public notes that are kept of a member become notes of the account that waited for them, inside the transaction of
 * their launch: the agreement of the two servers is the proof. Doing it again changes nothing. @throws not_found before the
 * member has an actor
 */
export async function requestReplica(app: App, tx: Db, memberId: number): Promise<void> {
  const member = await findMember(tx, memberId);
  if (member === undefined || member.actor_id === null) throw notFound();
  await requestReplicas(app, tx, [member]);
}

/**
 * The same for several, with as many statements, beginning `afterMs` from now; those for whom no account waits are passed
 * over.
 */
export async function requestReplicas(
  app: App,
  tx: Db,
  members: readonly ComingRow[],
  afterMs = 0,
): Promise<void> {
  const coming = members.flatMap((member) =>
    member.actor_id === null ? [] : [{ member, actorId: member.actor_id }],
  );
  const nameOf = (actorId: number, memberId: number | null) => `${actorId} ${memberId ?? ""}`;
  const known = await listReplicaArrivals(
    tx,
    coming.map(({ actorId }) => actorId),
  );
  const begun = new Set(known.map((row) => nameOf(row.actor_id, row.member_id)));
  const rows = [];
  for (const [agreementId, some] of Map.groupBy(coming, ({ member }) => member.agreement_id)) {
    const fresh = some.filter(({ member, actorId }) => !begun.has(nameOf(actorId, member.id)));
    const uris = fresh.map(({ member }) => member.actor_uri);
    const counts = await countRecordsOf(tx, agreementId, uris);
    for (const { member, actorId } of fresh)
      rows.push(newArrival(app, actorId, replicaRow(member, counts.get(member.actor_uri) ?? 0)));
  }
  await insertArrivals(tx, rows);
  await requestSteps(
    app,
    tx,
    rows.map(({ id }) => id),
    app.clock.now() + afterMs,
  );
}

/** The same by itself. @throws not_found before the member has an actor */
export async function arriveFromReplica(app: App, memberId: number): Promise<void> {
  await transaction(app.db, (tx) => requestReplica(app, tx, memberId));
  app.wake();
}

/** What of the person is kept here under seal; null when nothing is, or when it has been opened. */
export async function findSealedReplica(app: App, viewer: Viewer): Promise<SealedReplica | null> {
  const member = await findMemberOfActor(app.db, viewer.actorId);
  if (member === undefined) return null;
  const { sealed } = await countReplicaRecords(app.db, member.agreement_id, member.actor_uri);
  return sealed === 0 ? null : { handle: member.handle, notes: sealed };
}

/**
 * Has all notes taken in that are kept of the person, also those that are sealed to their phrase.
 * @throws not_found, invalid `{ phrase }`, conflict while something else arrives
 */
export async function arriveWithPhrase(app: App, viewer: Viewer, phrase: string): Promise<void> {
  takeLimit(app, USE_LIMITS.confirmations, String(viewer.accountId));
  const member = await findMemberOfActor(app.db, viewer.actorId);
  if (member === undefined) throw notFound();
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw invalid({ phrase: { key: "field.phrase_wrong" } });
  if (member.did === null || keys.did !== member.did)
    throw invalid({ phrase: { key: "field.phrase_other" } });
  const id = app.ids.next();
  const secret = await sealSecret(app, id, { identity: keys.identity });
  const total = await countOf(app.db, member);
  const gone = await transaction(app.db, async (tx) => {
    const waiting = await makeWay(app, tx, viewer.actorId);
    await begin(app, tx, viewer.actorId, { ...replicaRow(member, total), id, secret, ground: "phrase" });
    return waiting;
  });
  for (const one of gone) await removeFiles(app, one);
  app.wake();
}

async function begin(
  app: App,
  tx: Db,
  actorId: number,
  given: Partial<ArrivalRow> & Pick<ArrivalRow, "source" | "state">,
): Promise<void> {
  const row = newArrival(app, actorId, given);
  await insertArrival(tx, row);
  await requestStep(app, tx, row.id);
}

async function countOf(db: Db, member: MemberRow): Promise<number> {
  const counts = await countReplicaRecords(db, member.agreement_id, member.actor_uri);
  return counts.open + counts.sealed;
}

function replicaRow(member: Pick<MemberRow, "id" | "actor_uri" | "handle">, total: number) {
  return {
    source: "replica",
    state: "arriving",
    member_id: member.id,
    actor_uri: member.actor_uri,
    handle: member.handle,
    ground: "agreement",
    total,
    choices: toJson({ notes: true, profile: false, lists: [] }),
  };
}
