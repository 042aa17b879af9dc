import type { App } from "../../context.ts";
import { type ActivityId, type ActorId, asId } from "../../domain/ids.ts";
import type { EscapeKit, KitPeer, MoveForm } from "../../domain/lifeboat.ts";
import { escapeWay } from "../../domain/move-forms.ts";
import { toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { insertEscapes, type NewEscape, reviveHosts, softwareHere } from "../../store/escapes.ts";
import { type OutgoingActivity, writeActivities } from "../federation/deliveries.ts";
import { isBlockedHost } from "../moderation/domains.ts";

// Who is told of somebody who comes over, and how: a row of the ledger and a delivery for each server.

/** Of whom is told, and who may have to be. */
export type TellingPlan = {
  /** The member who waits; the actor itself for who was here already and brought a kit (ids are never alike). */
  readonly memberId: number;
  readonly evacuationId: number | null;
  readonly oldUri: string;
  /** The actor here. */
  readonly newId: ActorId;
  /** The row of the old actor, when its key is at hand: then deliveries are signed with it. */
  readonly signerId: ActorId | null;
  readonly peers: readonly KitPeer[];
};

/** Servers with followers, without ourselves and those that we do not talk to. */
export async function listPeers(app: App, plan: Pick<TellingPlan, "peers">): Promise<readonly KitPeer[]> {
  const [peers] = await listPeersOf(app, [plan]);
  return peers ?? [];
}

/** The same for several, in their order. */
export async function listPeersOf(
  app: App,
  plans: readonly Pick<TellingPlan, "peers">[],
): Promise<readonly (readonly KitPeer[])[]> {
  const hosts = new Set(plans.flatMap(({ peers }) => peers.map(({ host }) => host)));
  const here = await softwareHere(app.db, [...hosts]);
  const isOpen = new Map<string, boolean>();
  const all: (readonly KitPeer[])[] = [];
  for (const { peers } of plans) {
    const kept = new Map<string, KitPeer>();
    for (const peer of peers) {
      const url = URL.parse(peer.inbox);
      if (url === null || !/^https?:$/.test(url.protocol) || url.origin === app.config.origin) continue;
      const { host } = url;
      if (kept.has(host)) continue;
      const open = isOpen.get(host) ?? !(await isBlockedHost(app, host));
      isOpen.set(host, open);
      if (open) kept.set(host, { ...peer, host, software: here.get(host) ?? peer.software });
    }
    all.push([...kept.values()]);
  }
  return all;
}

/** What is said of whom to which servers. */
export type Announcement = {
  readonly plan: TellingPlan;
  readonly messages: EscapeKit["homes"][number];
  readonly peers: readonly KitPeer[];
};

/** Writes who is told what: a row for each server, and one activity for each form with its deliveries. */
export async function writeTellings(app: App, tx: Db, announcements: readonly Announcement[]): Promise<void> {
  const told = announcements.map((one) => tellingsOf(app, one));
  const rows = told.flatMap((one) => one.rows);
  await insertEscapes(tx, rows);
  // A server that was thought dead may be back by now, and this is the one thing it should hear.
  await reviveHosts(tx, [...new Set(rows.map(({ host }) => host))], app.clock.now());
  await writeActivities(
    app,
    tx,
    told.flatMap((one) => one.activities),
  );
}

function tellingsOf(app: App, { plan, messages, peers }: Announcement) {
  const means = { origin: "silent", key: plan.signerId === null ? "sealed" : "live" } as const;
  const ids = new Map<MoveForm, ActivityId>();
  const inboxes = new Map<MoveForm, string[]>();
  const { memberId, evacuationId } = plan;
  const rows = peers.map((peer): NewEscape => {
    const way = escapeWay(peer.software, means);
    const { host, inbox, software, followers: expected } = peer;
    const common = { id: app.ids.next(), memberId, evacuationId, host, inbox, software, expected };
    if ("unable" in way)
      return { ...common, form: "none", state: "unable", activityId: null, fault: way.unable };
    const { form } = way;
    const activityId = ids.get(form) ?? asId<ActivityId>(app.ids.next());
    ids.set(form, activityId);
    const of = inboxes.get(form) ?? [];
    of.push(inbox);
    inboxes.set(form, of);
    return { ...common, form, state: "waiting", activityId, fault: null };
  });
  const activities = [...ids].map(([form, id]): OutgoingActivity => {
    const document = messages[form];
    return {
      id,
      uri: typeof document["id"] === "string" ? document["id"] : `${plan.oldUri}#escapes/${id}`,
      // The old key when it is at hand; else whoever they are now carries what the old key sealed.
      actorId: plan.signerId ?? plan.newId,
      body: toJson(document),
      // Its address lies at the old server.
      public: false,
      inboxes: inboxes.get(form) ?? [],
      escape: true,
    };
  });
  return { rows, activities };
}
