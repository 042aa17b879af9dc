// Standbys: agreements between two servers, whose members take part, what is replicated, and the accounts that wait.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.
// This file: how an agreement is made, answered and ended.

import { createPrivateKey, createPublicKey } from "node:crypto";
import { type App, isoTime } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { StandbyAgreement } from "../../domain/lifeboat.ts";
import { StandbyEnd } from "../../domain/standby.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { addProof, isProvedBy, type ProofSigner, type Signed } from "../../lifeboat/proofs.ts";
import { toUrn } from "../../lifeboat/urn.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { moveReplicas } from "../../store/standby-replicas.ts";
import {
  type AgreementRow,
  findAgreement,
  findAgreementByUri,
  insertAgreement,
  insertMemberChanges,
  listAgreementRows,
  moveConsents,
  removeConsentsTo,
  removeOffer,
  updateAgreement,
} from "../../store/standbys.ts";
import { getKeys } from "../accounts/keys.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { audit } from "../moderation/audit.ts";
import { requestReplication, tell } from "./errands.ts";

/** The key of a partner as it was read at its own address a moment ago. */
export type PartnerKey = { readonly actorUri: string; readonly publicPem: string };

/** Offers that wait for an answer at most, so that strangers cannot fill the page. */
const MOST_ASKED = 20;
const OFFER_KEPT_MS = 30 * 86_400_000;

/** The instance actor's Ed25519 key, as signer of agreements and segments. */
export async function instanceSigner(app: App): Promise<ProofSigner> {
  const id = await getInstanceActorId(app);
  const { ed25519 } = await getKeys(app, id);
  return {
    verificationMethod: proofMethod(app.uris.actor(id)),
    privateKey: createPrivateKey({ key: { ...ed25519.privateJwk }, format: "jwk" }),
  };
}

/** The id of an instance actor's proof key; the same on every server that can be a standby. */
export function proofMethod(actorUri: string): string {
  return `${actorUri}#ed25519-key`;
}

/** ISO time in whole seconds, as proofs are dated. */
export function proofTime(ms: number): string {
  return isoTime(ms).replace(/\.\d{3}Z$/, "Z");
}

/** What an owner offers to another one. */
export type StandbyTerms = Pick<
  StandbyAgreement,
  "standby" | "standbyActor" | "scope" | "maxBytes" | "trustees" | "threshold" | "waitHours"
>;

/** Writes an offer down, signed, and the job that brings it. Returns the agreement's row id. */
export async function offerStandby(app: App, terms: StandbyTerms, by: Viewer | null = null): Promise<number> {
  const signer = await instanceSigner(app);
  const now = app.clock.now();
  const created = proofTime(now);
  const document = StandbyAgreement.parse({
    type: "StandbyAgreement",
    v: 1,
    id: toUrn(Buffer.from(app.ids.secret(16), "base64url")),
    home: app.config.origin,
    homeActor: app.uris.actor(await getInstanceActorId(app)),
    since: created,
    ...terms,
  });
  const id = app.ids.next();
  await transaction(app.db, async (tx) => {
    await insertAgreement(tx, {
      id,
      uri: document.id,
      role: "home",
      partner: document.standby,
      document: toJson(addProof(document, signer, created)),
      state: "offered",
      cursor: null,
      seq: 0,
      head: null,
      bytes: 0,
      created_at: now,
      agreed_at: null,
      ended_at: null,
      seen_at: null,
      partner_actor: document.standbyActor,
    });
    await tell(app, tx, id, "offer");
    await audit(app, tx, by, { what: "standby.asked", subject: document.standby });
  });
  app.wake();
  return id;
}

