import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import type { CreateNote, ReceivedNote } from "../../domain/note.ts";
import { findAccount } from "../../store/accounts.ts";
import { isSet } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import type { NoteRow } from "../../store/notes.ts";
import { admit } from "./admission.ts";
import { admitForeignReply, reviewReplies } from "./foreign-replies.ts";
import { policyColumn, receivedPolicyColumn, requirePermission } from "./policies.ts";
import {
  findQuoted,
  quoteColumns,
  type Quoted,
  receivedQuoteColumns,
  settleOwnQuote,
  settleReceivedQuote,
} from "./quotes.ts";

/** What a note of ours needs from the authors of what it answers and quotes, and what it allows others. */
export type Consent = {
  readonly quoted: Quoted | null;
  readonly policy: string | null;
  /** The answer is tied to its parent once the author there agrees. */
  readonly replyWaits: boolean;
};

/** Looks at the policies before anything is written. @throws not_found, forbidden */
export async function consentOf(
  app: App,
  viewer: Viewer,
  command: Pick<CreateNote, "quoteOf" | "policy">,
  parent: NoteRow | null,
): Promise<Consent> {
  const permission =
    parent === null ? "yes" : await requirePermission(app, app.db, parent, viewer.actorId, "reply");
  const account = await findAccount(app.db, viewer.accountId);
  return {
    quoted: await findQuoted(app, viewer, command.quoteOf),
    policy: policyColumn(command.policy, account?.policy ?? null),
    // Elsewhere the answer is sent as it is, and waits there: servers with policies take that for a request.
    replyWaits: permission === "ask" && parent !== null && isSet(parent.local),
  };
}

/** Columns of a new note of ours. */
export function consentColumns(consent: Consent) {
  return { ...quoteColumns(consent.quoted), policy: consent.policy };
}

/** Asks those who have to be asked, once the note is written. */
export async function settleConsent(
  app: App,
  tx: Db,
  by: { readonly actorId: number; readonly noteId: NoteId },
  parent: NoteRow | null,
  consent: Pick<Consent, "quoted" | "replyWaits">,
): Promise<void> {
  if (consent.replyWaits && parent !== null)
    await admit(app, tx, {
      verb: "reply",
      note: parent,
      actorId: by.actorId,
      objectUri: app.uris.note(by.noteId),
    });
  await settleOwnQuote(app, tx, by, consent.quoted);
}

/** Columns of a remote note: what it quotes, and what its author allows. */
export async function receivedConsentColumns(db: Db, received: ReceivedNote, authorId: number) {
  return {
    ...(await receivedQuoteColumns(db, received, authorId)),
    policy: receivedPolicyColumn(received.policy),
  };
}

/** True when a remote answer may be tied to its parent now; else its author is told of nothing, or asked. */
export async function admitReply(
  app: App,
  tx: Db,
  received: ReceivedNote,
  authorId: number,
  parent: NoteRow | undefined,
): Promise<boolean> {
  if (parent === undefined || parent.deleted_at !== null) return true;
  if (!isSet(parent.local)) return await admitForeignReply(app, tx, received, authorId, parent);
  const asked = { verb: "reply", note: parent, actorId: authorId, objectUri: received.uri } as const;
  return (await admit(app, tx, asked)) === "yes";
}

/** What follows from a remote note that was just written. Notes fetched as quotes look no further by themselves. */
export async function settleReceived(app: App, tx: Db, noteId: number, isQuoted: boolean): Promise<void> {
  if (!isQuoted) await settleReceivedQuote(app, tx, noteId);
  await reviewReplies(app, tx, noteId);
}
