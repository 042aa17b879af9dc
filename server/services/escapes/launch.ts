import type { App } from "../../context.ts";
import { type ActivityId, type ActorId, asId } from "../../domain/ids.ts";
import { EscapeKit, type KitPeer, type MoveForm } from "../../domain/lifeboat.ts";
import { escapeWay } from "../../domain/move-forms.ts";
import { MOVE_COOLDOWN_MS } from "../../domain/move.ts";
import { CausewayError } from "../../errors.ts";
import { findActorByUri } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  findMember,
  findSuccessor,
  hasEscapes,
  insertEscapes,
  type MemberRow,
  type NewEscape,
  reviveHosts,
  softwareHere,
  updateMember,
} from "../../store/escapes.ts";
import { enqueueMany } from "../../store/jobs.ts";
import { findSigningKey } from "../../store/keys.ts";
import { writeActivity } from "../federation/deliveries.ts";
import { isBlockedHost } from "../moderation/domains.ts";
import { activateMember } from "../standbys/activation.ts";
import { requestReplica } from "../arrivals/replica.ts";
import { areMessages } from "./messages.ts";
import { orderOf, writeNotice } from "./notices.ts";

/** How a member is brought over, read from what the home left here. */
export type LaunchPlan = {
  /** The member who waits; the actor itself for who was here already and brought a kit (ids are never alike). */
  readonly memberId: number;
  readonly evacuationId: number | null;
  readonly oldUri: string;
  /** The actor here. */
  readonly newId: ActorId;
  readonly newUri: string;
  /** The row of the old actor, when its key is at hand: then deliveries are signed with it. */
  readonly signerId: ActorId | null;
  /** The old actor as its home last sent it. */
  readonly profile: Readonly<Record<string, unknown>>;
  /** What was sealed for this very home; null when only the key is at hand. */
  readonly sealed: EscapeKit["homes"][number] | null;
  readonly peers: readonly KitPeer[];
};

/** Members who come over in one transaction: few enough that nobody waits for it, and the commit is shared. */
const AT_ONCE = 10;

/** Has members brought over by jobs for a few of them each, inside the caller's transaction. */
export async function requestLaunches(
  app: App,
  tx: Db,
  memberIds: readonly number[],
  evacuationId: number | null,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(memberIds.length / AT_ONCE) }, (_, index) =>
    memberIds.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
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

/** What is needed to bring a member over; null when they are over already, or nothing was left here to do it with. */
export async function planLaunch(
  app: App,
  memberId: number,
  evacuationId: number | null,
): Promise<LaunchPlan | null> {
  const member = await findMember(app.db, memberId);
  if (member === undefined || !(await isToBeTold(app.db, member)) || member.actor_id === null) return null;
  const newId = asId<ActorId>(member.actor_id);
  const newUri = app.uris.actor(newId);
  const kit = EscapeKit.safeParse(fromJson<unknown>(member.kit, null));
  const isTheirs = kit.success && kit.data.old === member.actor_uri;
  const sealed = isTheirs ? kit.data.homes.find((home) => home.new === newUri) : undefined;
  const isSound = sealed !== undefined && areMessages(sealed, { oldUri: member.actor_uri, newUri });
  const old = await findActorByUri(app.db, member.actor_uri);
  const entrusted = old === undefined ? undefined : await findSigningKey(app.db, old.id);
  return {
    memberId,
    evacuationId,
    oldUri: member.actor_uri,
    newId,
    newUri,
    signerId: entrusted === undefined || old === undefined ? null : asId<ActorId>(old.id),
    profile: fromJson<Readonly<Record<string, unknown>>>(member.profile, {}),
    sealed: isSound ? sealed : null,
    peers: isTheirs ? kit.data.peers : [],
  };
}

