// DOOR: the Mastodon client API. Mastodon's words live only here: statuses, accounts, favourites, reblogs.
// May import services, domain, text, http, context, errors, hono and zod; never store, federation or web.
// routes.ts is the table of all addresses; endpoints/ has one file for each resource, entities/ the shapes that clients are
// promised, serialize/ pure functions from our views to these shapes.

import type { z } from "zod";
import type { App } from "../server/context.ts";
import type { Viewer } from "../server/domain/actor.ts";
import type { TokenHolder } from "../server/services/clients/tokens.ts";
import type { Registry } from "./streaming/registry.ts";

/** The type of every answer that names no other. */
export const JSON_TYPE = "application/json; charset=utf-8";

/** Who may ask: anybody, any app with a token, or an app that a person let in. */
export type Who = "anyone" | "app" | "user";

type Holders = {
  readonly anyone: { readonly viewer: Viewer | null; readonly holder: TokenHolder | null };
  readonly app: { readonly viewer: Viewer | null; readonly holder: TokenHolder };
  readonly user: { readonly viewer: Viewer; readonly holder: TokenHolder };
};

/** What a handler is given. */
export type Call<P = unknown, W extends Who = Who> = Holders[W] & {
  readonly app: App;
  /** Who listens to what, for answers that do not end. */
  readonly streams: Registry;
  readonly params: P;
  /** The address as it was asked for, not decoded, without our origin: a proxy may have asked us by another. */
  readonly address: { readonly path: string; readonly query: string };
  /** A header of the request, by its name in lower case. */
  readonly header: (name: string) => string | null;
  /** Where the caller is counted: an IPv4 address or an IPv6 network. */
  readonly ip: string;
  /** The caller's languages as `Accept-Language` says, null when it says nothing. */
  readonly acceptLanguage: string | null;
};

/**
 * What a handler answers. A page carries cursors, from which the `Link` header is made. A body is written as JSON, unless
 * `headers` name another type: then it is a text or a stream.
 */
export type Answer = {
  readonly body: unknown;
  readonly status?: 200 | 202 | 206 | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cursors?: Cursors | undefined;
};

/** Cursors of a page: `older` is null on the last one; `first` is the newest thing on it. */
export type Cursors = { readonly older: number | null; readonly first: number | null };

/** How far what we do is what Mastodon documents: docs/client-api.md is made of this. */
export type Coverage = { readonly as: "full" } | { readonly as: "partial"; readonly missing: string };

export type Endpoint<P = unknown, W extends Who = Who> = {
  readonly who: W;
  /** A token needs one of these; none = any token. */
  readonly scopes: readonly string[];
  /** One sentence for the OpenAPI document. */
  readonly summary: string;
  /** Path, query and body together, by name. */
  readonly params: z.ZodType<P>;
  /** The shape of the body of a good answer. */
  readonly returns: z.ZodType;
  readonly coverage: Coverage;
  /** `oauth`: no bearer token is looked at, and faults are said in the words of RFC 6749, 5.2. */
  readonly shape?: "oauth";
  /** The token may stand in the address: browsers can send no headers with what they listen to. */
  readonly queryToken?: boolean;
  /** Large bodies (uploads); others may have 1 MiB. */
  readonly takesFiles?: boolean;
  /** What is asked by others' pages without a preflight, and may be kept for a while, s. */
  readonly cacheSeconds?: number;
  run(call: Call<P, W>): Promise<Answer>;
};

/** An endpoint of any kind, as the table holds them. */
// eslint-disable-next-line -- the table holds endpoints of all parameter types; each checks its own.
export type AnyEndpoint = Endpoint<never, never> & { readonly who: Who };

type Written<P, W extends Who> = Omit<Endpoint<P, W>, "coverage"> & { readonly missing?: string };

/** Defines an endpoint. `missing` says what of Mastodon's is not there; without it the endpoint is complete. */
export function endpoint<P, W extends Who>({ missing, ...rest }: Written<P, W>): AnyEndpoint {
  const coverage: Coverage = missing === undefined ? { as: "full" } : { as: "partial", missing };
  return { ...rest, coverage } as unknown as AnyEndpoint;
}

/** An answer that was written as JSON before: what is the same for everybody. */
export function writtenAnswer(json: string): Answer {
  return { body: json, headers: { "Content-Type": JSON_TYPE } };
}

/** A plain answer. */
export function answer(body: unknown, rest: Omit<Answer, "body"> = {}): Answer {
  return { body, ...rest };
}
