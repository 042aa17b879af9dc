import { z } from "zod";
import type { App } from "../../server/context.ts";
import { SEGMENT_BYTES, type StandbyServer, type StandbyState } from "../../server/domain/standby.ts";
import { CausewayError, type ErrorKind } from "../../server/errors.ts";
import { readBody } from "../../server/http/body.ts";
import { isOneOfHosts } from "../../server/http/hosts.ts";
import { ageFault } from "../../server/http/inbox-guard.ts";
import { decodeUtf8, scanText } from "../../server/http/raw-json.ts";
import { readSignature, type SignedRequest } from "../../server/http/signature-headers.ts";
import { getInstanceActorId, getSettings } from "../../server/services/accounts/settings.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import {
  isPartner,
  receiveAnswer,
  receiveEnd,
  receiveOffer,
  withoutProof,
} from "../../server/services/standbys/agreements.ts";
import { receiveLogHead } from "../../server/services/standbys/log-heads.ts";
import {
  findHomeAgreement,
  stateForHome,
  takeSegment,
} from "../../server/services/standbys/received-segments.ts";
import { verifySigner } from "../inbox/authenticate.ts";
import type { KeyRing } from "../inbox/keys.ts";
import { hostOf, isJson, sameOrigin, webAddress, type Json } from "../reading/json.ts";
import type { Documents } from "../remote/documents.ts";
import { discovery } from "../serving/responses.ts";
import { loadPartnerKey } from "./partner.ts";

type Parts = { readonly app: App; readonly documents: Documents; readonly ring: KeyRing };

const SMALL = 64 * 1024;
const RATE = { name: "standby", limit: 120, windowMs: 60_000 } as const;
/** Kits of large servers name thousands of hosts. */
const LINE = { maxDepth: 32, maxTokens: 1_000_000 };
const DOCUMENT = { maxDepth: 16, maxTokens: 2_000 };

const Answer = z.object({
  agreement: z.string().max(60),
  document: z.record(z.string(), z.unknown()).nullable(),
});
const Asked = z.object({ agreement: z.string().max(60) });
const ToldHead = Asked.extend({ head: z.record(z.string(), z.unknown()) });

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  withheld: 451,
  conflict: 409,
  too_many: 429,
  remote_failed: 502,
  unavailable: 503,
};

/** `/.well-known/causeway/standby`: who signs for this server, for somebody who wants it as a standby. */
export async function answerStandbyServer(app: App): Promise<Response> {
  const { name } = await getSettings(app);
  const actor = app.uris.actor(await getInstanceActorId(app));
  const document: StandbyServer = { type: "StandbyServer", v: 1, actor, name };
  return discovery(JSON.stringify(document), "application/json");
}

/** POST `/standby/{what}`: signed by the instance actor of the other side, or refused. */
export async function answerStandby(parts: Parts, request: Request, what: string): Promise<Response> {
  try {
    return await answer(parts, request, what);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return json(STATUS[error.kind], { error: error.key });
  }
}

async function answer(parts: Parts, request: Request, what: string): Promise<Response> {
  const { app, documents } = parts;
  const isOffer = what === "offers";
  const most = what === "segments" ? SEGMENT_BYTES.most : SMALL;
  const signed = await readSigned(parts, request, { most, isOffer });
  if (signed instanceof Response) return signed;
  const { signerUri, text } = signed;
  if (what === "segments") return await answerSegment(app, signerUri, text);
  const body = documentOf(text);
  if (body === null) return json(400, { error: "not a JSON object" });
  if (isOffer) {
    if (withoutProof(body)["homeActor"] !== signerUri) return json(403, { error: "not the one that offers" });
    const key = await loadPartnerKey(documents, signerUri);
    if (key === null) return json(422, { error: "your key for proofs cannot be read" });
    await receiveOffer(app, body, key);
    return json(202, {});
  }
  if (what === "answers") {
    const given = Answer.safeParse(body);
    if (!given.success) return json(422, { error: "not an answer" });
    const key = given.data.document === null ? null : await loadPartnerKey(documents, signerUri);
    if (given.data.document !== null && key === null)
      return json(422, { error: "your key for proofs cannot be read" });
    await receiveAnswer(app, { ...given.data, signerUri }, key);
    return json(202, {});
  }
  if (what === "ends") {
    await receiveEnd(app, body, signerUri);
    return json(202, {});
  }
  if (what === "log-heads") {
    const told = ToldHead.safeParse(body);
    if (!told.success) return json(422, { error: "not a head" });
    await receiveLogHead(app, told.data, signerUri);
    return json(202, {});
  }
  const asked = Asked.safeParse(body);
  if (!asked.success) return json(422, { error: "not a question" });
  return json(200, await stateForHome(app, asked.data.agreement, signerUri));
}

