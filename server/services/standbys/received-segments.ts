import { createPublicKey } from "node:crypto";
import type { App } from "../../context.ts";
import type { SegmentRecord, StandbyState } from "../../domain/standby.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { readSegment } from "../../lifeboat/segments.ts";
import { fromJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { findMembersByUri, isEvacuating, type MemberRow } from "../../store/standby-replicas.ts";
import {
  advanceAgreement,
  type AgreementRow,
  findAgreementByUri,
  updateAgreement,
} from "../../store/standbys.ts";
import { proofMethod, termsOf } from "./agreements.ts";
import { type KnownMembers, recordsFault } from "./checked-records.ts";
import { memberHandle } from "./members.ts";
import { keepRecord, type Room } from "./kept-records.ts";

/** What came of a segment. `behind`: it does not follow what is here; the state says what does. */
export type Taken =
  | { readonly type: "taken" | "behind"; readonly state: StandbyState }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "full" | "launched" };

/** The agreement in which `signerUri` is the home. @throws not_found; gone when it ended */
export async function findHomeAgreement(app: App, uri: string, signerUri: string): Promise<AgreementRow> {
  const row = await findAgreementByUri(app.db, uri, "standby");
  if (row === undefined || row.partner_actor !== signerUri) throw notFound();
  if (row.state === "ended") throw new CausewayError("gone", "standby.error_ended");
  if (row.state !== "agreed" || row.partner_key === null) throw notFound();
  return row;
}

/** What a home is told when it asks, and that it was heard of. @throws not_found, gone */
export async function stateForHome(app: App, uri: string, signerUri: string): Promise<StandbyState> {
  const row = await findHomeAgreement(app, uri, signerUri);
  await updateAgreement(app.db, row.id, { seen_at: app.clock.now() });
  return await standbyState(app, app.db, row, []);
}

/** What is here of an agreement, with the accounts of some members. */
export async function standbyState(
  app: App,
  db: Db,
  row: AgreementRow,
  actorUris: readonly string[],
): Promise<StandbyState> {
  const members = await findMembersByUri(db, row.id, actorUris);
  return {
    agreement: row.uri,
    seq: row.seq,
    head: row.head,
    bytes: row.bytes,
    members: members.flatMap((one) =>
      one.actor_id === null
        ? []
        : [{ actor: one.actor_uri, uri: app.uris.actor(one.actor_id), handle: memberHandle(app, one) }],
    ),
  };
}

/**
 * Takes a segment of a home, or nothing of it: signature, order, room, and every record are checked, and it is kept in one
 * transaction. A segment that is here already is answered like the first time.
 */
export async function takeSegment(
  app: App,
  row: AgreementRow,
  text: string,
  fault: (line: string) => string | null,
): Promise<Taken> {
  const { partner_actor: actorUri, partner_key: pem } = row;
  if (actorUri === null || pem === null) throw notFound();
  const signer = { verificationMethod: proofMethod(actorUri), key: createPublicKey(pem) };
  const read = readSegment(text, signer, fault);
  if (!read.ok) return { type: "refused", reason: read.reason };
  const { header, records } = read;
  if (header.agreement !== row.uri)
    return { type: "refused", reason: "The segment is of another agreement." };
  const uris = actorsOf(records);
  if (header.seq !== row.seq + 1 || header.previous !== row.head)
    return { type: "behind", state: await standbyState(app, app.db, row, uris) };
  const members = await findMembersByUri(app.db, row.id, uris);
  const wrong = recordsFault(row.partner, records, knownOf(members), ourUrisOf(app, members));
  if (wrong !== null) return { type: "refused", reason: wrong };
  if (await isEvacuating(app.db, row.id)) return { type: "launched" };
  try {
    const state = await transaction(app.db, (tx) => keep(app, tx, row, { records, hash: read.hash }));
    app.wake();
    return { type: "taken", state };
  } catch (error) {
    if (error instanceof Full) return { type: "full" };
    if (!(error instanceof Overtaken)) throw error;
    const now = await findHomeAgreement(app, row.uri, actorUri);
    return { type: "behind", state: await standbyState(app, app.db, now, uris) };
  }
}

/** Thrown to undo the transaction. */
class Full extends Error {}
class Overtaken extends Error {}

async function keep(
  app: App,
  tx: Db,
  row: AgreementRow,
  segment: { readonly records: readonly SegmentRecord[]; readonly hash: string },
): Promise<StandbyState> {
  const now = app.clock.now();
  const seq = row.seq + 1;
  const next = { seq, head: segment.hash, seen_at: now };
  if (!(await advanceAgreement(tx, row.id, { seq: row.seq, head: row.head }, next))) throw new Overtaken();
  const room: Room = { bytes: 0, files: [] };
  for (const record of segment.records) await keepRecord(app, tx, { ...row, seq }, record, room);
  const bytes = Math.max(0, row.bytes + room.bytes);
  if (room.bytes > 0 && bytes > termsOf(row).maxBytes) throw new Full();
  await updateAgreement(tx, row.id, { bytes });
  await enqueueAfterwards(app, tx, row.id, segment.records, room.files);
  return await standbyState(app, tx, { ...row, ...next, bytes }, actorsOf(segment.records));
}

async function enqueueAfterwards(
  app: App,
  tx: Db,
  agreementId: number,
  records: readonly SegmentRecord[],
  files: readonly string[],
): Promise<void> {
  const job = { now: app.clock.now(), lane: 2 as const };
  if (files.length > 0)
    await enqueue(tx, { ...job, id: app.ids.next(), kind: "remove-files", payload: { files } });
  if (records.some((record) => record.kind === "media"))
    await enqueue(tx, {
      ...job,
      id: app.ids.next(),
      kind: "standby-media",
      payload: { agreementId },
      dedupeKey: `standby-media:${agreementId}`,
    });
  if (records.some((record) => record.kind === "member"))
    await enqueue(tx, {
      ...job,
      id: app.ids.next(),
      kind: "standby-keys",
      payload: {},
      dedupeKey: "standby-keys",
    });
}

function actorsOf(records: readonly SegmentRecord[]): readonly string[] {
  const uris = records.flatMap((record) => {
    if (record.kind === "roster") return [];
    return [record.kind === "member" ? String(record.actor["id"]) : record.actor];
  });
  return [...new Set(uris)];
}

function knownOf(members: readonly MemberRow[]): KnownMembers {
  return new Map(
    members.map((one) => [
      one.actor_uri,
      { profile: fromJson<Readonly<Record<string, unknown>>>(one.profile, {}) },
    ]),
  );
}

function ourUrisOf(app: App, members: readonly MemberRow[]): ReadonlyMap<string, string> {
  return new Map(
    members.flatMap((one) =>
      one.actor_id === null ? [] : [[one.actor_uri, app.uris.actor(one.actor_id)] as const],
    ),
  );
}