/** Hidden still, or came out when the person took the account, and nobody was told yet. */
async function isToBeTold(db: Db, member: MemberRow): Promise<boolean> {
  if (member.state === "launched") return !(await hasEscapes(db, member.id));
  return member.state === "hidden" || member.state === "launching";
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
export async function carryOutLaunches(app: App, launches: readonly Launch[]): Promise<void> {
  const ready: (Launch & { readonly peers: readonly KitPeer[] })[] = [];
  for (const launch of launches) ready.push({ ...launch, peers: await listPeers(app, launch.plan) });
  await transaction(app.db, async (tx) => {
    for (const one of ready) await bringOver(app, tx, one);
  });
  app.wake();
}

async function bringOver(
  app: App,
  tx: Db,
  { plan, messages, peers }: Launch & { readonly peers: readonly KitPeer[] },
): Promise<void> {
  const member = await findMember(tx, plan.memberId);
  if (member === undefined || !(await isToBeTold(tx, member))) return;
  if (await wentElsewhere(app, tx, plan))
    return await updateMember(tx, plan.memberId, { state: "elsewhere" });
  await activateMember(app, tx, plan.memberId);
  // What they wrote comes along, without a word to anybody.
  await requestReplica(app, tx, plan.memberId);
  await writeNotice(app, tx, {
    oldUri: plan.oldUri,
    newId: plan.newId,
    order: await orderOf(tx, plan.evacuationId),
  });
  if (messages !== null) await writeTellings(app, tx, { plan, messages, peers });
}

/** Other servers go along once in a while only (Mastodon: 7 days); a second target would be told to nobody who listens. */
async function wentElsewhere(
  app: App,
  tx: Db,
  plan: Pick<LaunchPlan, "oldUri" | "newUri">,
): Promise<boolean> {
  const before = await findSuccessor(tx, plan.oldUri);
  if (before === undefined || before.new_uri === plan.newUri) return false;
  return app.clock.now() - before.created_at < MOVE_COOLDOWN_MS.ours;
}

/** One target only. @throws conflict when the old actor went somewhere else a short while ago */
export async function requireOneTarget(
  app: App,
  tx: Db,
  plan: Pick<LaunchPlan, "oldUri" | "newUri">,
): Promise<void> {
  if (await wentElsewhere(app, tx, plan)) throw new CausewayError("conflict", "error.launch_elsewhere");
}

/** Servers with followers, without ourselves and those that we do not talk to. */
export async function listPeers(app: App, plan: Pick<LaunchPlan, "peers">): Promise<readonly KitPeer[]> {
  const here = await softwareHere(
    app.db,
    plan.peers.map(({ host }) => host),
  );
  const kept = new Map<string, KitPeer>();
  for (const peer of plan.peers) {
    const url = URL.parse(peer.inbox);
    if (url === null || !/^https?:$/.test(url.protocol) || url.origin === app.config.origin) continue;
    if (kept.has(url.host) || (await isBlockedHost(app, url.host))) continue;
    kept.set(url.host, { ...peer, host: url.host, software: here.get(url.host) ?? peer.software });
  }
  return [...kept.values()];
}

/** Writes who is told what: a row for each server, and one activity for each form with its deliveries. */
export async function writeTellings(
  app: App,
  tx: Db,
  of: {
    readonly plan: LaunchPlan;
    readonly messages: EscapeKit["homes"][number];
    readonly peers: readonly KitPeer[];
  },
): Promise<void> {
  const { plan, messages, peers } = of;
  const means = { origin: "silent", key: plan.signerId === null ? "sealed" : "live" } as const;
  const ids = new Map<MoveForm, ActivityId>();
  const inboxes = new Map<MoveForm, string[]>();
  const rows = peers.map((peer): NewEscape => {
    const way = escapeWay(peer.software, means);
    const { host, inbox, software, followers: expected } = peer;
    const common = { id: app.ids.next(), host, inbox, software, expected };
    if ("unable" in way)
      return { ...common, form: "none", state: "unable", activityId: null, fault: way.unable };
    const { form } = way;
    const activityId = ids.get(form) ?? asId<ActivityId>(app.ids.next());
    ids.set(form, activityId);
    inboxes.set(form, [...(inboxes.get(form) ?? []), inbox]);
    return { ...common, form, state: "waiting", activityId, fault: null };
  });
  await insertEscapes(tx, { memberId: plan.memberId, evacuationId: plan.evacuationId }, rows);
  // A server that was thought dead may be back by now, and this is the one thing it should hear.
  await reviveHosts(
    tx,
    rows.map(({ host }) => host),
    app.clock.now(),
  );
  for (const [form, id] of ids) {
    const document = messages[form];
    await writeActivity(app, tx, {
      id,
      uri: typeof document["id"] === "string" ? document["id"] : `${plan.oldUri}#escapes/${id}`,
      // The old key when it is at hand; else whoever they are now carries what the old key sealed.
      actorId: plan.signerId ?? plan.newId,
      body: toJson(document),
      // Its address lies at the old server.
      public: false,
      inboxes: inboxes.get(form) ?? [],
      escape: true,
    });
  }
}
