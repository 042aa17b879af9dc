import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type FederatedPoll, isPollClosed, type PollView } from "../../domain/poll.ts";
import { isSet } from "../../store/codec.ts";
import type { NoteRow } from "../../store/notes.ts";
import {
  listPollOptions,
  listPolls,
  listVotes,
  type PollOptionRow,
  type PollRow,
} from "../../store/polls.ts";

/** The polls of a page of notes: three queries, none when there is no poll among them. */
export async function pollViews(
  app: App,
  viewer: Viewer | null,
  rows: readonly NoteRow[],
): Promise<ReadonlyMap<number, PollView>> {
  const ids = rows.filter((row) => row.kind === "Question").map((row) => row.id);
  if (ids.length === 0) return new Map();
  const polls = await listPolls(app.db, ids);
  const options = Map.groupBy(await listPollOptions(app.db, ids), (row) => row.note_id);
  const votes = viewer === null ? [] : await listVotes(app.db, viewer.actorId, ids);
  const authors = new Map(rows.map((row) => [row.id, row.actor_id]));
  return new Map(
    polls.map((poll) => {
      const own = votes.filter((vote) => vote.note_id === poll.note_id).map((vote) => vote.position);
      const isOther = viewer !== null && authors.get(poll.note_id) !== viewer.actorId;
      return [poll.note_id, pollView(app, poll, options.get(poll.note_id) ?? [], { own, isOther })];
    }),
  );
}

function pollView(
  app: App,
  poll: PollRow,
  options: readonly PollOptionRow[],
  { own, isOther }: { readonly own: readonly number[]; readonly isOther: boolean },
): PollView {
  const closed = isPollClosed(poll, app.clock.now());
  return {
    multiple: isSet(poll.multiple),
    options: options.map((option) => ({
      title: option.title,
      votes: option.votes_count,
      own: own.includes(option.position),
    })),
    endsAt: poll.ends_at,
    closed,
    votersCount: poll.voters_count,
    votesCount: options.reduce((sum, option) => sum + option.votes_count, 0),
    voted: own.length > 0,
    mayVote: isOther && !closed && own.length === 0,
  };
}

/** The poll of a note of ours as its Question shows it. */
export async function pollForFederation(app: App, noteId: number): Promise<FederatedPoll | null> {
  return (await pollsForFederation(app, [noteId])).get(noteId) ?? null;
}

/** The same for several notes: two queries, none for none. */
export async function pollsForFederation(
  app: App,
  noteIds: readonly number[],
): Promise<ReadonlyMap<number, FederatedPoll>> {
  if (noteIds.length === 0) return new Map();
  const polls = await listPolls(app.db, noteIds);
  const options = Map.groupBy(await listPollOptions(app.db, noteIds), (row) => row.note_id);
  return new Map(
    polls.map((poll) => [
      poll.note_id,
      {
        multiple: isSet(poll.multiple),
        endsAt: poll.ends_at,
        closedAt: isPollClosed(poll, app.clock.now()) ? (poll.closed_at ?? poll.ends_at) : null,
        votersCount: poll.voters_count,
        options: (options.get(poll.note_id) ?? []).map((option) => ({
          title: option.title,
          votes: option.votes_count,
        })),
      },
    ]),
  );
}
