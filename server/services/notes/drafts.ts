import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type AttachmentId, type DraftId, type NoteId } from "../../domain/ids.ts";
import { type Draft, type Focus, NOTE_LIMITS } from "../../domain/note.ts";
import type { OwnPolicy } from "../../domain/policy.ts";
import type { NewPoll } from "../../domain/poll.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { invalid, notFound } from "../../errors.ts";
import { findOwnAttachments } from "../../store/attachments.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { type DraftRow, findDraft, listDraftRows, setDraftDeleted, writeDraft } from "../../store/drafts.ts";
import { describeMedia } from "../../store/arranged-media.ts";
import { attachmentViews } from "../media/attachments.ts";

export type SaveDraft = {
  readonly id?: DraftId | undefined;
  readonly source: string;
  readonly summary: string;
  readonly visibility: Visibility;
  readonly language: string | null;
  readonly sensitive: boolean;
  readonly title?: string | undefined;
  readonly poll?: NewPoll | null | undefined;
  readonly replyToId: NoteId | null;
  readonly quoteOf?: NoteId | null | undefined;
  readonly policy?: Partial<OwnPolicy> | undefined;
  /** In their order. */
  readonly attachmentIds: readonly AttachmentId[];
  /** The one that stands for the note in grids. */
  readonly coverId?: AttachmentId | null | undefined;
  /** When it should be posted by itself, as typed; ms. Saving does not yet schedule it. */
  readonly scheduleAt?: number | null | undefined;
  readonly expiresInMs?: number | null | undefined;
  /** The app it was written with. */
  readonly appId?: number | null | undefined;
  /** Descriptions by attachment id. */
  readonly alts?: Readonly<Record<string, string>> | undefined;
  /** What must stay in sight of pictures, by attachment id. */
  readonly focuses?: Readonly<Record<string, Focus | null>> | undefined;
};

type Body = Omit<SaveDraft, "id" | "alts" | "focuses">;

/** Drafts may be longer than a note may be, so that a text over the limit is kept until it is cut; not endless, though. */
const DRAFT_CHARACTERS = 100_000;

/**
 * Keeps what was typed, under a new id or over an earlier state. A draft that was waiting to be posted waits no more:
 * half-changed text must not post itself. @throws invalid, not_found for an id of somebody else.
 */
export async function saveDraft(app: App, viewer: Viewer, command: SaveDraft): Promise<Draft> {
  return await keepDraft(app, viewer, command, null);
}

/** The same with the time at which it is to be posted, ms; for `scheduled.ts`. */
export async function keepDraft(
  app: App,
  viewer: Viewer,
  command: SaveDraft,
  publishAt: number | null,
): Promise<Draft> {
  if (command.source.length > DRAFT_CHARACTERS)
    throw invalid({ source: { key: "field.too_long", params: { max: NOTE_LIMITS.characters } } });
  const id = command.id ?? asId<DraftId>(app.ids.next());
  const { id: _id, alts, focuses, ...body } = command;
  await transaction(app.db, async (tx) => {
    const written = await writeDraft(tx, {
      id,
      accountId: viewer.accountId,
      body: toJson(body satisfies Body),
      now: app.clock.now(),
      publishAt,
    });
    if (!written) throw notFound();
    for (const attachmentId of command.attachmentIds)
      await describeMedia(tx, viewer.actorId, {
        id: attachmentId,
        alt: alts?.[String(attachmentId)]?.slice(0, NOTE_LIMITS.altCharacters),
        focus: focuses?.[String(attachmentId)],
        isCover: command.coverId === undefined ? undefined : command.coverId === attachmentId,
      });
  });
  const draft = await getDraft(app, viewer, id);
  if (draft === null) throw notFound();
  return draft;
}

/** The person's unposted drafts, last changed first. */
export async function listDrafts(app: App, viewer: Viewer): Promise<readonly Draft[]> {
  const rows = await listDraftRows(app.db, viewer.accountId);
  return await toDrafts(app, viewer, rows);
}

/** One unposted draft of the person, or null. */
export async function getDraft(app: App, viewer: Viewer, id: DraftId): Promise<Draft | null> {
  const row = await findDraft(app.db, viewer.accountId, id);
  const isThere = row !== undefined && row.note_id === null && row.deleted_at === null;
  return isThere ? await toDraft(app, viewer, row) : null;
}

/** The note that a draft became; null when it is no posted draft of the person. */
export async function findPosted(app: App, viewer: Viewer, id: DraftId): Promise<NoteId | null> {
  const row = await findDraft(app.db, viewer.accountId, id);
  return row === undefined || row.note_id === null ? null : asId(row.note_id);
}

/** Throws a draft away, off the schedule as well; for a day it can be had back. */
export async function deleteDraft(app: App, viewer: Viewer, id: DraftId): Promise<void> {
  await setDraftDeleted(app.db, viewer.accountId, id, app.clock.now());
}

/** Takes a draft back that was thrown away. */
export async function restoreDraft(app: App, viewer: Viewer, id: DraftId): Promise<void> {
  await setDraftDeleted(app.db, viewer.accountId, id, null);
}

/** A stored draft as pages show it. */
export async function toDraft(app: App, viewer: Viewer, row: DraftRow): Promise<Draft> {
  const [draft] = await toDrafts(app, viewer, [row]);
  if (draft === undefined) throw notFound();
  return draft;
}

/** Stored drafts as pages show them, in their order; one query for all their files. */
export async function toDrafts(
  app: App,
  viewer: Viewer,
  rows: readonly DraftRow[],
): Promise<readonly Draft[]> {
  const bodies = rows.map((row) => fromJson<Partial<Body>>(row.body, {}));
  const ids = [...new Set(bodies.flatMap((body) => body.attachmentIds ?? []))];
  const found = await findOwnAttachments(app.db, viewer.actorId, ids);
  const uploads = new Map(found.filter((upload) => upload.note_id === null).map((one) => [one.id, one]));
  return rows.map((row, index) => {
    const body = bodies[index] ?? {};
    const own = (body.attachmentIds ?? []).flatMap((id) => uploads.get(id) ?? []);
    return draftOf(row, body, attachmentViews(app, own));
  });
}

function draftOf(row: DraftRow, body: Partial<Body>, attachments: Draft["attachments"]): Draft {
  return {
    id: asId(row.id),
    source: body.source ?? "",
    summary: body.summary ?? "",
    visibility: body.visibility ?? "public",
    language: body.language ?? null,
    sensitive: body.sensitive ?? false,
    title: body.title ?? "",
    poll: body.poll ?? null,
    replyToId: body.replyToId ?? null,
    quoteOf: body.quoteOf ?? null,
    policy: body.policy ?? {},
    attachments,
    // It may have been moved since; one that only waits for its films has no time of its own.
    scheduleAt: body.scheduleAt === null ? null : (row.publish_at ?? body.scheduleAt ?? null),
    expiresInMs: body.expiresInMs ?? null,
    appId: body.appId ?? null,
    updatedAt: row.updated_at,
    publishAt: row.publish_at,
    fault: fromJson<Draft["fault"]>(row.fault, null),
  };
}
