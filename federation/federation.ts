// The door to other servers: ActivityPub, WebFinger, NodeInfo, signatures. The only folder that imports @fedify/*.
// May import services, domain, http, context, errors, store/{kv,jobs}; imported by server/app.ts alone.
// This file: the door's whole URL table and its jobs.

import { createFederation } from "@fedify/fedify";
import type { App } from "../server/context.ts";
import { asId, parseId } from "../server/domain/ids.ts";
import { findLocalActorId } from "../server/services/actors.ts";
import { backfillActor, fetchParent } from "../server/services/received-notes.ts";
import { getInstanceActorId } from "../server/services/settings.ts";
import type { JobHandler } from "../server/store/jobs.ts";
import { dispatchActor, findLocalActor, identifierOfHandle, identifierOfPage } from "./serving/actors.ts";
import { signerOfGet } from "./inbox/authenticate.ts";
import { registerCollections } from "./serving/collections.ts";
import { createDeliverJob, createFederateJob } from "./delivery/deliver.ts";
import { createDocuments, type Documents } from "./remote/documents.ts";
import type { DoorData, DoorFederation } from "./serving/door.ts";
import { createInboxJob } from "./inbox/listeners.ts";
import { receiveDelivery } from "./inbox/inbox.ts";
import { isJson } from "./reading/json.ts";
import { createKeyRing, type KeyRing } from "./inbox/keys.ts";
import { createKvStore } from "./kv.ts";
import { answerActivity, pageOfNote, registerObjects } from "./serving/objects.ts";
import { toTombstone } from "./writing/outbound.ts";
import { payloadNumber } from "./payload.ts";
import { createRefreshJob } from "./remote/refresh.ts";
import { activityJson, bare } from "./serving/responses.ts";
import { createKeyStore } from "./delivery/signing.ts";
import { answerHostMeta, answerNodeInfo20, answerNodeInfoLinks, nodeInfo } from "./serving/well-known.ts";
import { finishWire, toWire } from "./writing/wire.ts";

export type DoorContext = {
  readonly clientIp: string;
  /** The next door, for what is not ours to answer: pages. */
  readonly next: () => Promise<Response>;
};

export type FederationDoor = {
  fetch(request: Request, context: DoorContext): Promise<Response>;
  /** Handlers of the jobs of this door, by kind. */
  readonly jobs: Readonly<Record<string, JobHandler>>;
};

type Parts = {
  readonly app: App;
  readonly federation: DoorFederation;
  readonly documents: Documents;
  readonly ring: KeyRing;
};

type Answer = (parts: Parts, request: Request, context: DoorContext, id: string) => Promise<Response>;

/** Every address that other servers use. What matches none of these goes to the next door. */
const ROUTES: readonly (readonly [method: "GET" | "POST", pattern: RegExp, answer: Answer])[] = [
  ["POST", /^\/inbox$/, postInbox],
  ["POST", /^\/users\/(\d+)\/inbox$/, postPersonalInbox],
  ["GET", /^\/users\/(\d+)$/, getActor],
  ["GET", /^\/users\/\d+\/(?:outbox|followers|following|featured)$/, getDocument],
  ["GET", /^\/notes\/(\d+)$/, getNote],
  ["GET", /^\/notes\/\d+\/replies$/, getDocument],
  ["GET", /^\/(?:follows|likes|announces|blocks)\/\d+$/, getDocument],
  ["GET", /^\/activities\/(\d+)$/, ({ app }, _request, _context, id) => answerActivity(app, id)],
  ["GET", /^\/@([a-z0-9_]+)$/, getProfilePage],
  ["GET", /^\/@[a-z0-9_]+\/(\d+)$/, getNotePage],
  ["GET", /^\/\.well-known\/webfinger$/, getDocument],
  ["GET", /^\/\.well-known\/nodeinfo$/, getNodeInfoLinks],
  [
    "GET",
    /^\/\.well-known\/host-meta(?:\.json)?$/,
    ({ app }, request) => Promise.resolve(answerHostMeta(app, request)),
  ],
  ["GET", /^\/nodeinfo\/2\.0$/, ({ app }) => answerNodeInfo20(app)],
  ["GET", /^\/nodeinfo\/2\.1$/, getDocument],
];

/** Builds the door for one instance. Nothing is started; jobs run when the worker is handed `jobs`. */
export function createFederationDoor(app: App): FederationDoor {
  const keys = createKeyStore(app);
  const documents = createDocuments(app, keys);
  const ring = createKeyRing(app, documents);
  const parts: Parts = { app, documents, ring, federation: buildFederation(app, documents) };
  return {
    fetch: (request, context) => route(parts, request, context),
    jobs: {
      federate: createFederateJob(keys),
      deliver: createDeliverJob(keys),
      inbox: createInboxJob(documents),
      backfill: (jobApp, payload) => backfillActor(jobApp, asId(payloadNumber(payload, "actorId"))),
      "fetch-parent": (jobApp, payload) => fetchParent(jobApp, asId(payloadNumber(payload, "noteId"))),
      "refresh-actor": createRefreshJob(documents),
    },
  };
}

