import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { EscapeKit, type KitPeer } from "../../domain/lifeboat.ts";
import { MOVE_COOLDOWN_MS } from "../../domain/move.ts";
import { CausewayError } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import { type Db, transaction, withoutSync } from "../../store/database.ts";
import { listEntrusted, listTold } from "../../store/entrusted-keys.ts";
import type { MemberRow, SuccessorRow } from "../../store/escapes.ts";
import { enqueueMany } from "../../store/jobs.ts";
import { listComing, listMembersById, listSuccessors, markElsewhere } from "../../store/launches.ts";
import { requestReplicas } from "../arrivals/replica.ts";
import { activateMembers } from "../standbys/activation.ts";
import { findEntrustedSigner } from "./entrusting.ts";
import { areMessages } from "./messages.ts";
import { orderOf, writeNotices } from "./notices.ts";
import { listPeersOf, type TellingPlan, writeTellings } from "./tell.ts";

/** How a member is brought over, read from what the home left here. */
export type LaunchPlan = TellingPlan & {
  readonly newUri: string;
  /** The old actor as its home last sent it. */
  readonly profile: Readonly<Record<string, unknown>>;
  /** What was sealed for this very home; null when only the key is at hand. */
  readonly sealed: EscapeKit["homes"][number] | null;
};

/** Members in one job: few enough that a process that dies leaves little to do again. */
const IN_A_JOB = 100;
/** Where so many come at once, other servers are told of them first, and what they wrote is taken in a little later, ms. */
const NOTES_AFTER_MS = 15_000;

/** Has members brought over by jobs for some of them each, inside the caller's transaction. */
export async function requestLaunches(
  app: App,
  tx: Db,
  memberIds: readonly number[],
  evacuationId: number | null,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(memberIds.length / IN_A_JOB) }, (_, index) =>
    memberIds.slice(index * IN_A_JOB, (index + 1) * IN_A_JOB),
  );
  await enqueueMany(
    tx,
    chunks.map((members) => ({
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "launch-members",
      payload: { members, evacuationId: evacuationId ?? 0 },
      dedupeKey: `launch-members:${members.join(" ")}`,
      lane: 1 as const,
    })),
  );
}

/**
 * What is needed to bring members over. Left out are those who are over already, and those for whom nothing was left here to
 * do it with.
 */
export async function planLaunches(
  app: App,
  memberIds: readonly number[],
  evacuationId: number | null,
): Promise<readonly LaunchPlan[]> {
  const members = await listMembersById(app.db, memberIds);
  const told = await listTold(app.db, memberIds);
  const open = members.filter((member) => isToBeTold(member, told));
  const keys = await listEntrusted(
    app.db,
    open.map((member) => member.actor_uri),
  );
  const withKey = new Set(keys.map(({ uri }) => uri));
  const plans: LaunchPlan[] = [];
  for (const member of open) {
    if (member.actor_id === null) continue;
    const signerId = withKey.has(member.actor_uri) ? await findEntrustedSigner(app, member) : null;
    plans.push(toPlan(app, member, { actorId: asId(member.actor_id), evacuationId, signerId }));
  }
  return plans;
}

function toPlan(
  app: App,
  member: MemberRow,
  of: {
    readonly actorId: ActorId;
    readonly evacuationId: number | null;
    readonly signerId: ActorId | null;
  },
): LaunchPlan {
  const newUri = app.uris.actor(of.actorId);
  const kit = EscapeKit.safeParse(fromJson<unknown>(member.kit, null));
  const isTheirs = kit.success && kit.data.old === member.actor_uri;
  const sealed = isTheirs ? kit.data.homes.find((home) => home.new === newUri) : undefined;
  const isSound = sealed !== undefined && areMessages(sealed, { oldUri: member.actor_uri, newUri });
  return {
    memberId: member.id,
    evacuationId: of.evacuationId,
    oldUri: member.actor_uri,
    newId: of.actorId,
    newUri,
    signerId: of.signerId,
    profile: fromJson<Readonly<Record<string, unknown>>>(member.profile, {}),
    sealed: isSound ? sealed : null,
    peers: isTheirs ? kit.data.peers : [],
  };
}

