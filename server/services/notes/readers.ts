import type { App } from "../../context.ts";
import { type ActorView, handleOf, type Viewer } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { CreateNote } from "../../domain/note.ts";
import { findActorByHandle, findActorById, findRemoteActor } from "../../store/actors.ts";
import { findEntities } from "../../text/entities.ts";
import { takeLimit } from "../accounts/limits.ts";
import { isOurHost } from "../actors/actors.ts";
import { actorView, actorViews } from "../views.ts";
import { compose } from "./compose.ts";

/** Who will see a note that is being written. */
export type Readers = {
  /** Whom its text names, as far as they are known here. */
  readonly people: readonly ActorView[];
  /** Names in it that nobody here is known by; they may still be found when it is posted. */
  readonly unknown: readonly string[];
  /** How many follow its author. */
  readonly followers: number;
};

const MOST = 64;

/** Who is named in a text, and how many follow its author: local look-ups only. */
export async function readersOf(app: App, viewer: Viewer, source: string): Promise<Readers> {
  const named = new Map<string, { readonly username: string; readonly host: string | null }>();
  for (const entity of findEntities(source))
    if (entity.kind === "mention") named.set(handleOf(entity).toLowerCase(), entity);
  const people = new Map<number, ActorView>();
  const unknown: string[] = [];
  for (const handle of [...named.values()].slice(0, MOST)) {
    const isLocal = handle.host === null || isOurHost(app, handle.host);
    const row = isLocal
      ? await findActorByHandle(app.db, handle.username.toLowerCase(), "")
      : await findRemoteActor(app.db, handle.username, handle.host ?? "");
    if (row === undefined || row.deleted_at !== null) unknown.push(handleOf(handle));
    else if (row.id !== viewer.actorId) people.set(row.id, actorView(app, row));
  }
  const me = await findActorById(app.db, viewer.actorId);
  return { people: [...people.values()], unknown, followers: me?.followers_count ?? 0 };
}

/**
 * A note as it will read, with its names looked up, also elsewhere; nothing is posted.
 * @throws invalid with fields, too_many for too many previews.
 */
export async function previewNote(
  app: App,
  viewer: Viewer,
  note: Pick<CreateNote, "source" | "summary" | "language">,
  hasMore: boolean,
): Promise<{ readonly html: string; readonly people: readonly ActorView[] }> {
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const composed = await compose(app, note, hasMore);
  return { html: composed.html, people: await actorViews(app, composed.mentionIds) };
}
