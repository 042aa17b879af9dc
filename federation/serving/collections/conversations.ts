// Collections of what hangs on a note: replies, likes, boosts, and whole conversations. Every one is filtered for its reader.
// May import services, domain and the rest of federation/serving; imported by serving/{collections,objects}.ts.

import type { PageItems } from "@fedify/fedify";
import { Create, Object as AsObject, type Activity } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { parseId, type NoteId } from "../../../server/domain/ids.ts";
import {
  authorUriOf,
  contextPage,
  historyPage,
  reactionsPage,
  repliesPage,
  type Reader,
  type UriPage,
} from "../../../server/services/threads/conversations.ts";
import type { Uris } from "../../../server/domain/uris.ts";
import {
  notesForFederation,
  type FederatedNote,
} from "../../../server/services/federation/federated-notes.ts";
import { toInstant } from "../../reading/time.ts";
import { addressed, audienceOfNote } from "../../writing/audience.ts";
import type { DoorData, DoorFederation } from "../door.ts";
import { readerOfRequest } from "../reader.ts";

/** What comes newest first starts above every id; what comes oldest first, below. */
const NEWEST = String(Number.MAX_SAFE_INTEGER);
const OLDEST = "0";
/** Replies of the author come first, as threads of one person are read (Mastodon's order). */
const OWN_FIRST = "own-0";

type Pager = (
  app: App,
  reader: Reader,
  id: NoteId,
  cursor: string | null,
) => Promise<UriPage<string | number> | null>;

/** Registers the collections of notes and of conversations. */
export function registerConversations(federation: DoorFederation): void {
  unordered(federation, "replies", pageOfReplies, OWN_FIRST);
  unordered(federation, "likes", pageOf("likes"), NEWEST);
  unordered(federation, "shares", pageOf("announces"), NEWEST);
  registerContexts(federation);
}

function unordered(
  federation: DoorFederation,
  name: "replies" | "likes" | "shares",
  page: Pager,
  first: string,
): void {
  federation
    .setCollectionDispatcher(name, AsObject, `/notes/{id}/${name}`, async (context, { id }, cursor) =>
      toItems(await read(context.data, id, page, cursor)),
    )
    .setCounter(async (context, { id }) => (await read(context.data, id, page, first))?.total ?? null)
    .setFirstCursor(async (context, { id }) =>
      (await read(context.data, id, page, first)) === null ? null : first,
    );
}

function registerContexts(federation: DoorFederation): void {
  federation
    .setOrderedCollectionDispatcher(
      "context",
      AsObject,
      "/contexts/{id}",
      async (context, { id }, cursor) => {
        const page = await read(context.data, id, pageOfContext, cursor);
        if (page !== null) await introduce(context.data, id, cursor);
        return toItems(page);
      },
    )
    .setCounter(
      async (context, { id }) => (await read(context.data, id, pageOfContext, OLDEST))?.total ?? null,
    )
    .setFirstCursor(async (context, { id }) => {
      if ((await read(context.data, id, pageOfContext, OLDEST)) === null) return null;
      await introduce(context.data, id, null);
      return OLDEST;
    });
  federation
    .setOrderedCollectionDispatcher(
      "history",
      AsObject,
      "/contexts/{id}/history",
      (context, { id }, cursor) => historyItems(context.data.app, id, cursor),
    )
    .setCounter(async (context, { id }) => (await history(context.data.app, id, OLDEST))?.total ?? null)
    .setFirstCursor(async (context, { id }) =>
      (await history(context.data.app, id, OLDEST)) === null ? null : OLDEST,
    );
}

/** Whose conversation it is (FEP-f228), and where its activities are; said by the collection itself, not by its pages. */
async function introduce(data: DoorData, idText: string, cursor: string | null): Promise<void> {
  const id = parseId<NoteId>(idText);
  if (id === null || cursor !== null) return;
  data.extras = {
    top: { attributedTo: await authorUriOf(data.app, id), history: data.app.uris.contextHistory(id) },
  };
}

async function read(
  data: DoorData,
  idText: string,
  page: Pager,
  cursor: string | null,
): Promise<UriPage<string | number> | null> {
  const id = parseId<NoteId>(idText);
  return id === null ? null : page(data.app, await readerOfRequest(data), id, cursor);
}

const pageOfReplies: Pager = async (app, reader, id, cursor) => {
  const own = cursor?.startsWith("own-") === true;
  const after = parseId(cursor?.replace(/^own-/, "")) ?? 0;
  const page = await repliesPage(app, reader, id, { own, after });
  if (page === null) return null;
  const { next } = page;
  return { ...page, next: next === null ? null : next.own ? `own-${next.after}` : String(next.after) };
};

function pageOf(table: "likes" | "announces"): Pager {
  return (app, reader, id, cursor) =>
    reactionsPage(app, reader, table, id, parseId(cursor ?? undefined) ?? Number.MAX_SAFE_INTEGER);
}

const pageOfContext: Pager = (app, reader, id, cursor) =>
  contextPage(app, reader, id, parseId(cursor ?? undefined) ?? 0);

async function history(app: App, idText: string, cursor: string | null) {
  const id = parseId<NoteId>(idText);
  return id === null ? null : historyPage(app, id, parseId(cursor ?? undefined) ?? 0);
}

/** Creates of our own notes in the conversation. Those of others are theirs to tell. */
async function historyItems(
  app: App,
  idText: string,
  cursor: string | null,
): Promise<PageItems<Activity> | null> {
  const page = await history(app, idText, cursor);
  const rootId = parseId(idText);
  if (page === null || rootId === null) return null;
  const context = new URL(app.uris.contextHistory(rootId));
  const notes = await notesForFederation(app, page.ids);
  const items = notes.filter((note) => !note.deleted).map((note) => toBareCreate(note, app.uris, context));
  return { items, nextCursor: page.next === null ? null : String(page.next) };
}

/** That a note was made, with the note by its id: who reads a history fetches what it has not yet. */
function toBareCreate(note: FederatedNote, uris: Uris, context: URL): Create {
  return new Create({
    id: new URL(`${note.uri}#create`),
    actor: new URL(note.actorUri),
    object: new URL(note.uri),
    published: toInstant(note.publishedAt),
    ...addressed(audienceOfNote(note, uris)),
    contexts: [context],
  });
}

function toItems(page: UriPage<string | number> | null): PageItems<AsObject> | null {
  if (page === null) return null;
  return {
    items: page.uris.map((uri) => new AsObject({ id: new URL(uri) })),
    nextCursor: page.next === null ? null : String(page.next),
  };
}

/**
 * The replies of a note as they are embedded in it: with the first page, so that a thread is seen with one request, as
 * Mastodon does it. Of an open note the open ones, whoever asks: nobody's key is looked up for that.
 */
export async function embeddedReplies(
  data: DoorData,
  id: NoteId,
): Promise<Readonly<Record<string, unknown>>> {
  const uri = data.app.uris.replies(id);
  const reader = data.isPrivate ? await readerOfRequest(data) : { actorId: null };
  const page = await pageOfReplies(data.app, reader, id, OWN_FIRST);
  const next = page?.next ?? null;
  return {
    id: uri,
    type: "Collection",
    totalItems: page?.total ?? 0,
    first: {
      id: `${uri}?cursor=${OWN_FIRST}`,
      type: "CollectionPage",
      partOf: uri,
      ...(next === null ? {} : { next: `${uri}?cursor=${next}` }),
      items: page?.uris ?? [],
    },
  };
}
