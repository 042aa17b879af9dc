import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { forbidden } from "../../errors.ts";
import { findOpenInvite, insertInvite, type InviteRow, listInviteRows } from "../../store/accounts.ts";

const DAY = 86_400_000;

export type InviteView = {
  readonly code: string;
  readonly url: string;
  readonly uses: number;
  readonly maxUses: number;
  readonly expiresAt: number | null;
};

/** Makes an invite; `viewer` null is the operator at the command line. @throws forbidden below moderator. */
export async function createInvite(
  app: App,
  viewer: Viewer | null,
  command: { readonly maxUses?: number | undefined; readonly expiresInDays?: number | undefined } = {},
): Promise<InviteView> {
  if (viewer !== null && !outranks(viewer.role, "member")) throw forbidden();
  const now = app.clock.now();
  const row: InviteRow = {
    id: app.ids.next(),
    code: app.ids.secret(9),
    created_by: viewer?.accountId ?? null,
    max_uses: Math.min(Math.max(Math.trunc(command.maxUses ?? 1), 1), 1000),
    uses: 0,
    created_at: now,
    expires_at: command.expiresInDays === undefined ? null : now + command.expiresInDays * DAY,
    revoked_at: null,
    frozen_at: null,
  };
  await insertInvite(app.db, row);
  return inviteView(app, row);
}

/** The person's invites, newest first. */
export async function listInvites(app: App, viewer: Viewer): Promise<readonly InviteView[]> {
  return (await listInviteRows(app.db, viewer.accountId)).map((row) => inviteView(app, row));
}

/** True while an invite can be used. */
export async function checkInvite(app: App, code: string): Promise<boolean> {
  return (await findOpenInvite(app.db, code.trim(), app.clock.now())) !== undefined;
}

function inviteView(app: App, row: InviteRow): InviteView {
  return {
    code: row.code,
    url: `${app.config.origin}/join/${row.code}`,
    uses: row.uses,
    maxUses: row.max_uses,
    expiresAt: row.expires_at,
  };
}
