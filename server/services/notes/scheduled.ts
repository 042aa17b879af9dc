// Notes that are posted by themselves: at a time their author chose, or as soon as their films are ready.

import { getLogger } from "@logtape/logtape";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type DraftId } from "../../domain/ids.ts";
import { type CreateNote, type Draft, NOTE_LIMITS, type Page, type PageRequest } from "../../domain/note.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { toJson } from "../../store/codec.ts";
import {
  claimDueDraft,
  countScheduled,
  type DraftRow,
  findDraft,
  listDueDrafts,
  listScheduledRows,
  reschedule,
} from "../../store/drafts.ts";
import { ascending, cut } from "../../store/page.ts";
import { consentOf } from "../consent/consent.ts";
import { toCursor, toPage } from "../pages.ts";
import { findViewerOfAccount } from "../accounts/viewers.ts";
import { keepDraft, type SaveDraft, toDraft, toDrafts } from "./drafts.ts";
import { compose, findParent } from "./compose.ts";
import { createNote } from "./notes.ts";
import { checkPoll } from "./poll-records.ts";
import { findScheduledBefore, rememberScheduled } from "./repeats.ts";

const LONGEST_MS = 366 * 86_400_000;
/** More than a server's films are worked on at a time, so that those that wait do not hold up the others. */
const BATCH = 500;

/**
 * Keeps a note to be posted by itself at `at`, ms; a time that has come already means: as soon as its films are ready.
 * @throws invalid `{ schedule }` or with the fields of a draft, conflict when too many wait, not_found for a foreign id.
 */
export async function schedulePost(
  app: App,
  viewer: Viewer,
  command: SaveDraft & { readonly at: number },
): Promise<Draft> {
  const { at, ...draft } = command;
  checkTime(app, at);
  const isWaiting = draft.id !== undefined && (await findScheduled(app, viewer, draft.id)) !== null;
  if (!isWaiting && (await countScheduled(app.db, viewer.accountId)) >= NOTE_LIMITS.scheduled)
    throw new CausewayError("conflict", "error.too_many_scheduled", {
      params: { max: NOTE_LIMITS.scheduled },
    });
  return await keepDraft(app, viewer, { ...draft, scheduleAt: at > app.clock.now() ? at : null }, at);
}

/**
 * The same for a whole note as apps send it: it is checked now, as far as it can be, and a second try with the same
 * Idempotency-Key gives what the first one made.
 * @throws like `createNote` and `schedulePost`.
 */
export async function scheduleNote(
  app: App,
  viewer: Viewer,
  command: CreateNote,
  at: number,
): Promise<Draft> {
  const earlier = await alreadyScheduled(app, viewer, command, at);
  if (earlier !== null) return earlier;
  const media = command.attachments ?? [];
  if (media.length > NOTE_LIMITS.media)
    throw invalid({ attachments: { key: "field.too_many_media", params: { max: NOTE_LIMITS.media } } });
  const parent = await findParent(app, viewer, command.replyToId);
  await consentOf(app, viewer, command, parent);
  await compose(app, command, media.length > 0);
  if (command.poll !== undefined) checkPoll(command.poll);
  const draft = await schedulePost(app, viewer, { ...toSaveDraft(command), at });
  await rememberScheduled(app, viewer, command, { at, draftId: draft.id });
  return draft;
}

async function alreadyScheduled(
  app: App,
  viewer: Viewer,
  command: CreateNote,
  at: number,
): Promise<Draft | null> {
  const id = await findScheduledBefore(app, viewer, command, at);
  return id === null ? null : await findScheduled(app, viewer, id);
}

function toSaveDraft(command: CreateNote): SaveDraft {
  const { summary = "", language = null, sensitive = false } = command;
  return {
    source: command.source,
    summary,
    visibility: command.visibility,
    language,
    sensitive,
    poll: command.poll ?? null,
    replyToId: command.replyToId ?? null,
    quoteOf: command.quoteOf ?? null,
    policy: command.policy,
    attachmentIds: (command.attachments ?? []).map(({ id }) => id),
    appId: command.appId ?? null,
  };
}

function checkTime(app: App, at: number): void {
  const isTime = Number.isSafeInteger(at) && at > 0 && at <= app.clock.now() + LONGEST_MS;
  if (!isTime) throw invalid({ schedule: { key: "field.schedule" } });
}

/** The person's notes that will be posted by themselves, the next one first; at most `NOTE_LIMITS.scheduled`. */
export async function listScheduled(app: App, viewer: Viewer): Promise<readonly Draft[]> {
  const rows = await listScheduledRows(app.db, viewer.accountId, NOTE_LIMITS.scheduled);
  return await toDrafts(app, viewer, rows);
}

