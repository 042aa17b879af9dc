import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { findAccountOfActor } from "../../store/accounts.ts";
import { findActorByHandle } from "../../store/actors.ts";
import type { LifeboatOwner } from "./order.ts";

/** Somebody who owns lifeboats. */
export function asOwner(account: { readonly id: number; readonly actor_id: number }): LifeboatOwner {
  return { accountId: asId(account.id), actorId: asId(account.actor_id) };
}

/** A member by name, for the command line. @throws not_found */
export async function findOwner(app: App, username: string): Promise<LifeboatOwner> {
  const actor = await findActorByHandle(app.db, username.toLowerCase().replace(/^@/, ""), "");
  const account = actor === undefined ? undefined : await findAccountOfActor(app.db, actor.id);
  if (account === undefined) throw notFound();
  return asOwner(account);
}
