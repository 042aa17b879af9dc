import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { AttachmentView, Draft } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { focusClasses } from "./media.ts";
import { icon } from "./icon.ts";
import { visibilityMark } from "./note.ts";

const SHOWN = 4;

/** A note that is not out yet: its beginning, its pictures, what it is besides; `foot` has the time and the buttons. */
export function draftCard(visit: Visit, draft: Draft, foot: Html): Html {
  const { t, message } = visit.i18n;
  const words = draft.title.trim() === "" ? draft.source.trim() : draft.title.trim();
  return html`<li class="card draft" id="draft-${draft.id}">${draft.fault === null ? "" : html`<p class="notice bad">${t("drafts.fault")} ${message(draft.fault)}</p>`}
<div class="draft-body"><p class="draft-text" dir="auto"><a href="/compose?draft=${draft.id}">${words === "" ? t("drafts.no_text") : words.slice(0, 280)}</a></p>
${draft.attachments.length === 0 ? "" : html`<p class="draft-media">${draft.attachments.slice(0, SHOWN).map((one) => thumbnail(visit, one))}${draft.attachments.length > SHOWN ? html`<span class="badge">+${draft.attachments.length - SHOWN}</span>` : ""}</p>`}</div>
<p class="draft-facts">${visibilityMark(visit, draft.visibility, true)}${draft.replyToId === null ? "" : html`<span>${icon(visit, "reply")} ${t("compose.reply_title")}</span>`}${draft.poll === null ? "" : html`<span>${icon(visit, "check")} ${t("compose.poll")}</span>`}${draft.quoteOf === null ? "" : html`<span>${icon(visit, "stack")} ${t("note.quote")}</span>`}${draft.expiresInMs === null ? "" : html`<span>${icon(visit, "clock")} ${t("compose.expiry")}</span>`}</p>
${foot}</li>`;
}

function thumbnail(visit: Visit, attachment: AttachmentView): Html {
  const { kind, url, coverUrl, alt, state, variants } = attachment;
  const source = kind === "image" ? (variants.find(({ width }) => width >= 320)?.url ?? url) : coverUrl;
  if (source === null || state !== "ready")
    return html`<span class="picture-blank small">${icon(visit, "image")}</span>`;
  return html`<img class="${focusClasses(attachment)}" src="${source}" alt="${alt}" width="64" height="64" loading="lazy" decoding="async">`;
}

/** A moment to come: in words, exact for machines; in UTC until a script says it in the reader's zone. */
export function comingTime(visit: Visit, at: number): Html {
  return html`<time datetime="${isoTime(at)}" data-local>${visit.i18n.moment(at)}</time>`;
}
