import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { CausewayError, notFound } from "../../server/errors.ts";
import {
  changeDomain,
  type DomainLine,
  listDomainRules,
} from "../../server/services/administration/domains.ts";
import { answer, endpoint } from "../endpoint.ts";
import { AdminDomainAllow, AdminDomainBlock } from "../entities/admin.ts";
import { Nothing } from "../entities/common.ts";
import { oneOf, word } from "../kinds.ts";
import { toDomainAllow, toDomainBlock } from "../serialize/admin.ts";

type List = "blocked" | "allowed";

const WHOLE = "The list comes whole, without pages";
const FINER =
  "severity silence and noop are refused, as nothing finer than a block is there; comments, obfuscate and the reject_ switches are not kept";

/** A domain on a list. @throws forbidden below moderator, not_found */
async function lineOf(app: App, viewer: Viewer, list: List, domain: string): Promise<DomainLine> {
  const lines = (await listDomainRules(app, viewer))[list];
  const line = lines.find((one) => one.domain === domain);
  if (line === undefined) throw notFound();
  return line;
}

const named = z.object({ id: z.string().max(300) });
const severity = { severity: oneOf(["silence", "suspend", "noop"]) };

/** Mastodon means `silence` when nothing is said: who asks for less does not get more. @throws invalid */
function requireSuspend(given: "silence" | "suspend" | "noop" | undefined): void {
  if (given !== "suspend") throw new CausewayError("invalid", "error.invalid");
}

export const getBlocks = endpoint({
  who: "user",
  scopes: ["admin:read:domain_blocks"],
  summary: "Servers that this one does not talk to, by name",
  missing: WHOLE,
  params: z.object({}),
  returns: z.array(AdminDomainBlock),
  run: async ({ app, viewer }) => answer((await listDomainRules(app, viewer)).blocked.map(toDomainBlock)),
});

export const getBlock = endpoint({
  who: "user",
  scopes: ["admin:read:domain_blocks"],
  summary: "A server that this one does not talk to",
  params: named,
  returns: AdminDomainBlock,
  run: async ({ app, viewer, params }) =>
    answer(toDomainBlock(await lineOf(app, viewer, "blocked", params.id))),
});

export const postBlock = endpoint({
  who: "user",
  scopes: ["admin:write:domain_blocks"],
  summary: "Stops to talk to a server and those below it",
  missing: FINER,
  params: z.object({ domain: word, ...severity }),
  returns: AdminDomainBlock,
  run: async ({ app, viewer, params }) => {
    requireSuspend(params.severity);
    const domain = await changeDomain(app, viewer, { domain: params.domain ?? "", change: "block" });
    return answer(toDomainBlock(await lineOf(app, viewer, "blocked", domain)));
  },
});

export const putBlock = endpoint({
  who: "user",
  scopes: ["admin:write:domain_blocks"],
  summary: "Leaves a block as it is, since there is one kind",
  missing: FINER,
  params: named.extend(severity),
  returns: AdminDomainBlock,
  run: async ({ app, viewer, params }) => {
    const line = await lineOf(app, viewer, "blocked", params.id);
    if (params.severity !== undefined) requireSuspend(params.severity);
    return answer(toDomainBlock(line));
  },
});

export const deleteBlock = endpoint({
  who: "user",
  scopes: ["admin:write:domain_blocks"],
  summary: "Talks to a server again",
  params: named,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    const { domain } = await lineOf(app, viewer, "blocked", params.id);
    await changeDomain(app, viewer, { domain, change: "unblock" });
    return answer({});
  },
});

export const getAllows = endpoint({
  who: "user",
  scopes: ["admin:read:domain_allows"],
  summary: "Servers that this one talks to whatever else is blocked, by name",
  missing: WHOLE,
  params: z.object({}),
  returns: z.array(AdminDomainAllow),
  run: async ({ app, viewer }) => answer((await listDomainRules(app, viewer)).allowed.map(toDomainAllow)),
});

export const getAllow = endpoint({
  who: "user",
  scopes: ["admin:read:domain_allows"],
  summary: "A server that this one talks to",
  params: named,
  returns: AdminDomainAllow,
  run: async ({ app, viewer, params }) =>
    answer(toDomainAllow(await lineOf(app, viewer, "allowed", params.id))),
});

export const postAllow = endpoint({
  who: "user",
  scopes: ["admin:write:domain_allows"],
  summary: "Talks to a server whatever else is blocked",
  params: z.object({ domain: word }),
  returns: AdminDomainAllow,
  run: async ({ app, viewer, params }) => {
    const domain = await changeDomain(app, viewer, { domain: params.domain ?? "", change: "allow" });
    return answer(toDomainAllow(await lineOf(app, viewer, "allowed", domain)));
  },
});

export const deleteAllow = endpoint({
  who: "user",
  scopes: ["admin:write:domain_allows"],
  summary: "Takes back that a server is talked to",
  params: named,
  returns: AdminDomainAllow,
  run: async ({ app, viewer, params }) => {
    const line = await lineOf(app, viewer, "allowed", params.id);
    await changeDomain(app, viewer, { domain: line.domain, change: "disallow" });
    return answer(toDomainAllow(line));
  },
});
