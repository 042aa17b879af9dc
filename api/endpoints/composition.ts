// What apps send when somebody writes or edits: parameters of statuses, and the commands that they are.

import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { AttachmentId, NoteId } from "../../server/domain/ids.ts";
import type { CreateNote, EditNote, Focus, NoteView } from "../../server/domain/note.ts";
import type { Circle, OwnPolicy } from "../../server/domain/policy.ts";
import type { NewPoll } from "../../server/domain/poll.ts";
import type { Visibility } from "../../server/domain/visibility.ts";
import { type FieldFaults, invalid } from "../../server/errors.ts";
import { findForeignMedia } from "../../server/services/media/changes.ts";
import { findLine } from "../../server/services/notes/entries.ts";
import { canonicalLanguage } from "../../server/text/language.ts";
import type { Call } from "../endpoint.ts";
import { flag, id, idsOf, listOf, oneOf, text, whole, word } from "../kinds.ts";

/** Apps choose a time at least this far ahead (Mastodon's rule), ms. */
const SOONEST_MS = 5 * 60_000;
const KEY_CHARACTERS = 200;

/** Mastodon's words for who may see a note. */
export const visibility = oneOf(["public", "unlisted", "private", "direct"]);
export const quotePolicy = oneOf(["public", "followers", "nobody"]);

/** What must stay in sight of a picture, as `x,y`, each from -1 to 1. */
export const focus = z.preprocess(
  (value) => (value === "" || value === null ? undefined : value),
  z
    .string()
    .regex(/^\s*[-+]?\d*\.?\d+\s*,\s*[-+]?\d*\.?\d+\s*$/)
    .transform((pair): Focus => {
      const [x = 0, y = 0] = pair.split(",").map((side) => Math.min(1, Math.max(-1, Number(side))));
      return { x, y };
    })
    .optional(),
);

/** A time in ISO 8601; without a zone it is UTC. */
export const moment = z.preprocess(
  (value) => (value === "" || value === null ? undefined : value),
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/)
    .transform((written) => Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(written) ? written : `${written}Z`))
    .refine((ms) => Number.isSafeInteger(ms))
    .optional(),
);

const poll = z.preprocess(
  (value) => (value === "" || value === null ? undefined : value),
  z
    .object({
      options: listOf(text, 40),
      expires_in: whole(0, 10 ** 9),
      multiple: flag,
      hide_totals: flag,
    })
    .optional(),
);

const words = { status: text, spoiler_text: text, sensitive: flag, language: word, poll };

/** What a new status is made of. */
export const newStatus = z.object({
  ...words,
  media_ids: idsOf<AttachmentId>(),
  in_reply_to_id: id<NoteId>(),
  quoted_status_id: id<NoteId>(),
  visibility,
  quote_approval_policy: quotePolicy,
  scheduled_at: moment,
});

/** What can be changed of a status; what is left out stays as it was. */
export const changedStatus = z.object({
  ...words,
  media_ids: z.preprocess((value) => value ?? undefined, z.union([z.undefined(), idsOf<AttachmentId>()])),
  media_attributes: listOf(z.object({ id: id<AttachmentId>(), description: text, focus })),
  quote_approval_policy: quotePolicy,
});

const VISIBILITY = {
  public: "public",
  unlisted: "unlisted",
  private: "followers",
  direct: "direct",
} as const satisfies Record<string, Visibility>;

/** Ours for Mastodon's word; undefined for none. */
export function visibilityOf(chosen: keyof typeof VISIBILITY | undefined): Visibility | undefined {
  return chosen === undefined ? undefined : VISIBILITY[chosen];
}

const CIRCLE = { public: "everyone", followers: "followers", nobody: "nobody" } as const satisfies Record<
  string,
  Circle
>;

/** Who may quote a note, as a part of its policy; undefined = as the person chose for all. */
export function policyOf(chosen: keyof typeof CIRCLE | undefined): Partial<OwnPolicy> | undefined {
  return chosen === undefined ? undefined : { quote: { automatic: CIRCLE[chosen], manual: "nobody" } };
}

