import type { App } from "../../../server/context.ts";
import { withParams } from "../../../server/domain/redirect.ts";
import { type Client, findClient } from "../../../server/services/clients/apps.ts";
import { type AccessRequest, isChallenge, scopesWithin } from "../../../server/services/clients/grants.ts";
import type { MessageKey } from "../../locales/en.ts";

/** What an app asks for, as its address or our form carries it (RFC 6749, 4.1.1; RFC 7636, 4.3). */
export const REQUEST_FIELDS = [
  "response_type",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "code_challenge",
  "code_challenge_method",
  "lang",
] as const;
type RequestField = (typeof REQUEST_FIELDS)[number];

/** The fields as they were sent. */
export type AskedFields = Readonly<Partial<Record<RequestField, string>>>;

/** A request that can be put before somebody. */
export type SoundRequest = AccessRequest & { readonly state: string | undefined };

/**
 * A request as it was judged. `stranger`: nobody knows where it comes from, so nobody is sent there. `faulty`: the app is
 * known, and is told what is wrong when the person goes back.
 */
export type Judged =
  | { readonly as: "sound"; readonly request: SoundRequest }
  | { readonly as: "stranger"; readonly fault: MessageKey }
  | {
      readonly as: "faulty";
      readonly fault: MessageKey;
      readonly client: Client;
      readonly backTo: string;
    };

/** The fields of a request; null when one of them was sent twice (RFC 6749, 3.1). */
export function readAsked(params: { all(name: string): readonly string[] }): AskedFields | null {
  const asked: Partial<Record<RequestField, string>> = {};
  for (const name of REQUEST_FIELDS) {
    const values = params.all(name);
    if (values.length > 1) return null;
    if (values[0] !== undefined && values[0] !== "") asked[name] = values[0];
  }
  return asked;
}

/** Judges a request: first who asks and where the answer goes, only then what is asked. */
export async function judgeRequest(app: App, asked: AskedFields | null): Promise<Judged> {
  if (asked === null) return { as: "stranger", fault: "authorize.fault_twice" };
  const client = await findClient(app, asked.client_id ?? "");
  if (client === null) return { as: "stranger", fault: "authorize.fault_client" };
  const redirectUri = asked.redirect_uri;
  if (redirectUri === undefined || !client.redirectUris.includes(redirectUri))
    return { as: "stranger", fault: "authorize.fault_redirect" };
  const { state } = asked;
  const faulty = (fault: MessageKey, error: string): Judged => ({
    as: "faulty",
    fault,
    client,
    backTo: answerAddress(app, { redirectUri, state }, { error }),
  });
  if (asked.response_type !== "code") return faulty("authorize.fault_type", "unsupported_response_type");
  const challenge = asked.code_challenge ?? null;
  const method = asked.code_challenge_method;
  // Without a method the challenge would be a plain one (RFC 7636, 4.3), which protects from nothing.
  const isSafe = challenge === null ? method === undefined : method === "S256" && isChallenge(challenge);
  if (!isSafe) return faulty("authorize.fault_challenge", "invalid_request");
  const scopes = scopesWithin(client, asked.scope ?? "");
  if (scopes === null) return faulty("authorize.fault_scope", "invalid_scope");
  return { as: "sound", request: { client, redirectUri, scopes, challenge, state } };
}

/** Where the person is sent with the answer; it names us, so that no app takes it for another server's (RFC 9207). */
export function answerAddress(
  app: App,
  { redirectUri, state }: Pick<SoundRequest, "redirectUri" | "state">,
  given: { readonly code: string } | { readonly error: string },
): string {
  return withParams(redirectUri, { ...given, state, iss: app.config.origin });
}

/** The address of the page that asks the person, for coming back to it. */
export function requestPath(asked: AskedFields, more: Readonly<Record<string, string>> = {}): string {
  return withParams("/oauth/authorize", { ...asked, ...more });
}
