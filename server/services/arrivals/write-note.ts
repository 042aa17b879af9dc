import type { App } from "../../context.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import { addReplies, adoptArrivedReplies, insertArrivedNote } from "../../store/arrivals.ts";
import { flag, toJson } from "../../store/codec.ts";
import { listAbove, spreadContext } from "../../store/conversations.ts";
import type { Db } from "../../store/database.ts";
import { freeNoteId, insertNote, isCounted } from "../../store/notes.ts";
import { indexNote } from "../../store/search.ts";
import { plainText } from "../../text/markup.ts";
import { searchText } from "../../text/words.ts";
import { emojiColumn } from "../notes/emojis.ts";
import { writeReceivedPoll } from "../notes/poll-records.ts";
import type { ArrivedText } from "./arrived-text.ts";
import type { TakingIn } from "./taking.ts";

/** What a note answers: an address, and the note behind it when it is one's own and here. */
export type Answered = {
  readonly uri: string | null;
  readonly parent: { readonly id: NoteId; readonly contextUri: string | null } | null;
};

/** Nobody published anything before; an id has to be more than nothing. */
const EARLIEST = Date.UTC(1990, 0, 1);
const SECOND = 1_000;
/** Milliseconds around that are tried for an id: a file may claim that everything was written in the same one. */
const ROUNDS = 60;

/**
 * Writes a note that arrived as one of ours: its id lies where it was published, so that it is news in nobody's timeline.
 * Nobody is told, here or elsewhere, and no card is fetched. Inside the caller's transaction.
 */
export async function insertArrived(
  app: App,
  tx: Db,
  into: TakingIn,
  note: {
    readonly received: ReceivedNote;
    readonly text: ArrivedText;
    readonly mentionIds: readonly number[];
    readonly answered: Answered;
  },
): Promise<NoteId> {
  const { received, text, answered } = note;
  const now = app.clock.now();
  const publishedAt = Math.max(EARLIEST, Math.min(received.publishedAt, now));
  const id = await idIn(app, tx, publishedAt);
  const uri = app.uris.note(id);
  const contextUri = answered.parent?.contextUri ?? app.uris.context(id);
  await insertNote(tx, {
    row: {
      id,
      uri,
      url: app.uris.notePage(into.username, id),
      actor_id: into.actorId,
      local: 1,
      visibility: received.visibility,
      kind: kindOf(received),
      title: text.title,
      reply_to_id: answered.parent?.id ?? null,
      reply_to_uri: answered.uri,
      context_uri: contextUri,
      policy: into.policy,
      quote_uri: text.quote?.uri ?? null,
      quote_id: text.quote?.id ?? null,
      quote_state: text.quote === null ? null : "accepted",
      language: text.language,
      summary: text.summary,
      content_html: text.html,
      content_map: toJson(text.map),
      source: text.source,
      emojis: emojiColumn(text.emojis),
      sensitive: flag(received.sensitive || text.summary !== null),
      published_at: publishedAt,
      updated_at: editedAt(received, publishedAt, now),
      received_at: now,
      deleted_at: null,
      likes_count: 0,
      announces_count: 0,
      replies_count: 0,
    },
    mentionIds: note.mentionIds,
    tags: text.tags,
  });
  if (hasPoll(received)) await writeClosedPoll(app, tx, { id, actor_id: into.actorId }, received, now);
  await indexNote(tx, id, searchText(wordsOf(received, text)));
  await insertArrivedNote(tx, {
    actorId: into.actorId,
    oldUri: received.uri,
    noteId: id,
    arrivalId: into.arrivalId,
  });
  await adopt(tx, into, { oldUri: received.uri, id, uri, contextUri });
  return asId(id);
}

/** A free id in the millisecond of publication, or in one close to it. */
async function idIn(app: App, tx: Db, publishedAt: number): Promise<number> {
  for (let round = 0; ; round += 1) {
    try {
      return await freeNoteId(tx, () => app.ids.at(publishedAt - round * SECOND));
    } catch (error) {
      if (round >= ROUNDS) throw error;
    }
  }
}

/** Events, films and pages of other servers come as what people here can write: a note with a title. */
function kindOf(received: ReceivedNote): "Note" | "Article" | "Question" {
  if (hasPoll(received)) return "Question";
  return received.kind === "Article" && received.title !== null ? "Article" : "Note";
}

function hasPoll({ poll }: ReceivedNote): boolean {
  return poll !== null && poll.options.filter(({ title }) => title.trim() !== "").length >= 2;
}

function editedAt({ updatedAt }: ReceivedNote, publishedAt: number, now: number): number | null {
  return updatedAt !== null && updatedAt > publishedAt ? Math.min(updatedAt, now) : null;
}

/** Results stay; those who voted are elsewhere, so that nobody votes any more. */
async function writeClosedPoll(
  app: App,
  tx: Db,
  note: { readonly id: number; readonly actor_id: number },
  { poll }: ReceivedNote,
  now: number,
): Promise<void> {
  if (poll === null) return;
  const closedAt = Math.min(poll.closedAt ?? poll.endsAt ?? now, now);
  await writeReceivedPoll(app, tx, note, { ...poll, closedAt }, { mayReset: true });
}

function wordsOf(received: ReceivedNote, text: ArrivedText): string {
  const options = received.poll?.options.map((option) => option.title) ?? [];
  const texts = [text.html, ...Object.values(text.map)].map(plainText);
  return [text.title ?? "", text.summary ?? "", ...options, ...texts, ...text.tags].join(" ");
}

/** One's own answers that came before what they answer. */
async function adopt(
  tx: Db,
  { actorId }: TakingIn,
  note: { readonly oldUri: string; readonly id: number; readonly uri: string; readonly contextUri: string },
): Promise<void> {
  const rows = await adoptArrivedReplies(tx, { actorId, ...note }, await listAbove(tx, note.id));
  if (rows.length === 0) return;
  await spreadContext(tx, note.id, note.contextUri);
  await addReplies(tx, note.id, rows.filter((row) => isCounted(row.visibility)).length);
}
