import { Object as AsObject, type Activity } from "@fedify/vocab";
import type { PageItems } from "@fedify/fedify";
import type { App } from "../../server/context.ts";
import { parseId, type ActorId, type NoteId } from "../../server/domain/ids.ts";
import { noteForFederation } from "../../server/services/federation-records.ts";
import { followUrisPage } from "../../server/services/follows.ts";
import { repliesPage } from "../../server/services/threads.ts";
import { outboxPage } from "../../server/services/timelines.ts";
import { findLocalActor } from "./actors.ts";
import type { DoorFederation } from "./door.ts";
import { toAnnounce, toNoteActivity } from "../writing/outbound.ts";

const PAGE = 20;
/** Pages that go back in time start above every id, replies below. */
const FIRST = String(Number.MAX_SAFE_INTEGER);
const OLDEST = "0";

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
  federation
    .setFeaturedDispatcher("/users/{identifier}/featured", async (context, identifier) =>
      (await isShown(context.data.app, identifier)) ? { items: [] } : null,
    )
    .setCounter(() => 0);
  federation
    .setCollectionDispatcher("replies", AsObject, "/notes/{id}/replies", (context, { id }, cursor) =>
      replies(context.data.app, id, cursor),
    )
    .setCounter(async (context, { id }) => (await pageOfReplies(context.data.app, id, OLDEST))?.total ?? null)
    .setFirstCursor(async (context, { id }) =>
      (await pageOfReplies(context.data.app, id, OLDEST)) === null ? null : OLDEST,
    );
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

async function replies(app: App, idText: string, cursor: string | null): Promise<PageItems<AsObject> | null> {
  return toItems(await pageOfReplies(app, idText, cursor), (uri) => new AsObject({ id: new URL(uri) }));
}

/** Replies that everybody may see, to a note that everybody may see. */
async function pageOfReplies(app: App, idText: string, cursor: string | null): Promise<UriPage | null> {
  const id = parseId<NoteId>(idText);
  const note = id === null ? null : await noteForFederation(app, id);
  if (id === null || note === null || !note.local || note.deleted) return null;
  if (note.visibility !== "public" && note.visibility !== "unlisted") return null;
  const { total, uris, next } = await repliesPage(app, id, parseId(cursor ?? undefined) ?? undefined);
  return { total, uris, next };
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
