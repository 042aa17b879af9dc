import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { NoteId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import type { Message } from "../../../server/errors.ts";
import { listEmojis } from "../../../server/services/notes/emojis.ts";
import { type Readers, readersOf } from "../../../server/services/notes/readers.ts";
import { recentLanguages } from "../../../server/services/notes/suggestions.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { composeForm } from "../../components/compose-form.ts";
import { liveFields } from "../../components/compose-live.ts";
import { mediaFields } from "../../components/compose-media.ts";
import { noteCard } from "../../components/note.ts";
import type { Composition } from "../../drafting.ts";
import { freshForm } from "../../forms.ts";
import type { Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showFragment, showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

export type Shown = {
  readonly refusal?: Refusal | null;
  /** A sentence above the form. */
  readonly notice?: Html | null;
  readonly preview?: Html | null;
  readonly isScheduled?: boolean;
};

/** The page of the form, with what is answered or quoted. */
export async function showCompose(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  shown: Shown = {},
): Promise<Response> {
  const visit = c.get("visit");
  const { app } = visit;
  const { t } = visit.i18n;
  const replyTo = await parentOf(visit, viewer, composition.replyToId);
  const quoteOf = await parentOf(visit, viewer, composition.quoteOf);
  const title = t(replyTo === null ? "compose.title" : "compose.reply_title");
  const form = composeForm(visit, composition, {
    refusal: shown.refusal ?? null,
    replyTo,
    quoteOf,
    emojis: await listEmojis(app),
    readers: await readersOf(app, viewer, composition.source),
    recent: await recentLanguages(app, viewer),
    isScheduled: shown.isScheduled === true,
  });
  if (shown.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(shown.refusal.retryAfterSeconds));
  return await showPage(c, {
    title,
    place: "write",
    status: shown.refusal?.status ?? 200,
    main: html`<div class="compose-head"><h1 class="page-title">${title}</h1><a class="muted" href="/drafts">${t("drafts.title")}</a></div>
${shown.notice ?? ""}${replyTo === null ? "" : html`<section class="quoted" aria-label="${t("compose.replying_to")}">${noteCard(visit, replyTo, { isQuoted: true })}</section>`}
${quoteOf === null ? "" : quotedSection(visit, quoteOf)}${shown.preview ?? ""}
<section class="card compose-card" aria-label="${title}">${form}</section>`,
  });
}

function quotedSection(visit: Visit, quoteOf: NoteView): Html {
  const { t } = visit.i18n;
  return html`<section class="quoted" aria-label="${t("compose.quoting")}">${noteCard(visit, quoteOf, { isQuoted: true })}${quoteOf.viewer.mine ? "" : html`<p class="hint">${t("compose.quote_seen")}${quoteOf.may.quote === "yes" ? "" : html` ${t("compose.quote_asks")}`}</p>`}</section>`;
}

/** The note that is answered or quoted; null when there is none. @throws not_found */
export async function parentOf(visit: Visit, viewer: Viewer, id: NoteId | null): Promise<NoteView | null> {
  return id === null ? null : await viewNote(visit.app, viewer, id);
}

/**
 * The parts of the form that follow what is typed, for scripts: `withMedia` also its files, which must not be replaced
 * while somebody writes in them.
 */
export async function showParts(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  parts: { readonly withMedia: boolean; readonly note?: Message },
): Promise<Response> {
  const visit = c.get("visit");
  const readers: Readers = await readersOf(visit.app, viewer, composition.source);
  const replyTo = await parentOf(visit, viewer, composition.replyToId);
  const note = parts.note === undefined ? {} : { note: visit.i18n.message(parts.note) };
  return await showFragment(
    c,
    html`${liveFields(visit, composition, { replyTo, readers, ...note })}${parts.withMedia ? mediaFields(visit, composition.attachments, freshForm()) : ""}`,
  );
}
