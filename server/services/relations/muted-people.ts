import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { isSet } from "../../store/codec.ts";
import { listMuteRows } from "../../store/mutes.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";

/** Somebody who is muted. */
export type MutedPerson = {
  readonly actor: ActorView;
  /** Ms; null = until it is taken back. */
  readonly expiresAt: number | null;
  readonly hidesNotifications: boolean;
};

/** Whom the person mutes at present and until when, newest first. */
export async function listMutedPeople(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<MutedPerson>> {
  const cursor = toCursor(request);
  const rows = await listMuteRows(app.db, viewer.actorId, cursor, app.clock.now());
  return await toPage(rows, cursor, async (found) => {
    const ids = found.map((row) => row.target_id);
    const actors = new Map((await actorViews(app, ids)).map((actor) => [actor.id as number, actor]));
    return found.flatMap((row) => {
      const actor = actors.get(row.target_id);
      if (actor === undefined) return [];
      return [{ actor, expiresAt: row.expires_at, hidesNotifications: isSet(row.hide_notifications) }];
    });
  });
}