/** An offer of another server: kept until the owner answers. The same offer again changes nothing. */
export async function receiveOffer(app: App, document: Signed, key: PartnerKey): Promise<void> {
  const offer = StandbyAgreement.safeParse(withoutProof(document));
  if (!offer.success) throw refusal("standby.error_document");
  const { data } = offer;
  const instanceUri = app.uris.actor(await getInstanceActorId(app));
  const isForUs = data.standby === app.config.origin && data.standbyActor === instanceUri;
  const isTheirs = data.homeActor === key.actorUri && sameOrigin(data.homeActor, data.home);
  if (!isForUs || !isTheirs || new URL(data.home).origin !== data.home)
    throw refusal("standby.error_document");
  if (new Set(data.trustees).size !== data.trustees.length) throw refusal("standby.error_document");
  if (!isSignedBy(document, key)) throw refusal("standby.error_signature");
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    if ((await findAgreementByUri(tx, data.id, "standby")) !== undefined) return;
    const waiting = (await listAgreementRows(tx)).filter(
      (row) => row.role === "standby" && row.state === "asked",
    );
    // A home has one offer open, the newest; and nobody waits for ever.
    const isOver = (row: AgreementRow) => row.partner === data.home || row.created_at < now - OFFER_KEPT_MS;
    for (const row of waiting.filter(isOver)) await removeOffer(tx, row.id);
    if (waiting.filter((row) => !isOver(row)).length >= MOST_ASKED)
      throw new CausewayError("too_many", "standby.error_busy", { retryAfterSeconds: 86_400 });
    await insertAgreement(tx, {
      id: app.ids.next(),
      uri: data.id,
      role: "standby",
      partner: data.home,
      document: toJson(document),
      state: "asked",
      cursor: null,
      seq: 0,
      head: null,
      bytes: 0,
      created_at: now,
      agreed_at: null,
      ended_at: null,
      seen_at: now,
      partner_actor: key.actorUri,
      partner_key: key.publicPem,
    });
  });
}

/** The owner of the standby agrees or declines. What an earlier agreement with this home kept goes on in this one. @throws not_found */
export async function answerOffer(
  app: App,
  id: number,
  answer: "agree" | "decline",
  by: Viewer | null = null,
): Promise<void> {
  const signer = await instanceSigner(app);
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const row = await findAgreement(tx, id);
    if (row === undefined || row.role !== "standby" || row.state !== "asked") throw notFound();
    await audit(app, tx, by, {
      what: answer === "agree" ? "standby.agreed" : "standby.declined",
      subject: row.partner,
    });
    if (answer === "decline") {
      await updateAgreement(tx, id, { state: "ended", ended_at: now });
      return await tell(app, tx, id, "decline");
    }
    const document = toJson(addProof(documentOf(row), signer, proofTime(now)));
    let bytes = 0;
    for (const earlier of await agreedWith(tx, row)) {
      await moveReplicas(tx, earlier.id, id);
      bytes += earlier.bytes;
      await updateAgreement(tx, earlier.id, { state: "ended", ended_at: now, bytes: 0 });
    }
    await updateAgreement(tx, id, { state: "agreed", agreed_at: now, document, bytes });
    await tell(app, tx, id, "agree");
  });
  app.wake();
}

/** The standby's answer to our offer; `document` is the agreement with its proof, null for no. @throws not_found, forbidden, invalid */
export async function receiveAnswer(
  app: App,
  answer: { readonly agreement: string; readonly document: Signed | null; readonly signerUri: string },
  key: PartnerKey | null,
): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const row = await findAgreementByUri(tx, answer.agreement, "home");
    if (row === undefined) throw notFound();
    if (row.partner_actor !== answer.signerUri) throw new CausewayError("forbidden", "error.forbidden");
    if (row.state === "agreed" && answer.document !== null) return;
    if (row.state !== "offered") throw new CausewayError("gone", "standby.error_ended");
    if (answer.document === null || key === null)
      return await updateAgreement(tx, row.id, { state: "ended", ended_at: now, seen_at: now });
    checkAnswer(row, answer.document, key);
    await takeOver(app, tx, row);
    await updateAgreement(tx, row.id, {
      state: "agreed",
      agreed_at: now,
      seen_at: now,
      document: toJson(answer.document),
      partner_key: key.publicPem,
      // Whoever took part in what this one replaces and does not in this one has left.
      cursor: "roster",
      fault: null,
    });
  });
  app.wake();
}

/** @throws invalid unless it is what we offered, to the letter, with our proof and the standby's. */
function checkAnswer(row: AgreementRow, document: Signed, key: PartnerKey): void {
  const ours = documentOf(row);
  if (canonicalJson(withoutProof(document)) !== canonicalJson(withoutProof(ours)))
    throw refusal("standby.error_document");
  if (key.actorUri !== row.partner_actor || !isSignedBy(document, key))
    throw refusal("standby.error_signature");
  const proofs = Array.isArray(document["proof"]) ? (document["proof"] as readonly unknown[]) : [];
  if (!proofs.some((proof) => canonicalJson(proof) === canonicalJson(ours["proof"])))
    throw refusal("standby.error_signature");
}

/** Members go on with the new agreement unless it lets the standby have more than they agreed to. */
async function takeOver(app: App, tx: Db, row: AgreementRow): Promise<void> {
  const now = app.clock.now();
  const scope = termsOf(row).scope;
  for (const earlier of await agreedWith(tx, row)) {
    const before = termsOf(earlier).scope;
    if (scope.every((one) => before.includes(one))) await moveConsents(tx, earlier.id, row.id);
    await removeConsentsTo(tx, earlier.id);
    await updateAgreement(tx, earlier.id, { state: "ended", ended_at: now });
  }
  await insertMemberChanges(tx, row.id, app.ids.next());
  await requestReplication(app, tx, row.id, 0);
}

