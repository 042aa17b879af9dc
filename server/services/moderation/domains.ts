// Reports, domains, relays, and whom we answer at all.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { type FederationMode, type HostRules, isBlockedBy, isDeniedBy } from "../../domain/host-policy.ts";
import type { ActorId } from "../../domain/ids.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  type DomainList,
  hideActors,
  insertDomain,
  insertSevered,
  listDomains,
  listFollowsWith,
  listRemoteActors,
  listSeveredRows,
  type RemoteActorRow,
  removeDomain,
  showActors,
} from "../../store/domains.ts";
import { removeFollow } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import { readSetting, writeSetting } from "../../store/settings.ts";
import { notify, untell } from "../notifications/notify.ts";
import { toCursor, toPage } from "../pages.ts";
import { getInstanceActorId } from "../accounts/settings.ts";

/** How long a process may go on by rules that another one has changed. */
export const HOST_RULES_KEPT_MS = 2_000;

/**
 * True when this server takes nothing from a host and sends it nothing: the only judge of that, for every door and for
 * everything that is fetched or delivered (threats MOD-01, MOD-04, MOD-08). Cheap: the lists are in memory.
 */
export async function isBlockedHost(app: App, host: string): Promise<boolean> {
  return isBlockedBy(await rulesOf(app), app.config.federation, host);
}

/**
 * True when a host is blocked by name. For what only shows pictures: in an allow-list those of allowed servers may still
 * lie with some storage provider, who is no server of the fediverse.
 */
export async function isDeniedHost(app: App, host: string): Promise<boolean> {
  return isDeniedBy(await rulesOf(app), host);
}

async function rulesOf(app: App): Promise<HostRules> {
  return await app.hostRules.get(async () => {
    const names = async (list: DomainList) =>
      new Set((await listDomains(app.db, list)).map((row) => row.host));
    return { blocked: await names("domain_blocks"), allowed: await names("allowed_domains") };
  });
}

/** Refuses everything to and from a domain and its sub-domains. Returns its canonical name. @throws invalid, conflict. */
export async function blockDomain(app: App, command: { readonly domain: string }): Promise<string> {
  return await putOn(app, "domain_blocks", command.domain);
}

/** Lifts the block of a domain. @throws invalid, not_found. */
export async function unblockDomain(app: App, command: { readonly domain: string }): Promise<string> {
  return await takeOff(app, "domain_blocks", command.domain);
}

/** Allows a domain and its sub-domains, also under a block of a domain above. @throws invalid, conflict. */
export async function allowDomain(app: App, command: { readonly domain: string }): Promise<string> {
  return await putOn(app, "allowed_domains", command.domain);
}

/** Takes the permission of a domain back. @throws invalid, not_found. */
export async function disallowDomain(app: App, command: { readonly domain: string }): Promise<string> {
  return await takeOff(app, "allowed_domains", command.domain);
}

async function putOn(app: App, list: DomainList, domain: string): Promise<string> {
  const host = canonicalDomain(app, domain);
  await transaction(app.db, async (tx) => {
    if (!(await insertDomain(tx, list, host, app.clock.now())))
      throw new CausewayError("conflict", "error.conflict");
    await enqueueApplying(app, tx, host);
  });
  app.hostRules.forget();
  app.wake();
  return host;
}

async function takeOff(app: App, list: DomainList, domain: string): Promise<string> {
  const host = canonicalDomain(app, domain);
  await transaction(app.db, async (tx) => {
    if (!(await removeDomain(tx, list, host))) throw notFound();
    await enqueueApplying(app, tx, host);
  });
  app.hostRules.forget();
  app.wake();
  return host;
}

async function enqueueApplying(app: App, tx: Db, host: string | null): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "apply-domains",
    payload: { host },
    orderingKey: "apply-domains",
    lane: 1,
  });
}

export type ListedDomain = { readonly domain: string; readonly createdAt: number };

/** Blocked domains by name; times in ms. */
export async function listDomainBlocks(app: App): Promise<readonly ListedDomain[]> {
  return await listOf(app, "domain_blocks");
}

/** Allowed domains by name; times in ms. */
export async function listAllowedDomains(app: App): Promise<readonly ListedDomain[]> {
  return await listOf(app, "allowed_domains");
}

