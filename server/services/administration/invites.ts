import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { notFound } from "../../errors.ts";
import { endInvite, listAllInviteRows } from "../../store/administration.ts";
import { requireAdministrator } from "./roles.ts";

const SHOWN = 100;

/** An invite of anybody here; times in ms. */
export type IssuedInvite = {
  readonly id: number;
  readonly url: string;
  /** Null for the operator at the command line, or somebody who left. */
  readonly by: string | null;
  readonly uses: number;
  readonly maxUses: number;
  readonly expiresAt: number | null;
};

/** The newest 100 invites of everybody that can still be used, or that cannot. @throws forbidden below admin */
export async function listIssuedInvites(
  app: App,
  viewer: Viewer,
  which: "open" | "ended",
): Promise<readonly IssuedInvite[]> {
  requireAdministrator(viewer);
  const rows = await listAllInviteRows(app.db, {
    open: which === "open",
    now: app.clock.now(),
    limit: SHOWN,
  });
  return rows.map((row) => ({
    id: row.id,
    url: `${app.config.origin}/join/${row.code}`,
    by: row.username,
    uses: row.uses,
    maxUses: row.max_uses,
    expiresAt: row.expires_at,
  }));
}

/** Ends an invite at once, whoever made it. @throws forbidden below admin, not_found */
export async function revokeInvite(app: App, viewer: Viewer, id: number): Promise<void> {
  requireAdministrator(viewer);
  if (!(await endInvite(app.db, id, app.clock.now()))) throw notFound();
}