/** Fedify for discovery, documents and content negotiation; inboxes, queues and deliveries are ours (docs/threats.md, Fedify). */
function buildFederation(app: App, documents: Documents): DoorFederation {
  const federation = createFederation<DoorData>({
    kv: createKvStore(app),
    origin: { handleHost: app.config.handleHost, webOrigin: app.config.origin },
    documentLoaderFactory: () => documents.documentLoader,
    contextLoaderFactory: () => documents.contextLoader,
    authenticatedDocumentLoaderFactory: () => documents.documentLoader,
  });
  federation
    .setActorDispatcher("/users/{identifier}", (context, identifier) =>
      dispatchActor(context.data, identifier),
    )
    .mapHandle((context, username) => identifierOfHandle(context.data.app, username))
    .mapAlias(async (context, resource) => {
      const identifier = await identifierOfPage(context.data.app, resource);
      return identifier === null ? null : { identifier };
    });
  federation.setWebFingerLinksDispatcher(() => [
    // Lets people of other servers follow from a profile here.
    {
      rel: "http://ostatus.org/schema/1.0/subscribe",
      template: `${app.config.origin}/authorize_interaction?uri={uri}`,
    },
  ]);
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", (context) => nodeInfo(context.data.app));
  registerObjects(federation);
  registerCollections(federation);
  return federation;
}

async function route(parts: Parts, request: Request, context: DoorContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const matching = ROUTES.filter(([, pattern]) => pattern.test(pathname));
  const found = matching.find(([allowed]) => allowed === method);
  if (found === undefined) {
    const isInbox = matching.some(([allowed]) => allowed === "POST");
    return isInbox ? bare(405, { allow: "POST" }) : context.next();
  }
  const [, pattern, answer] = found;
  const response = await answer(parts, request, context, pattern.exec(pathname)?.[1] ?? "");
  return request.method === "HEAD" ? new Response(null, response) : response;
}

function postInbox({ app, ring }: Parts, request: Request, context: DoorContext): Promise<Response> {
  return receiveDelivery(app, ring, request, context.clientIp);
}

async function postPersonalInbox(
  parts: Parts,
  request: Request,
  context: DoorContext,
  id: string,
): Promise<Response> {
  const actor = await findLocalActor(parts.app, id);
  if (actor === null) return bare(404);
  return actor.deleted ? bare(410) : postInbox(parts, request, context);
}

function getActor(parts: Parts, request: Request, context: DoorContext, id: string): Promise<Response> {
  return negotiate(parts, request, async () => {
    const actor = await findLocalActor(parts.app, id);
    return actor === null || actor.deleted ? context.next() : redirect(actor.url);
  });
}

function getNote(parts: Parts, request: Request, context: DoorContext, id: string): Promise<Response> {
  return negotiate(parts, request, async () => {
    const page = await pageOfNote(parts.app, id);
    return page === null ? context.next() : redirect(page);
  });
}

/** Servers that are handed the address of a page want its object: GoToSocial and Misskey do not read HTML for it. */
async function getProfilePage(
  { app }: Parts,
  request: Request,
  context: DoorContext,
  username: string,
): Promise<Response> {
  const id = wantsActivity(request) ? await findLocalActorId(app, username) : null;
  return id === null ? context.next() : redirect(app.uris.actor(id));
}

/** The object's own address decides who may see it; this one only knows where that is. */
function getNotePage({ app }: Parts, request: Request, context: DoorContext, id: string): Promise<Response> {
  const noteId = wantsActivity(request) ? parseId(id) : null;
  return noteId === null ? context.next() : Promise.resolve(redirect(app.uris.note(noteId)));
}

function wantsActivity(request: Request): boolean {
  return /\bapplication\/(?:activity|ld)\+json\b/i.test(request.headers.get("accept") ?? "");
}

function getDocument(parts: Parts, request: Request, context: DoorContext): Promise<Response> {
  return negotiate(parts, request, context.next);
}

async function getNodeInfoLinks({ app }: Parts): Promise<Response> {
  return answerNodeInfoLinks(app, app.uris.actor(await getInstanceActorId(app)));
}

/** Lets Fedify answer on the canonical origin, and gives its documents their last touches; `page` answers browsers. */
async function negotiate(parts: Parts, request: Request, page: () => Promise<Response>): Promise<Response> {
  const { app, federation, ring } = parts;
  const url = new URL(request.url);
  const canonical = new Request(`${app.config.origin}${url.pathname}${url.search}`, {
    headers: request.headers,
  });
  let signer: Promise<string | null> | undefined;
  const data: DoorData = {
    app,
    signer: () => (signer ??= signerOfGet(app, ring, request)),
    isPrivate: false,
    goneUri: null,
    extras: {},
  };
  const response = await federation.fetch(canonical, {
    contextData: data,
    onNotFound: () => missing(data),
    onNotAcceptable: page,
    onUnauthorized: () => bare(404),
  });
  return finish(response, data);
}

/** The same 404 for what is not there and what may not be seen; 410 for what everybody could see. */
async function missing(data: DoorData): Promise<Response> {
  return data.goneUri === null ? bare(404) : activityJson(await toWire(toTombstone(data.goneUri)), true, 410);
}

async function finish(response: Response, data: DoorData): Promise<Response> {
  const isActivity = response.headers.get("content-type") === "application/activity+json";
  if (!isActivity || data.goneUri !== null) return response;
  const json: unknown = await response.json();
  return isJson(json)
    ? activityJson(finishWire(json, data.extras), !data.isPrivate, response.status)
    : bare(404);
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location, vary: "Accept" } });
}
