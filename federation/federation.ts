// The door to other servers: ActivityPub, WebFinger, NodeInfo, signatures. The only folder that imports @fedify/*.
// May import services, domain, http, context, errors, store/{kv,jobs}; imported by server/app.ts alone.
// This file: the door's whole URL table and its jobs.

import { createFederation } from "@fedify/fedify";
import type { App } from "../server/context.ts";
import { fromRequest, type DeliveryRequest } from "../server/http/inbox-guard.ts";
import { asId, parseId, type ActorId } from "../server/domain/ids.ts";
import { findLocalActorId } from "../server/services/actors/actors.ts";
import { createAcceptance, type Acceptance } from "../server/services/federation/inbox.ts";
import { syncFollowers } from "../server/services/relations/follower-sync.ts";
import { backfillThread } from "../server/services/threads/backfill.ts";
import { requestFeatured } from "../server/services/actors/featured.ts";
import { backfillActor, fetchParent } from "../server/services/notes/received-notes.ts";
import { verifyReply } from "../server/services/consent/foreign-replies.ts";
import { verifyQuote } from "../server/services/consent/quote-checks.ts";
import { getInstanceActorId } from "../server/services/accounts/settings.ts";
import type { JobHandler } from "../server/store/jobs.ts";
import { dispatchActor, findLocalActor } from "./serving/actors.ts";
import { answerBoard } from "./serving/boards.ts";
import { signerOfGet } from "./inbox/authenticate.ts";
import { registerCollections } from "./serving/collections.ts";
import { createDeliverJob, createFederateJob } from "./delivery/deliver.ts";
import { createSender, type Sender } from "./delivery/sender.ts";
import { createLaunchJob } from "./escape/launch.ts";
import { createSealJob } from "./escape/seal.ts";
import { answerLaunches, answerObjection, answerSuccessor } from "./escape/serving.ts";
import { requireAnswer } from "./remote/away.ts";
import { createDocuments, type Documents } from "./remote/documents.ts";
import type { DoorData, DoorFederation } from "./serving/door.ts";
import { createInboxJob } from "./inbox/listeners.ts";
import { createRelayedJob } from "./inbox/listeners/relays.ts";
import { receiveAtInbox, retryAfter, type Answer as InboxAnswer } from "./inbox/inbox.ts";
import { isJson } from "./reading/json.ts";
import { createKeyRing, type KeyRing } from "./inbox/keys.ts";
import { createKvStore } from "./kv.ts";
import {
  answerCollection,
  answerCollections,
  answerFeatureRequest,
  answerItem,
  answerStamp,
} from "./serving/featured-collections.ts";
import { answerFollowerSync } from "./serving/follower-sync.ts";
import { asksForDocument, isDocument, showingOf, shownAs } from "./serving/authorized-fetch.ts";
import { answerActivity, pageOfNote, registerObjects } from "./serving/objects.ts";
import { createLifeboatJob } from "./writing/lifeboats.ts";
import { toTombstone } from "./writing/notes.ts";
import { payloadNumber, payloadText } from "./payload.ts";
import { answerAuthorization, answerQuoteRequest, answerReaction } from "./serving/consent.ts";
import { answerMigration, answerMoves } from "./serving/migration.ts";
import { createRefreshJob } from "./remote/refresh.ts";
import { activityJson, bare } from "./serving/responses.ts";
import { createKeyStore } from "./delivery/signing.ts";
import { answerHostMeta, answerNodeInfo20, answerNodeInfoLinks, nodeInfo } from "./serving/well-known.ts";
import { answerWebFinger } from "./serving/web-finger.ts";
import { answerStandby, answerStandbyServer } from "./standby/doors.ts";
import { createStandbyJobs } from "./standby/jobs.ts";
import { answerSealedMedia } from "./standby/sealed-media.ts";
import { finishWire, toWire } from "./writing/wire.ts";

export type DoorContext = {
  readonly clientIp: string;
  /** The next door, for what is not ours to answer: pages. */
  readonly next: () => Promise<Response>;
};

export type FederationDoor = {
  fetch(request: Request, context: DoorContext): Promise<Response>;
  /** Answers a POST to an inbox that comes without a request object (`http/lane.ts`). */
  deliver(request: DeliveryRequest, clientIp: string): Promise<InboxAnswer>;
  /** Handlers of the jobs of this door, by kind. */
  readonly jobs: Readonly<Record<string, JobHandler>>;
  /** Makes what sends the deliveries; `count` is told how each try went. */
  sender(count: (outcome: string) => void): Sender;
};

type Parts = {
  readonly app: App;
  readonly federation: DoorFederation;
  readonly documents: Documents;
  readonly ring: KeyRing;
  /** Commits what the inboxes take; many deliveries share one commit. */
  readonly accept: Acceptance;
};

/** The parts for one request: `signer` is the actor that signed it, null for nobody, verified once when first asked. */
type Asked = Parts & { readonly signer: () => Promise<string | null> };

type Answer = (parts: Asked, request: Request, context: DoorContext, id: string) => Promise<Response>;

