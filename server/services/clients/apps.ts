import { timingSafeEqual } from "node:crypto";
import type { App } from "../../context.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { isRedirectUri, OUT_OF_BAND } from "../../domain/redirect.ts";
import { parseScopes } from "../../domain/scope.ts";
import { CausewayError, type FieldFaults, invalid, type Message } from "../../errors.ts";
import { type AppRow, findApp, findAppById, insertApp, removeUnusedApps } from "../../store/clients.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { takeLimit } from "../accounts/limits.ts";
import { hashToken } from "../accounts/sessions.ts";

const NAME_MAX = 60;
const WEBSITE_MAX = 2_000;
const MOST_URIS = 50;
const DAY = 86_400_000;
/** An app that nobody let in is forgotten after so long. */
const UNUSED_MS = 30 * DAY;
const SWEEP = 500;

/** What an app says of itself when it registers. */
export type NewClient = {
  readonly name: string;
  readonly website: string | undefined;
  readonly redirectUris: readonly string[];
  /** Divided by spaces. */
  readonly scopes: string;
  /** Where it is counted. */
  readonly ip: string;
};

/** A registered app. */
export type Client = {
  readonly id: number;
  readonly clientId: string;
  readonly name: string;
  readonly website: string | null;
  /** As the app wrote them; compared as exact strings. */
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
  readonly secretHash: string;
};

/**
 * Registers an app; its secret exists in the answer alone.
 * @throws invalid with fields client_name, website, redirect_uris, scopes; too_many.
 */
export async function registerClient(
  app: App,
  command: NewClient,
): Promise<{ readonly client: Client; readonly secret: string }> {
  takeLimit(app, USE_LIMITS.apps, command.ip);
  const name = plainName(command.name);
  const website = websiteOf(command.website);
  const redirectUris = [...new Set(command.redirectUris)];
  const scopes = parseScopes(command.scopes);
  const faults: FieldFaults = {
    ...named("client_name", nameFault(name)),
    ...named("website", website === undefined ? { key: "field.client_website" } : null),
    ...named("redirect_uris", urisFault(app, redirectUris)),
    ...named("scopes", scopes === null || scopes.length === 0 ? { key: "field.client_scopes" } : null),
  };
  if (Object.keys(faults).length > 0 || scopes === null) throw invalid(faults);
  const secret = app.ids.secret(32);
  const client: Client = {
    id: app.ids.next(),
    clientId: app.ids.secret(32),
    name,
    website: website ?? null,
    redirectUris,
    scopes,
    secretHash: hashToken(secret),
  };
  await insertApp(app.db, {
    id: client.id,
    client_id: client.clientId,
    secret_hash: client.secretHash,
    name,
    website: client.website,
    redirect_uris: toJson(redirectUris),
    scopes: scopes.join(" "),
    created_at: app.clock.now(),
    used_at: null,
  });
  return { client, secret };
}

/** A registered app by what it calls itself with; null when there is none. */
export async function findClient(app: App, clientId: string): Promise<Client | null> {
  if (clientId === "" || clientId.length > 200) return null;
  const row = await findApp(app.db, clientId);
  return row === undefined ? null : toClient(app, row);
}

/** A registered app by its own id. @throws not_found when it has been removed. */
export async function clientById(app: App, id: number): Promise<Client> {
  const row = await findAppById(app.db, id);
  if (row === undefined) throw new CausewayError("not_found", "error.not_found");
  return toClient(app, row);
}

/** What a client shows to say who it is (RFC 6749, 2.3). */
export type Credentials = { readonly clientId: string; readonly secret: string | undefined };

/**
 * The app behind credentials; `isProven` when it knew its secret. One that shows none is a public client (RFC 6749, 2.1).
 * @throws unauthenticated (`invalid_client`) for an unknown app or a wrong secret: clients register anew then.
 */
export async function requireClient(
  app: App,
  { clientId, secret }: Credentials,
): Promise<{ readonly client: Client; readonly isProven: boolean }> {
  const client = await findClient(app, clientId);
  if (client === null || (secret !== undefined && !isSecret(client, secret)))
    throw new CausewayError("unauthenticated", "error.oauth_invalid_client");
  return { client, isProven: secret !== undefined };
}

/** Forgets apps that registered long ago and never came back. Their ids are unknown from then on. */
export async function sweepUnusedApps(app: App): Promise<void> {
  const before = app.clock.now() - UNUSED_MS;
  while ((await removeUnusedApps(app.db, before, SWEEP)) === SWEEP);
}

function isSecret(client: Client, secret: string): boolean {
  const [given, kept] = [Buffer.from(hashToken(secret)), Buffer.from(client.secretHash)];
  return given.length === kept.length && timingSafeEqual(given, kept);
}

function toClient(app: App, row: AppRow): Client {
  return {
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    website: row.website,
    redirectUris: fromJson<readonly string[]>(row.redirect_uris, []).filter((uri) => isOffered(app, uri)),
    scopes: row.scopes.split(" "),
    secretHash: row.secret_hash,
  };
}

function named(field: string, fault: Message | null): FieldFaults {
  return fault === null ? {} : { [field]: fault };
}

/** One line without characters that nobody sees: what turns the direction of a name around could make it another one. */
function plainName(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function nameFault(name: string): Message | null {
  if (name === "") return { key: "field.required" };
  return [...name].length > NAME_MAX ? { key: "field.too_long", params: { max: NAME_MAX } } : null;
}

/** A code that people copy can be asked for by whoever talks to them; with the hardened profile there is none (OAU-04). */
function isOffered({ config }: App, uri: string): boolean {
  return uri !== OUT_OF_BAND || !config.hardened;
}

/** Null: none was given; undefined: it is no web address. */
function websiteOf(text: string | undefined): string | null | undefined {
  if (text === undefined || text.trim() === "") return null;
  const url = text.length > WEBSITE_MAX ? null : safeHttpUrl(text);
  return url ?? undefined;
}

function urisFault(app: App, uris: readonly string[]): Message | null {
  if (uris.length === 0) return { key: "field.required" };
  const isFit = (uri: string) => isRedirectUri(uri) && isOffered(app, uri);
  return uris.length <= MOST_URIS && uris.every(isFit) ? null : { key: "field.client_redirect" };
}