/** Ends an agreement, from either side, or takes an offer back. @throws not_found */
export async function endAgreement(app: App, id: number, by: Viewer | null = null): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const row = await findAgreement(tx, id);
    if (row === undefined || row.state === "ended") throw notFound();
    if (row.role === "standby" && row.state === "asked") throw notFound();
    await close(tx, row, now);
    await tell(app, tx, id, "end");
    await audit(app, tx, by, { what: "standby.ended", subject: row.partner });
  });
  app.wake();
}

/** The partner ended it: the word is signed with the key that the agreement was made with. @throws not_found, invalid */
export async function receiveEnd(app: App, document: Signed, signerUri: string): Promise<void> {
  const end = StandbyEnd.safeParse(withoutProof(document));
  if (!end.success) throw refusal("standby.error_document");
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const rows = [
      await findAgreementByUri(tx, end.data.agreement, "home"),
      await findAgreementByUri(tx, end.data.agreement, "standby"),
    ];
    const row = rows.find((one) => one !== undefined && one.partner_actor === signerUri);
    if (row === undefined) throw notFound();
    if (row.state === "ended") return;
    const { partner_actor: actorUri, partner_key: publicPem } = row;
    if (actorUri === null || (publicPem !== null && !isSignedBy(document, { actorUri, publicPem })))
      throw refusal("standby.error_signature");
    await close(tx, row, now);
  });
}

/** At the home everything about it goes at once; at the standby after `KEPT_AFTER_END_MS`, so that nobody who seizes a home ends its rescue. */
async function close(tx: Db, row: AgreementRow, now: number): Promise<void> {
  await updateAgreement(tx, row.id, { state: "ended", ended_at: now, cursor: null, fault: null });
  if (row.role === "home") await removeConsentsTo(tx, row.id);
}

async function agreedWith(tx: Db, row: AgreementRow): Promise<readonly AgreementRow[]> {
  return (await listAgreementRows(tx)).filter(
    (one) =>
      one.id !== row.id && one.role === row.role && one.partner === row.partner && one.state === "agreed",
  );
}

/** What was agreed, out of the row. Of a row that is damaged nothing is agreed: no trustee, no room, no word but public ones. */
export function termsOf(row: AgreementRow): StandbyAgreement {
  const parsed = StandbyAgreement.safeParse(withoutProof(documentOf(row)));
  if (parsed.success) return parsed.data;
  return {
    type: "StandbyAgreement",
    v: 1,
    id: row.uri,
    // The row knows one of the two; an order for either needs trustees, of whom there are none.
    home: row.partner,
    homeActor: row.partner,
    standby: row.partner,
    standbyActor: row.partner,
    since: isoTime(row.created_at),
    scope: ["public"],
    maxBytes: 0,
    trustees: [],
    threshold: 1,
    waitHours: 168,
  };
}

/** The agreement as it was signed, proofs included. */
export function documentOf(row: Pick<AgreementRow, "document">): Signed {
  return fromJson<Signed>(row.document, {});
}

/** A document without its proofs. */
export function withoutProof(document: Signed): Signed {
  const { proof: _, ...rest } = document;
  return rest;
}

function isSignedBy(document: Signed, key: PartnerKey): boolean {
  return isProvedBy(document, proofMethod(key.actorUri), createPublicKey(key.publicPem));
}

/** The end of an agreement as this server says it, signed. */
export async function signedEnd(app: App, row: AgreementRow): Promise<Signed> {
  const created = proofTime(row.ended_at ?? app.clock.now());
  const document = StandbyEnd.parse({ type: "StandbyEnd", v: 1, agreement: row.uri, at: created });
  return addProof(document, await instanceSigner(app), created);
}

/** The partner says that it has ended; nothing of it goes on here. */
export async function partnerEnded(app: App, id: number): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await findAgreement(tx, id);
    if (row !== undefined && row.state !== "ended") await close(tx, row, app.clock.now());
  });
}

/** True when a key is of the instance actor of a server that there is or was an agreement with. */
export async function isPartner(app: App, keyId: string): Promise<boolean> {
  const [actorUri] = keyId.split("#", 1);
  return (await listAgreementRows(app.db)).some((row) => row.partner_actor === actorUri);
}

function refusal(key: string): CausewayError {
  return new CausewayError("invalid", key);
}
