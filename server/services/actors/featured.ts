import type { App } from "../../context.ts";
import { PROFILE_LIMITS } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import { type ActorRow, findActorById, updateActor } from "../../store/actors.ts";
import { transaction } from "../../store/database.ts";
import { replaceFeaturedTags } from "../../store/featured-tags.ts";
import { enqueue } from "../../store/jobs.ts";
import { replacePins } from "../../store/pins.ts";
import { isTag, normalizeTag, normalizeText } from "../../text/entities.ts";
import { verifyLinks } from "./links.ts";
import { refreshCollections } from "../collections/received-collections.ts";
import { receiveNote } from "../notes/received-notes.ts";

/** What a remote profile features is read again this often at most, and after a word of its own this often. */
const FRESH_MS = { seen: 24 * 3_600_000, changed: 10 * 60_000 } as const;

/**
 * Has the pins, tags and links of a remote profile read, when they are not fresh: because somebody here looks at it or
 * follows it (`seen`), or because it says that they changed. Many wishes are one job.
 */
export async function requestFeatured(app: App, actorId: ActorId, why: keyof typeof FRESH_MS): Promise<void> {
  const actor = await findActorById(app.db, actorId);
  if (actor === undefined || actor.host === "" || actor.deleted_at !== null) return;
  const now = app.clock.now();
  const next = actor.featured_at === null ? now : actor.featured_at + FRESH_MS[why];
  if (why === "seen" && next > now) return;
  await transaction(app.db, (tx) =>
    enqueue(tx, {
      id: app.ids.next(),
      now,
      runAt: Math.max(now, next),
      kind: "featured",
      payload: { actorId },
      dedupeKey: `featured:${actorId}`,
      lane: 2,
    }),
  );
  app.wake();
}

/** Reads what a remote profile features at its own server; the job behind `featured`. What cannot be read stays as it is. */
export async function refreshFeatured(app: App, actorId: ActorId): Promise<void> {
  const actor = await findActorById(app.db, actorId);
  if (actor === undefined || actor.host === "" || actor.deleted_at !== null || actor.suspended_at !== null)
    return;
  const noteIds = actor.featured_uri === null ? null : await readPins(app, actor, actor.featured_uri);
  const tags = actor.featured_tags_uri === null ? null : await readTags(app, actor.featured_tags_uri);
  await transaction(app.db, async (tx) => {
    // The first of the collection is the newest pin.
    const pins = noteIds?.toReversed().map((noteId) => ({ id: app.ids.next(), noteId }));
    if (pins !== undefined) await replacePins(tx, actorId, pins);
    if (tags !== null)
      await replaceFeaturedTags(
        tx,
        actorId,
        tags.map((name) => ({ id: app.ids.next(), actor_id: actorId, tag: normalizeTag(name), name })),
      );
    await updateActor(tx, actorId, { featured_at: app.clock.now() });
  });
  if (actor.collections_uri !== null) await refreshCollections(app, actor, actor.collections_uri);
  await verifyLinks(app, actorId);
}

async function readPins(app: App, actor: ActorRow, uri: string): Promise<readonly number[] | null> {
  const notes = await app.remote.pinnedNotes(uri, PROFILE_LIMITS.pins);
  if (notes === null) return null;
  const ids: number[] = [];
  for (const note of notes) {
    // A profile shows its own notes: what it says of others' is not believed.
    const id = note.authorUri === actor.uri ? await receiveNote(app, note, "wanted") : null;
    if (id !== null && !ids.includes(id)) ids.push(id);
  }
  return ids;
}

async function readTags(app: App, uri: string): Promise<readonly string[] | null> {
  const names = await app.remote.featuredTags(uri, PROFILE_LIMITS.tags);
  return names === null ? null : names.map((name) => normalizeText(name).trim()).filter(isTag);
}
