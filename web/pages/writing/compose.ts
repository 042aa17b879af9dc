import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import { type DraftId, type NoteId, parseId } from "../../../server/domain/ids.ts";
import type { Draft, NoteView } from "../../../server/domain/note.ts";
import { narrower } from "../../../server/domain/visibility.ts";
import { findPosted, getDraft, saveDraft } from "../../../server/services/notes/drafts.ts";
import { listEmojis } from "../../../server/services/notes/emojis.ts";
import { previewNote } from "../../../server/services/notes/readers.ts";
import { canonicalLanguage } from "../../../server/text/language.ts";
import { preview } from "../../components/preview.ts";
import {
  arranged,
  blankComposition,
  compositionOf,
  readComposition,
  toCreateNote,
  toDraftCommand,
} from "../../drafting.ts";
import type { Composition } from "../../drafting.ts";
import type { Form } from "../../form.ts";
import { attempt, readForm } from "../../forms.ts";
import { wantsFragment } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { attachedIds, keepFiles } from "./files.ts";
import { post } from "./posting.ts";
import { parentOf, type Shown, showCompose, showParts } from "./show.ts";

const TEXT_MAX = 20_000;

export async function getCompose(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const draftId = parseId<DraftId>(c.req.query("draft"));
  const draft = draftId === null ? null : await getDraft(visit.app, viewer, draftId);
  if (draft !== null)
    return await showCompose(c, viewer, compositionOf(draft, visit.app.ids.secret(12)), draftShown(c, draft));
  const postedId = draftId === null ? null : await findPosted(visit.app, viewer, draftId);
  if (postedId !== null) return await showPosted(c, viewer, postedId);
  const replyTo = await parentOf(visit, viewer, parseId<NoteId>(c.req.query("reply")));
  const quoteOf = await parentOf(visit, viewer, parseId<NoteId>(c.req.query("quote")));
  const given = (c.req.query("text") ?? "").slice(0, TEXT_MAX);
  if (replyTo !== null)
    return await showCompose(c, viewer, withText(replyComposition(visit, viewer, replyTo), given));
  return await showCompose(
    c,
    viewer,
    blankComposition(visit, viewer, {
      source: given,
      title: (c.req.query("title") ?? "").slice(0, 200),
      quoteOf: quoteOf?.id ?? null,
      ...(quoteOf?.visibility === "followers" ? { visibility: "followers" } : {}),
      ...(c.req.query("visibility") === "direct" ? { visibility: "direct" } : {}),
    }),
  );
}

/** Going back to a form that was posted: a new one, and the way to the note. */
async function showPosted(c: WebContext, viewer: Viewer, id: NoteId): Promise<Response> {
  const visit = c.get("visit");
  const link = html`<p class="notice"><a href="/@${viewer.username}/${id}">${visit.i18n.t("compose.posted_note")}</a></p>`;
  return await showCompose(c, viewer, blankComposition(visit, viewer), { notice: link });
}

/** What is said above a draft that is taken up again. */
function draftShown(c: WebContext, draft: Draft): Shown {
  const { t, message } = c.get("visit").i18n;
  const status = c.req.query("status");
  const isScheduled = draft.publishAt !== null;
  if (draft.fault !== null) return { refusal: { status: 422, faults: {}, general: draft.fault } };
  if (isScheduled) return { isScheduled, notice: html`<p class="notice">${t("compose.is_scheduled")}</p>` };
  if (status !== "saved" && status !== "kept") return {};
  return { notice: html`<p class="notice good" role="status">${message({ key: `compose.${status}` })}</p>` };
}

