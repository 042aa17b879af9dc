import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { DomainRule, Severity } from "../../server/domain/host-policy.ts";
import { notFound } from "../../server/errors.ts";
import {
  addRule,
  changeDomain,
  type DomainLine,
  listDomainRules,
  ruleDomain,
  type RuleLine,
} from "../../server/services/administration/domains.ts";
import { answer, endpoint } from "../endpoint.ts";
import { AdminDomainAllow, AdminDomainBlock } from "../entities/admin.ts";
import { Nothing } from "../entities/common.ts";
import { flag, oneOf, text, word } from "../kinds.ts";
import { toDomainAllow, toDomainBlock } from "../serialize/admin.ts";

const WHOLE = "The list comes whole, without pages";

/** A rule about a server. @throws forbidden below moderator, not_found */
async function ruleOf(app: App, viewer: Viewer, domain: string): Promise<RuleLine> {
  const line = (await listDomainRules(app, viewer)).rules.find((one) => one.domain === domain);
  if (line === undefined) throw notFound();
  return line;
}

/** A server that is allowed. @throws forbidden below moderator, not_found */
async function allowedOf(app: App, viewer: Viewer, domain: string): Promise<DomainLine> {
  const line = (await listDomainRules(app, viewer)).allowed.find((one) => one.domain === domain);
  if (line === undefined) throw notFound();
  return line;
}

const named = z.object({ id: z.string().max(300) });
const wished = {
  severity: oneOf(["silence", "suspend", "noop"]),
  reject_media: flag,
  reject_reports: flag,
  obfuscate: flag,
  public_comment: text,
  private_comment: text,
};

const SEVERITY_OF: Readonly<Record<"silence" | "suspend" | "noop", Severity>> = {
  silence: "limit",
  suspend: "suspend",
  noop: "none",
};

type Wished = {
  readonly severity?: "silence" | "suspend" | "noop" | undefined;
  readonly reject_media?: boolean | undefined;
  readonly reject_reports?: boolean | undefined;
  readonly obfuscate?: boolean | undefined;
  readonly public_comment?: string | undefined;
  readonly private_comment?: string | undefined;
};

/** What a client wishes, without what it does not speak of. */
function ruleFrom(params: Wished): Partial<DomainRule> {
  const words = (value: string) => (value.trim() === "" ? null : value.trim());
  return {
    ...(params.severity === undefined ? {} : { severity: SEVERITY_OF[params.severity] }),
    ...(params.reject_media === undefined ? {} : { rejectMedia: params.reject_media }),
    ...(params.reject_reports === undefined ? {} : { rejectReports: params.reject_reports }),
    ...(params.obfuscate === undefined ? {} : { obfuscated: params.obfuscate }),
    ...(params.public_comment === undefined ? {} : { publicComment: words(params.public_comment) }),
    ...(params.private_comment === undefined ? {} : { privateComment: words(params.private_comment) }),
  };
}

export const getBlocks = endpoint({
  who: "user",
  scopes: ["admin:read:domain_blocks"],
  summary: "Rules about servers, by name",
  missing: WHOLE,
  params: z.object({}),
  returns: z.array(AdminDomainBlock),
  run: async ({ app, viewer }) => answer((await listDomainRules(app, viewer)).rules.map(toDomainBlock)),
});

export const getBlock = endpoint({
  who: "user",
  scopes: ["admin:read:domain_blocks"],
  summary: "The rule about a server",
  params: named,
  returns: AdminDomainBlock,
  run: async ({ app, viewer, params }) => answer(toDomainBlock(await ruleOf(app, viewer, params.id))),
});

export const postBlock = endpoint({
  who: "user",
  scopes: ["admin:write:domain_blocks"],
  summary:
    "Makes a rule about a server and those below it; silence when no severity is given, as Mastodon does",
  params: z.object({ domain: word, ...wished }),
  returns: AdminDomainBlock,
  run: async ({ app, viewer, params }) => {
    const rule = { ...ruleFrom(params), severity: SEVERITY_OF[params.severity ?? "silence"] };
    const domain = await addRule(app, viewer, { ...rule, domain: params.domain ?? "" });
    return answer(toDomainBlock(await ruleOf(app, viewer, domain)));
  },
});

export const putBlock = endpoint({
  who: "user",
  scopes: ["admin:write:domain_blocks"],
  summary: "Changes the rule about a server",
  params: named.extend(wished),
  returns: AdminDomainBlock,
  run: async ({ app, viewer, params }) => {
    const { domain } = await ruleOf(app, viewer, params.id);
    await ruleDomain(app, viewer, { ...ruleFrom(params), domain });
    return answer(toDomainBlock(await ruleOf(app, viewer, domain)));
  },
});

export const deleteBlock = endpoint({
  who: "user",
  scopes: ["admin:write:domain_blocks"],
  summary: "Takes the rule about a server away",
  params: named,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    const { domain } = await ruleOf(app, viewer, params.id);
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
  run: async ({ app, viewer, params }) => answer(toDomainAllow(await allowedOf(app, viewer, params.id))),
});

export const postAllow = endpoint({
  who: "user",
  scopes: ["admin:write:domain_allows"],
  summary: "Talks to a server whatever else is blocked",
  params: z.object({ domain: word }),
  returns: AdminDomainAllow,
  run: async ({ app, viewer, params }) => {
    const domain = await changeDomain(app, viewer, { domain: params.domain ?? "", change: "allow" });
    return answer(toDomainAllow(await allowedOf(app, viewer, domain)));
  },
});

export const deleteAllow = endpoint({
  who: "user",
  scopes: ["admin:write:domain_allows"],
  summary: "Takes back that a server is talked to",
  params: named,
  returns: AdminDomainAllow,
  run: async ({ app, viewer, params }) => {
    const line = await allowedOf(app, viewer, params.id);
    await changeDomain(app, viewer, { domain: line.domain, change: "disallow" });
    return answer(toDomainAllow(line));
  },
});
