// PURE: apps and tokens as clients know them.

import type { Client } from "../../server/services/clients/apps.ts";
import type { IssuedToken } from "../../server/services/clients/grants.ts";
import type { Application, CredentialApplication, Token } from "../entities/clients.ts";

/** An app without its secret. */
export function toApplication(client: Client, vapidKey: string): Application {
  return {
    id: String(client.id),
    name: client.name,
    website: client.website,
    scopes: [...client.scopes],
    redirect_uris: [...client.redirectUris],
    redirect_uri: client.redirectUris.join("\n"),
    vapid_key: vapidKey,
  };
}

/** An app with its secret, which exists in this answer alone. */
export function toCredentialApplication(
  client: Client,
  secret: string,
  vapidKey: string,
): CredentialApplication {
  return {
    ...toApplication(client, vapidKey),
    client_id: client.clientId,
    client_secret: secret,
    client_secret_expires_at: 0,
  };
}

/** A token, at the moment when it is made. */
export function toToken({ token, scopes, createdAt }: IssuedToken): Token {
  return {
    access_token: token,
    token_type: "Bearer",
    scope: scopes.join(" "),
    created_at: Math.floor(createdAt / 1000),
  };
}