/** Every address that other servers use. What matches none of these goes to the next door. */
const ROUTES: readonly (readonly [method: "GET" | "POST", pattern: RegExp, answer: Answer])[] = [
  ["POST", /^\/inbox$/, postInbox],
  ["POST", /^\/users\/\d+\/inbox$/, postInbox],
  [
    "POST",
    /^\/standby\/(offers|answers|ends|segments|state|log-heads)$/,
    (parts, request, _context, what) => answerStandby(parts, request, what),
  ],
  [
    "GET",
    /^(\/standby\/media\/.+)$/,
    ({ app, signer }, _request, _context, path) => answerSealedMedia(app, signer, path),
  ],
  ["GET", /^\/\.well-known\/causeway\/standby$/, ({ app }) => answerStandbyServer(app)],
  ["GET", /^\/users\/(\d+)$/, getActor],
  ["GET", /^\/users\/\d+\/(?:outbox|followers|following|featured|featured-tags)$/, getDocument],
  [
    "GET",
    /^\/users\/(\d+)\/followers_synchronization$/,
    ({ app, signer }, _request, _context, id) => answerFollowerSync(app, signer, id),
  ],
  ["GET", /^\/notes\/(\d+)$/, getNote],
  ["GET", /^\/notes\/\d+\/(?:replies|likes|shares)$/, getDocument],
  ["GET", /^\/contexts\/\d+(?:\/history)?$/, getDocument],
  ["GET", /^\/(?:follows|likes|announces|blocks)\/\d+$/, getDocument],
  ["GET", /^\/emojis\/\d+$/, getDocument],
  ["GET", /^\/reactions\/(\d+)$/, ({ app }, _request, _context, id) => answerReaction(app, id)],
  ["GET", /^\/quote-requests\/(\d+)$/, ({ app }, _request, _context, id) => answerQuoteRequest(app, id)],
  [
    "GET",
    /^\/quote-authorizations\/(\d+)$/,
    ({ app, signer }, _request, _context, id) => answerAuthorization(app, signer, "quote", id),
  ],
  [
    "GET",
    /^\/authorizations\/(\d+)$/,
    ({ app, signer }, _request, _context, id) => answerAuthorization(app, signer, "other", id),
  ],
  [
    "GET",
    /^\/users\/(\d+)\/migration$/,
    ({ app }, request, _context, id) => answerMigration(app, request, id),
  ],
  ["GET", /^\/users\/(\d+)\/moves$/, ({ app }, _request, _context, id) => answerMoves(app, id)],
  ["GET", /^\/users\/(\d+)\/collections$/, ({ app }, _request, _context, id) => answerCollections(app, id)],
  ["GET", /^\/collections\/(\d+)$/, getCollection],
  ["GET", /^\/collection-items\/(\d+)$/, ({ app }, _request, _context, id) => answerItem(app, id)],
  ["GET", /^\/feature-requests\/(\d+)$/, ({ app }, _request, _context, id) => answerFeatureRequest(app, id)],
  ["GET", /^\/feature-authorizations\/(\d+)$/, ({ app }, _request, _context, id) => answerStamp(app, id)],
  ["GET", /^\/activities\/(\d+)$/, ({ app }, _request, _context, id) => answerActivity(app, id)],
  ["GET", /^\/@([a-z0-9_]+)$/, getProfilePage],
  ["GET", /^\/@[a-z0-9_]+\/boards\/(\d+)$/, getBoard],
  ["GET", /^\/@[a-z0-9_]+\/(\d+)$/, getNotePage],
  ["GET", /^\/\.well-known\/webfinger$/, ({ app }, request) => answerWebFinger(app, request)],
  ["GET", /^\/\.well-known\/nodeinfo$/, getNodeInfoLinks],
  [
    "GET",
    /^\/\.well-known\/host-meta(?:\.json)?$/,
    ({ app }, request) => Promise.resolve(answerHostMeta(app, request)),
  ],
  ["GET", /^\/\.well-known\/causeway\/successor$/, ({ app }, request) => answerSuccessor(app, request)],
  ["GET", /^\/\.well-known\/causeway\/launches$/, ({ app }, request) => answerLaunches(app, request)],
  ["POST", /^\/\.well-known\/causeway\/objections$/, ({ app }, request) => answerObjection(app, request)],
  ["GET", /^\/nodeinfo\/2\.0$/, ({ app }) => answerNodeInfo20(app)],
  ["GET", /^\/nodeinfo\/2\.1$/, getNodeInfo],
];

