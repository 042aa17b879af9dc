import { z } from "zod";
import { Id, Url } from "./common.ts";

/** An app, as it is named to everybody. */
export const Application = z.object({
  id: Id,
  name: z.string(),
  website: z.string().nullable(),
  scopes: z.array(z.string()),
  redirect_uris: z.array(z.string()),
  /** Of before 4.3: the same, a line each. */
  redirect_uri: z.string(),
  vapid_key: z.string(),
});
export type Application = z.infer<typeof Application>;

/** An app that has just registered: its secret is said once. */
export const CredentialApplication = Application.extend({
  client_id: z.string(),
  client_secret: z.string(),
  /** 0 = never (RFC 7591, 3.2.1). */
  client_secret_expires_at: z.literal(0),
});
export type CredentialApplication = z.infer<typeof CredentialApplication>;

export const Token = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  scope: z.string(),
  /** Seconds. */
  created_at: z.number().int(),
});
export type Token = z.infer<typeof Token>;

/** Who let the app in (OpenID Connect Core, 5.1). */
export const UserInfo = z.object({
  iss: Url,
  sub: Url,
  name: z.string(),
  preferred_username: z.string(),
  profile: Url,
  picture: Url,
});
export type UserInfo = z.infer<typeof UserInfo>;

/** What this server can do in OAuth (RFC 8414, 2; RFC 9207, 3). */
export const ServerMetadata = z.object({
  issuer: Url,
  service_documentation: Url,
  authorization_endpoint: Url,
  token_endpoint: Url,
  app_registration_endpoint: Url,
  revocation_endpoint: Url,
  userinfo_endpoint: Url,
  scopes_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  response_modes_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  code_challenge_methods_supported: z.array(z.string()),
  authorization_response_iss_parameter_supported: z.boolean(),
});
export type ServerMetadata = z.infer<typeof ServerMetadata>;
