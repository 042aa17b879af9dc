import { createHash, timingSafeEqual } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { coversScope, parseScopes } from "../../domain/scope.ts";
import { CausewayError } from "../../errors.ts";
import {
  findAppToken,
  findGrant,
  findToken,
  insertAppToken,
  insertClientToken,
  insertGrant,
  removeAppToken,
  removeToken,
  sweepGrants,
  touchApp,
  trimAppTokens,
  useGrant,
} from "../../store/clients.ts";
import { type Db, transaction } from "../../store/database.ts";
import { takeLimit } from "../accounts/limits.ts";
import { hashToken } from "../accounts/sessions.ts";
import type { Client } from "./apps.ts";
import { announce } from "../streams/announce.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CODE_MS = 10 * MINUTE;
/** Own tokens of one app: whoever uses it together needs a few, a loop that asks for more gets no more. */
const MOST_APP_TOKENS = 100;
/** Of a S256 challenge, and of what it was made of (RFC 7636, 4.1 and 4.2). */
const CHALLENGE = /^[\w-]{43}$/;
const VERIFIER = /^[\w.~-]{43,128}$/;

/** What an app asks a person for. */
export type AccessRequest = {
  readonly client: Client;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** S256; null without PKCE. */
  readonly challenge: string | null;
};

/** A token as the app gets it; `createdAt` in ms. */
export type IssuedToken = {
  readonly token: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
};

/**
 * The scopes that an app may ask for: known, and within those that it registered with; null when one is not. Who names none
 * may read, or has what it registered with.
 */
export function scopesWithin(client: Client, text: string): readonly string[] | null {
  const wanted = parseScopes(text);
  if (wanted === null) return null;
  if (wanted.length === 0) return client.scopes.includes("read") ? ["read"] : client.scopes;
  return wanted.every((scope) => coversScope(client.scopes, scope)) ? wanted : null;
}

/** True for what can be a challenge of the kind S256. */
export function isChallenge(text: string): boolean {
  return CHALLENGE.test(text);
}

/** The person lets an app in: a code for it, good for ten minutes and once. @throws too_many */
export async function grantAccess(app: App, viewer: Viewer, request: AccessRequest): Promise<string> {
  takeLimit(app, USE_LIMITS.grants, String(viewer.accountId));
  const code = app.ids.secret(32);
  const now = app.clock.now();
  await insertGrant(app.db, {
    code_hash: hashToken(code),
    app_id: request.client.id,
    account_id: viewer.accountId,
    redirect_uri: request.redirectUri,
    scopes: request.scopes.join(" "),
    challenge: request.challenge,
    created_at: now,
    expires_at: now + CODE_MS,
    token_id: null,
  });
  return code;
}

/** What an app shows to get its token. */
export type Redeem = {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string | undefined;
  /** True when the app knew its secret; others need PKCE (RFC 9700, 2.1.1). */
  readonly isProven: boolean;
};

/**
 * A token for a code. A code that comes a second time was stolen from somebody: the token made of it ends (RFC 6749, 4.1.2).
 * @throws invalid (`invalid_grant`), one answer for all faults.
 */
export async function redeemCode(app: App, client: Client, command: Redeem): Promise<IssuedToken> {
  const codeHash = hashToken(command.code);
  const token = app.ids.secret(32);
  const tokenId = app.ids.next();
  const now = app.clock.now();
  const outcome = await transaction(app.db, async (tx) => {
    const grant = await findGrant(tx, codeHash);
    if (grant === undefined || grant.app_id !== client.id) return null;
    if (grant.token_id !== null) return await endReplayed(app, tx, grant.token_id);
    if (grant.expires_at <= now || grant.suspended_at !== null || !fits(grant, command)) return null;
    // Somebody was quicker with the same code: what they got ends, too.
    if (!(await useGrant(tx, codeHash, tokenId)))
      return await endReplayed(app, tx, (await findGrant(tx, codeHash))?.token_id ?? 0);
    await insertClientToken(tx, {
      id: tokenId,
      token_hash: hashToken(token),
      account_id: grant.account_id,
      name: client.name,
      scopes: grant.scopes,
      created_at: now,
      seen_at: null,
      app_id: client.id,
    });
    await touchApp(tx, client.id, now);
    return { token, scopes: grant.scopes.split(" "), createdAt: now };
  });
  if (outcome === null) throw new CausewayError("invalid", "error.oauth_invalid_grant");
  return outcome;
}

async function endReplayed(app: App, tx: Db, tokenId: number): Promise<null> {
  await removeToken(tx, tokenId);
  announce(app, { type: "access" });
  return null;
}

function fits(
  grant: { readonly redirect_uri: string; readonly challenge: string | null },
  { redirectUri, verifier, isProven }: Redeem,
): boolean {
  if (grant.redirect_uri !== redirectUri) return false;
  // Without a challenge a verifier proves nothing: somebody took the challenge away (RFC 9700, 2.1.1).
  if (grant.challenge === null) return verifier === undefined && isProven;
  if (verifier === undefined || !VERIFIER.test(verifier)) return false;
  const made = Buffer.from(createHash("sha256").update(verifier).digest("base64url"));
  const kept = Buffer.from(grant.challenge);
  return made.length === kept.length && timingSafeEqual(made, kept);
}

/** A token that is nobody's: for what an app may do before somebody signs in. @throws invalid (`invalid_scope`) */
export async function issueAppToken(app: App, client: Client, scopeText: string): Promise<IssuedToken> {
  const scopes = scopesWithin(client, scopeText);
  if (scopes === null) throw new CausewayError("invalid", "error.oauth_invalid_scope");
  const token = app.ids.secret(32);
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    await insertAppToken(tx, {
      id: app.ids.next(),
      token_hash: hashToken(token),
      app_id: client.id,
      scopes: scopes.join(" "),
      created_at: now,
    });
    await trimAppTokens(tx, client.id, MOST_APP_TOKENS);
    await touchApp(tx, client.id, now);
  });
  return { token, scopes, createdAt: now };
}

/** Ends a token of an app; one that is unknown is ended already. @throws forbidden for a token of another app. */
export async function revokeByClient(app: App, client: Client, token: string): Promise<void> {
  const hash = hashToken(token);
  await transaction(app.db, async (tx) => {
    const found = await findToken(tx, hash);
    if (found !== undefined) {
      if (found.app_id !== client.id) throw new CausewayError("forbidden", "error.oauth_unauthorized_client");
      await removeToken(tx, found.id);
      announce(app, { type: "access" });
      return;
    }
    const own = await findAppToken(tx, hash);
    if (own === undefined) return;
    if (own.app_id !== client.id) throw new CausewayError("forbidden", "error.oauth_unauthorized_client");
    await removeAppToken(tx, own.id);
  });
}

/** Forgets codes; used ones a day later, so that a second use is noticed for as long as somebody may try. */
export async function sweepOldGrants(app: App): Promise<void> {
  await sweepGrants(app.db, app.clock.now() - DAY);
}
