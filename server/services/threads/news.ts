import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { homeEntries } from "../../store/home.ts";

/** Counted no further: a page has twenty, and more than two pages are "many". */
const MOST = 40;

/** How many notes and boosts came home since an entry, up to 40. Reads ids alone, no note is drawn. */
export async function countNewAtHome(app: App, viewer: Viewer, since: number): Promise<number> {
  const { rows } = await homeEntries(app.db, viewer.actorId, { after: since, limit: MOST }, app.clock.now());
  return rows.length;
}
