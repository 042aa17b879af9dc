import type { App } from "../../context.ts";
import { type ActorView, parseHandle } from "../../domain/actor.ts";
import type { CardView } from "../../domain/card.ts";
import { type ActorRow, findActorsByHandles } from "../../store/actors.ts";

/** Cards with the accounts of their authors, as far as those are known here: one query, none when no page names one. */
export async function withCardAuthors(
  app: App,
  cards: ReadonlyMap<string, CardView>,
  draw: (row: ActorRow) => ActorView,
): Promise<ReadonlyMap<string, CardView>> {
  const named = new Map<string, { readonly username: string; readonly host: string }>();
  for (const { authorHandle } of cards.values()) {
    const handle = authorHandle === null ? null : parseHandle(authorHandle);
    if (authorHandle === null || handle === null) continue;
    const host = handle.host === null || handle.host === app.config.handleHost ? "" : handle.host;
    named.set(authorHandle, { username: handle.username, host });
  }
  if (named.size === 0) return cards;
  const rows = await findActorsByHandles(app.db, [...named.values()]);
  const actorOf = (authorHandle: string | null): ActorView | null => {
    const handle = authorHandle === null ? undefined : named.get(authorHandle);
    const row = rows.find(({ username, host }) => username === handle?.username && host === handle.host);
    return row === undefined || row.deleted_at !== null || row.suspended_at !== null ? null : draw(row);
  };
  return new Map(
    [...cards].map(([key, card]) => [key, { ...card, authorActor: actorOf(card.authorHandle) }]),
  );
}
