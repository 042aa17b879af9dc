import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type Db, transaction } from "../../store/database.ts";
import { deleteValue, getValue, setValue } from "../../store/kv.ts";
import { countRecoveryCodes, replaceRecoveryCodes, takeRecoveryCode } from "../../store/recovery.ts";
import { noteSecurityEvent } from "./security-events.ts";

export const RECOVERY_CODES = 10;
/** Ten letters of 32: 50 bits, far beyond what the limits let anybody guess. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const LENGTH = 10;
/** New codes can be looked at for a day, or until the person says that they have them. */
const SHOWN_MS = 24 * 3_600_000;

/** New codes: what goes into the store, and how they are kept for the one page that shows them. */
export type FreshCodes = {
  readonly codes: readonly string[];
  readonly rows: readonly { readonly id: number; readonly hash: string }[];
  /** Keeps the codes, sealed, for the page that shows them; inside the caller's transaction. */
  keep(tx: Db): Promise<void>;
};

/** Ten new codes of an account, not stored yet. */
export async function makeRecoveryCodes(app: App, accountId: number): Promise<FreshCodes> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => aCode(app));
  const sealed = await app.vault.seal(JSON.stringify(codes), `codes:${accountId}`);
  return {
    codes,
    rows: codes.map((code) => ({ id: app.ids.next(), hash: hashOf(app, accountId, code) })),
    keep: (tx) => setValue(tx, keyOf(accountId), sealed, app.clock.now(), SHOWN_MS),
  };
}

function aCode(app: App): string {
  const bytes = Buffer.from(app.ids.secret(LENGTH), "base64url");
  const letters = [...bytes].map((byte) => LETTERS[byte % LETTERS.length] ?? "").join("");
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
}

/** Bound to the account and to the key outside the database: a copied table is of no use. */
function hashOf(app: App, accountId: number, code: string): string {
  const plain = code.toLowerCase().replace(/[^a-z0-9]/g, "");
  return app.vault.mac(`${accountId}:${plain}`, "recovery-code");
}

function keyOf(accountId: number): readonly [string, string] {
  return ["fresh-codes", String(accountId)];
}

/** Gives the person ten new recovery codes; all earlier ones stop working. */
export async function renewRecoveryCodes(app: App, viewer: Viewer): Promise<void> {
  const fresh = await makeRecoveryCodes(app, viewer.accountId);
  await transaction(app.db, async (tx) => {
    await replaceRecoveryCodes(tx, viewer.accountId, fresh.rows);
    await fresh.keep(tx);
    await noteSecurityEvent(app, tx, viewer.accountId, "codes_made");
  });
}

/** The codes that were just made, until the person has said that they have them; null later. */
export async function readFreshCodes(app: App, viewer: Viewer): Promise<readonly string[] | null> {
  const sealed = await getValue(app.db, keyOf(viewer.accountId), app.clock.now());
  if (typeof sealed !== "string") return null;
  const codes: unknown = JSON.parse(await app.vault.open(sealed, `codes:${viewer.accountId}`));
  return Array.isArray(codes) ? codes.filter((code) => typeof code === "string") : null;
}

/** Shows the codes to nobody any more: the person has them. */
export async function forgetFreshCodes(app: App, viewer: Viewer): Promise<void> {
  await deleteValue(app.db, keyOf(viewer.accountId));
}

/** How many codes the person has left. */
export async function countCodesLeft(app: App, viewer: Viewer): Promise<number> {
  return await countRecoveryCodes(app.db, viewer.accountId);
}

/** Uses a recovery code of an account up inside the caller's transaction; false when there is none such. */
export async function useRecoveryCode(app: App, tx: Db, accountId: number, code: string): Promise<boolean> {
  const hash = hashOf(app, accountId, code);
  if (!(await takeRecoveryCode(tx, accountId, hash, app.clock.now()))) return false;
  await noteSecurityEvent(app, tx, accountId, "code_used");
  return true;
}
