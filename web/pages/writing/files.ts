import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { AttachmentId, DraftId } from "../../../server/domain/ids.ts";
import { type AttachmentView, type Draft, NOTE_LIMITS } from "../../../server/domain/note.ts";
import { invalid } from "../../../server/errors.ts";
import { addMedia } from "../../../server/services/media/uploads.ts";
import { getDraft, saveDraft } from "../../../server/services/notes/drafts.ts";
import { readComposition, toDraftCommand } from "../../drafting.ts";
import type { Composition } from "../../drafting.ts";
import type { Form } from "../../form.ts";
import { attempt, bytesOf } from "../../forms.ts";
import type { Refusal } from "../../forms.ts";
import type { Visit } from "../../visit.ts";

export type Kept = { readonly composition: Composition; readonly refusal: Refusal | null };

/**
 * Files cannot be sent back to a form, so they go to the server at once, and everything typed with them. What came before
 * one that cannot be taken is kept as well: nobody uploads it twice.
 */
export async function keepFiles(
  visit: Visit,
  viewer: Viewer,
  composition: Composition,
  form: Form,
): Promise<Kept> {
  if (form.files("attachments").length === 0) return { composition, refusal: null };
  const added = await addFiles(visit, viewer, composition.attachments.length, form);
  if (added.kept.length === 0) return { composition, refusal: added.refusal };
  const draft = await attempt(() => saveDraft(visit.app, viewer, toDraftCommand(composition, added.kept)));
  if (!draft.ok) return { composition, refusal: draft.refusal };
  const { id: draftId, attachments } = draft.value;
  return { composition: { ...composition, draftId, attachments }, refusal: added.refusal };
}

/** Takes the files of a form in, one after another, up to the first that cannot be taken. */
export async function addFiles(
  visit: Visit,
  viewer: Viewer,
  before: number,
  form: Form,
): Promise<{ readonly kept: readonly AttachmentView[]; readonly refusal: Refusal | null }> {
  const files = form.files("attachments");
  const kept: AttachmentView[] = [];
  const outcome = await attempt(async () => {
    if (before + files.length > NOTE_LIMITS.media)
      throw invalid({ attachments: { key: "field.too_many_media", params: { max: NOTE_LIMITS.media } } });
    for (const file of files)
      kept.push(await addMedia(visit.app, viewer, { name: file.name, bytes: await bytesOf(file) }));
    return null;
  });
  if (outcome.ok) return { kept, refusal: null };
  // The service speaks of the file that it was given; here that is the field of the files.
  const { file, ...faults } = outcome.refusal.faults;
  if (file === undefined) return { kept, refusal: outcome.refusal };
  return { kept, refusal: { ...outcome.refusal, faults: { ...faults, attachments: file } } };
}

/** Files that a script uploaded by itself and names now. */
export function attachedIds(form: Form): readonly AttachmentId[] {
  return form
    .all("attach")
    .flatMap((id) => parseId<AttachmentId>(id) ?? [])
    .slice(0, NOTE_LIMITS.media);
}

/** A form that came without a session, kept for who has signed in meanwhile: with the files of the draft it named, if that is theirs. */
export async function keepForm(visit: Visit, viewer: Viewer, form: Form): Promise<Draft> {
  const id = parseId<DraftId>(form.text("draft"));
  const draft = id === null ? null : await getDraft(visit.app, viewer, id);
  return await saveDraft(visit.app, viewer, toDraftCommand(readComposition(form, draft)));
}
