import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type AttachmentId, type DraftId, type NoteId } from "../../domain/ids.ts";
import { type Draft, type Focus, NOTE_LIMITS } from "../../domain/note.ts";
import type { OwnPolicy } from "../../domain/policy.ts";
import type { NewPoll } from "../../domain/poll.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { invalid, notFound } from "../../errors.ts";
import { findOwnAttachments, updateAlt, updateFocus } from "../../store/attachments.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { type DraftRow, findDraft, listDraftRows, removeDraft, writeDraft } from "../../store/drafts.ts";
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
  readonly attachmentIds: readonly AttachmentId[];
  /** Descriptions by attachment id. */
  readonly alts?: Readonly<Record<string, string>> | undefined;
  /** What must stay in sight of pictures, by attachment id. */
  readonly focuses?: Readonly<Record<string, Focus | null>> | undefined;
};

type Body = Omit<SaveDraft, "id" | "alts" | "focuses">;

/** Drafts may be longer than a note may be, so that a text over the limit is kept until it is cut; not endless, though. */
const DRAFT_CHARACTERS = 100_000;

/** Keeps what was typed, under a new id or over an earlier state. @throws invalid, not_found for an id of somebody else. */
export async function saveDraft(app: App, viewer: Viewer, command: SaveDraft): Promise<Draft> {
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
    });
    if (!written) throw notFound();
    for (const [attachmentId, alt] of Object.entries(alts ?? {}))
      await updateAlt(tx, viewer.actorId, Number(attachmentId), alt.slice(0, NOTE_LIMITS.altCharacters));
    for (const [attachmentId, focus] of Object.entries(focuses ?? {}))
      await updateFocus(tx, viewer.actorId, Number(attachmentId), focus);
  });
  const draft = await getDraft(app, viewer, id);
  if (draft === null) throw notFound();
  return draft;
}

/** The person's unposted drafts, last changed first. */
export async function listDrafts(app: App, viewer: Viewer): Promise<readonly Draft[]> {
  const rows = await listDraftRows(app.db, viewer.accountId);
  return await Promise.all(rows.map((row) => toDraft(app, viewer, row)));
}

/** One unposted draft of the person, or null. */
export async function getDraft(app: App, viewer: Viewer, id: DraftId): Promise<Draft | null> {
  const row = await findDraft(app.db, viewer.accountId, id);
  return row === undefined || row.note_id !== null ? null : await toDraft(app, viewer, row);
}

/** Throws a draft away. */
export async function deleteDraft(app: App, viewer: Viewer, id: DraftId): Promise<void> {
  await removeDraft(app.db, viewer.accountId, id);
}

async function toDraft(app: App, viewer: Viewer, row: DraftRow): Promise<Draft> {
  const body = fromJson<Partial<Body>>(row.body, {});
  const uploads = await findOwnAttachments(app.db, viewer.actorId, body.attachmentIds ?? []);
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
    attachments: attachmentViews(app, uploads),
    updatedAt: row.updated_at,
  };
}
