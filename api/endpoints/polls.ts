import { z } from "zod";
import type { NoteId } from "../../server/domain/ids.ts";
import { notFound } from "../../server/errors.ts";
import { refreshTallies, votePoll } from "../../server/services/notes/polls.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { type Answer, answer, type Call, endpoint } from "../endpoint.ts";
import { Poll } from "../entities/status.ts";
import { listOf, pathId, whole } from "../kinds.ts";
import { toPoll } from "../serialize/media.ts";

const pollId = z.object({ id: pathId<NoteId>() });

async function pollAnswer({ app, viewer }: Call<unknown>, noteId: NoteId): Promise<Answer> {
  const note = await viewNote(app, viewer, noteId);
  if (note.poll === null) throw notFound();
  // Of polls elsewhere the tallies are asked for again; they are here when an app asks the next time.
  if (viewer !== null) await refreshTallies(app, noteId);
  return answer(toPoll(app.config.origin, note, note.poll, viewer !== null));
}

export const getPoll = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "A poll and how it stands",
  params: pollId,
  returns: Poll,
  run: async (call) => await pollAnswer(call, call.params.id),
});

export const postVotes = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Votes in a poll, once for good",
  params: pollId.extend({ choices: listOf(whole(0, 1_000)) }),
  returns: Poll,
  run: async (call) => {
    const { app, viewer, params } = call;
    const choices = params.choices.filter((choice) => choice !== undefined);
    await votePoll(app, viewer, params.id, choices);
    return await pollAnswer(call, params.id);
  },
});