async function answerSegment(app: App, signerUri: string, text: string): Promise<Response> {
  // Which agreement it is about is said by its first line; all else is read after its proof.
  const first = text.slice(0, Math.min(text.indexOf("\n") + 1 || SMALL, SMALL)).trimEnd();
  const asked = Asked.safeParse(documentOf(first));
  if (!asked.success) return json(422, { error: "The header is none." });
  const row = await findHomeAgreement(app, asked.data.agreement, signerUri);
  const taken = await takeSegment(app, row, text, (line) => scanText(line, LINE));
  switch (taken.type) {
    case "taken":
      return json(200, taken.state);
    case "behind":
      return json(409, taken.state);
    case "refused":
      return json(422, { error: taken.reason });
    case "full":
      return json(507, { error: "There is no room left for this home." });
    case "launched":
      return json(423, { error: "This home was declared lost." });
    default:
      return taken satisfies never;
  }
}

/**
 * The body of a request and who signed it, an actor whose key lies on its own origin. What a stranger sends is not even read,
 * unless it may be an offer.
 */
async function readSigned(
  { app, ring }: Parts,
  request: Request,
  limits: { readonly most: number; readonly isOffer: boolean },
): Promise<{ readonly signerUri: string; readonly text: string } | Response> {
  const { pathname, search } = new URL(request.url);
  const url = new URL(pathname, app.config.origin);
  const header = (name: string) => request.headers.get(name);
  if (search !== "" || !isOneOfHosts(header("host") ?? url.host, [url.host])) return json(404, {});
  if (header("content-encoding") !== null) return json(415, { error: "encoded body" });
  const reading = readSignature({ method: "POST", url, header });
  if (!reading.ok) return json(401, { error: reading.reason });
  const { claim } = reading;
  const keyHost = webAddress(claim.keyId) === null ? null : hostOf(claim.keyId);
  if (keyHost === null) return json(401, { error: "unusable keyId" });
  const age = ageFault(claim, header("date"), app.clock.now());
  if (age !== null) return json(401, { error: age });
  if (await isBlockedHost(app, keyHost)) return json(403, { error: "blocked" });
  if (!app.limiter.take(RATE, keyHost).ok) return json(429, { error: "too many" });
  if (!limits.isOffer && !(await isPartner(app, claim.keyId))) return json(403, { error: "no partner" });
  const body = await readBody(request, limits.most).catch(() => null);
  if (body === null) return json(400, { error: "body broke off" });
  if (body === "too_large") return json(413, { error: "too large" });
  const signed: SignedRequest = { method: "POST", url, header, body };
  const signer = await verifySigner(ring, signed, claim);
  if (signer.type !== "signed") return json(signer.type === "busy" ? 429 : 401, { error: "not signed" });
  if (!sameOrigin(signer.key.id, signer.key.ownerUri)) return json(401, { error: "key of another origin" });
  const text = decodeUtf8(body);
  return text === null ? json(400, { error: "not UTF-8" }) : { signerUri: signer.key.ownerUri, text };
}

function documentOf(text: string): Json | null {
  if (scanText(text, DOCUMENT) !== null) return null;
  const value: unknown = JSON.parse(text);
  return isJson(value) ? value : null;
}

function json(status: number, body: StandbyState | Readonly<Record<string, unknown>>): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "private, no-store" },
  });
}