/** Builds the door for one instance. Nothing is started; jobs run when the worker is handed `jobs`. */
export function createFederationDoor(app: App): FederationDoor {
  const keys = createKeyStore(app);
  const documents = createDocuments(app, keys);
  const ring = createKeyRing(app, documents);
  const accept = createAcceptance(app);
  const parts: Parts = { app, documents, ring, accept, federation: buildFederation(app, documents) };
  return {
    fetch: (request, context) => route(parts, request, context),
    deliver: (request, clientIp) => receiveAtInbox(parts, request, clientIp),
    sender: (count) => createSender(app, keys, count),
    jobs: {
      federate: createFederateJob(keys),
      deliver: createDeliverJob(),
      lifeboat: createLifeboatJob(keys),
      "seal-kit": createSealJob(keys),
      "launch-members": createLaunchJob(keys),
      inbox: createInboxJob(documents, ring),
      relayed: createRelayedJob(documents),
      backfill: async (jobApp, payload) => {
        const actorId = asId<ActorId>(payloadNumber(payload, "actorId"));
        await backfillActor(jobApp, actorId);
        await requestFeatured(jobApp, actorId, "seen");
      },
      "fetch-parent": async (jobApp, payload) => {
        const missing = await fetchParent(jobApp, asId(payloadNumber(payload, "noteId")));
        if (missing !== null) await requireAnswer(documents, missing);
      },
      "sync-followers": (jobApp, payload) =>
        syncFollowers(jobApp, asId(payloadNumber(payload, "actorId")), payloadText(payload, "url")),
      ...createStandbyJobs(keys),
      "backfill-thread": (jobApp, payload) => backfillThread(jobApp, asId(payloadNumber(payload, "noteId"))),
      "refresh-actor": createRefreshJob(documents),
      "verify-reply": (jobApp, payload) => verifyReply(jobApp, asId(payloadNumber(payload, "interactionId"))),
      "verify-quote": (jobApp, payload) =>
        verifyQuote(
          jobApp,
          asId(payloadNumber(payload, "noteId")),
          payloadNumber(payload, "depth"),
          payloadNumber(payload, "tries"),
        ),
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
  federation.setActorDispatcher("/users/{identifier}", (context, identifier) =>
    dispatchActor(context.data, identifier),
  );
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
  const id = pattern.exec(pathname)?.[1] ?? "";
  let verified: Promise<string | null> | undefined;
  const signer = () => (verified ??= signerOfGet(parts.app, parts.ring, request));
  const asked = { ...parts, signer };
  const response =
    method === "GET"
      ? await answerGuarded(asked, request, () => answer(asked, request, context, id))
      : await answer(asked, request, context, id);
  return request.method === "HEAD" ? new Response(null, response) : response;
}

/** Documents go to whoever may read them; what is no document is not the business of authorized fetch. */
async function answerGuarded(
  { app, signer }: Asked,
  request: Request,
  answer: () => Promise<Response>,
): Promise<Response> {
  const before = asksForDocument(request) ? await showingOf(app, request, signer) : null;
  if (before instanceof Response) return before;
  const response = await answer();
  if (before === null && !isDocument(response)) return response;
  const showing = before ?? (await showingOf(app, request, signer));
  return showing instanceof Response ? showing : await shownAs(app, showing, response, signer);
}

async function postInbox(parts: Parts, request: Request, context: DoorContext): Promise<Response> {
  const answer = await receiveAtInbox(parts, fromRequest(request), context.clientIp);
  return bare(answer.status, retryAfter(answer));
}

function getActor(parts: Asked, request: Request, context: DoorContext, id: string): Promise<Response> {
  return negotiate(parts, request, async () => {
    const actor = await findLocalActor(parts.app, id);
    return actor === null || actor.deleted ? context.next() : redirect(actor.url);
  });
}

function getNote(parts: Asked, request: Request, context: DoorContext, id: string): Promise<Response> {
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

/** A featured collection is a page for people, and its own document for servers. */
function getCollection(
  { app }: Parts,
  request: Request,
  context: DoorContext,
  id: string,
): Promise<Response> {
  return wantsActivity(request) ? answerCollection(app, id) : context.next();
}

/** A board is a page for people, and a collection for servers. */
function getBoard({ app }: Parts, request: Request, context: DoorContext, id: string): Promise<Response> {
  return wantsActivity(request) ? answerBoard(app, request, id) : context.next();
}

function wantsActivity(request: Request): boolean {
  return /\bapplication\/(?:activity|ld)\+json\b/i.test(request.headers.get("accept") ?? "");
}

function getDocument(parts: Asked, request: Request, context: DoorContext): Promise<Response> {
  return negotiate(parts, request, context.next);
}

/** For scripts of other sites, too: apps in browsers ask what a server is before they sign in. */
async function getNodeInfo(parts: Asked, request: Request, context: DoorContext): Promise<Response> {
  const response = await getDocument(parts, request, context);
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

async function getNodeInfoLinks({ app }: Parts): Promise<Response> {
  return answerNodeInfoLinks(app, app.uris.actor(await getInstanceActorId(app)));
}

/** Lets Fedify answer on the canonical origin, and gives its documents their last touches; `page` answers browsers. */
async function negotiate(parts: Asked, request: Request, page: () => Promise<Response>): Promise<Response> {
  const { app, federation, signer } = parts;
  const url = new URL(request.url);
  const canonical = new Request(`${app.config.origin}${url.pathname}${url.search}`, {
    headers: request.headers,
  });
  const data: DoorData = {
    app,
    signer,
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
