import type { App } from "../../server/context.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { isOurHost } from "../../server/services/actors/actors.ts";
import {
  findLocalActorByName,
  localActorForFederation,
  type LocalActor,
} from "../../server/services/actors/local-actors.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { findLocalActor } from "./actors.ts";
import { discovery } from "./responses.ts";

type Link = Readonly<Record<string, string>>;

/**
 * `/.well-known/webfinger` (RFC 7033): who is behind a handle, the address of an actor or of its page. Akkoma asks by both.
 * 400 without a resource, 404 for what is not ours, 410 for who has left: their name is never given again.
 */
export async function answerWebFinger(app: App, request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const resource = query.get("resource")?.trim() ?? "";
  if (resource === "") return refusal(400);
  const actor = await findActor(app, resource);
  if (actor === null) return refusal(404);
  if (actor.deleted && !actor.leadsOn) return refusal(410);
  const wanted = query.getAll("rel");
  const links = linksOf(app, actor).filter(({ rel }) => wanted.length === 0 || wanted.includes(rel ?? ""));
  const jrd = {
    subject: `acct:${actor.username}@${app.config.handleHost}`,
    aliases: [...new Set([actor.url, actor.uri])],
    links,
  };
  return discovery(JSON.stringify(jrd), "application/jrd+json");
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: { "access-control-allow-origin": "*" } });
}

/** `acct:name@host` with or without `acct:`, the host's own name for the instance actor (FEP-2677, FEP-d556), or an address. */
async function findActor(app: App, resource: string): Promise<LocalActor | null> {
  if (/^https?:/i.test(resource))
    return URL.canParse(resource) ? findByAddress(app, new URL(resource)) : null;
  const [, username = "", host = ""] = /^(?:acct:)?@?([^@/]+)@([^@/]+)$/i.exec(resource) ?? [];
  if (!isOurHost(app, host)) return null;
  return isOurHost(app, username) ? instanceActor(app) : findLocalActorByName(app, username);
}

/** The id of an actor, its page, or our origin for the instance actor. */
async function findByAddress(app: App, url: URL): Promise<LocalActor | null> {
  if (url.origin !== app.config.origin) return null;
  if (url.pathname === "/") return instanceActor(app);
  const id = /^\/users\/(\d+)\/?$/.exec(url.pathname)?.[1];
  if (id !== undefined) return findLocalActor(app, id);
  const username = /^\/@([a-z0-9_]{1,30})\/?$/i.exec(url.pathname)?.[1];
  return username === undefined ? null : findLocalActorByName(app, username);
}

async function instanceActor(app: App): Promise<LocalActor | null> {
  const id: ActorId = await getInstanceActorId(app);
  return localActorForFederation(app, id);
}

function linksOf(app: App, actor: LocalActor): readonly Link[] {
  const links: Link[] = [
    { rel: "self", type: "application/activity+json", href: actor.uri },
    { rel: "http://webfinger.net/rel/profile-page", type: "text/html", href: actor.url },
  ];
  if (actor.avatarUrl !== null)
    links.push({
      rel: "http://webfinger.net/rel/avatar",
      type: actor.avatarType ?? "image/webp",
      href: actor.avatarUrl,
    });
  // Nobody signs in as the server itself.
  return actor.kind === "Application" ? links : [...links, ...intentLinks(app)];
}

/**
 * The pages where people who live here act on things elsewhere: OStatus subscribe, which everybody knows, and activity
 * intents (FEP-3b86), as `template`, which others read, and as `href`, which the FEP names.
 */
function intentLinks(app: App): readonly Link[] {
  const { origin } = app.config;
  const back = "on-success={on-success}&on-cancel={on-cancel}";
  const intents: readonly (readonly [string, string])[] = [
    ["Follow", `/intents/follow?object={object}&${back}`],
    ["Like", `/intents/like?object={object}&${back}`],
    ["Announce", `/intents/announce?object={object}&${back}`],
    ["Create", "/share?title={name}&text={content}&inReplyTo={inReplyTo}"],
    ["Object", "/authorize_interaction?uri={object}"],
  ];
  return [
    { rel: "http://ostatus.org/schema/1.0/subscribe", template: `${origin}/authorize_interaction?uri={uri}` },
    ...intents.map(([name, path]) => ({
      rel: `https://w3id.org/fep/3b86/${name}`,
      template: `${origin}${path}`,
      href: `${origin}${path}`,
    })),
  ];
}
