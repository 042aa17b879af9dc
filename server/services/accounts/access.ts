import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { removeTokens } from "../../store/accounts.ts";
import type { Db } from "../../store/database.ts";
import { removeResetLinks } from "../../store/recovery.ts";
import { removeSessions } from "../../store/sessions.ts";
import { federate } from "../federation/federate.ts";
import { announce } from "../streams/announce.ts";

/** Ends all sessions, tokens and ways back in of an account, inside the caller's transaction. */
export async function endAccess(app: App, tx: Db, accountId: number): Promise<void> {
  await removeSessions(tx, accountId, null);
  await removeTokens(tx, accountId);
  announce(app, { type: "access" });
  await removeResetLinks(tx, accountId);
}

/** Tells other servers that a member's profile changed, inside the caller's transaction. */
export async function tellOfProfile(app: App, tx: Db, actorId: ActorId): Promise<void> {
  await federate(app, tx, actorId, { type: "actor.updated", activityId: asId(app.ids.next()), actorId });
}
