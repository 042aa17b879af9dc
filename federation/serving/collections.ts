import type { Activity } from "@fedify/vocab";
import type { PageItems } from "@fedify/fedify";
import type { App } from "../../server/context.ts";
import { parseId, type ActorId, type NoteId } from "../../server/domain/ids.ts";
import { noteForFederation } from "../../server/services/federation/federation-records.ts";
import { followUrisPage } from "../../server/services/relations/follows.ts";
import { outboxPage } from "../../server/services/timelines.ts";
import { findLocalActor } from "./actors.ts";
import { registerConversations } from "./collections/conversations.ts";
import type { DoorFederation } from "./door.ts";
import { registerFeatured } from "./featured.ts";
import { toNoteActivity } from "../writing/notes.ts";
import { toAnnounce } from "../writing/outbound.ts";

const PAGE = 20;
/** Pages that go back in time start above every id. */
const FIRST = String(Number.MAX_SAFE_INTEGER);

/** Registers the collections of actors and notes. Each has a total, and pages by id. */
export function registerCollections(federation: DoorFederation): void {
  federation
    .setOutboxDispatcher("/users/{identifier}/outbox", (context, identifier, cursor) =>
      outboxItems(context.data.app, identifier, cursor),
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

async function outboxItems(
  app: App,
  identifier: string,
  cursor: string | null,
): Promise<PageItems<Activity> | null> {
  const page = await ofActor(app, identifier, (shownApp, actorId) =>
    outboxPage(shownApp, actorId, requestOf(cursor)),
  );
  if (page === null) return null;
  const items: Activity[] = [];
  for (const item of page.items) {
    const activity =
      item.type === "note" ? await createOf(app, item.noteId) : announceOf(app, identifier, item);
    if (activity !== null) items.push(activity);
  }
  return { items, nextCursor: page.older === null ? null : String(page.older) };
}

/** The Create of a note in the outbox. Its id need not be that of the delivered one: nobody compares them. */
async function createOf(app: App, noteId: NoteId): Promise<Activity | null> {
  const note = await noteForFederation(app, noteId);
  return note === null || note.deleted
    ? null
    : toNoteActivity("create", `${note.uri}#create`, note, app.uris);
}

type AnnounceItem = Extract<
  Awaited<ReturnType<typeof outboxPage>>["items"][number],
  { readonly type: "announce" }
>;

function announceOf(app: App, identifier: string, item: AnnounceItem): Activity | null {
  const id = parseId<ActorId>(identifier);
  if (id === null) return null;
  const announce = {
    uri: app.uris.announce(item.announceId),
    actorUri: app.uris.actor(id),
    noteUri: item.objectUri,
    noteAuthorUri: null,
    visibility: "public" as const,
    at: item.at,
  };
  return toAnnounce(announce, app.uris.followers(id));
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
