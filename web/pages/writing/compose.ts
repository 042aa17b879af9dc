import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { DraftId, NoteId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { invalid } from "../../../server/errors.ts";
import type { FieldFaults } from "../../../server/errors.ts";
import { getDraft, saveDraft } from "../../../server/services/notes/drafts.ts";
import { listEmojis } from "../../../server/services/notes/emojis.ts";
import { uploadImage } from "../../../server/services/media/attachments.ts";
import { createNote } from "../../../server/services/notes/notes.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { composeForm, PICTURES } from "../../components/compose-form.ts";
import type { ComposeOptions } from "../../components/compose-form.ts";
import { noteCard } from "../../components/note.ts";
import { readersSentence } from "../../components/readers.ts";
import { preview } from "../../components/preview.ts";
import {
  altName,
  blankComposition,
  compositionOf,
  readComposition,
  toCreateNote,
  toDraftCommand,
} from "../../drafting.ts";
import type { Composition } from "../../drafting.ts";
import type { Form } from "../../form.ts";
import { attempt, bytesOf, readForm } from "../../forms.ts";
import type { Outcome, Refusal } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const TEXT_MAX = 20_000;

export async function getCompose(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { app } = visit;
  const draftId = parseId<DraftId>(c.req.query("draft"));
  const draft = draftId === null ? null : await getDraft(app, viewer, draftId);
  if (draft !== null) {
    const replyTo = await parentOf(c, viewer, draft.replyToId);
    const quoteOf = await parentOf(c, viewer, draft.quoteOf);
    const status = c.req.query("status");
    return await showCompose(
      c,
      compositionOf(draft, app.ids.secret(12)),
      { replyTo, quoteOf },
      status === "saved" || status === "kept" ? status : null,
    );
  }
  const replyTo = await parentOf(c, viewer, parseId<NoteId>(c.req.query("reply")));
  const quoteOf = await parentOf(c, viewer, parseId<NoteId>(c.req.query("quote")));
  const given = (c.req.query("text") ?? "").slice(0, TEXT_MAX);
  const composition =
    replyTo === null
      ? blankComposition(visit, viewer, {
          source: given,
          quoteOf: quoteOf?.id ?? null,
          visibility: quoteOf?.visibility === "followers" ? "followers" : "public",
        })
      : withText(replyComposition(visit, viewer, replyTo), given);
  return await showCompose(c, composition, { replyTo, quoteOf });
}

export async function postCompose(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const draftId = parseId<DraftId>(form.text("draft"));
  const draft = draftId === null ? null : await getDraft(app, viewer, draftId);
  const typed = readComposition(form, draft);
  // A draft that is gone was posted by the first of two submits: the service answers with that note.
  const composition = draft === null && draftId !== null ? { ...typed, draftId } : typed;
  const kept = await keepFiles(c, viewer, composition, form.files("attachments"));
  if (!kept.ok) return await refuse(c, viewer, composition, kept.refusal);
  return await act(c, viewer, kept.value, form);
}

async function act(c: WebContext, viewer: Viewer, composition: Composition, form: Form): Promise<Response> {
  const action = form.text("action");
  if (action === "preview") return await showPreview(c, viewer, composition);
  if (action === "more" && isBlank(composition))
    return c.redirect(
      composition.replyToId === null ? "/compose" : `/compose?reply=${composition.replyToId}`,
      303,
    );
  if (action === "save" || action === "media" || action === "more" || action.startsWith("remove:"))
    return await save(c, viewer, without(composition, action), action);
  return await post(c, viewer, composition, action === "post-anyway");
}

/** Nothing was typed that a draft would have to keep. */
function isBlank({ source, summary, title, attachments }: Composition): boolean {
  return `${source}${summary}${title}`.trim() === "" && attachments.length === 0;
}

async function post(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  isReminded: boolean,
): Promise<Response> {
  const { app } = c.get("visit");
  const undescribed = composition.attachments.filter(({ alt }) => alt === "");
  if (undescribed.length > 0 && !isReminded) {
    const faults: FieldFaults = Object.fromEntries(
      undescribed.map(({ id }) => [altName(id), { key: "field.alt" }]),
    );
    return await refuse(
      c,
      viewer,
      composition,
      { status: 422, faults, general: { key: "compose.alt_reminder" } },
      true,
    );
  }
  const outcome = await attempt(() => createNote(app, viewer, toCreateNote(composition)));
  if (!outcome.ok) return await refuse(c, viewer, composition, outcome.refusal);
  return c.redirect(`${notePath(outcome.value)}#note-${outcome.value.id}`, 303);
}

async function save(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  action: string,
): Promise<Response> {
  const outcome = await attempt(() => saveDraft(c.get("visit").app, viewer, toDraftCommand(composition)));
  if (!outcome.ok) return await refuse(c, viewer, composition, outcome.refusal);
  const status = action === "save" ? "&status=saved" : "#f-source";
  return c.redirect(`/compose?draft=${outcome.value.id}${status}`, 303);
}

/** Files cannot be sent back to a form, so they go to the server at once, and everything typed with them. */
async function keepFiles(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  files: readonly File[],
): Promise<Outcome<Composition>> {
  const { app } = c.get("visit");
  if (files.length === 0) return { ok: true, value: composition };
  const outcome = await attempt(async () => {
    if (composition.attachments.length + files.length > PICTURES)
      throw invalid({ attachments: { key: "field.too_many_media", params: { max: PICTURES } } });
    const added = [];
    for (const file of files) added.push(await uploadImage(app, viewer, { bytes: await bytesOf(file) }));
    const draft = await saveDraft(app, viewer, toDraftCommand(composition, added));
    return { ...composition, draftId: draft.id, attachments: draft.attachments };
  });
  if (outcome.ok) return outcome;
  // The service speaks of the file that it was given; here that is the field of the pictures.
  const { file, ...faults } = outcome.refusal.faults;
  if (file === undefined) return outcome;
  return { ok: false, refusal: { ...outcome.refusal, faults: { ...faults, attachments: file } } };
}

function without(composition: Composition, action: string): Composition {
  if (!action.startsWith("remove:")) return composition;
  const id = parseId(action.slice("remove:".length));
  return {
    ...composition,
    attachments: composition.attachments.filter((attachment) => attachment.id !== id),
  };
}

async function refuse(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  refusal: Refusal,
  mayPostAnyway = false,
): Promise<Response> {
  if (refusal.retryAfterSeconds !== undefined) c.header("Retry-After", String(refusal.retryAfterSeconds));
  const replyTo = await parentOf(c, viewer, composition.replyToId);
  const quoteOf = await parentOf(c, viewer, composition.quoteOf);
  return await showCompose(c, composition, { replyTo, quoteOf, refusal, mayPostAnyway });
}

async function showPreview(c: WebContext, viewer: Viewer, composition: Composition): Promise<Response> {
  const visit = c.get("visit");
  const replyTo = await parentOf(c, viewer, composition.replyToId);
  const quoteOf = await parentOf(c, viewer, composition.quoteOf);
  const shown = preview(visit, composition, await listEmojis(visit.app));
  return await showCompose(c, composition, { replyTo, quoteOf }, null, shown);
}

async function showCompose(
  c: WebContext,
  composition: Composition,
  options: ComposeOptions,
  status: "saved" | "kept" | null = null,
  shown: ReturnType<typeof preview> | null = null,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const replyTo = options.replyTo ?? null;
  const quoteOf = options.quoteOf ?? null;
  const title = t(replyTo === null ? "compose.title" : "compose.reply_title");
  return await showPage(c, {
    title,
    place: "write",
    status: options.refusal?.status ?? 200,
    main: html`<h1 class="page-title">${title}</h1>
${status === null ? "" : html`<p class="notice good" role="status">${t(`compose.${status}`)}</p>`}
${replyTo === null ? "" : html`<section class="quoted" aria-label="${t("compose.replying_to")}">${noteCard(visit, replyTo, { isQuoted: true })}</section>`}
${quoteOf === null ? "" : html`<section class="quoted" aria-label="${t("compose.quoting")}">${noteCard(visit, quoteOf, { isQuoted: true })}${quoteOf.viewer.mine ? "" : html`<p class="hint">${t("compose.quote_seen")}${quoteOf.may.quote === "yes" ? "" : html` ${t("compose.quote_asks")}`}</p>`}</section>`}
${shown ?? ""}
<section class="card compose-card" aria-label="${title}">${readersSentence(visit, composition, replyTo)}${composeForm(visit, composition, { ...options, emojis: await listEmojis(visit.app) })}</section>`,
  });
}

async function parentOf(c: WebContext, viewer: Viewer, id: NoteId | null): Promise<NoteView | null> {
  return id === null ? null : await viewNote(c.get("visit").app, viewer, id);
}

/** What somebody shares as a reply comes after the names. */
function withText(composition: Composition, text: string): Composition {
  return text === "" ? composition : { ...composition, source: `${composition.source}${text}` };
}

/** A reply begins with whom it is for, and is read by no more people than what it answers. */
export function replyComposition(visit: Visit, viewer: Viewer, replyTo: NoteView): Composition {
  const others = replyTo.mentions.filter(
    (mention) => mention.id !== viewer.actorId && mention.id !== replyTo.author.id,
  );
  const handles = [...(replyTo.author.id === viewer.actorId ? [] : [replyTo.author]), ...others].map(
    handleOf,
  );
  return blankComposition(visit, viewer, {
    source: handles.length === 0 ? "" : `${handles.join(" ")} `,
    summary: replyTo.summary ?? "",
    visibility: replyTo.visibility,
    language: viewer.languages[0] ?? replyTo.language ?? visit.i18n.locale,
    replyToId: replyTo.id,
  });
}