/** A page of them, last written first; cursors are their ids. */
export async function scheduledPage(app: App, viewer: Viewer, request: PageRequest): Promise<Page<Draft>> {
  const cursor = toCursor(request);
  const { before = Number.MAX_SAFE_INTEGER, after = 0 } = cursor;
  const all = await listScheduledRows(app.db, viewer.accountId, NOTE_LIMITS.scheduled);
  const wanted = all.filter((row) => row.id < before && row.id > after);
  const walked = wanted.toSorted((a, b) => (ascending(cursor) ? a.id - b.id : b.id - a.id));
  return await toPage(cut(walked, cursor), cursor, (rows) => toDrafts(app, viewer, rows));
}

/** One of them, or null. */
export async function findScheduled(app: App, viewer: Viewer, id: DraftId): Promise<Draft | null> {
  const row = await findDraft(app.db, viewer.accountId, id);
  return row === undefined || row.note_id !== null || row.publish_at === null
    ? null
    : await toDraft(app, viewer, row);
}

/** Posts one at another time. @throws invalid `{ schedule }`, not_found when it does not wait any more. */
export async function movePost(app: App, viewer: Viewer, id: DraftId, at: number): Promise<void> {
  checkTime(app, at);
  if (at <= app.clock.now()) throw invalid({ schedule: { key: "field.schedule_past" } });
  if (!(await reschedule(app.db, viewer.accountId, id, { publishAt: at }))) throw notFound();
}

/** Makes it an ordinary draft again. @throws not_found when it does not wait any more. */
export async function cancelPost(app: App, viewer: Viewer, id: DraftId): Promise<void> {
  if (!(await reschedule(app.db, viewer.accountId, id, { publishAt: null }))) throw notFound();
}

/**
 * Posts one now. `waiting`: its films are still worked on, it goes out when they are ready; `failed`: it is a draft again
 * that says why. @throws not_found when it does not wait any more.
 */
export async function postNow(
  app: App,
  viewer: Viewer,
  id: DraftId,
): Promise<"posted" | "waiting" | "failed"> {
  const now = app.clock.now();
  if (!(await reschedule(app.db, viewer.accountId, id, { publishAt: now }))) throw notFound();
  const row = await findDraft(app.db, viewer.accountId, id);
  if (row === undefined) throw notFound();
  return await publish(app, row);
}

/** Posts whatever is due, in every account. Run by the schedule, and as the job `publish` when a film became ready. */
export async function publishDue(app: App): Promise<number> {
  const rows = await listDueDrafts(app.db, app.clock.now(), BATCH);
  let posted = 0;
  for (const row of rows) {
    try {
      if ((await publish(app, row)) === "posted") posted += 1;
    } catch (error) {
      // One draft must not keep those of others from being posted; the next round tries it again.
      getLogger(["causeway", "notes"]).error("Draft {draft} could not be posted: {error}", {
        draft: row.id,
        error,
      });
    }
  }
  return posted;
}

/** Posting consumes the draft in the transaction that makes the note: killed at any moment, it is posted once. */
async function publish(app: App, row: DraftRow): Promise<"posted" | "waiting" | "failed"> {
  const viewer = await findViewerOfAccount(app, asId(row.account_id));
  if (viewer === null) return await giveBack(app, row, { key: "error.suspended" });
  const draft = await toDraft(app, viewer, row);
  if (draft.attachments.some(({ state }) => state === "waiting" || state === "working")) return "waiting";
  try {
    await createNote(app, viewer, toCreateNote(draft), async (tx) => {
      if (!(await claimDueDraft(tx, row))) throw new CausewayError("conflict", "error.draft_changed");
    });
    return "posted";
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) throw error;
    if (fault.key === "error.draft_changed") return "waiting";
    return await giveBack(app, row, fault);
  }
}

/** It becomes a draft again that says what is in the way. */
async function giveBack(app: App, row: DraftRow, fault: Message): Promise<"failed"> {
  await reschedule(app.db, row.account_id, row.id, { publishAt: null, fault: toJson(fault) });
  return "failed";
}

/** What its author has to mend; null for what mends itself. */
function faultOf(error: unknown): Message | null {
  if (!(error instanceof CausewayError)) return null;
  if (error.kind === "too_many" || error.kind === "unavailable" || error.kind === "remote_failed")
    return null;
  const [field] = Object.values(error.fields);
  return field ?? { key: error.key, params: error.params };
}

/** The command that a draft is when nobody presses the button. */
function toCreateNote(draft: Draft): CreateNote {
  return {
    source: draft.source,
    summary: draft.summary.trim() === "" ? undefined : draft.summary,
    visibility: draft.visibility,
    language: draft.language ?? undefined,
    replyToId: draft.replyToId ?? undefined,
    quoteOf: draft.quoteOf ?? undefined,
    policy: draft.policy,
    attachments: draft.attachments.map(({ id, alt, focus, isCover }) => ({
      id,
      alt,
      focus: focus ?? undefined,
      isCover,
    })),
    sensitive: draft.sensitive,
    title: draft.title.trim() === "" ? undefined : draft.title,
    poll: draft.poll ?? undefined,
    expiresInMs: draft.expiresInMs ?? undefined,
    draftId: draft.id,
    appId: draft.appId ?? undefined,
  };
}
