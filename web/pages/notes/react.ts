import type { App } from "../../../server/context.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { NoteId } from "../../../server/domain/ids.ts";
import { CausewayError } from "../../../server/errors.ts";
import { pinNote, unpinNote } from "../../../server/services/actors/pins.ts";
import {
  announceNote,
  bookmarkNote,
  likeNote,
  unannounceNote,
  unbookmarkNote,
  unlikeNote,
} from "../../../server/services/reactions/reactions.ts";
import { muteThread, unmuteThread } from "../../../server/services/threads/muted-threads.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { noteActions } from "../../components/note-actions.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showFragment, wantsFragment } from "../../layout.ts";
import { noteIdOf } from "../../member.ts";
import { safeReturn } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import type { NoteView } from "../../../server/domain/note.ts";

type Reaction = (app: App, viewer: Viewer, noteId: NoteId) => Promise<void>;

/** The buttons under a note, by their value. */
const REACTIONS: ReadonlyMap<string, Reaction> = new Map([
  ["like", likeNote],
  ["unlike", unlikeNote],
  ["boost", announceNote],
  ["unboost", unannounceNote],
  ["bookmark", bookmarkNote],
  ["unbookmark", unbookmarkNote],
  ["pin", pinNote],
  ["unpin", unpinNote],
  ["mute-thread", muteThread],
  ["unmute-thread", unmuteThread],
]);

/** Likes, boosts, bookmarks, or takes that back; then the same page at the same note, or these buttons anew. */
export async function postReact(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = noteIdOf(c);
  const form = await readForm(c);
  const react = REACTIONS.get(form.text("do"));
  if (react === undefined) throw new CausewayError("invalid", "error.invalid");
  await react(c.get("visit").app, viewer, id);
  return await backToNote(c, viewer, id, noteActions);
}

/** After something was done to a note: the piece of it that has changed, for scripts; else the page it was done on. */
export async function backToNote(
  c: WebContext,
  viewer: Viewer,
  id: NoteId,
  draw: (visit: Visit, note: NoteView) => Html,
): Promise<Response> {
  const visit = c.get("visit");
  const returnTo = safeReturn((await readForm(c)).text("return"), "/");
  if (!wantsFragment(c)) return c.redirect(`${returnTo}#note-${id}`, 303);
  const note = await viewNote(visit.app, viewer, id);
  // The address of the form is no page to come back to.
  return await showFragment(c, draw({ ...visit, path: returnTo }, note));
}
