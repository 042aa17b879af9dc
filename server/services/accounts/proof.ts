import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError, invalid } from "../../errors.ts";
import { findAccount } from "../../store/accounts.ts";
import { countPasskeys } from "../../store/passkeys.ts";
import { findConfirmedAt, renewSession } from "../../store/sessions.ts";
import { takeLimit } from "./limits.ts";
import { isTotpOn, takeTotp } from "./one-time.ts";
import { readPasskey } from "./webauthn.ts";
import { hashToken } from "./sessions.ts";

/** How long a proof of who one is counts for dangerous actions (docs/threats.md, defaults: step-up). */
export const CONFIRMED_MS = 10 * 60_000;

/** What a dangerous use case wants to see: the password, or a session whose person proved lately who they are. */
export type Proof = { readonly password: string } | { readonly sessionToken: string };

/** Lets pass who gives the password or comes with a freshly confirmed session. @throws invalid at `password`, unauthenticated, too_many */
export async function requireProof(app: App, viewer: Viewer, proof: Proof): Promise<void> {
  if ("password" in proof) {
    takeLimit(app, USE_LIMITS.loginByAccount, viewer.username);
    return await requirePassword(app, viewer, proof.password, "password");
  }
  if (!(await isConfirmed(app, viewer, proof.sessionToken)))
    throw new CausewayError("unauthenticated", "error.confirm");
}

/** Asks for the password again before something that cannot be undone. @throws invalid at `field`. */
export async function requirePassword(
  app: App,
  viewer: Viewer,
  password: string,
  field: string,
): Promise<void> {
  const account = await findAccount(app.db, viewer.accountId);
  const hash = account?.password_hash ?? "";
  if (!(await app.passwords.verify(hash === "" ? null : hash, password)))
    throw invalid({ [field]: { key: "field.password_wrong" } });
}

/** True when the person of this session proved within ten minutes who they are: not later than now, however a clock was set. */
export async function isConfirmed(app: App, viewer: Viewer, sessionToken: string): Promise<boolean> {
  const at = await findConfirmedAt(app.db, viewer.accountId, hashToken(sessionToken));
  const age = at === null ? null : app.clock.now() - at;
  return age !== null && age > -CONFIRMED_MS && age < CONFIRMED_MS;
}

/** The ways in which a person can prove who they are. */
export type Ways = { readonly password: boolean; readonly totp: boolean; readonly passkey: boolean };

/** Which of the ways an account has. */
export async function waysOf(app: App, viewer: Viewer): Promise<Ways> {
  const account = await findAccount(app.db, viewer.accountId);
  return {
    password: account !== undefined && account.password_hash !== "",
    totp: account !== undefined && isTotpOn(account),
    passkey: (await countPasskeys(app.db, viewer.accountId)) > 0,
  };
}

/** One proof, as it was typed or touched. */
export type GivenProof =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "totp"; readonly code: string }
  | { readonly kind: "passkey"; readonly answer: string; readonly holder: string };

/**
 * Confirms the person's session for ten minutes and gives it a new token: whoever has copied the old one gains nothing.
 * @throws invalid at `confirm_password`, `confirm_code` or `passkey`, too_many
 */
export async function confirmSession(
  app: App,
  viewer: Viewer,
  sessionToken: string,
  proof: GivenProof,
): Promise<{ readonly sessionToken: string }> {
  takeLimit(app, USE_LIMITS.confirmations, String(viewer.accountId));
  await checkProof(app, viewer, proof);
  const fresh = app.ids.secret(32);
  const isOurs = await renewSession(app.db, viewer.accountId, {
    from: hashToken(sessionToken),
    to: hashToken(fresh),
    confirmedAt: app.clock.now(),
  });
  if (!isOurs) throw new CausewayError("unauthenticated", "error.unauthenticated");
  return { sessionToken: fresh };
}

async function checkProof(app: App, viewer: Viewer, proof: GivenProof): Promise<void> {
  switch (proof.kind) {
    case "password":
      return await requirePassword(app, viewer, proof.password, "confirm_password");
    case "totp": {
      const account = await findAccount(app.db, viewer.accountId);
      if (account === undefined || !(await takeTotp(app, account, proof.code)))
        throw invalid({ confirm_code: { key: "field.code_wrong" } });
      return;
    }
    case "passkey": {
      const { answer, holder } = proof;
      const accountId = await readPasskey(app, { use: "confirm", answer, holder });
      if (accountId !== viewer.accountId) throw invalid({ passkey: { key: "field.passkey" } });
      return;
    }
    default: {
      const unknown: never = proof;
      return unknown;
    }
  }
}
