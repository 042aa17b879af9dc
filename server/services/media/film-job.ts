// The job `film`: what became of an uploaded film or recording.

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { App } from "../../context.ts";
import type { AttachmentId } from "../../domain/ids.ts";
import { CausewayError } from "../../errors.ts";
import { digestOfFile, sha256OfFile } from "../../media/digest.ts";
import {
  type FilmFault,
  type FilmLimits,
  type FilmOrder,
  type FilmOutcome,
  makeFilm,
} from "../../media/films.ts";
import { sweepFolder } from "../../media/files.ts";
import type { AttachmentRow } from "../../store/attachments.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  failFilm,
  findUnreadyFilm,
  finishFilm,
  hasFilmFile,
  type Still,
  writeFilmProgress,
} from "../../store/films.ts";
import { enqueue, type JobContext } from "../../store/jobs.ts";
import { canFilm } from "./films.ts";
import { filesOfStill, keepStill } from "./stills.ts";

/** Pictures larger than 4K are not decoded. */
export const FILM_MAX_PIXELS = 4096 * 2304;
/** Working on a film may take this long: a start, and so many times its length. */
const WALL_START_MS = 60_000;
const WALL_PER_SECOND_MS = 20_000;
const LONGEST_WALL_MS = 170 * 60_000;
const SILENCE_MS = 60_000;
/** A film that stopped the process this often is at fault itself. */
const MOST_STARTS = 3;
/** Folder of the data folder in which films are made. */
const WORKING = "working";
const LEFT_MS = 86_400_000;
/** Percent between two notes of progress, so that a film costs a handful of writes. */
const PROGRESS_STEP = 4;

/**
 * The job `film`: makes what was uploaded playable everywhere, or says why it cannot be used. May be run again at any time:
 * the names of its results come from the name of the source.
 */
export async function workOnFilm(app: App, id: AttachmentId, context: JobContext): Promise<void> {
  const row = await findUnreadyFilm(app.db, id);
  if (row === null || row.source_file === null) return;
  const source = row.source_file;
  if (!canFilm(app)) return await fail(app, { id, source }, "film.not_here");
  // Each start counts, also those that ended with the whole process.
  if (context.attempt > MOST_STARTS) return await fail(app, { id, source }, "film.too_heavy");
  await writeFilmProgress(app.db, id, 0);
  // Of this try alone: after a lost lease two may run for a while, and the first to end counts.
  const folder = join(app.config.dataDir, WORKING, app.ids.secret(12));
  try {
    const done = await app.files.withPath(source, async (path) => {
      const outcome = await makeFilm({
        source: path,
        folder,
        order: orderOf(app),
        limits: limitsOf(app),
        signal: context.signal,
        onProgress: progressWriter(app, id),
      });
      await keep(app, { row, source, sha256: await sha256OfFile(path) }, outcome);
      return true;
    });
    if (done === null) await fail(app, { id, source }, faultKey("broken"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what tries left behind that ended with their process, once they are a day old. */
export async function removeLeftWork(app: App): Promise<void> {
  await sweepFolder(join(app.config.dataDir, WORKING), app.clock.now() - LEFT_MS);
}

async function keep(
  app: App,
  { row, source, sha256 }: { readonly row: AttachmentRow; readonly source: string; readonly sha256: string },
  outcome: FilmOutcome,
): Promise<void> {
  if (!outcome.ok) return await fail(app, { id: row.id, source }, faultKey(outcome.fault));
  const { facts } = outcome;
  const digest = await digestOfFile(outcome.film);
  const still = await stillAt(app, outcome.still);
  const file = `${app.vault.mac(source, "film").slice(0, 32)}.${facts.kind === "video" ? "mp4" : "m4a"}`;
  await app.files.take(file, outcome.film);
  const isKept = await transaction(app.db, async (tx) => {
    const current = await findUnreadyFilm(tx, row.id);
    const hasCover = current !== null && current.cover_file !== null;
    const film = { ...facts, file, size: outcome.size, digest, sha256, animated: facts.isLoop, still };
    if (!(await finishFilm(tx, { id: row.id, source, hasCover }, film))) return false;
    await enqueueAfterwards(app, tx, [source, ...(hasCover && still !== null ? filesOfStill(still) : [])]);
    return true;
  });
  if (isKept) return app.wake();
  // It was deleted while it was worked on, or another try was quicker: that one's film has the same name.
  const isTaken = await hasFilmFile(app.db, row.id, file);
  const names = [...(isTaken ? [] : [file]), ...(still === null ? [] : filesOfStill(still))];
  for (const name of names) await app.files.remove(name);
}

/** A picture inside a recording may be anything; without it the recording is as good. */
async function stillAt(app: App, path: string | null): Promise<Still | null> {
  if (path === null) return null;
  try {
    return await keepStill(app, await readFile(path));
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "invalid") return null;
    throw error;
  }
}

async function fail(
  app: App,
  of: { readonly id: number; readonly source: string },
  fault: string,
): Promise<void> {
  getLogger(["causeway", "media"]).info("Film {id} cannot be used: {fault}", { id: of.id, fault });
  await transaction(app.db, async (tx) => {
    if (await failFilm(tx, of, fault)) await enqueueAfterwards(app, tx, [of.source]);
  });
  app.wake();
}

/** What was uploaded is not needed any more, and a note that waited for it can go out or say why not. */
async function enqueueAfterwards(app: App, tx: Db, files: readonly string[]): Promise<void> {
  const now = app.clock.now();
  await enqueue(tx, { id: app.ids.next(), now, kind: "remove-files", payload: { files } });
  await enqueue(tx, { id: app.ids.next(), now, kind: "publish", payload: null, dedupeKey: "publish" });
}

function faultKey(fault: FilmFault): string {
  return `film.fault_${fault}`;
}

function progressWriter(app: App, id: number): (percent: number) => void {
  let last = 0;
  let writing = false;
  return (percent) => {
    if (writing || percent < last + PROGRESS_STEP) return;
    writing = true;
    last = percent;
    // How far it is may be lost; the film goes on.
    writeFilmProgress(app.db, id, percent)
      .catch(() => undefined)
      .finally(() => (writing = false));
  };
}

function orderOf(app: App): FilmOrder {
  const { films } = app.config;
  return {
    videoSeconds: films.videoSeconds,
    audioSeconds: films.audioSeconds,
    mostPixels: FILM_MAX_PIXELS,
    longSide: 1280,
    shortSide: 720,
    framesPerSecond: 30,
    videoBitrate: 2_500_000,
    audioBitrate: 128_000,
    mostBytes: films.mostBytes,
    loopSeconds: 10,
  };
}

function limitsOf(app: App): FilmLimits {
  return {
    startMs: WALL_START_MS,
    perSecondMs: WALL_PER_SECOND_MS,
    wallMs: LONGEST_WALL_MS,
    silenceMs: SILENCE_MS,
    rssBytes: app.config.films.memoryBytes,
    heapMiB: 512,
  };
}
