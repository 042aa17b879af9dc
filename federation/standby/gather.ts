import type { App } from "../../server/context.ts";
import { asId, type ActorId } from "../../server/domain/ids.ts";
import { SEGMENT_BYTES, type SegmentRecord } from "../../server/domain/standby.ts";
import { termsOf } from "../../server/services/standbys/agreements.ts";
import {
  rosterOf,
  saltedHash,
  type OwnAgreement,
  type Told,
} from "../../server/services/standbys/replication.ts";
import {
  changesToTell,
  memberIdentity,
  nextFollowers,
  nextKit,
  nextWalk,
  walkAfter,
} from "../../server/services/standbys/sources.ts";
import { followersRecord, type May, type RecordMaker } from "./records.ts";

/** What the next segment says, and what it thereby has told. */
export type Gathered = { readonly lines: readonly string[]; readonly told: Told };

const CHANGES = 100;
const NOTES = 50;
/** Few enough that checking their proofs holds nobody else up at the standby. */
const RECORDS = 150;

type Batch = {
  readonly lines: string[];
  bytes: number;
  readonly changes: Told["changes"][number][];
  readonly walks: Told["walks"][number][];
  readonly kits: Told["kits"][number][];
  readonly followers: Told["followers"][number][];
  readonly members: Told["members"][number][];
};

/** Gathers what waits into one segment's worth of lines; what does not fit any more waits on. */
export async function gather(app: App, maker: RecordMaker, agreement: OwnAgreement): Promise<Gathered> {
  const batch: Batch = { lines: [], bytes: 0, changes: [], walks: [], kits: [], followers: [], members: [] };
  const isBeginning = agreement.cursor === "roster";
  if (isBeginning) add(batch, [{ kind: "roster", actors: [...(await rosterOf(app, agreement.id))] }]);
  // Walks and kits come after all changes: who a member is has to be known before what they wrote.
  if (await gatherChanges(app, maker, agreement, batch)) {
    await gatherWalks(app, maker, agreement, batch);
    await gatherKits(app, agreement, batch);
    await gatherFollowers(app, agreement, batch);
  }
  return { lines: batch.lines, told: { ...batch, roster: isBeginning } };
}

function add(batch: Batch, records: readonly SegmentRecord[]): void {
  for (const record of records) {
    const line = JSON.stringify(record);
    batch.lines.push(line);
    batch.bytes += Buffer.byteLength(line) + 1;
  }
}

function isFull(batch: Batch): boolean {
  return batch.bytes >= SEGMENT_BYTES.aim || batch.lines.length >= RECORDS;
}

/** True when no change is left. */
async function gatherChanges(
  app: App,
  maker: RecordMaker,
  agreement: OwnAgreement,
  batch: Batch,
): Promise<boolean> {
  const changes = await changesToTell(app, agreement, CHANGES);
  for (const change of changes) {
    if (isFull(batch)) return false;
    add(batch, await recordsOf(app, maker, agreement, change, batch));
    batch.changes.push(change);
  }
  return changes.length < CHANGES;
}

async function recordsOf(
  app: App,
  maker: RecordMaker,
  agreement: OwnAgreement,
  change: Awaited<ReturnType<typeof changesToTell>>[number],
  batch: Batch,
): Promise<readonly SegmentRecord[]> {
  const actorId = asId<ActorId>(change.actor_id);
  if (change.kind === "left") {
    // Whoever came back meanwhile is told of by the change that says so.
    return change.consent !== null ? [] : [{ kind: "left", actor: app.uris.actor(actorId) }];
  }
  const { consent } = change;
  if (consent === null) return [];
  if (change.kind === "member") {
    const identity = await memberIdentity(app, actorId);
    const recipient = identity?.recipient ?? null;
    const hasBegun = consent.walked === 1 || consent.walked_id > 0;
    const isNew = recipient !== null && recipient !== consent.sealed_for;
    batch.members.push({ actorId, recipient, sealAnew: hasBegun && isNew });
    return await maker.member(actorId, identity);
  }
  const [note] = await maker.notes(actorId, [change.object_id], await mayOf(app, agreement, actorId));
  return note?.records ?? [];
}

async function mayOf(app: App, agreement: OwnAgreement, actorId: ActorId): Promise<May> {
  const followers = termsOf(agreement).scope.includes("followers");
  const identity = followers ? await memberIdentity(app, actorId) : null;
  return { followers, recipient: identity?.recipient ?? null, agreement: agreement.uri };
}

async function gatherWalks(
  app: App,
  maker: RecordMaker,
  agreement: OwnAgreement,
  batch: Batch,
): Promise<void> {
  let from: { readonly actorId: number; readonly walkedId: number } | null = null;
  while (!isFull(batch)) {
    const walk: Awaited<ReturnType<typeof nextWalk>> = await nextWalk(app, agreement, from, NOTES);
    if (walk === null) return;
    const { actorId, noteIds } = walk;
    let walkedId: number = from?.actorId === actorId ? from.walkedId : 0;
    const made = await maker.notes(actorId, noteIds, await mayOf(app, agreement, actorId));
    for (const { id, records } of made) {
      if (isFull(batch)) break;
      add(batch, records);
      walkedId = id;
    }
    const isThrough: boolean = walk.done && (walkedId === (noteIds.at(-1) ?? walkedId) || made.length === 0);
    const last = batch.walks.findIndex((one) => one.actorId === actorId);
    batch.walks.splice(last === -1 ? batch.walks.length : last, 1, { actorId, walkedId, done: isThrough });
    from = isThrough ? await walkAfter(app, agreement, actorId) : { actorId, walkedId };
    if (from === null) return;
  }
}

async function gatherKits(app: App, agreement: OwnAgreement, batch: Batch): Promise<void> {
  for (let after = 0; !isFull(batch);) {
    const found = await nextKit(app, agreement, after);
    if (found === null) return;
    add(batch, [{ kind: "kit", actor: app.uris.actor(found.actorId), kit: found.kit }]);
    batch.kits.push(found);
    after = found.actorId;
  }
}

async function gatherFollowers(app: App, agreement: OwnAgreement, batch: Batch): Promise<void> {
  for (let after = 0; !isFull(batch);) {
    const found = await nextFollowers(app, agreement, after);
    if (found === null) return;
    const { uris } = found;
    const mark = saltedHash("followers\n", uris.join("\n"));
    const actorUri = app.uris.actor(found.actorId);
    if (mark !== found.mark) add(batch, [followersRecord(actorUri, uris, app.ids.secret(18))]);
    batch.followers.push({ actorId: found.actorId, mark });
    after = found.actorId;
  }
}
