import type { App } from "../../context.ts";
import { EvacuationOrder, type LaunchReason } from "../../domain/lifeboat.ts";
import type { RateRule } from "../../domain/limits.ts";
import { isLaunchable } from "../../domain/standby.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { fromDidKey } from "../../lifeboat/did-key.ts";
import { keysOfPhrase } from "../../lifeboat/phrase.ts";
import { addProof, isProvedBy, readProofs, type Signed } from "../../lifeboat/proofs.ts";
import { toUrn } from "../../lifeboat/urn.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  type AgreementRow,
  type EvacuationRow,
  findEvacuationByUri,
  findStandbyAgreement,
  insertEvacuation,
  listEvacuations,
  updateEvacuation,
} from "../../store/evacuations.ts";
import { enqueue } from "../../store/jobs.ts";
import { takeLimit } from "../accounts/limits.ts";
import { termsOf } from "../standbys/agreements.ts";
import { type Evacuation, forgetPublicEvacuations, toEvacuation } from "./evacuations.ts";
import { wholeSeconds } from "./kits.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** An order that nobody completed for this long is forgotten by those who gave it. */
const ORDER_KEPT_MS = 30 * DAY;
const MOST_OPEN = 10;

/** Phrases and signatures that one address may try: every one of them is a few signatures' worth of work. */
const TRIES: RateRule = { name: "launch-signatures", limit: 30, windowMs: 10 * MINUTE };

/** Reasons that trustees may give. A drill is played between instances that are thrown away, never here. */
export const ORDER_REASONS = [
  "domain_lost",
  "host_lost",
  "seized",
  "leaving",
] as const satisfies readonly LaunchReason[];
export type OrderReason = (typeof ORDER_REASONS)[number];

/** A new order for trustees to sign. @throws not_found for an agreement that does not hold here */
export async function draftOrder(app: App, agreementUri: string, reason: OrderReason): Promise<Signed> {
  const { home, standby } = termsOf(await requireAgreement(app, agreementUri));
  return EvacuationOrder.parse({
    type: "EvacuationOrder",
    v: 1,
    id: toUrn(Buffer.from(app.ids.secret(16), "base64url")),
    agreement: agreementUri,
    home,
    standby,
    reason,
    at: wholeSeconds(app.clock.now()),
  });
}

async function requireAgreement(app: App, uri: string): Promise<AgreementRow> {
  const row = await findStandbyAgreement(app.db, uri);
  if (row === undefined || !isLaunchable(row, app.clock.now())) throw notFound();
  return row;
}

/**
 * A trustee signs with their recovery phrase, which is derived from, used and forgotten: an order that is open, or a new one
 * for a reason. @throws invalid with fields, too_many, not_found, conflict
 */
export async function signOrder(
  app: App,
  command: {
    readonly agreementUri: string;
    readonly phrase: string;
    /** The order that is open; null = a new one. */
    readonly orderUri: string | null;
    readonly reason: string;
    readonly ip: string;
  },
): Promise<Evacuation> {
  takeLimit(app, TRIES, command.ip);
  const agreement = await requireAgreement(app, command.agreementUri);
  const keys = await keysOfPhrase(command.phrase);
  if (keys === null) throw invalid({ phrase: { key: "field.phrase" } });
  if (!termsOf(agreement).trustees.includes(keys.did))
    throw invalid({ phrase: { key: "field.not_trustee" } });
  const order = await orderToSign(app, command);
  const signed = addProof(order, keys.signer, wholeSeconds(app.clock.now()));
  return await takeOrder(app, agreement, signed);
}

async function orderToSign(
  app: App,
  command: { readonly agreementUri: string; readonly orderUri: string | null; readonly reason: string },
): Promise<Signed> {
  if (command.orderUri === null) {
    const reason = ORDER_REASONS.find((one) => one === command.reason);
    if (reason === undefined) throw invalid({ reason: { key: "field.choose" } });
    return await draftOrder(app, command.agreementUri, reason);
  }
  const row = await findEvacuationByUri(app.db, command.orderUri);
  const order = row === undefined ? null : fromJson<Signed | null>(row.document, null);
  if (order === null || order["agreement"] !== command.agreementUri) throw notFound();
  return order;
}

/**
 * Takes an order that was signed elsewhere, by one trustee or several. @throws invalid with the field `order`, too_many,
 * not_found for another agreement, conflict when a launch is going on
 */
export async function submitOrder(
  app: App,
  command: { readonly agreementUri: string; readonly text: string; readonly ip: string },
): Promise<Evacuation> {
  takeLimit(app, TRIES, command.ip);
  const agreement = await requireAgreement(app, command.agreementUri);
  return await takeOrder(app, agreement, readSigned(command.text));
}

const MOST_CHARACTERS = 100_000;

function readSigned(text: string): Signed {
  const parsed = text.length > MOST_CHARACTERS ? null : fromJson<unknown>(text, null);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw badOrder("field.order");
  return parsed as Signed;
}

function badOrder(key: string): CausewayError {
  return invalid({ order: { key } });
}

