import { Secret, TOTP } from "otpauth";
import { encode } from "uqr";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError, invalid } from "../../errors.ts";
import {
  type AccountRow,
  findAccount,
  lockAccount,
  removeTokens,
  updateAccount,
} from "../../store/accounts.ts";
import { transaction } from "../../store/database.ts";
import { countRecoveryCodes, replaceRecoveryCodes, takeTotpStep } from "../../store/recovery.ts";
import { removeSessions, renewSession } from "../../store/sessions.ts";
import { takeLimit } from "./limits.ts";
import { makeRecoveryCodes } from "./recovery-codes.ts";
import { noteSecurityEvent } from "./security-events.ts";
import { hashToken } from "./sessions.ts";
import { getSettings } from "./settings.ts";
import { announce } from "../streams/announce.ts";

// One-time passwords by the clock (RFC 6238) with what every authenticator app knows: SHA-1, six digits, 30 seconds.

const PERIOD_S = 30;
/** One step before and after now: clocks of phones are a little off (RFC 6238, 5.2). */
const WINDOW = 1;
/** A page to set it up may lie open this long. */
const DRAFT_MS = 60 * 60_000;

/** What the page shows to set up an authenticator app; nothing is stored until a code of it has come back. */
export type TotpDraft = {
  /** The secret for the form, which only this server can read. */
  readonly sealed: string;
  /** The secret for people, in groups of four. */
  readonly secret: string;
  readonly uri: string;
  /** The drawing of `uri`, row by row; true is dark. */
  readonly squares: readonly (readonly boolean[])[];
};

/** True for accounts that are asked for a one-time password after their password. */
export function isTotpOn(account: Pick<AccountRow, "totp_at" | "totp_sealed">): boolean {
  return account.totp_at !== null && account.totp_sealed !== null;
}

/** A new secret to set up, or the one of a form that comes back. */
export async function draftTotp(app: App, viewer: Viewer, sealed?: string): Promise<TotpDraft> {
  const known = sealed === undefined ? null : await openDraft(app, viewer, sealed);
  const secret = known ?? new Secret({ size: 20 }).base32;
  const { name } = await getSettings(app);
  const uri = passwordsOf(secret, `${viewer.username}@${app.config.handleHost}`, name).toString();
  return {
    sealed:
      known === null || sealed === undefined
        ? await app.vault.seal(JSON.stringify({ secret, at: app.clock.now() }), draftPurpose(viewer))
        : sealed,
    secret: (secret.match(/.{1,4}/g) ?? []).join(" "),
    uri,
    squares: encode(uri, { ecc: "M", border: 2 }).data,
  };
}

function draftPurpose(viewer: Viewer): string {
  return `totp-draft:${viewer.accountId}`;
}

async function openDraft(app: App, viewer: Viewer, sealed: string): Promise<string | null> {
  try {
    const draft: unknown = JSON.parse(await app.vault.open(sealed, draftPurpose(viewer)));
    if (typeof draft !== "object" || draft === null || !("secret" in draft) || !("at" in draft)) return null;
    const isYoung = typeof draft.at === "number" && app.clock.now() - draft.at < DRAFT_MS;
    return isYoung && typeof draft.secret === "string" ? draft.secret : null;
  } catch {
    // Sealed for somebody else, or changed on the way: not a draft of ours.
    return null;
  }
}

/**
 * Asks for one-time passwords from now on, once a code has shown that the app has the secret. Ends all other sessions and
 * revokes all API tokens; makes recovery codes when there are none. @throws invalid at `code`, too_many
 */
export async function turnOnTotp(
  app: App,
  viewer: Viewer,
  command: { readonly sealed: string; readonly code: string; readonly sessionToken: string },
): Promise<{ readonly sessionToken: string }> {
  takeLimit(app, USE_LIMITS.secondStep, String(viewer.accountId));
  const secret = await openDraft(app, viewer, command.sealed);
  if (secret === null) throw invalid({ code: { key: "field.totp_stale" } });
  const step = stepOf(app, secret, command.code);
  if (step === null) throw invalid({ code: { key: "field.code_wrong" } });
  const sealed = await app.vault.seal(secret, purposeOf(viewer.accountId));
  const codes = await makeRecoveryCodes(app, viewer.accountId);
  const fresh = app.ids.secret(32);
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const account = await findAccount(tx, viewer.accountId);
    if (account === undefined || account.password_hash === "")
      throw new CausewayError("conflict", "error.totp_needs_password");
    await updateAccount(tx, viewer.accountId, { totp_sealed: sealed, totp_at: now, totp_step: step });
    if ((await countRecoveryCodes(tx, viewer.accountId)) === 0) {
      await replaceRecoveryCodes(tx, viewer.accountId, codes.rows);
      await codes.keep(tx);
    }
    await removeSessions(tx, viewer.accountId, hashToken(command.sessionToken));
    await removeTokens(tx, viewer.accountId);
    announce(app, { type: "access" });
    await renewSession(tx, viewer.accountId, {
      from: hashToken(command.sessionToken),
      to: hashToken(fresh),
      confirmedAt: now,
    });
    await noteSecurityEvent(app, tx, viewer.accountId, "totp_on");
  });
  return { sessionToken: fresh };
}

/** Asks for no one-time passwords any more. */
export async function turnOffTotp(app: App, viewer: Viewer): Promise<void> {
  await transaction(app.db, async (tx) => {
    await updateAccount(tx, viewer.accountId, { totp_sealed: null, totp_at: null });
    await noteSecurityEvent(app, tx, viewer.accountId, "totp_off");
  });
}

/** True when this is a one-time password of the account that was not used before; it is used up then. */
export async function takeTotp(app: App, account: AccountRow, code: string): Promise<boolean> {
  if (!isTotpOn(account) || account.totp_sealed === null) return false;
  const secret = await app.vault.open(account.totp_sealed, purposeOf(account.id));
  const step = stepOf(app, secret, code);
  return step !== null && (await takeTotpStep(app.db, account.id, step));
}

/** The time step that a code belongs to, or null. */
function stepOf(app: App, secret: string, code: string): number | null {
  const digits = code.replace(/\s/g, "");
  if (!/^[0-9]{6}$/.test(digits)) return null;
  const now = app.clock.now();
  const delta = passwordsOf(secret, "", "").validate({ token: digits, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / 1000 / PERIOD_S) + delta;
}

function passwordsOf(secret: string, label: string, issuer: string): TOTP {
  return new TOTP({
    // A colon parts issuer and label in the address (Key URI Format).
    issuer: issuer.replaceAll(":", " "),
    label,
    secret: Secret.fromBase32(secret),
    algorithm: "SHA1",
    digits: 6,
    period: PERIOD_S,
  });
}

function purposeOf(accountId: number): string {
  return `totp:${accountId}`;
}
