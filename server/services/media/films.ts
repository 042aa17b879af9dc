// Films and recordings: kept as they come, worked on by a job, ready or failed with a reason.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { type AttachmentView, NOTE_LIMITS } from "../../domain/note.ts";
import { CausewayError, invalid } from "../../errors.ts";
import { type FilmSort, isFilmingInstalled } from "../../media/films.ts";
import { type AttachmentRow, insertAttachment } from "../../store/attachments.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { attachmentViews, READY } from "./attachments.ts";
import { freeBytes } from "./room.ts";

const MiB = 1024 * 1024;

/** Room that uploads leave for the database and everything else, bytes. */
const ROOM_LEFT = 512 * MiB;

/** True when this server takes films and recordings: allowed, and what they need is installed. */
export function canFilm(app: App): boolean {
  return app.config.films.enabled && isFilmingInstalled();
}

/** The largest film that is taken, and the longest, for people to read. */
export function filmLimits(app: App): {
  readonly mostBytes: number;
  readonly videoMinutes: number;
  readonly audioMinutes: number;
} {
  const { mostBytes, videoSeconds, audioSeconds } = app.config.films;
  return { mostBytes, videoMinutes: videoSeconds / 60, audioMinutes: audioSeconds / 60 };
}

/**
 * Keeps a film or a recording as it is and lets the job `film` work on it.
 * @throws invalid `{ file }` or `{ alt }`, too_many, unavailable when there is no room.
 */
export async function uploadFilm(
  app: App,
  viewer: Viewer,
  command: {
    readonly film: FilmSort;
    readonly size: number;
    readonly alt?: string | undefined;
    /** Puts the file into the store under this name. */
    keep(name: string): Promise<void>;
  },
): Promise<AttachmentView> {
  requireFilming(app);
  requireSize(app, command.size);
  const alt = checkAlt(command.alt ?? "");
  takeTurn(app, viewer);
  return viewOf(app, await keepFilm(app, viewer.actorId, { ...command, alt }));
}

/** The same for what was not sent by anybody just now, so that nobody's turns are counted. @throws invalid `{ file }`, unavailable */
export async function keepFilm(
  app: App,
  actorId: ActorId,
  command: {
    readonly film: FilmSort;
    readonly size: number;
    readonly alt: string;
    keep(name: string): Promise<void>;
  },
): Promise<AttachmentRow> {
  requireFilming(app);
  requireSize(app, command.size);
  await requireRoom(app, command.size);
  const source = `${app.ids.secret(18)}.bin`;
  await command.keep(source);
  const row = waitingRow(app, actorId, { source, size: command.size, kind: command.film, alt: command.alt });
  try {
    await transaction(app.db, async (tx) => {
      await insertAttachment(tx, row);
      await enqueueFilm(app, tx, row.id);
    });
  } catch (error) {
    await app.files.remove(source);
    throw error;
  }
  app.wake();
  return row;
}

/** @throws invalid `{ file }` when this server takes no films. */
export function requireFilming(app: App): void {
  if (!canFilm(app)) throw invalid({ file: { key: "film.not_here" } });
}

/** @throws invalid `{ file }` when a film is too large. */
export function requireSize(app: App, size: number): void {
  const most = app.config.films.mostBytes;
  if (size > most)
    throw invalid({ file: { key: "film.too_large", params: { max: Math.floor(most / MiB) } } });
}

/** Uploads may not fill the disk: notes must still be writable. `promised`: bytes on their way. @throws unavailable */
export async function requireRoom(app: App, bytes: number, promised = 0): Promise<void> {
  const free = await freeBytes(app.config.dataDir);
  // The source, the film, and a little more of both while it is being made.
  if (free !== null && free < bytes * 2.5 + promised + ROOM_LEFT)
    throw new CausewayError("unavailable", "film.no_room");
}

function takeTurn(app: App, viewer: Viewer): void {
  for (const rule of [USE_LIMITS.media, USE_LIMITS.films]) {
    const taken = app.limiter.take(rule, String(viewer.accountId));
    if (!taken.ok)
      throw new CausewayError("too_many", "error.too_many", {
        retryAfterSeconds: Math.ceil(taken.retryAfterMs / 1000),
      });
  }
}

function checkAlt(alt: string): string {
  const text = alt.trim();
  if ([...text].length > NOTE_LIMITS.altCharacters)
    throw invalid({ alt: { key: "field.too_long", params: { max: NOTE_LIMITS.altCharacters } } });
  return text;
}

function waitingRow(
  app: App,
  actorId: ActorId,
  film: { readonly source: string; readonly size: number; readonly kind: FilmSort; readonly alt: string },
): AttachmentRow {
  return {
    ...READY,
    id: app.ids.next(),
    actor_id: actorId,
    note_id: null,
    position: 0,
    kind: film.kind,
    file: null,
    remote_url: null,
    media_type: film.kind === "video" ? "video/mp4" : "audio/mp4",
    alt: film.alt,
    width: null,
    height: null,
    blurhash: null,
    focus_x: null,
    focus_y: null,
    cover_url: null,
    duration_ms: null,
    digest: null,
    size: film.size,
    created_at: app.clock.now(),
    state: "waiting",
    progress: 0,
    source_file: film.source,
  };
}

async function enqueueFilm(app: App, tx: Db, id: number): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "film",
    payload: { attachmentId: id },
    // One line for each that may be worked on at the same time.
    orderingKey: `film:${id % app.config.films.atOnce}`,
    dedupeKey: `film:${id}`,
  });
}

function viewOf(app: App, row: AttachmentRow): AttachmentView {
  const [view] = attachmentViews(app, [row]);
  if (view === undefined) throw new Error("One row makes one view.");
  return view;
}
