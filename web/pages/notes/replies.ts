import type { Viewer } from "../../../server/domain/actor.ts";
import { fetchThread } from "../../../server/services/threads/backfill.ts";
import { noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** Looks for the rest of a thread on other servers; the same page shows what comes. */
export async function postReplies(c: WebContext, viewer: Viewer): Promise<Response> {
  const note = await noteOf(c);
  await fetchThread(c.get("visit").app, viewer, note.id);
  return c.redirect(`${notePath(note)}#replies`, 303);
}
