import { z } from "zod";
import { SCOPES } from "../../server/domain/scope.ts";
import { CausewayError, notFound } from "../../server/errors.ts";
import { viewActor } from "../../server/services/actors/actors.ts";
import { type Credentials, requireClient } from "../../server/services/clients/apps.ts";
import { issueAppToken, redeemCode, revokeByClient } from "../../server/services/clients/grants.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { ServerMetadata, Token, UserInfo } from "../entities/clients.ts";
import { word } from "../kinds.ts";
import { toAccount } from "../serialize/account.ts";
import { toToken } from "../serialize/clients.ts";

const credentials = { client_id: word, client_secret: word };

export const createToken = endpoint({
  who: "anyone",
  scopes: [],
  shape: "oauth",
  summary: "A token for a code that somebody gave the app, or for the app itself",
  missing: "No password grant: apps never see passwords.",
  // Whatever else is sent is left alone: apps send much that has no meaning here (nonce, resource, scope beside a code).
  params: z.object({
    ...credentials,
    grant_type: word,
    code: word,
    redirect_uri: word,
    code_verifier: word,
    scope: word,
  }),
  returns: Token,
  run: async ({ app, params, header }) => {
    const { client, isProven } = await requireClient(app, credentialsOf(header("authorization"), params));
    switch (params.grant_type) {
      case "authorization_code": {
        const { code, redirect_uri: redirectUri, code_verifier: verifier } = params;
        if (code === undefined || redirectUri === undefined) throw oauthFault("invalid_request");
        return answer(toToken(await redeemCode(app, client, { code, redirectUri, verifier, isProven })));
      }
      case "client_credentials":
        if (!isProven) throw new CausewayError("unauthenticated", "error.oauth_invalid_client");
        return answer(toToken(await issueAppToken(app, client, params.scope ?? "")));
      case undefined:
        throw oauthFault("invalid_request");
      default:
        throw oauthFault("unsupported_grant_type");
    }
  },
});

export const revokeToken = endpoint({
  who: "anyone",
  scopes: [],
  shape: "oauth",
  summary: "Ends a token of the app; one that is unknown is ended already (RFC 7009)",
  params: z.object({ ...credentials, token: word }),
  returns: Nothing,
  run: async ({ app, params, header }) => {
    const { client } = await requireClient(app, credentialsOf(header("authorization"), params));
    if (params.token !== undefined) await revokeByClient(app, client, params.token);
    return answer({});
  },
});

export const getUserInfo = endpoint({
  who: "user",
  scopes: ["profile"],
  summary: "Who let the app in (OpenID Connect Core, 5.3)",
  params: z.object({}),
  returns: UserInfo,
  run: async ({ app, viewer }) => {
    const actor = await viewActor(app, viewer.actorId);
    if (actor === null) throw notFound();
    const account = toAccount(app.config.origin, actor);
    return answer({
      iss: app.config.origin,
      sub: account.uri,
      name: account.display_name === "" ? account.username : account.display_name,
      preferred_username: account.username,
      profile: account.url,
      picture: account.avatar,
    } satisfies UserInfo);
  },
});

export const getServerMetadata = endpoint({
  who: "anyone",
  scopes: [],
  shape: "oauth",
  summary: "What this server can do in OAuth (RFC 8414)",
  params: z.object({}),
  returns: ServerMetadata,
  cacheSeconds: 300,
  run: ({ app }) => {
    const at = (path: string) => `${app.config.origin}${path}`;
    return Promise.resolve(
      answer({
        issuer: app.config.origin,
        service_documentation: "https://docs.joinmastodon.org/",
        authorization_endpoint: at("/oauth/authorize"),
        token_endpoint: at("/oauth/token"),
        app_registration_endpoint: at("/api/v1/apps"),
        revocation_endpoint: at("/oauth/revoke"),
        userinfo_endpoint: at("/oauth/userinfo"),
        scopes_supported: [...SCOPES],
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "client_credentials"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
      } satisfies ServerMetadata),
    );
  },
});

function oauthFault(fault: "invalid_request" | "unsupported_grant_type"): CausewayError {
  return new CausewayError("invalid", `error.oauth_${fault}`);
}

/** Who the client says it is: by `Authorization: Basic` (RFC 6749, 2.3.1) or in the body, never by two ways at once. */
function credentialsOf(
  authorization: string | null,
  params: { readonly client_id?: string | undefined; readonly client_secret?: string | undefined },
): Credentials {
  const basic = basicOf(authorization);
  if (basic === null) return { clientId: params.client_id ?? "", secret: params.client_secret };
  if (params.client_id !== undefined && params.client_id !== basic.clientId)
    throw oauthFault("invalid_request");
  return basic;
}

function basicOf(authorization: string | null): Credentials | null {
  const encoded = /^Basic +([\w+/=-]{1,1000})$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return null;
  const [clientId = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { clientId: formDecoded(clientId), secret: formDecoded(rest.join(":")) };
}

/** Both halves are encoded as in forms before they are put together (RFC 6749, 2.3.1). */
function formDecoded(value: string): string {
  return new URLSearchParams(`v=${value.replaceAll("&", "%26")}`).get("v") ?? "";
}
