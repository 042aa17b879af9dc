import type { Viewer } from "../../../server/domain/actor.ts";
import { votePoll } from "../../../server/services/notes/polls.ts";
import { pollBox } from "../../components/poll.ts";
import { attempt, readForm } from "../../forms.ts";
import { noteIdOf } from "../../member.ts";
import type { WebContext } from "../../visit.ts";
import { showNote } from "./note.ts";
import { backToNote } from "./react.ts";

/** Votes in the poll of a note; then the same page at the same note, which shows the results. */
export async function postVote(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = noteIdOf(c);
  const form = await readForm(c);
  const positions = form
    .all("option")
    .filter((value) => /^\d{1,2}$/.test(value))
    .map(Number);
  const outcome = await attempt(() => votePoll(c.get("visit").app, viewer, id, positions));
  if (!outcome.ok) return await showNote(c, outcome.refusal);
  return await backToNote(c, viewer, id, (visit, note) => pollBox(visit, note));
}