/**
 * The command that a new status is; what is left out is as the person prefers it.
 * @throws not_found, invalid for media that are not theirs to post.
 */
export async function toCreateNote(call: Call<z.infer<typeof newStatus>, "user">): Promise<CreateNote> {
  const { app, viewer, holder, params, header } = call;
  const { preferences } = viewer;
  await requireOwnMedia(app, viewer, params.media_ids);
  return {
    source: params.status ?? "",
    summary: params.spoiler_text,
    visibility: visibilityOf(params.visibility) ?? preferences.visibility,
    language: languageOf(params.language) ?? preferences.language ?? viewer.languages[0],
    sensitive: params.sensitive ?? (params.media_ids.length > 0 && preferences.sensitive),
    attachments: params.media_ids.map((mediaId) => ({ id: mediaId })),
    poll: toNewPoll(params.poll),
    replyToId: await noteIdOf(app, viewer, params.in_reply_to_id),
    quoteOf: await noteIdOf(app, viewer, params.quoted_status_id),
    policy: policyOf(params.quote_approval_policy),
    idempotencyKey: header("idempotency-key")?.slice(0, KEY_CHARACTERS) || undefined,
    appId: holder.client?.id,
  };
}

/** The command that an edit is, beside what the note says now. @throws invalid for media that are not theirs. */
export async function toEditNote(
  { app, viewer, params }: Call<z.infer<typeof changedStatus>, "user">,
  now: { readonly note: NoteView; readonly source: string; readonly summary: string },
): Promise<EditNote> {
  const { note } = now;
  const before = new Map(note.attachments.map((media) => [media.id, media]));
  const said = new Map(params.media_attributes.map((media) => [media.id, media]));
  const isSame = params.media_ids === undefined && said.size === 0;
  const ids = params.media_ids ?? [...before.keys()];
  await requireOwnMedia(app, viewer, ids, note.id);
  return {
    noteId: note.id,
    source: params.status ?? now.source,
    summary: params.spoiler_text ?? now.summary,
    language: languageOf(params.language) ?? note.language ?? undefined,
    sensitive: params.sensitive ?? note.sensitive,
    attachments: isSame
      ? undefined
      : ids.map((mediaId) => ({
          id: mediaId,
          alt: said.get(mediaId)?.description,
          focus: said.get(mediaId)?.focus,
          isCover: before.get(mediaId)?.isCover,
        })),
    poll: toNewPoll(params.poll),
  };
}

/** When a status is to be posted, ms; null = now, which a time that is over means, too. @throws invalid for too soon */
export function scheduleOf(app: App, at: number | undefined): number | null {
  const now = app.clock.now();
  if (at === undefined || at <= now) return null;
  if (at < now + SOONEST_MS)
    throw invalid({ scheduled_at: { key: "field.schedule_soon", params: { minutes: SOONEST_MS / 60_000 } } });
  return at;
}

/** A language of an app that we do not know is none: apps send what the phone says. */
function languageOf(tag: string | undefined): string | undefined {
  return tag === undefined ? undefined : (canonicalLanguage(tag) ?? undefined);
}

function toNewPoll(given: z.infer<typeof poll>): NewPoll | undefined {
  if (given === undefined || given.options.length === 0) return undefined;
  return {
    options: given.options.map((option) => option ?? ""),
    multiple: given.multiple === true,
    expiresInMs: (given.expires_in ?? 0) * 1000,
  };
}

/** Apps name a boost where they mean the note in it. */
async function noteIdOf(app: App, viewer: Viewer, named: NoteId | undefined): Promise<NoteId | undefined> {
  return named === undefined ? undefined : (await findLine(app, viewer, named)).noteId;
}

async function requireOwnMedia(
  app: App,
  viewer: Viewer,
  ids: readonly AttachmentId[],
  noteId: NoteId | null = null,
): Promise<void> {
  const foreign = ids.length === 0 ? [] : await findForeignMedia(app, viewer, ids, noteId);
  const faults: FieldFaults = { media_ids: { key: "field.media_unknown" } };
  if (foreign.length > 0) throw invalid(faults);
}
