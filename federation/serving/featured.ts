import { Hashtag } from "@fedify/vocab";
import type { App } from "../../server/context.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { notesForFederation } from "../../server/services/federation/federated-notes.ts";
import { listFeaturedTags } from "../../server/services/actors/featured-tags.ts";
import { pinnedNoteIds } from "../../server/services/actors/pins.ts";
import type { Json } from "../reading/json.ts";
import { extrasOf, toNote } from "../writing/notes.ts";
import { findLocalActor } from "./actors.ts";
import type { DoorData, DoorFederation } from "./door.ts";
import { wireOf } from "./responses.ts";

/** Registers what an actor shows on top of its profile: pinned notes, embedded as Mastodon does, and tags. */
export function registerFeatured(federation: DoorFederation): void {
  federation
    .setFeaturedDispatcher("/users/{identifier}/featured", (context, identifier) =>
      pinnedNotes(context.data, identifier),
    )
    .setCounter(async (context, identifier) => {
      const actorId = await shownActor(context.data.app, identifier);
      return actorId === null ? null : (await pinnedNoteIds(context.data.app, actorId)).length;
    });
  federation
    .setFeaturedTagsDispatcher("/users/{identifier}/featured-tags", async (context, identifier) => {
      const { app } = context.data;
      const actorId = await shownActor(app, identifier);
      if (actorId === null) return null;
      const tags = await listFeaturedTags(app, actorId);
      const items = tags.map(
        ({ tag, name }) => new Hashtag({ href: new URL(app.uris.tag(tag)), name: `#${name}` }),
      );
      return { items };
    })
    .setCounter(async (context, identifier) => {
      const actorId = await shownActor(context.data.app, identifier);
      return actorId === null ? null : (await listFeaturedTags(context.data.app, actorId)).length;
    });
}

/** The items are written one by one, since each says things beyond the vocabulary, and put in at the end. */
async function pinnedNotes(data: DoorData, identifier: string): Promise<{ readonly items: never[] } | null> {
  const actorId = await shownActor(data.app, identifier);
  if (actorId === null) return null;
  const notes = await notesForFederation(data.app, await pinnedNoteIds(data.app, actorId));
  const items: Json[] = [];
  for (const note of notes)
    if (!note.deleted) items.push(await wireOf(toNote(note, data.app.uris), extrasOf(note)));
  data.extras = { top: { orderedItems: items } };
  return { items: [] };
}

async function shownActor(app: App, identifier: string): Promise<ActorId | null> {
  const actor = await findLocalActor(app, identifier);
  return actor === null || actor.deleted || actor.suspended ? null : actor.id;
}
