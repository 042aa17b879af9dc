import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId, type VoteId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { isPollClosed, type ReceivedVote, TALLY_EVERY_MS, TALLY_FRESH_MS } from "../../domain/poll.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { findAccountsOfActors } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import { findNoteById, findNoteByUri, findVisibleNotes, lockNote, type NoteRow } from "../../store/notes.ts";
import { insertNotifications } from "../../store/notifications.ts";
import {
  countVoter,
  findVote,
  insertVote,
  listEndedPolls,
  listLocalVoters,
  listPollOptions,
  listPolls,
  listVoterInboxes,
  listVotes,
  type PollRow,
  updatePoll,
} from "../../store/polls.ts";
import { normalizeText } from "../../text/entities.ts";
import { takeLimit } from "../accounts/limits.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { federate } from "../federation/federate.ts";
import { notify } from "../notifications/notify.ts";

const ENDED_AT_ONCE = 100;

/**
 * Votes in a poll, once for good: one option, or several where the poll allows it. Positions count from 0.
 * @throws not_found, invalid for one's own poll and `{ options }`, conflict when it is over or was voted in.
 */
export async function votePoll(
  app: App,
  viewer: Viewer,
  noteId: NoteId,
  positions: readonly number[],
): Promise<void> {
  const [note] = await findVisibleNotes(app.db, viewer.actorId, [noteId]);
  const [poll] = await listPolls(app.db, [noteId]);
  if (note === undefined || poll === undefined) throw notFound();
  if (note.actor_id === viewer.actorId) throw new CausewayError("invalid", "error.own_poll");
  takeLimit(app, USE_LIMITS.notes, String(viewer.actorId));
  const chosen = await checkChoice(app, poll, positions);
  await transaction(app.db, async (tx) => {
    await lockNote(tx, noteId);
    await requireOpen(app, tx, noteId);
    if ((await listVotes(tx, viewer.actorId, [noteId])).length > 0)
      throw new CausewayError("conflict", "error.voted");
    for (const position of chosen) await castVote(app, tx, viewer, note, position);
    await countVoter(tx, noteId);
    if (isSet(note.local)) await tellTalliesSoon(app, tx, noteId);
  });
  app.wake();
}

async function checkChoice(
  app: App,
  poll: PollRow,
  positions: readonly number[],
): Promise<readonly number[]> {
  const options = await listPollOptions(app.db, [poll.note_id]);
  const chosen = [...new Set(positions)].filter((position) =>
    options.some((option) => option.position === position),
  );
  const isRight = chosen.length === new Set(positions).size && chosen.length > 0;
  if (!isRight || (!isSet(poll.multiple) && chosen.length > 1))
    throw invalid({ options: { key: "field.vote" } });
  return chosen;
}

async function requireOpen(app: App, tx: Db, noteId: NoteId): Promise<void> {
  const [poll] = await listPolls(tx, [noteId]);
  if (poll === undefined || isPollClosed(poll, app.clock.now()))
    throw new CausewayError("conflict", "error.poll_over");
}

async function castVote(app: App, tx: Db, viewer: Viewer, note: NoteRow, position: number): Promise<void> {
  const id = app.ids.next();
  await insertVote(tx, {
    id,
    uri: app.uris.vote(viewer.actorId, id),
    note_id: note.id,
    actor_id: viewer.actorId,
    position,
    created_at: app.clock.now(),
  });
  if (isSet(note.local)) return;
  await federate(app, tx, viewer.actorId, {
    type: "vote.cast",
    activityId: asId(app.ids.next()),
    voteId: asId(id),
  });
}

/**
 * A remote actor votes in a poll of ours. Nothing is kept of votes that come too late, a second time, for what is no
 * option, or from somebody who may not see the poll. True when the Note was about one of our polls, counted or not.
 * @throws remote_failed when the voter cannot be fetched now.
 */
export async function receiveVote(app: App, received: ReceivedVote): Promise<boolean> {
  const note = await findNoteByUri(app.db, received.pollUri);
  if (note === undefined || !isSet(note.local) || note.deleted_at !== null) return false;
  const [poll] = await listPolls(app.db, [note.id]);
  if (poll === undefined) return false;
  if (isPollClosed(poll, app.clock.now())) return true;
  const actorId = await findOrFetchActor(app, received.actorUri);
  if (actorId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  if ((await findVisibleNotes(app.db, actorId, [note.id])).length === 0) return true;
  const isCounted = await transaction(app.db, (tx) => countReceived(app, tx, note, actorId, received));
  if (isCounted) app.wake();
  return true;
}

async function countReceived(
  app: App,
  tx: Db,
  note: NoteRow,
  actorId: number,
  received: ReceivedVote,
): Promise<boolean> {
  const noteId = note.id;
  // Two votes at once for a poll with one answer follow each other.
  await lockNote(tx, noteId);
  const [poll] = await listPolls(tx, [noteId]);
  if (poll === undefined || isPollClosed(poll, app.clock.now())) return false;
  if (await blockedEitherWay(tx, actorId, note.actor_id)) return false;
  const wanted = normalizeText(received.option);
  const option = (await listPollOptions(tx, [noteId])).find((one) => one.title === wanted);
  const earlier = await listVotes(tx, actorId, [noteId]);
  if (option === undefined || (earlier.length > 0 && !isSet(poll.multiple))) return false;
  const isNew = await insertVote(tx, {
    id: app.ids.next(),
    uri: received.uri,
    note_id: noteId,
    actor_id: actorId,
    position: option.position,
    created_at: app.clock.now(),
  });
  if (!isNew) return false;
  if (earlier.length === 0) await countVoter(tx, noteId);
  await tellTalliesSoon(app, tx, noteId);
  return true;
}

/** At most one Update a minute for each poll, however many vote (Mastodon waits as well). */
async function tellTalliesSoon(app: App, tx: Db, noteId: number): Promise<void> {
  const now = app.clock.now();
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt: now + TALLY_EVERY_MS,
    kind: "tell-tallies",
    payload: { noteId },
    dedupeKey: `tell-tallies:${noteId}`,
    lane: 2,
  });
}

