import type { App } from "../../context.ts";
import { CausewayError } from "../../errors.ts";
import { insertClientToken, touchApp } from "../../store/clients.ts";
import { join } from "../accounts/accounts.ts";
import { hashToken } from "../accounts/sessions.ts";
import { getSettings } from "../accounts/settings.ts";
import type { Client } from "./apps.ts";
import type { IssuedToken } from "./grants.ts";

/** Somebody who joins from within an app. */
export type SignUpByApp = {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly acceptedRules: boolean;
  readonly locale: string | undefined;
  readonly languages: readonly string[];
  readonly invite: string | undefined;
  /** Why somebody wants to join, where people are approved. */
  readonly reason: string | undefined;
  readonly scopes: readonly string[];
  /** Where it is counted. */
  readonly ip: string;
};

/**
 * Joins by the rule of the house and lets the app in, with the scopes of its own token. Of somebody who waits for approval
 * the token can do nothing until then.
 * @throws forbidden when nobody can join; invalid with fields, too_many.
 */
export async function signUpByApp(app: App, client: Client, command: SignUpByApp): Promise<IssuedToken> {
  const { joinMode } = await getSettings(app);
  if (joinMode === "closed") throw new CausewayError("forbidden", "field.join_closed");
  const token = app.ids.secret(32);
  const now = app.clock.now();
  const { scopes, ...person } = command;
  await join(app, { ...person, agent: client.name }, async (tx, accountId) => {
    await insertClientToken(tx, {
      id: app.ids.next(),
      token_hash: hashToken(token),
      account_id: accountId,
      name: client.name,
      scopes: scopes.join(" "),
      created_at: now,
      seen_at: null,
      app_id: client.id,
    });
    await touchApp(tx, client.id, now);
  });
  return { token, scopes, createdAt: now };
}
