import type { App } from "../../server/context.ts";
import { type ActorId, parseId } from "../../server/domain/ids.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { isBlockedSigner } from "../../server/services/moderation/fetch-policy.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { hostOf, iriOf, isJson, type Json } from "../reading/json.ts";
import { activityJson, bare } from "./responses.ts";

/** What a request may be shown: everything, an actor's key and boxes alone, or nothing but this answer. */
export type Showing = "all" | "key" | Response;

/** Discovery is for everybody; pages have doors of their own, but for boards, which are documents at the same address. */
const OPEN = /^\/(?:\.well-known\/|nodeinfo\/|@(?![a-z0-9_]+\/boards\/\d+$))/;
/** What others need to verify a signature and to write back; GoToSocial shows the same to strangers. */
const KEY_PARTS = [
  "@context",
  "id",
  "type",
  "preferredUsername",
  "webfinger",
  "inbox",
  "endpoints",
  "publicKey",
  "assertionMethod",
];

/** True for an answer that is an ActivityPub document, whatever was asked for. */
export function isDocument(response: Response): boolean {
  return /^application\/(?:activity|ld)\+json\b/.test(response.headers.get("content-type") ?? "");
}

/** True for a request that would get a document, as far as its `Accept` tells. */
export function asksForDocument(request: Request): boolean {
  return /\bapplication\/(?:(?:activity|ld)\+)?json\b/i.test(request.headers.get("accept") ?? "");
}

/**
 * Decides who may read documents. A signature that claims a blocked host is refused in every mode, before anything is
 * fetched. With authorized fetch only verified signatures of other hosts are shown anything; the instance actor is shown
 * to everybody, or two such servers could never read each other's keys, and of the others their keys are.
 */
export async function showingOf(
  app: App,
  request: Request,
  signerOf: () => Promise<string | null>,
): Promise<Showing> {
  const { pathname } = new URL(request.url);
  if (OPEN.test(pathname)) return "all";
  const claimed = claimedHost(request.headers);
  if (claimed !== null && (await isBlockedHost(app, claimed))) return bare(403);
  if (!app.config.authorizedFetch) return "all";
  const [, digits, rest] = /^\/users\/(\d+)(\/|$)/.exec(pathname) ?? [];
  const actorId = parseId<ActorId>(digits);
  if (actorId !== null && actorId === (await getInstanceActorId(app))) return "all";
  const signer = await signerOf();
  if (signer !== null && (await mayRead(app, signer, actorId))) return "all";
  return actorId !== null && rest === "" ? "key" : bare(401);
}

/** Whoever a member blocks, or is blocked by, reads of them what strangers read. */
async function mayRead(app: App, signer: string, ownerId: ActorId | null): Promise<boolean> {
  if (await isBlockedHost(app, hostOf(signer) ?? "")) return false;
  return ownerId === null || !(await isBlockedSigner(app, signer, ownerId));
}

/** The host of the key that a request says it is signed with; not verified. */
function claimedHost(headers: Headers): string | null {
  const source = headers.get("signature-input") ?? headers.get("signature");
  return source === null ? null : hostOf(/\bkeyid\s*=\s*"([^"\\]{1,2048})"/i.exec(source)?.[1] ?? null);
}

/**
 * What an answer becomes: an actor's key alone, nothing of somebody who blocks the signer, whatever its address, and
 * nothing that a shared cache may keep (CVE-2026-25540).
 */
export async function shownAs(
  app: App,
  showing: "all" | "key",
  response: Response,
  signerOf: () => Promise<string | null>,
): Promise<Response> {
  if (!app.config.authorizedFetch || !isDocument(response)) return response;
  if (response.status === 200) {
    const json: unknown = await response.json();
    if (!isJson(json)) return bare(401);
    if (showing === "key") return activityJson(keyParts(json), false);
    const ownerId = ownerOf(app, json);
    const signer = ownerId === null ? null : await signerOf();
    const isKept = ownerId !== null && signer !== null && (await isBlockedSigner(app, signer, ownerId));
    return isKept ? bare(404) : activityJson(json, false);
  }
  const headers = new Headers(response.headers);
  headers.set("cache-control", "private, no-store");
  return new Response(response.body, { status: response.status, headers });
}

/** The one of ours that did or wrote what a document says. */
function ownerOf(app: App, json: Json): ActorId | null {
  const uri = iriOf(json["actor"]) ?? iriOf(json["attributedTo"]);
  const id = parseId<ActorId>(uri?.split("/").at(-1));
  return id !== null && uri === app.uris.actor(id) ? id : null;
}

function keyParts(actor: Json): Json {
  return Object.fromEntries(KEY_PARTS.filter((part) => part in actor).map((part) => [part, actor[part]]));
}
