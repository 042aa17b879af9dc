import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { isSet } from "../../store/codec.ts";
import { countAskable, findAskable, listAskable, listSeveredRows } from "../../store/domains.ts";
import { toCursor, toPage } from "../pages.ts";
import { followActor } from "../relations/follows.ts";

/** A follow that ended because of a server. `direction`: whom the member followed, or who followed the member. */
export type SeveredFollow = {
  readonly id: number;
  readonly handle: string;
  readonly direction: "following" | "follower";
  readonly at: number;
  /** Their server is talked to again, and the member does not follow them. */
  readonly mayAskAgain: boolean;
};

/** The member's follows that ended because this server stopped to talk with theirs, newest first. */
export async function listSevered(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<SeveredFollow>> {
  const cursor = toCursor(request);
  const rows = await listSeveredRows(app.db, viewer.actorId, cursor);
  return await toPage(rows, cursor, (found) =>
    Promise.resolve(
      found.map((row) => ({
        id: row.id,
        handle: `@${row.username}@${row.remote_host}`,
        direction: row.direction === "follower" ? "follower" : "following",
        at: row.created_at,
        mayAskAgain: isSet(row.askable),
      })),
    ),
  );
}

const EXPORT_MAX = 10_000;

/** The same as a table for other servers and for later: handle, direction; at most 10,000 lines. */
export async function exportSevered(app: App, viewer: Viewer): Promise<string> {
  const { rows } = await listSeveredRows(app.db, viewer.actorId, { limit: EXPORT_MAX });
  const lines = rows.map((row) => `${row.username}@${row.remote_host},${row.direction}`);
  return ["Account address,Direction", ...lines, ""].join("\n");
}

/** How many of them could be asked again, since their server is talked to again. */
export async function countFollowable(app: App, viewer: Viewer): Promise<number> {
  return await countAskable(app.db, viewer.actorId);
}

/** Asked by one press; the rest by the next one. */
const ASKED_AT_ONCE = 100;

/**
 * Follows again whom the member followed before their server was not talked to: one line, or with null the last hundred.
 * Nobody is followed again without being asked for. Returns how many were asked. @throws not_found, too_many
 */
export async function followAgain(app: App, viewer: Viewer, id: number | null): Promise<number> {
  if (id !== null) {
    const remoteId = await findAskable(app.db, viewer.actorId, id);
    if (remoteId === undefined) throw notFound();
    await followActor(app, viewer, asId<ActorId>(remoteId));
    return 1;
  }
  let asked = 0;
  for (const remoteId of await listAskable(app.db, viewer.actorId, ASKED_AT_ONCE))
    try {
      await followActor(app, viewer, asId<ActorId>(remoteId));
      asked++;
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error;
      // The budget of follows is used up: those that were asked are asked, and the rest stays on the page.
      if (error.kind === "too_many") {
        if (asked === 0) throw error;
        return asked;
      }
      // Somebody who blocks the member, or is gone meanwhile, holds up nobody else.
    }
  return asked;
}