async function takeOrder(app: App, agreement: AgreementRow, signed: Signed): Promise<Evacuation> {
  const { order, fresh } = checkOrder(app, agreement, signed);
  const result = await transaction(app.db, async (tx) => {
    const known = await findEvacuationByUri(tx, order.id);
    const row = known ?? (await addEvacuation(app, tx, agreement, order));
    if (known !== undefined && !isSameOrder(known, signed)) throw badOrder("field.order_altered");
    if (row.state === "running" || row.state === "done") return row;
    if (row.state === "stopped") throw new CausewayError("conflict", "error.launch_stopped");
    return await addProofs(app, tx, { agreement, row, order, fresh });
  });
  app.wake();
  forgetPublicEvacuations(app);
  return toEvacuation(result, termsOf(agreement).threshold);
}

/** What is signed is exactly what this agreement allows, by people whom it names: anything else changes nothing. */
function checkOrder(
  app: App,
  agreement: AgreementRow,
  signed: Signed,
): { readonly order: EvacuationOrder; readonly fresh: ReadonlyMap<string, Signed> } {
  const parsed = EvacuationOrder.safeParse(signed);
  if (!parsed.success) throw badOrder("field.order");
  const order = parsed.data;
  const { id, home, standby, trustees } = termsOf(agreement);
  if (order.agreement !== id || order.home !== home || order.standby !== standby)
    throw badOrder("field.order_elsewhere");
  if (!ORDER_REASONS.some((reason) => reason === order.reason)) throw badOrder("field.order");
  const age = app.clock.now() - Date.parse(order.at);
  if (age > ORDER_KEPT_MS || age < -HOUR) throw badOrder("field.order_old");
  const fresh = provedBy(signed, trustees);
  if (fresh.size === 0) throw badOrder("field.order_unsigned");
  return { order, fresh };
}

/** The proofs of trustees that hold, each trustee once however often they signed. */
function provedBy(signed: Signed, trustees: readonly string[]): ReadonlyMap<string, Signed> {
  const { proof: all, ...document } = signed;
  const proofs: readonly unknown[] = Array.isArray(all) ? all.slice(0, 32) : [all];
  const held = new Map<string, Signed>();
  for (const proof of proofs) {
    const [read] = readProofs({ ...document, proof });
    const did = read?.verificationMethod.split("#")[0] ?? "";
    const key = trustees.includes(did) ? fromDidKey(did) : null;
    if (read === undefined || key === null || held.has(did)) continue;
    const alone = { ...document, proof };
    if (isProvedBy(alone, read.verificationMethod, key)) held.set(did, proof as Signed);
  }
  return held;
}

function isSameOrder(row: EvacuationRow, signed: Signed): boolean {
  const known = fromJson<Signed>(row.document, {});
  const plain = ({ proof: _proof, ...document }: Signed) => EvacuationOrder.parse(document);
  return toJson(plain(known)) === toJson(plain(signed));
}

async function addEvacuation(
  app: App,
  tx: Db,
  agreement: AgreementRow,
  order: EvacuationOrder,
): Promise<EvacuationRow> {
  const others = await listEvacuations(tx, agreement.id, 100);
  if (others.some(({ state }) => state === "waiting" || state === "running"))
    throw new CausewayError("conflict", "error.launch_under_way");
  if (others.filter(({ state }) => state === "asked").length >= MOST_OPEN)
    throw new CausewayError("conflict", "error.launch_orders_full");
  const row: EvacuationRow = {
    id: app.ids.next(),
    uri: order.id,
    agreement_id: agreement.id,
    home: order.home,
    reason: order.reason,
    document: toJson(order),
    state: "asked",
    approvals: 0,
    begins_at: null,
    objection: null,
    created_at: app.clock.now(),
    finished_at: null,
  };
  await insertEvacuation(tx, row);
  return row;
}

/** Adds the proofs; when there are enough, the time begins in which everybody can see what is about to happen. */
async function addProofs(
  app: App,
  tx: Db,
  of: {
    readonly agreement: AgreementRow;
    readonly row: EvacuationRow;
    readonly order: EvacuationOrder;
    readonly fresh: ReadonlyMap<string, Signed>;
  },
): Promise<EvacuationRow> {
  const { agreement, row, order, fresh } = of;
  const { trustees, threshold, waitHours } = termsOf(agreement);
  const { proof: _before, ...document } = fromJson<Signed>(row.document, {});
  const all = new Map([...provedBy(fromJson<Signed>(row.document, {}), trustees), ...fresh]);
  const isEnough = all.size >= threshold;
  const now = app.clock.now();
  // Whoever has the domain now would use the time against the members.
  const wait = order.reason === "seized" ? 0 : waitHours * HOUR;
  const change = {
    document: toJson({ ...document, proof: [...all.values()] }),
    approvals: all.size,
    ...(isEnough && row.state === "asked" ? { state: "waiting", begins_at: now + wait } : {}),
  };
  await updateEvacuation(tx, row.id, ["asked", "waiting"], change);
  const beginsAt = change.begins_at;
  if (beginsAt !== undefined)
    await enqueue(tx, {
      id: app.ids.next(),
      now,
      runAt: beginsAt,
      kind: "evacuate",
      payload: { evacuationId: row.id },
      dedupeKey: `evacuate:${row.id}`,
      lane: 0,
    });
  return { ...row, ...change };
}
