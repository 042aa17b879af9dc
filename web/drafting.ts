// The compose form between what was typed, the draft on the server, and the command to post it.

import type { Viewer } from "../server/domain/actor.ts";
import { parseId } from "../server/domain/ids.ts";
import type { AttachmentId, DraftId, NoteId } from "../server/domain/ids.ts";
import type { AttachmentView, CreateNote, Draft } from "../server/domain/note.ts";
import { isVisibility } from "../server/domain/visibility.ts";
import type { Visibility } from "../server/domain/visibility.ts";
import type { NewPoll } from "../server/domain/poll.ts";
import { readPoll } from "./components/compose-poll.ts";
import { readFocus } from "./components/focus.ts";
import type { Form } from "./form.ts";
import { choiceOf, type PolicyChoice, readChoice, toPolicy } from "./policy-choices.ts";
import type { Visit } from "./visit.ts";

/** Everything in a compose form. `attachments` are the draft's, with the descriptions as typed now. */
export type Composition = {
  readonly source: string;
  readonly summary: string;
  readonly visibility: Visibility;
  readonly language: string;
  readonly sensitive: boolean;
  /** Makes it an article. */
  readonly title: string;
  readonly poll: NewPoll | null;
  readonly replyToId: NoteId | null;
  readonly quoteOf: NoteId | null;
  readonly replyPolicy: PolicyChoice;
  readonly quotePolicy: PolicyChoice;
  readonly draftId: DraftId | null;
  /** Makes a double submit one note even before there is a draft. */
  readonly key: string;
  readonly attachments: readonly AttachmentView[];
};

/** A form that nobody has typed into yet. Who has named no languages most likely writes in the one of the pages. */
export function blankComposition(
  visit: Visit,
  viewer: Viewer,
  given: Partial<Composition> = {},
): Composition {
  return {
    source: "",
    summary: "",
    visibility: "public",
    language: viewer.languages[0] ?? visit.i18n.locale,
    sensitive: false,
    title: "",
    poll: null,
    replyToId: null,
    quoteOf: null,
    replyPolicy: "",
    quotePolicy: "",
    draftId: null,
    key: visit.app.ids.secret(12),
    attachments: [],
    ...given,
  };
}

/** What was typed. Attachments come from the draft, never from the form: ids in a form can be anybody's. */
export function readComposition(form: Form, draft: Draft | null): Composition {
  const visibility = form.text("visibility");
  const attachments = (draft?.attachments ?? []).map((attachment) => {
    const name = altName(attachment.id);
    return form.has(name)
      ? { ...attachment, alt: form.text(name).trim(), focus: readFocus(form, attachment.id) }
      : attachment;
  });
  return {
    source: form.text("source"),
    summary: form.text("summary"),
    visibility: isVisibility(visibility) ? visibility : "direct",
    language: form.text("language"),
    sensitive: form.text("sensitive") === "yes",
    title: form.text("title"),
    poll: readPoll(form),
    replyToId: parseId<NoteId>(form.text("reply")),
    quoteOf: parseId<NoteId>(form.text("quote")),
    replyPolicy: readChoice(form.text("reply-policy")),
    quotePolicy: readChoice(form.text("quote-policy")),
    draftId: draft?.id ?? null,
    key: form.text("key").slice(0, 100),
    attachments,
  };
}

/** A draft as it was left. */
export function compositionOf(draft: Draft, key: string): Composition {
  return {
    ...draft,
    language: draft.language ?? "",
    replyPolicy: choiceOf(draft.policy.reply),
    quotePolicy: choiceOf(draft.policy.quote),
    draftId: draft.id,
    key,
  };
}

/** The command that keeps it on the server. */
export function toDraftCommand(composition: Composition, added: readonly AttachmentView[] = []) {
  const attachments = [...composition.attachments, ...added];
  return {
    ...(composition.draftId === null ? {} : { id: composition.draftId }),
    source: composition.source,
    summary: composition.summary,
    visibility: composition.visibility,
    language: composition.language === "" ? null : composition.language,
    sensitive: composition.sensitive,
    title: composition.title,
    poll: composition.poll,
    replyToId: composition.replyToId,
    quoteOf: composition.quoteOf,
    policy: toPolicy(composition.replyPolicy, composition.quotePolicy),
    attachmentIds: attachments.map(({ id }) => id),
    alts: Object.fromEntries(attachments.map(({ id, alt }) => [String(id), alt])),
    focuses: Object.fromEntries(attachments.map(({ id, focus }) => [String(id), focus])),
  };
}

/** The command that posts it. */
export function toCreateNote(composition: Composition): CreateNote {
  return {
    source: composition.source,
    summary: composition.summary.trim() === "" ? undefined : composition.summary,
    visibility: composition.visibility,
    language: composition.language === "" ? undefined : composition.language,
    replyToId: composition.replyToId ?? undefined,
    quoteOf: composition.quoteOf ?? undefined,
    policy: toPolicy(composition.replyPolicy, composition.quotePolicy),
    attachments: composition.attachments.map(({ id, alt, focus }) => ({
      id,
      alt,
      focus: focus ?? undefined,
    })),
    sensitive: composition.sensitive,
    title: composition.title.trim() === "" ? undefined : composition.title,
    poll: composition.poll ?? undefined,
    draftId: composition.draftId ?? undefined,
    idempotencyKey: composition.key === "" ? undefined : `web:${composition.key}`,
  };
}

/** The name of the description field of a picture. */
export function altName(id: AttachmentId): string {
  return `alt-${id}`;
}