/** Tells other servers how a poll of ours stands; the job behind `tell-tallies`. */
export async function tellTallies(app: App, noteId: NoteId): Promise<void> {
  await transaction(app.db, async (tx) => {
    const note = await findNoteById(tx, noteId);
    if (note === undefined || note.deleted_at !== null || !isSet(note.local)) return;
    await tellNow(app, tx, note);
  });
  app.wake();
}

async function tellNow(app: App, tx: Db, note: Pick<NoteRow, "id" | "actor_id">): Promise<void> {
  await federate(app, tx, note.actor_id, {
    type: "poll.tallied",
    activityId: asId(app.ids.next()),
    noteId: asId(note.id),
  });
}

/**
 * Closes polls whose time is over, up to 100, and returns how many: author and voters here are told, the last tallies of
 * ours go out, those of others are asked for.
 */
export async function endPolls(app: App): Promise<number> {
  const ended = await listEndedPolls(app.db, app.clock.now(), ENDED_AT_ONCE);
  for (const poll of ended) await transaction(app.db, (tx) => endPoll(app, tx, poll));
  if (ended.length > 0) app.wake();
  return ended.length;
}

async function endPoll(app: App, tx: Db, poll: PollRow): Promise<void> {
  const note = await lockNote(tx, poll.note_id);
  const [current] = await listPolls(tx, [poll.note_id]);
  if (note === undefined || current === undefined || current.closed_at !== null) return;
  await updatePoll(tx, poll.note_id, { closed_at: poll.ends_at ?? app.clock.now() });
  if (note.deleted_at !== null) return;
  await tellOfEnd(app, tx, note);
  if (isSet(note.local)) await tellNow(app, tx, note);
  else await askForTallies(app, tx, note.id);
}

/** Tells voters and the author, if they are here, that a poll is over. */
export async function tellOfEnd(app: App, tx: Db, note: Pick<NoteRow, "id" | "actor_id">): Promise<void> {
  const voters = await listLocalVoters(tx, note.id);
  await notify(app, tx, { kind: "poll", to: voters, actorId: note.actor_id, noteId: note.id });
  const accountId = (await findAccountsOfActors(tx, [note.actor_id])).get(note.actor_id);
  if (accountId === undefined) return;
  await insertNotifications(tx, [
    {
      id: app.ids.next(),
      account_id: accountId,
      kind: "poll",
      actor_id: note.actor_id,
      note_id: note.id,
      created_at: app.clock.now(),
    },
  ]);
}

/** Asks for the tallies of a remote poll again, if somebody looks at it and they are older than five minutes. */
export async function refreshTallies(app: App, noteId: NoteId): Promise<void> {
  const [poll] = await listPolls(app.db, [noteId]);
  const note = poll === undefined ? undefined : await findNoteById(app.db, noteId);
  if (poll === undefined || note === undefined || isSet(note.local)) return;
  const isFinal = poll.closed_at !== null && poll.fetched_at >= poll.closed_at;
  if (isFinal || app.clock.now() - poll.fetched_at < TALLY_FRESH_MS) return;
  await transaction(app.db, (tx) => askForTallies(app, tx, noteId));
  app.wake();
}

async function askForTallies(app: App, tx: Db, noteId: number): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "refresh-poll",
    payload: { noteId },
    dedupeKey: `refresh-poll:${noteId}`,
    lane: 2,
  });
}

/** Where remote people who voted in a poll of ours hear how it stands. */
export async function voterInboxes(app: App, noteId: NoteId): Promise<readonly string[]> {
  const note = await findNoteById(app.db, noteId);
  return note === undefined ? [] : await listVoterInboxes(app.db, note);
}

/** A vote of ours for the wire; null when it was reset meanwhile. */
export async function getVoteForFederation(app: App, id: VoteId) {
  const vote = await findVote(app.db, id);
  const note = vote === undefined ? undefined : await findNoteById(app.db, vote.note_id);
  const author = note === undefined ? undefined : await findActorById(app.db, note.actor_id);
  const voter = vote === undefined ? undefined : await findActorById(app.db, vote.actor_id);
  if (vote === undefined || note === undefined || author === undefined || voter === undefined) return null;
  const options = await listPollOptions(app.db, [note.id]);
  const option = options.find((one) => one.position === vote.position);
  if (option === undefined || author.host === "" || voter.host !== "") return null;
  return {
    uri: vote.uri,
    actorId: voter.id,
    actorUri: voter.uri,
    authorUri: author.uri,
    inboxes: { inbox: author.inbox_uri, sharedInbox: author.shared_inbox_uri },
    pollUri: note.uri,
    option: option.title,
    at: vote.created_at,
  };
}
