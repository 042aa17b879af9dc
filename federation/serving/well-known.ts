import type { NodeInfo } from "@fedify/fedify";
import manifest from "../../package.json" with { type: "json" };
import type { App } from "../../server/context.ts";
import { getSettings, getStatistics } from "../../server/services/accounts/settings.ts";
import { discovery } from "./responses.ts";

const SCHEMA = "http://nodeinfo.diaspora.software/ns/schema";

/** NodeInfo 2.1 (FEP-f1d5): what this server is and how large. Figures are exact; nothing about people. */
export async function nodeInfo(app: App): Promise<NodeInfo> {
  const [settings, statistics] = await Promise.all([getSettings(app), getStatistics(app)]);
  return {
    software: { name: manifest.name, version: manifest.version },
    protocols: ["activitypub"],
    services: { inbound: [], outbound: [] },
    openRegistrations: settings.joinMode === "open" || settings.joinMode === "approval",
    usage: {
      users: {
        total: statistics.members,
        activeMonth: statistics.activeMonth,
        activeHalfyear: statistics.activeHalfYear,
      },
      localPosts: statistics.notes,
      localComments: 0,
    },
    metadata: {
      nodeName: settings.name,
      nodeDescription: settings.description,
      languages: [...settings.languages],
    },
  };
}

/** NodeInfo 2.0, which differs from 2.1 by what `software` may hold. */
export async function answerNodeInfo20(app: App): Promise<Response> {
  const { software, ...rest } = await nodeInfo(app);
  const document = { version: "2.0", software: { name: software.name, version: software.version }, ...rest };
  return discovery(JSON.stringify(document), `application/json; profile="${SCHEMA}/2.0#"; charset=utf-8`);
}

/** `/.well-known/nodeinfo`: both versions, and the instance actor (FEP-2677). */
export function answerNodeInfoLinks(app: App, instanceActorUri: string): Response {
  const links = ["2.0", "2.1"].map((version) => ({
    rel: `${SCHEMA}/${version}`,
    href: `${app.config.origin}/nodeinfo/${version}`,
  }));
  const actor = { rel: "https://www.w3.org/ns/activitystreams#Application", href: instanceActorUri };
  return discovery(JSON.stringify({ links: [...links, actor] }), "application/json");
}

/** host-meta (RFC 6415) for servers that look for WebFinger there. */
export function answerHostMeta(app: App, request: Request): Response {
  const template = `${app.config.origin}/.well-known/webfinger?resource={uri}`;
  const wantsJson =
    new URL(request.url).pathname.endsWith(".json") || /json/.test(request.headers.get("accept") ?? "");
  if (wantsJson)
    return discovery(JSON.stringify({ links: [{ rel: "lrdd", template }] }), "application/jrd+json");
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
  <Link rel="lrdd" template="${template}"/>
</XRD>
`;
  return discovery(xml, "application/xrd+xml; charset=utf-8");
}
