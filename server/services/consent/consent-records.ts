import type { App } from "../../context.ts";
import { type ActorId, asId, type InteractionId, type NoteId } from "../../domain/ids.ts";
import type { ReceivedRule, Verb } from "../../domain/policy.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { findInteractionById, type InteractionRow, listReplyInteractions } from "../../store/interactions.ts";
import { findNoteById, findNoteByUri, type NoteRow } from "../../store/notes.ts";
import { withQuoteLine } from "../../text/quote-line.ts";
import { ownerOf, rulesOf } from "./policies.ts";

/** What a note of ours says of consent: whom it quotes, with whose stamp, and what it allows others. */
export type FederatedConsent = {
  readonly quote: {
    readonly uri: string;
    readonly url: string;
    readonly authorizationUri: string | null;
    /** Of the quoted author elsewhere: their server was sent the note when they were asked, and keeps it. */
    readonly authorInboxes: { readonly inbox: string; readonly sharedInbox: string | null } | null;
  } | null;
  /** The stamp of the author of what it answers. */
  readonly replyAuthorizationUri: string | null;
  /** Null for notes that are not ours. */
  readonly rules: Readonly<Record<Verb, ReceivedRule | null>> | null;
};

/** What was decided about the replies among these notes, by note: one query. */
export async function replyDecisions(
  db: Db,
  rows: readonly NoteRow[],
): Promise<ReadonlyMap<number, InteractionRow>> {
  const replies = rows.filter((row) => row.reply_to_id !== null);
  const found = await listReplyInteractions(
    db,
    replies.map((row) => row.uri),
  );
  const keyed = new Map(found.map((one) => [`${one.note_id} ${one.object_uri}`, one]));
  return new Map(
    replies.flatMap((row) => {
      const one = keyed.get(`${row.reply_to_id} ${row.uri}`);
      return one === undefined ? [] : [[row.id, one] as const];
    }),
  );
}

/** What a note says of consent, for the wire. `mentionUris` are those of everybody it names. */
export function toConsent(
  app: App,
  row: NoteRow,
  author: ActorRow,
  found: {
    readonly mentionUris: readonly string[];
    readonly quoted: NoteRow | undefined;
    /** Of the quoted author; null when it is not to be told. */
    readonly quotedInboxes: { readonly inbox: string; readonly sharedInbox: string | null } | null;
    readonly reply: InteractionRow | undefined;
  },
): FederatedConsent {
  const { mentionUris, quoted, quotedInboxes, reply } = found;
  const stamp = row.quote_state === "accepted" ? row.quote_authorization_uri : null;
  return {
    quote:
      row.quote_uri === null
        ? null
        : {
            uri: row.quote_uri,
            url: quoted?.url ?? row.quote_uri,
            authorizationUri: stamp,
            authorInboxes: quotedInboxes,
          },
    replyAuthorizationUri: reply === undefined || reply.state !== "accepted" ? null : stampOf(app, reply),
    rules: isSet(row.local) ? rulesOf(row, ownerOf(app, author), mentionUris) : null,
  };
}

/** HTML of a note for the wire: those who draw no quotes read at least where to find what is quoted. */
export function quotedHtml(consent: FederatedConsent, html: string): string {
  return consent.quote === null ? html : withQuoteLine(html, consent.quote.url);
}

/** The address of the stamp under something that was allowed: given here, or brought by the author's server. */
function stampOf(app: App, row: InteractionRow): string {
  if (row.authorization_uri !== null) return row.authorization_uri;
  return row.kind === "quote" ? app.uris.quoteAuthorization(row.id) : app.uris.authorization(row.id);
}

/** A request to an author here, decided or not, with everything that an answer or a stamp says. */
export type FederatedInteraction = {
  readonly id: InteractionId;
  readonly verb: Verb;
  readonly state: string;
  readonly stampUri: string;
  /** Null when somebody did it without asking. */
  readonly requestUri: string | null;
  readonly objectUri: string;
  readonly noteUri: string;
  readonly noteVisibility: Visibility;
  readonly isNoteGone: boolean;
  /** False when the reply or quote is for few: then nobody but its author is told of it. */
  readonly isObjectOpen: boolean;
  /** The reply or quote, when it is one of ours for few: its stamp names it, so that only they read the stamp. */
  readonly privateObjectId: NoteId | null;
  readonly authorId: ActorId;
  readonly authorUri: string;
  readonly byActorId: ActorId;
  readonly byActorUri: string;
};

/** A request for the wire; null when it is not one to an author here. */
export async function interactionForFederation(
  app: App,
  id: InteractionId,
): Promise<FederatedInteraction | null> {
  const row = await findInteractionById(app.db, id);
  if (row === undefined || row.authorization_uri !== null) return null;
  const note = await findNoteById(app.db, row.note_id);
  const author = await findActorById(app.db, row.author_id);
  const by = await findActorById(app.db, row.actor_id);
  if (note === undefined || author === undefined || by === undefined || author.host !== "") return null;
  return {
    id,
    verb: row.kind as Verb,
    state: row.state,
    stampUri: stampOf(app, row),
    requestUri: row.request_uri,
    objectUri: row.object_uri,
    noteUri: note.uri,
    noteVisibility: note.visibility as Visibility,
    isNoteGone: note.deleted_at !== null,
    ...(await objectOf(app, row, note)),
    authorId: asId(author.id),
    authorUri: author.uri,
    byActorId: asId(by.id),
    byActorUri: by.uri,
  };
}

/** Whether everybody may know of what was asked for: a reply, quote or boost as wide as itself, a like as its note. */
async function objectOf(
  app: App,
  row: InteractionRow,
  note: NoteRow,
): Promise<Pick<FederatedInteraction, "isObjectOpen" | "privateObjectId">> {
  const detail = fromJson<{ readonly visibility?: string }>(row.detail, {});
  const isNote = row.kind === "reply" || row.kind === "quote";
  const object = isNote ? await findNoteByUri(app.db, row.object_uri) : undefined;
  const visibility = isNote ? object?.visibility : (detail.visibility ?? note.visibility);
  const isObjectOpen = visibility === "public" || visibility === "unlisted";
  const isOurs = object !== undefined && isSet(object.local);
  return { isObjectOpen, privateObjectId: isOurs && !isObjectOpen ? asId(object.id) : null };
}

/** What a note of ours quotes, and its author elsewhere; null when there is nobody to ask. */
export async function quotedForFederation(
  app: App,
  noteId: NoteId,
): Promise<{ readonly uri: string; readonly authorId: ActorId; readonly authorUri: string } | null> {
  const note = await findNoteById(app.db, noteId);
  const quoted =
    note?.quote_id === null || note === undefined ? undefined : await findNoteById(app.db, note.quote_id);
  const author = quoted === undefined ? undefined : await findActorById(app.db, quoted.actor_id);
  if (quoted === undefined || author === undefined || author.host === "") return null;
  return { uri: quoted.uri, authorId: asId(author.id), authorUri: author.uri };
}
