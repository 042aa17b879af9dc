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
import { readLocalTime, readOffset } from "./moments.ts";
import { choiceOf, type PolicyChoice, readChoice, toPolicy } from "./policy-choices.ts";
import type { Visit } from "./visit.ts";

/** Everything in a compose form. `attachments` are the draft's, in the order and with the descriptions of the form. */
export type Composition = {
  readonly source: string;
  readonly summary: string;
  readonly visibility: Visibility;
  readonly language: string;
  readonly sensitive: boolean;
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
  /** When it is to be posted by itself, ms; NaN for what is no time. */
  readonly scheduleAt: number | null;
  /** Minutes that the writer's clock is ahead of UTC, as far as a script has said so. */
  readonly scheduleOffset: number;
  /** How long it stays, ms; null = for good. */
  readonly expiresInMs: number | null;
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
    visibility: viewer.preferences.visibility,
    language: viewer.preferences.language ?? viewer.languages[0] ?? visit.i18n.locale,
    sensitive: viewer.preferences.sensitive,
    title: "",
    poll: null,
    replyToId: null,
    quoteOf: null,
    replyPolicy: "",
    quotePolicy: "",
    draftId: null,
    key: visit.app.ids.secret(12),
    attachments: [],
    scheduleAt: null,
    scheduleOffset: 0,
    expiresInMs: null,
    ...given,
  };
}

/** What was typed. Attachments come from the draft, never from the form: ids in a form can be anybody's. */
export function readComposition(form: Form, draft: Draft | null): Composition {
  const visibility = form.text("visibility");
  const scheduleOffset = readOffset(form.text("schedule-offset"));
  const expiresInMs = form.text("expiry");
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
    attachments: readMedia(form, draft?.attachments ?? []),
    scheduleAt: readLocalTime(form.text("schedule"), scheduleOffset),
    scheduleOffset,
    expiresInMs: expiresInMs === "" ? null : Number(expiresInMs),
  };
}

/** Files with what the form says of them, in the form's order; those that it does not name yet come last. */
export function readMedia(form: Form, attachments: readonly AttachmentView[]): readonly AttachmentView[] {
  const order = form.all("media");
  const rank = ({ id }: AttachmentView) =>
    order.includes(String(id)) ? order.indexOf(String(id)) : order.length;
  const cover = form.text("cover");
  return attachments
    .map((attachment) => {
      const name = altName(attachment.id);
      if (!form.has(name)) return attachment;
      const isCover = form.has("cover") ? cover === String(attachment.id) : attachment.isCover;
      const alt = form.text(name).trim();
      return { ...attachment, alt, focus: readFocus(form, attachment), isCover };
    })
    .toSorted((a, b) => rank(a) - rank(b));
}

/** The same files after one was moved or taken away: `up:ID`, `down:ID`, `remove:ID`; anything else changes nothing. */
export function arranged(attachments: readonly AttachmentView[], action: string): readonly AttachmentView[] {
  const [verb, id] = action.split(":");
  const at = attachments.findIndex((attachment) => String(attachment.id) === id);
  if (at === -1) return attachments;
  if (verb === "remove") return attachments.toSpliced(at, 1);
  const to = verb === "up" ? at - 1 : verb === "down" ? at + 1 : at;
  const [moved] = attachments.slice(at, at + 1);
  if (moved === undefined || to < 0 || to >= attachments.length) return attachments;
  return attachments.toSpliced(at, 1).toSpliced(to, 0, moved);
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
    scheduleOffset: 0,
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
    coverId: attachments.find(({ isCover }) => isCover)?.id ?? null,
    scheduleAt: isTime(composition.scheduleAt) ? composition.scheduleAt : null,
    expiresInMs: composition.expiresInMs,
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
    attachments: toMedia(composition.attachments),
    sensitive: composition.sensitive,
    title: composition.title.trim() === "" ? undefined : composition.title,
    poll: composition.poll ?? undefined,
    expiresInMs: composition.expiresInMs ?? undefined,
    draftId: composition.draftId ?? undefined,
    idempotencyKey: composition.key === "" ? undefined : `web:${composition.key}`,
  };
}

/** Files as the commands for new and for changed notes take them. */
export function toMedia(attachments: readonly AttachmentView[]): NonNullable<CreateNote["attachments"]> {
  return attachments.map(({ id, alt, focus, isCover }) => ({ id, alt, focus: focus ?? undefined, isCover }));
}

function isTime(at: number | null): at is number {
  return at !== null && !Number.isNaN(at);
}

/** The name of the description field of a picture. */
export function altName(id: AttachmentId): string {
  return `alt-${id}`;
}
