import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { countByHost, domainTies, type DomainTies } from "../../store/administration.ts";
import { listDomains } from "../../store/domains.ts";
import {
  allowDomain,
  blockDomain,
  canonicalDomain,
  disallowDomain,
  unblockDomain,
} from "../moderation/domains.ts";
import { requireAdministrator, requireModerator } from "./roles.ts";

/** A domain on a list, with what is hidden because of it. `severed`: follows that ended. */
export type DomainLine = {
  readonly domain: string;
  readonly since: number;
  readonly people: number;
  readonly severed: number;
};

/** Both lists by name. @throws forbidden below moderator */
export async function listDomainRules(
  app: App,
  viewer: Viewer,
): Promise<{ readonly blocked: readonly DomainLine[]; readonly allowed: readonly DomainLine[] }> {
  requireModerator(viewer);
  const blocked = await listDomains(app.db, "domain_blocks");
  const allowed = await listDomains(app.db, "allowed_domains");
  const counts = await countByHost(
    app.db,
    [...blocked, ...allowed].map((row) => row.host),
  );
  const toLine = (row: { readonly host: string; readonly created_at: number }): DomainLine => ({
    domain: row.host,
    since: row.created_at,
    ...(counts.get(row.host) ?? { people: 0, severed: 0 }),
  });
  return { blocked: blocked.map(toLine), allowed: allowed.map(toLine) };
}

/** What a block of a domain would end. @throws forbidden below moderator, invalid `{ domain }` */
export async function previewDomain(
  app: App,
  viewer: Viewer,
  text: string,
): Promise<DomainTies & { readonly domain: string }> {
  requireModerator(viewer);
  const domain = canonicalDomain(app, text);
  return { domain, ...(await domainTies(app.db, domain)) };
}

export const DOMAIN_CHANGES = ["block", "unblock", "allow", "disallow"] as const;
export type DomainChange = (typeof DOMAIN_CHANGES)[number];

/** Changes the lists of servers. Returns the domain's canonical name. @throws forbidden below admin, invalid, conflict, not_found */
export async function changeDomain(
  app: App,
  viewer: Viewer,
  command: { readonly domain: string; readonly change: DomainChange },
): Promise<string> {
  requireAdministrator(viewer);
  const change = {
    block: blockDomain,
    unblock: unblockDomain,
    allow: allowDomain,
    disallow: disallowDomain,
  }[command.change];
  return await change(app, { domain: command.domain });
}
