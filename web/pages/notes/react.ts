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
import { readForm } from "../../forms.ts";
import { noteIdOf } from "../../member.ts";
import { safeReturn } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

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
]);

/** Likes, boosts, bookmarks, or takes that back; then the same page at the same note. */
export async function postReact(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = noteIdOf(c);
  const form = await readForm(c);
  const react = REACTIONS.get(form.text("do"));
  if (react === undefined) throw new CausewayError("invalid", "error.invalid");
  await react(c.get("visit").app, viewer, id);
  return c.redirect(`${safeReturn(form.text("return"), "/")}#note-${id}`, 303);
}
