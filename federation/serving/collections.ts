import type { Activity } from "@fedify/vocab";
import type { PageItems } from "@fedify/fedify";
import type { App } from "../../server/context.ts";
import { parseId, type ActorId } from "../../server/domain/ids.ts";
import { notesForFederation, type FederatedNote } from "../../server/services/federation/federated-notes.ts";
import { followUrisPage } from "../../server/services/relations/follows.ts";
import { outboxPage, type OutboxItem } from "../../server/services/timelines.ts";
import { findLocalActor } from "./actors.ts";
import { registerConversations } from "./collections/conversations.ts";
import type { DoorData, DoorFederation } from "./door.ts";
import { registerFeatured } from "./featured.ts";
import type { Json } from "../reading/json.ts";
import { extrasOf, toNoteActivity } from "../writing/notes.ts";
import { toAnnounce } from "../writing/outbound.ts";
import { wireOf } from "./responses.ts";

const PAGE = 20;
/** Pages that go back in time start above every id. */
const FIRST = String(Number.MAX_SAFE_INTEGER);

/** Registers the collections of actors and notes. Each has a total, and pages by id. */
export function registerCollections(federation: DoorFederation): void {
  federation
    .setOutboxDispatcher("/users/{identifier}/outbox", (context, identifier, cursor) =>
      outboxItems(context.data, identifier, cursor),
    )
    .setCounter(
      async (context, identifier) => (await ofActor(context.data.app, identifier, outboxPage))?.total ?? null,
    )
    .setFirstCursor((context, identifier) => firstCursor(context.data.app, identifier));
  for (const side of ["followers", "following"] as const) registerFollows(federation, side);
  registerFeatured(federation);
  registerConversations(federation);
}

type UriPage = { readonly total: number; readonly uris: readonly string[]; readonly next: number | null };

function registerFollows(federation: DoorFederation, side: "followers" | "following"): void {
  const page = (app: App, identifier: string, cursor: string | null): Promise<UriPage | null> =>
    ofActor(app, identifier, async (shownApp, actorId) => {
      const { total, uris, older } = await followUrisPage(shownApp, side, actorId, requestOf(cursor));
      return { total, uris, next: older };
    });
  const count = async (app: App, identifier: string) => (await page(app, identifier, FIRST))?.total ?? null;
  if (side === "followers") {
    federation
      .setFollowersDispatcher("/users/{identifier}/followers", async (context, identifier, cursor) =>
        toItems(await page(context.data.app, identifier, cursor), (uri) => ({
          id: new URL(uri),
          inboxId: null,
        })),
      )
      .setCounter((context, identifier) => count(context.data.app, identifier))
      .setFirstCursor((context, identifier) => firstCursor(context.data.app, identifier));
    return;
  }
  federation
    .setFollowingDispatcher("/users/{identifier}/following", async (context, identifier, cursor) =>
      toItems(await page(context.data.app, identifier, cursor), (uri) => new URL(uri)),
    )
    .setCounter((context, identifier) => count(context.data.app, identifier))
    .setFirstCursor((context, identifier) => firstCursor(context.data.app, identifier));
}

/** The items are written one by one, since each says things beyond the vocabulary, and put in at the end. */
async function outboxItems(
  data: DoorData,
  identifier: string,
  cursor: string | null,
): Promise<PageItems<Activity> | null> {
  const { app } = data;
  const actorId = parseId<ActorId>(identifier);
  const page = await ofActor(app, identifier, (shownApp, id) => outboxPage(shownApp, id, requestOf(cursor)));
  if (page === null || actorId === null) return null;
  const noteIds = page.items.flatMap((item) => (item.type === "note" ? [item.noteId] : []));
  const found = await notesForFederation(app, noteIds);
  const notes = new Map(found.filter((note) => !note.deleted).map((note) => [note.id, note]));
  const items: Json[] = [];
  for (const item of page.items) {
    const note = item.type === "note" ? notes.get(item.noteId) : undefined;
    if (item.type === "announce") items.push(await wireOf(announceOf(app, actorId, item)));
    else if (note !== undefined) items.push(await wireOf(createOf(app, note), extrasOf(note)));
  }
  data.extras = { top: { orderedItems: items } };
  return { items: [], nextCursor: page.older === null ? null : String(page.older) };
}

/** The Create of a note in the outbox. Its id need not be that of the delivered one: nobody compares them. */
function createOf(app: App, note: FederatedNote): Activity {
  return toNoteActivity("create", `${note.uri}#create`, note, app.uris);
}

type AnnounceItem = Extract<OutboxItem, { readonly type: "announce" }>;

function announceOf(app: App, actorId: ActorId, item: AnnounceItem): Activity {
  const announce = {
    uri: app.uris.announce(item.announceId),
    actorUri: app.uris.actor(actorId),
    noteUri: item.objectUri,
    noteAuthorUri: item.authorUri,
    visibility: item.visibility,
    at: item.at,
  };
  return toAnnounce(announce, app.uris.followers(actorId));
}

function toItems<T>(page: UriPage | null, toItem: (uri: string) => T): PageItems<T> | null {
  if (page === null) return null;
  return { items: page.uris.map(toItem), nextCursor: page.next === null ? null : String(page.next) };
}

async function ofActor<T>(
  app: App,
  identifier: string,
  read: (app: App, actorId: ActorId, request: { readonly limit: number }) => Promise<T>,
): Promise<T | null> {
  const actor = await findLocalActor(app, identifier);
  return actor === null || actor.deleted || actor.suspended ? null : read(app, actor.id, { limit: PAGE });
}

async function isShown(app: App, identifier: string): Promise<boolean> {
  return (await ofActor(app, identifier, () => Promise.resolve(true))) === true;
}

async function firstCursor(app: App, identifier: string): Promise<string | null> {
  return (await isShown(app, identifier)) ? FIRST : null;
}

/** A cursor that is no id starts at the newest. */
function requestOf(cursor: string | null): { readonly limit: number; readonly before?: number } {
  const before = parseId(cursor ?? undefined);
  return before === null || String(before) === FIRST ? { limit: PAGE } : { limit: PAGE, before };
}
