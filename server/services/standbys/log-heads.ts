import { createPublicKey } from "node:crypto";
import type { App } from "../../context.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { CausewayError, invalid } from "../../errors.ts";
import { isProvedBy, type Signed } from "../../lifeboat/proofs.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { countKeptSince, keepLogHead, type KeptHeadRow, listKeptHeads } from "../../store/kept-log-heads.ts";
import { getValue, setValue } from "../../store/kv.ts";
import { type AgreementRow, listAgreementRows } from "../../store/standbys.ts";
import { latestHead } from "../moderation/log-heads.ts";
import { LoggedHead } from "../moderation/log-proof.ts";
import { proofMethod } from "./agreements.ts";
import { findHomeAgreement } from "./received-segments.ts";

// What a home signs about its public log is kept by its standbys: if the log is written anew, they can show it.

const DAY = 86_400_000;
/** Heads of one home that are kept in a day; one comes at most each few minutes. */
const MOST_A_DAY = 400;

/** At the home: the newest head, unless this standby has it; `mark` is for `headWasTold`. */
export async function headToTell(
  app: App,
  agreement: AgreementRow,
): Promise<{ readonly head: Signed; readonly mark: string } | null> {
  const head = await latestHead(app);
  if (head === null) return null;
  const mark = `${String(head["seq"])} ${String(head["hash"])} ${String(head["created"])}`;
  const told = await getValue(app.db, keyOf(agreement), app.clock.now());
  return told === mark ? null : { head, mark };
}

/** At the home: the standby has it, or wants none. */
export async function headWasTold(app: App, agreement: AgreementRow, mark: string): Promise<void> {
  await setValue(app.db, keyOf(agreement), mark, app.clock.now());
}

function keyOf(agreement: AgreementRow): readonly [string, string] {
  return ["standby-log-head", agreement.uri];
}

/**
 * At the standby: keeps what the home of an agreement signed about its log, beside everything that it signed before, also
 * when the two say different things: that is what it is kept for.
 * @throws not_found, gone, invalid for a head that is none or is not signed by the home, too_many
 */
export async function receiveLogHead(
  app: App,
  given: { readonly agreement: string; readonly head: Signed },
  signerUri: string,
): Promise<void> {
  const row = await findHomeAgreement(app, given.agreement, signerUri);
  const parsed = LoggedHead.safeParse(given.head);
  const { partner_actor: actorUri, partner_key: pem } = row;
  if (!parsed.success || actorUri === null || pem === null) throw invalid({ head: { key: "error.invalid" } });
  const head = parsed.data;
  const isTheirs = head.actor === actorUri && sameOrigin(head.log, row.partner);
  if (!isTheirs || !isProvedBy(given.head, proofMethod(actorUri), createPublicKey(pem)))
    throw invalid({ head: { key: "standby.error_signature" } });
  const now = app.clock.now();
  if ((await countKeptSince(app.db, row.id, now - DAY)) >= MOST_A_DAY)
    throw new CausewayError("too_many", "error.too_many", { retryAfterSeconds: 3_600 });
  await keepLogHead(app.db, {
    agreement_id: row.id,
    seq: head.seq,
    hash: head.hash,
    document: toJson(given.head),
    received_at: now,
  });
}

/** A head that was kept for a home. `isContradicted`: the home signed something else about the same line. */
export type KeptHead = {
  readonly partner: string;
  readonly seq: number;
  readonly document: Signed;
  /** ms. */
  readonly receivedAt: number;
  readonly isContradicted: boolean;
};

/** What this standby has kept of the logs of its homes (or of one), by number of the line. */
export async function keptHeads(app: App, partner: string | null): Promise<readonly KeptHead[]> {
  const agreements = (await listAgreementRows(app.db)).filter(
    (row) => row.role === "standby" && (partner === null || row.partner === partner),
  );
  const partnerOf = new Map(agreements.map((row) => [row.id, row.partner]));
  const rows = await listKeptHeads(app.db, [...partnerOf.keys()]);
  const keyFor = (row: KeptHeadRow) => `${partnerOf.get(row.agreement_id) ?? ""} ${row.seq}`;
  const hashes = Map.groupBy(rows, keyFor);
  return rows.map((row) => ({
    partner: partnerOf.get(row.agreement_id) ?? "",
    seq: row.seq,
    document: fromJson<Signed>(row.document, {}),
    receivedAt: row.received_at,
    isContradicted: new Set(hashes.get(keyFor(row))?.map(({ hash }) => hash)).size > 1,
  }));
}
