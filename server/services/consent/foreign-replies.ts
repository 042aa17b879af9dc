import type { App } from "../../context.ts";
import type { InteractionId } from "../../domain/ids.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { PUBLIC_COLLECTION } from "../../domain/visibility.ts";
import { findActorById } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  attachReply,
  decideInteraction,
  detachReply,
  findInteraction,
  findInteractionById,
  insertInteraction,
  listReplyRows,
} from "../../store/interactions.ts";
import { enqueue } from "../../store/jobs.ts";
import { findNoteById, findNoteByUri, type NoteRow } from "../../store/notes.ts";
import { findPermission, ownerOf, rulesOf } from "./policies.ts";

// Answers of people elsewhere to notes of people elsewhere: we are the third server, which reads the policy and the stamp.

/**
 * Whether such an answer is shown under its parent. Who is in the author's followers is not known here, so that answer,
 * like one that needed asking, has to bring a stamp (GoToSocial: third servers), which is read in the background.
 */
export async function admitForeignReply(
  app: App,
  tx: Db,
  received: ReceivedNote,
  authorId: number,
  parent: NoteRow,
): Promise<boolean> {
  // A private note was sent to few; its author's server has chosen them, and who else answers is theirs to tell.
  if (parent.visibility !== "public" && parent.visibility !== "unlisted") return true;
  if ((await findPermission(app, tx, parent, authorId, "reply")) === "yes") return true;
  const before = await findInteraction(tx, "reply", received.uri, parent.id);
  if (before !== undefined) return before.state === "accepted" && before.actor_id === authorId;
  const stampUri = received.replyAuthorizationUri ?? null;
  const author = await findActorById(tx, parent.actor_id);
  if (stampUri === null || author === undefined || !sameOrigin(stampUri, author.uri)) return false;
  const id = app.ids.next();
  const now = app.clock.now();
  await insertInteraction(tx, {
    id,
    kind: "reply",
    request_uri: null,
    object_uri: received.uri,
    actor_id: authorId,
    note_id: parent.id,
    author_id: author.id,
    state: "pending",
    detail: null,
    authorization_uri: stampUri,
    created_at: now,
    decided_at: null,
  });
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    kind: "verify-reply",
    payload: { interactionId: id },
    lane: 1,
  });
  return false;
}

/** Reads the stamp of such an answer and ties it if the stamp is right. The job behind `verify-reply`. */
export async function verifyReply(app: App, id: InteractionId): Promise<void> {
  const row = await findInteractionById(app.db, id);
  if (row?.state !== "pending" || row.authorization_uri === null) return;
  const parent = await findNoteById(app.db, row.note_id);
  const author = await findActorById(app.db, row.author_id);
  if (parent === undefined || author === undefined) return;
  const stamp = await app.remote.fetchAuthorization(row.authorization_uri);
  const isRight =
    stamp !== null &&
    stamp !== "gone" &&
    stamp.uri === row.authorization_uri &&
    stamp.verb === "reply" &&
    stamp.authorUri === author.uri &&
    stamp.interactingUri === row.object_uri &&
    stamp.targetUri === parent.uri;
  if (!isRight) return;
  await transaction(app.db, async (tx) => {
    const change = { from: ["pending"], state: "accepted", now: app.clock.now() };
    if ((await decideInteraction(tx, row.id, change)) !== undefined)
      await attachReply(tx, row.object_uri, parent);
  });
}

/** The parent's own author says yes or no to such an answer, to everybody who follows them. */
export async function receiveForeignAnswer(
  tx: Db,
  reply: NoteRow,
  answer: { readonly actorUri: string; readonly isYes: boolean },
): Promise<void> {
  const parent = reply.reply_to_uri === null ? undefined : await findNoteByUri(tx, reply.reply_to_uri);
  const author = parent === undefined ? undefined : await findActorById(tx, parent.actor_id);
  if (parent === undefined || author === undefined || author.uri !== answer.actorUri) return;
  if (answer.isYes) await attachReply(tx, reply.uri, parent);
  else await detachReply(tx, reply.uri, parent.id);
}

/** Answers that came before their parent are judged when it comes: its policy was not known until now. */
export async function reviewReplies(app: App, tx: Db, parentId: number): Promise<void> {
  const parent = await findNoteById(tx, parentId);
  const author = parent === undefined ? undefined : await findActorById(tx, parent.actor_id);
  if (parent === undefined || author === undefined || isSet(parent.local) || parent.policy === null) return;
  const { reply: rule } = rulesOf(parent, ownerOf(app, author), []);
  if (rule === null || rule.automatic.includes(PUBLIC_COLLECTION)) return;
  if (parent.visibility !== "public" && parent.visibility !== "unlisted") return;
  for (const reply of await listReplyRows(tx, parentId, 200)) {
    const isAllowed =
      isSet(reply.local) || (await findPermission(app, tx, parent, reply.actor_id, "reply")) === "yes";
    if (!isAllowed) await detachReply(tx, reply.uri, parentId);
  }
}
