import type { App } from "../../context.ts";
import type { Role, Viewer } from "../../domain/actor.ts";
import { type AccountId, asId } from "../../domain/ids.ts";
import { findAccount } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { textsIn } from "../../store/codec.ts";
import { preferencesOf } from "./sessions.ts";

/** The person behind an account, for what is done in their name while they are away; null for gone and suspended ones. */
export async function findViewerOfAccount(app: App, id: AccountId): Promise<Viewer | null> {
  const account = await findAccount(app.db, id);
  const actor = account === undefined ? undefined : await findActorById(app.db, account.actor_id);
  if (account === undefined || actor === undefined) return null;
  if (actor.deleted_at !== null || actor.suspended_at !== null || account.suspended_at !== null) return null;
  if (account.pending_at !== null) return null;
  return {
    accountId: asId(account.id),
    actorId: asId(actor.id),
    username: actor.username,
    name: actor.name === "" ? actor.username : actor.name,
    role: account.role as Role,
    locale: account.locale,
    languages: textsIn(account.languages),
    preferences: preferencesOf(account.preferences),
  };
}
