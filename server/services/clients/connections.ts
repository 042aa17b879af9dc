import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type TokenId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { listTokens, removeToken } from "../../store/clients.ts";
import { transaction } from "../../store/database.ts";
import { announce } from "../streams/announce.ts";

/** An app that somebody let in, or a token that was made by hand. Times in ms. */
export type Connection = {
  readonly id: TokenId;
  readonly name: string;
  readonly website: string | null;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly seenAt: number | null;
  /** True for a token of the command line. */
  readonly isByHand: boolean;
};

/** What has access to the person's account, newest first. */
export async function listConnections(app: App, viewer: Viewer): Promise<readonly Connection[]> {
  const rows = await listTokens(app.db, viewer.accountId);
  return rows.map((row) => ({
    id: asId(row.id),
    name: row.app_name ?? row.name,
    website: row.app_website,
    scopes: row.scopes.split(" "),
    createdAt: row.created_at,
    seenAt: row.seen_at,
    isByHand: row.app_id === null,
  }));
}

/** Takes an app's access back, with what its device was told by push. @throws not_found for any other id. */
export async function endConnection(app: App, viewer: Viewer, id: TokenId): Promise<void> {
  const isEnded = await transaction(app.db, (tx) => removeToken(tx, id, viewer.accountId));
  if (!isEnded) throw notFound();
  announce(app, { type: "access" });
}