/** Hidden still, or came out when the person took the account, and nobody was told yet. */
function isToBeTold({ id, state }: Pick<MemberRow, "id" | "state">, told: ReadonlySet<number>): boolean {
  if (state === "launched") return !told.has(id);
  return state === "hidden" || state === "launching";
}

/** A plan with what is said; null = neither seals nor a key, so nobody can be told. */
export type Launch = {
  readonly plan: LaunchPlan;
  readonly messages: EscapeKit["homes"][number] | null;
};

/**
 * Brings members over in one transaction: each actor comes out of hiding and names the old one, the notice of where they
 * went is kept, and each server with followers has its row and its delivery. Only then does anything leave, and a process
 * that dies before has done nothing. Doing it again does nothing.
 * Somebody who went somewhere else a short while ago is not brought over: one target only.
 */
export async function carryOutLaunches(
  app: App,
  launches: readonly Launch[],
  isOneOfMany = false,
): Promise<void> {
  const peers = await listPeersOf(
    app,
    launches.map(({ plan }) => plan),
  );
  const ready = launches.map((launch, index) => ({ ...launch, peers: peers[index] ?? [] }));
  const notesAfterMs = isOneOfMany ? NOTES_AFTER_MS : 0;
  // Kept by the job until it is done, and on the disk before anybody is told: the ledger waits for it.
  await transaction(withoutSync(app.db), (tx) => bringOver(app, tx, ready, notesAfterMs));
  app.wake();
}

async function bringOver(
  app: App,
  tx: Db,
  launches: readonly (Launch & { readonly peers: readonly KitPeer[] })[],
  notesAfterMs: number,
): Promise<void> {
  const ids = launches.map(({ plan }) => plan.memberId);
  const told = await listTold(tx, ids);
  const members = (await listComing(tx, ids)).filter((member) => isToBeTold(member, told));
  const open = new Map(members.map((member) => [member.id, member]));
  const before = await listSuccessors(
    tx,
    members.map((member) => member.actor_uri),
  );
  const isAway = new Set(
    launches
      .filter(({ plan }) => wentElsewhere(app, plan, before))
      .map(({ plan }) => plan.memberId)
      .filter((id) => open.has(id)),
  );
  const coming = members.filter(({ id }) => !isAway.has(id));
  const carried = launches.filter(({ plan }) => open.has(plan.memberId) && !isAway.has(plan.memberId));
  await markElsewhere(tx, [...isAway]);
  await activateMembers(app, tx, coming);
  // What they wrote comes along, without a word to anybody.
  await requestReplicas(app, tx, coming, notesAfterMs);
  const orders = new Map<number | null, Awaited<ReturnType<typeof orderOf>>>();
  for (const id of new Set(carried.map(({ plan }) => plan.evacuationId)))
    orders.set(id, await orderOf(tx, id));
  const notices = carried.map(({ plan: { oldUri, newId, evacuationId } }) => ({
    oldUri,
    newId,
    order: orders.get(evacuationId) ?? null,
  }));
  await writeNotices(app, tx, notices, before);
  await writeTellings(
    app,
    tx,
    carried.flatMap(({ plan, messages, peers }) => (messages === null ? [] : [{ plan, messages, peers }])),
  );
}

/** Other servers go along once in a while only (Mastodon: 7 days); a second target would be told to nobody who listens. */
function wentElsewhere(
  app: App,
  plan: Pick<LaunchPlan, "oldUri" | "newUri">,
  successors: readonly SuccessorRow[],
): boolean {
  const before = successors.find((row) => row.old_uri === plan.oldUri);
  if (before === undefined || before.new_uri === plan.newUri) return false;
  return app.clock.now() - before.created_at < MOVE_COOLDOWN_MS.ours;
}

/** One target only. @throws conflict when the old actor went somewhere else a short while ago */
export async function requireOneTarget(
  app: App,
  tx: Db,
  plan: Pick<LaunchPlan, "oldUri" | "newUri">,
): Promise<void> {
  if (wentElsewhere(app, plan, await listSuccessors(tx, [plan.oldUri])))
    throw new CausewayError("conflict", "error.launch_elsewhere");
}
