import type { App } from "../../context.ts";
import { type HostRule, type HostRules, isBlockedBy, ruleFor } from "../../domain/host-policy.ts";
import type { ActorId } from "../../domain/ids.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  hideActors,
  limitActors,
  listFollowsWith,
  listPicturesOf,
  listRemoteActors,
  rejectMediaOf,
  type RemoteActorRow,
  showActors,
  unlimitActors,
} from "../../store/domain-actors.ts";
import { insertSevered } from "../../store/domains.ts";
import { removeFollow } from "../../store/follows.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { forgetProxied, keysOfProxied } from "../media/proxy.ts";
import { notify, untell } from "../notifications/notify.ts";
import { hostRules } from "./domains.ts";

const BATCH = 100;
const PICTURES = 500;

/**
 * Makes what is stored agree with the rules; the job behind `apply-domains`. Actors of servers that are not talked to are
 * hidden with all they wrote, follows with them end both ways and are written down for the members concerned; actors of
 * servers that are talked to again are shown again. Those of limited servers are limited, and pictures of servers whose
 * media are rejected are let go. What was decided about somebody alone stays as it is. Only `domain` and below, or everybody
 * with null. May be run again.
 */
export async function applyHostRules(app: App, domain: string | null): Promise<void> {
  app.hostRules.forget();
  const rules = await hostRules(app);
  const instanceId = await getInstanceActorId(app);
  let after = 0;
  for (;;) {
    const rows = await listRemoteActors(app.db, after, BATCH, domain);
    await applyTo(app, rules, instanceId, rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = last.id;
  }
}

/** The servers that somebody belongs to: of the handle, and of the id. */
function hostsOf(row: { readonly host: string; readonly uri: string }): readonly string[] {
  return [row.host, URL.canParse(row.uri) ? new URL(row.uri).host : ""];
}

async function applyTo(
  app: App,
  rules: HostRules,
  instanceId: ActorId,
  rows: readonly RemoteActorRow[],
): Promise<void> {
  const isOut = (row: RemoteActorRow) =>
    hostsOf(row).some((host) => isBlockedBy(rules, app.config.federation, host));
  const out = rows.filter(isOut);
  const back = rows.filter((row) => row.suspended_by === "domain" && !isOut(row)).map((row) => row.id);
  if (back.length > 0) await showActors(app.db, back);
  if (out.length > 0) await transaction(app.db, (tx) => sever(app, tx, instanceId, out));
  await limit(app, rules, rows);
  await reject(app, rules, rows);
}

function anyRule(rules: HostRules, row: RemoteActorRow, holds: (rule: HostRule) => boolean): boolean {
  return hostsOf(row).some((host) => {
    const rule = ruleFor(rules, host);
    return rule !== null && holds(rule);
  });
}

async function limit(app: App, rules: HostRules, rows: readonly RemoteActorRow[]): Promise<void> {
  const isLimited = (row: RemoteActorRow) => anyRule(rules, row, (rule) => rule.severity === "limit");
  const fresh = rows.filter((row) => row.limited_at === null && isLimited(row)).map((row) => row.id);
  const free = rows.filter((row) => row.limited_by === "domain" && !isLimited(row)).map((row) => row.id);
  if (fresh.length > 0) await limitActors(app.db, fresh, app.clock.now());
  if (free.length > 0) await unlimitActors(app.db, free);
}

/** Addresses stay in the rows, so that pictures come back with the rule gone; the copies kept here go. */
async function reject(app: App, rules: HostRules, rows: readonly RemoteActorRow[]): Promise<void> {
  const isRejected = (row: RemoteActorRow) => anyRule(rules, row, (rule) => rule.rejectMedia);
  const fresh = rows.filter((row) => row.media_rejected === 0 && isRejected(row));
  const free = rows.filter((row) => row.media_rejected === 1 && !isRejected(row)).map((row) => row.id);
  if (free.length > 0) await rejectMediaOf(app.db, free, 0);
  if (fresh.length === 0) return;
  const ids = fresh.map((row) => row.id);
  await rejectMediaOf(app.db, ids, 1);
  await forgetProxied(
    app,
    keysOfProxied(
      app,
      fresh.flatMap((row) => [row.avatar, row.header]).filter((url) => url !== null),
    ),
  );
  let after = 0;
  for (;;) {
    const found = await listPicturesOf(app.db, ids, after, PICTURES);
    await forgetProxied(
      app,
      keysOfProxied(
        app,
        found.flatMap(({ urls }) => urls),
      ),
    );
    const last = found.at(-1);
    if (last === undefined || found.length < PICTURES) return;
    after = last.id;
  }
}

async function sever(
  app: App,
  tx: Db,
  instanceId: ActorId,
  actors: readonly RemoteActorRow[],
): Promise<void> {
  const now = app.clock.now();
  const byId = new Map(actors.map((actor) => [actor.id, actor]));
  const fresh = actors.filter((actor) => actor.suspended_at === null).map((actor) => actor.id);
  if (fresh.length > 0) await hideActors(tx, fresh, now);
  const affected = new Set<number>();
  for (const follow of await listFollowsWith(tx, [...byId.keys()])) {
    const isFollower = byId.has(follow.actor_id);
    const memberId = isFollower ? follow.target_id : follow.actor_id;
    const actor = byId.get(isFollower ? follow.actor_id : follow.target_id);
    // Two strangers that follow each other are none of our business, and have no row to begin with.
    if (actor === undefined) continue;
    await removeFollow(tx, follow.actor_id, follow.target_id);
    await untell(tx, {
      kinds: ["follow", "follow_request", "follow_accepted"],
      to: memberId,
      actorId: actor.id,
    });
    if (follow.state !== "accepted") continue;
    affected.add(memberId);
    await insertSevered(tx, [
      {
        id: app.ids.next(),
        host: actor.host,
        actor_id: memberId,
        remote_id: actor.id,
        direction: isFollower ? "follower" : "following",
        created_at: now,
      },
    ]);
  }
  for (const memberId of affected) {
    // One line that is new again, rather than one for each batch.
    await untell(tx, { kinds: ["severed"], to: memberId, actorId: instanceId });
    await notify(app, tx, { kind: "severed", to: [memberId], actorId: instanceId });
  }
}