async function listOf(app: App, list: DomainList): Promise<readonly ListedDomain[]> {
  return (await listDomains(app.db, list)).map((row) => ({ domain: row.host, createdAt: row.created_at }));
}

/**
 * Punycode, lower case, no port and no last dot, as hosts are compared everywhere; our own host is on no list.
 * @throws invalid `{ domain }`
 */
export function canonicalDomain(app: App, text: string): string {
  const address = `https://${text
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/^\*\./, "")}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  const host = url?.hostname.replace(/\.$/, "") ?? "";
  if (url === null || url.pathname !== "/" || url.username !== "" || url.search !== "" || !host.includes("."))
    throw invalid({ domain: { key: "field.link_form" } });
  const ours = [new URL(`https://${app.config.handleHost}`).hostname, new URL(app.config.origin).hostname];
  if (ours.some((own) => own === host || own.endsWith(`.${host}`)))
    throw invalid({ domain: { key: "error.invalid" } });
  return host;
}

const BATCH = 100;

/**
 * Makes what is stored agree with the rules; the job behind `apply-domains`. Actors of servers that are not talked to are
 * hidden with all they wrote, follows with them end both ways and are written down for the members concerned; actors
 * of servers that are talked to again are shown again. Only `domain` and below, or everybody with null. May be run again.
 */
export async function applyHostRules(app: App, domain: string | null): Promise<void> {
  app.hostRules.forget();
  const rules = await rulesOf(app);
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

async function applyTo(
  app: App,
  rules: HostRules,
  instanceId: ActorId,
  rows: readonly RemoteActorRow[],
): Promise<void> {
  const isOut = (row: RemoteActorRow) =>
    [row.host, URL.canParse(row.uri) ? new URL(row.uri).host : ""].some((host) =>
      isBlockedBy(rules, app.config.federation, host),
    );
  const out = rows.filter(isOut);
  const back = rows.filter((row) => row.suspended_by === "domain" && !isOut(row)).map((row) => row.id);
  if (back.length > 0) await showActors(app.db, back);
  if (out.length > 0) await transaction(app.db, (tx) => sever(app, tx, instanceId, out));
}

async function sever(
  app: App,
  tx: Db,
  instanceId: ActorId,
  actors: readonly RemoteActorRow[],
): Promise<void> {
  const now = app.clock.now();
  const fresh = actors.filter((actor) => actor.suspended_at === null).map((actor) => actor.id);
  if (fresh.length > 0) await hideActors(tx, fresh, now);
  const affected = new Set<number>();
  for (const actor of actors)
    for (const follow of await listFollowsWith(tx, actor.id)) {
      const isFollower = follow.actor_id === actor.id;
      const memberId = isFollower ? follow.target_id : follow.actor_id;
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

/** A follow that ended because of a server. `direction`: whom the member followed, or who followed the member. */
export type SeveredFollow = {
  readonly id: number;
  readonly handle: string;
  readonly direction: "following" | "follower";
  readonly at: number;
};

/** The member's follows that ended because this server stopped to talk with theirs, newest first. */
export async function listSevered(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<SeveredFollow>> {
  const cursor = toCursor(request);
  const rows = await listSeveredRows(app.db, viewer.actorId, cursor);
  return await toPage(rows, cursor, (found) =>
    Promise.resolve(
      found.map((row) => ({
        id: row.id,
        handle: `@${row.username}@${row.remote_host}`,
        direction: row.direction === "follower" ? "follower" : "following",
        at: row.created_at,
      })),
    ),
  );
}

const EXPORT_MAX = 10_000;

/** The same as a table for other servers and for later: handle, direction; at most 10,000 lines. */
export async function exportSevered(app: App, viewer: Viewer): Promise<string> {
  const { rows } = await listSeveredRows(app.db, viewer.actorId, { limit: EXPORT_MAX });
  const lines = rows.map((row) => `${row.username}@${row.remote_host},${row.direction}`);
  return ["Account address,Direction", ...lines, ""].join("\n");
}

const MODE_SETTING = "federationMode";

/** Notices that the mode was changed while the server was down, and lets everything stored follow it. */
export async function noticeFederationMode(app: App): Promise<void> {
  const before = (await readSetting(app.db, MODE_SETTING)) ?? ("open" satisfies FederationMode);
  if (before === app.config.federation) return;
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, MODE_SETTING, app.config.federation);
    await enqueueApplying(app, tx, null);
  });
  app.wake();
}