export async function postCompose(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const form = await readForm(c);
  const draftId = parseId<DraftId>(form.text("draft"));
  const draft = draftId === null ? null : await getDraft(visit.app, viewer, draftId);
  const typed = readComposition(form, draft);
  // A draft that is gone was posted by the first of two submits: the service answers with that note.
  const composition = draft === null && draftId !== null ? { ...typed, draftId } : typed;
  if (wantsFragment(c)) return await answerScript(c, viewer, composition, form);
  const kept = await keepFiles(visit, viewer, composition, form);
  if (kept.refusal !== null) return await showCompose(c, viewer, kept.composition, { refusal: kept.refusal });
  return await act(c, viewer, kept.composition, form);
}

async function act(c: WebContext, viewer: Viewer, composition: Composition, form: Form): Promise<Response> {
  const action = form.text("action");
  const [verb = "", detail = ""] = action.split(":");
  switch (verb) {
    case "preview":
      return await showPreview(c, viewer, composition);
    case "back":
      return await showCompose(c, viewer, composition);
    case "language":
      return await showCompose(c, viewer, { ...composition, language: canonicalLanguage(detail) ?? "" });
    case "more":
      if (isBlank(composition))
        return c.redirect(
          composition.replyToId === null ? "/compose" : `/compose?reply=${composition.replyToId}`,
          303,
        );
      return await save(c, viewer, composition, action);
    case "save":
    case "media":
    case "remove":
    case "up":
    case "down":
      return await save(c, viewer, changed(composition, action), action);
    default:
      return await post(c, viewer, composition, form);
  }
}

function changed(composition: Composition, action: string): Composition {
  return { ...composition, attachments: arranged(composition.attachments, action) };
}

/** Nothing was typed that a draft would have to keep. */
function isBlank({ source, summary, title, attachments, poll }: Composition): boolean {
  return `${source}${summary}${title}`.trim() === "" && attachments.length === 0 && poll === null;
}

async function save(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  action: string,
): Promise<Response> {
  const outcome = await attempt(() => saveDraft(c.get("visit").app, viewer, toDraftCommand(composition)));
  if (!outcome.ok) return await showCompose(c, viewer, composition, { refusal: outcome.refusal });
  const [verb, id] = action.split(":");
  const place =
    verb === "up" || verb === "down" ? `media-${id}` : verb === "more" ? "f-source" : "compose-media";
  return c.redirect(
    `/compose?draft=${outcome.value.id}${verb === "save" ? "&status=saved" : `#${place}`}`,
    303,
  );
}

/**
 * What a script asks for while somebody writes: the draft is kept, and the parts of the form that follow from it come
 * back. A blank form makes no draft.
 */
async function answerScript(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  form: Form,
): Promise<Response> {
  const { app } = c.get("visit");
  const action = form.text("action");
  const withMedia = action !== "autosave" && action !== "look";
  const next = changed(composition, action);
  const attached = attachedIds(form);
  if (action === "look" || (isBlank(next) && attached.length === 0 && next.draftId === null))
    return await showParts(c, viewer, next, { withMedia });
  const command = toDraftCommand(next);
  const draft = await saveDraft(app, viewer, {
    ...command,
    attachmentIds: [...new Set([...command.attachmentIds, ...attached])].slice(0, 16),
  });
  return await showParts(
    c,
    viewer,
    { ...next, draftId: draft.id, attachments: draft.attachments },
    { withMedia, note: { key: "compose.autosaved" } },
  );
}

async function showPreview(c: WebContext, viewer: Viewer, composition: Composition): Promise<Response> {
  const visit = c.get("visit");
  const { summary, language, source } = toCreateNote(composition);
  const outcome = await attempt(() => previewNote(visit.app, viewer, { source, summary, language }, true));
  if (!outcome.ok) return await showCompose(c, viewer, composition, { refusal: outcome.refusal });
  const shown = preview(visit, composition, outcome.value.html, await listEmojis(visit.app));
  return await showCompose(c, viewer, composition, { preview: shown });
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
    visibility: narrower(viewer.preferences.visibility, replyTo.visibility),
    language: viewer.preferences.language ?? viewer.languages[0] ?? replyTo.language ?? visit.i18n.locale,
    replyToId: replyTo.id,
  });
}
