// Apps of others: what they register, what people let them do, and the tokens that say so.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Role, Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { CausewayError } from "../../errors.ts";
import { textsIn } from "../../store/codec.ts";
import {
  findAppTokenHolder,
  findTokenHolder,
  listAppTokens,
  listTokenHolders,
  touchToken,
} from "../../store/clients.ts";
import { hashToken, preferencesOf } from "../accounts/sessions.ts";
import { whenThereIsRoom } from "../operations/storage-faults.ts";

const TOUCH_EVERY_MS = 10 * 60_000;

/** Who a token speaks for. */
export type TokenHolder = {
  readonly tokenId: number;
  readonly scopes: readonly string[];
  /** Null for a token that a person or an owner made by hand. */
  readonly client: { readonly id: number; readonly name: string; readonly website: string | null } | null;
  /** Null for an app's own token. */
  readonly viewer: Viewer | null;
};

/**
 * Who holds a bearer token; null when it is unknown, revoked, or of somebody who is suspended.
 * @throws forbidden for somebody who waits for approval, as Mastodon answers
 */
export async function findHolder(app: App, token: string): Promise<TokenHolder | null> {
  const hash = hashToken(token);
  const row = await findTokenHolder(app.db, hash);
  if (row === undefined) return await findAppHolder(app, hash);
  if (row.suspended_at !== null) return null;
  if (row.pending_at !== null) throw new CausewayError("forbidden", "error.pending");
  const now = app.clock.now();
  if (row.seen_at === null || now - row.seen_at > TOUCH_EVERY_MS)
    await whenThereIsRoom(() => touchToken(app.db, row.token_id, now));
  return toHolder(row);
}

/**
 * Those of some holders whose tokens are still worth something, as they are now, by token id: two statements. For whoever
 * holds a connection open.
 */
export async function findHoldersAgain(
  app: App,
  holders: readonly TokenHolder[],
): Promise<ReadonlyMap<number, TokenHolder>> {
  const idsOf = (some: readonly TokenHolder[]) => some.map(({ tokenId }) => tokenId);
  const people = await listTokenHolders(app.db, idsOf(holders.filter(({ viewer }) => viewer !== null)));
  const nobodys = holders.filter(({ viewer }) => viewer === null);
  const kept = new Set(await listAppTokens(app.db, idsOf(nobodys)));
  return new Map([
    ...people
      .filter((row) => row.suspended_at === null && row.pending_at === null)
      .map((row): readonly [number, TokenHolder] => [row.token_id, toHolder(row)]),
    ...nobodys
      .filter(({ tokenId }) => kept.has(tokenId))
      .map((holder): readonly [number, TokenHolder] => [holder.tokenId, holder]),
  ]);
}

function toHolder(row: Awaited<ReturnType<typeof listTokenHolders>>[number]): TokenHolder {
  return {
    tokenId: row.token_id,
    scopes: row.scopes.split(" "),
    client: clientOf(row),
    viewer: {
      accountId: asId(row.account_id),
      actorId: asId(row.actor_id),
      username: row.username,
      name: row.name === "" ? row.username : row.name,
      role: row.role as Role,
      locale: row.locale,
      languages: textsIn(row.languages),
      preferences: preferencesOf(row.preferences),
    },
  };
}

async function findAppHolder(app: App, hash: string): Promise<TokenHolder | null> {
  const row = await findAppTokenHolder(app.db, hash);
  if (row === undefined) return null;
  return { tokenId: row.token_id, scopes: row.scopes.split(" "), client: clientOf(row), viewer: null };
}

function clientOf(row: {
  readonly app_id: number | null;
  readonly app_name: string | null;
  readonly app_website: string | null;
}): TokenHolder["client"] {
  return row.app_id === null || row.app_name === null
    ? null
    : { id: row.app_id, name: row.app_name, website: row.app_website };
}
