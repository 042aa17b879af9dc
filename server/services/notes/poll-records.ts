import type { App } from "../../context.ts";
import { countCharacters } from "../../domain/note.ts";
import { type NewPoll, POLL_LIMITS, type ReceivedPoll } from "../../domain/poll.ts";
import { invalid, type MessageParams } from "../../errors.ts";
import { flag, isSet } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import type { NoteRow } from "../../store/notes.ts";
import {
  insertPoll,
  listPollOptions,
  listPolls,
  removePoll,
  setTallies,
  updatePoll,
} from "../../store/polls.ts";
import { cleanName } from "../../text/entities.ts";
import { tellOfEnd } from "./polls.ts";

/** A poll as somebody typed it, cleaned; empty lines are left out. @throws invalid `{ poll }`. */
export function checkPoll(poll: NewPoll): NewPoll {
  const options = poll.options.map((option) => cleanName(option, 1_000)).filter((option) => option !== "");
  const fault = (key: string, params: MessageParams = {}) => invalid({ poll: { key, params } });
  if (options.length < 2) throw fault("field.poll_few");
  if (options.length > POLL_LIMITS.options) throw fault("field.poll_many", { max: POLL_LIMITS.options });
  if (options.some((option) => countCharacters(option) > POLL_LIMITS.optionCharacters))
    throw fault("field.poll_long", { max: POLL_LIMITS.optionCharacters });
  if (new Set(options).size < options.length) throw fault("field.poll_double");
  const { expiresInMs } = poll;
  if (!(expiresInMs >= POLL_LIMITS.shortestMs && expiresInMs <= POLL_LIMITS.longestMs))
    throw fault("field.poll_time");
  return { options, multiple: poll.multiple, expiresInMs };
}

/** Writes the poll of a new note of ours inside the caller's transaction. */
export async function writePoll(app: App, tx: Db, noteId: number, poll: NewPoll): Promise<void> {
  const now = app.clock.now();
  const row = {
    note_id: noteId,
    multiple: flag(poll.multiple),
    ends_at: now + poll.expiresInMs,
    closed_at: null,
    voters_count: 0,
    fetched_at: now,
  };
  await insertPoll(
    tx,
    row,
    poll.options.map((title) => ({ title, votes: 0 })),
  );
}

/** Writes another poll over that of a note of ours: it begins anew, without votes. */
export async function rewritePoll(app: App, tx: Db, noteId: number, poll: NewPoll): Promise<void> {
  await removePoll(tx, noteId);
  await writePoll(app, tx, noteId, poll);
}

/**
 * Writes the poll of a received note over the one that is stored: tallies are its author's to tell, other options are
 * another poll, whose votes begin anew. Inside the caller's transaction, whose note is locked.
 */
export async function writeReceivedPoll(
  app: App,
  tx: Db,
  note: Pick<NoteRow, "id" | "actor_id">,
  received: ReceivedPoll | null,
  { mayReset }: { readonly mayReset: boolean },
): Promise<void> {
  const [stored] = await listPolls(tx, [note.id]);
  if (received === null) {
    if (stored !== undefined && mayReset) await removePoll(tx, note.id);
    return;
  }
  const poll = cleaned(received);
  if (poll.options.length < 2) return;
  const options = stored === undefined ? [] : await listPollOptions(tx, [note.id]);
  const isSame =
    stored !== undefined &&
    isSet(stored.multiple) === poll.multiple &&
    options.length === poll.options.length &&
    options.every((option, index) => option.title === poll.options[index]?.title);
  const columns = {
    ends_at: poll.endsAt,
    closed_at: poll.closedAt,
    voters_count: poll.votersCount ?? largest(poll),
    fetched_at: app.clock.now(),
  };
  if (!isSame) {
    if (!mayReset) return;
    if (stored !== undefined) await removePoll(tx, note.id);
    await insertPoll(tx, { note_id: note.id, multiple: flag(poll.multiple), ...columns }, poll.options);
    return;
  }
  await updatePoll(tx, note.id, columns);
  await setTallies(
    tx,
    note.id,
    poll.options.map((option) => option.votes),
  );
  if (stored.closed_at === null && poll.closedAt !== null) await tellOfEnd(app, tx, note);
}

function cleaned(received: ReceivedPoll): ReceivedPoll {
  const options = received.options
    .slice(0, POLL_LIMITS.receivedOptions)
    .map(({ title, votes }) => ({ title: cleanName(title, POLL_LIMITS.receivedCharacters), votes }))
    .filter((option) => option.title !== "");
  return { ...received, options };
}

/** Servers that count no voters: with one answer each, votes are voters; with several, no fewer than the favourite has. */
function largest(poll: ReceivedPoll): number {
  const votes = poll.options.map((option) => option.votes);
  return poll.multiple ? Math.max(...votes) : votes.reduce((sum, count) => sum + count, 0);
}
