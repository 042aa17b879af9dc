import { html } from "hono/html";
import { type AttachmentView, NOTE_LIMITS } from "../../server/domain/note.ts";
import { altName } from "../drafting.ts";
import type { FormState } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { describedBy, faultLine, fieldId } from "./fields.ts";
import { focusField } from "./focus.ts";
import { icon } from "./icon.ts";
import { focusClasses } from "./media.ts";

/** The files of a note that is being written, in their order, each with what is said of it. */
export function mediaFields(visit: Visit, attachments: readonly AttachmentView[], state: FormState): Html {
  const total = attachments.length;
  return html`<div class="compose-media" id="compose-media">${attachments.map((attachment, index) =>
    mediaFieldset(visit, attachment, { index, total }, state),
  )}</div>`;
}

type Place = { readonly index: number; readonly total: number };

function mediaFieldset(visit: Visit, attachment: AttachmentView, place: Place, state: FormState): Html {
  const { t } = visit.i18n;
  const { id } = attachment;
  const name = altName(id);
  const isWaiting = attachment.state === "waiting" || attachment.state === "working";
  const label = mediaLabel(visit, attachment, place);
  return html`<fieldset class="picture" id="media-${id}"${isWaiting ? html` data-waiting="${id}"` : ""}><legend>${label}</legend>
<input type="hidden" name="media" value="${id}">
<div class="picture-view" draggable="true">${view(visit, attachment)}</div>
<div class="picture-text">${stateLine(visit, attachment)}
<div class="field"><label for="${fieldId(name)}">${t(attachment.kind === "audio" ? "compose.alt_sound" : "compose.alt")}</label>${faultLine(visit, state, name)}
<textarea id="${fieldId(name)}" name="${name}" rows="2" maxlength="${NOTE_LIMITS.altCharacters}" dir="auto" data-count placeholder="${t("compose.alt_placeholder")}"${describedBy(state, { name, hint: "" })}>
${attachment.alt}</textarea><p class="hint counter" id="${fieldId(name)}-hint">${t("compose.count", { typed: [...attachment.alt].length, max: NOTE_LIMITS.altCharacters })}</p></div>
${place.total > 1 || attachment.kind === "image" ? arrangement(visit, attachment, place) : ""}
<div class="picture-buttons">${moves(visit, attachment, place, label)}${attachment.kind === "video" || attachment.kind === "audio" ? html`<a class="button quiet small" href="/media/${id}/captions" target="_blank" rel="noopener">${t("compose.captions")}</a>` : ""}
<button class="button quiet small" name="action" value="remove:${id}" data-media-action>${icon(visit, "trash")}<span>${t("compose.remove")}<span class="hidden"> ${label}</span></span></button></div></div></fieldset>`;
}

/** "Picture 2 of 3", or film, or sound. */
export function mediaLabel(visit: Visit, { kind }: AttachmentView, { index, total }: Place): string {
  const key: MessageKey =
    kind === "video" ? "compose.film" : kind === "audio" ? "compose.sound" : "compose.picture";
  return visit.i18n.t(key, { position: index + 1, total });
}

/** What stands for the file in the form: small, cropped as it will be in grids. */
function view(visit: Visit, attachment: AttachmentView): Html {
  const picture = attachment.kind === "image" ? smallest(attachment) : attachment.coverUrl;
  if (picture !== null && attachment.state === "ready")
    return html`<img class="${focusClasses(attachment)}" src="${picture}" alt="" width="112" height="112" decoding="async">`;
  return html`<span class="picture-blank">${icon(visit, attachment.kind === "audio" ? "bell" : "image")}</span>`;
}

/** The smallest picture that is sharp at 112 px on a dense screen. */
function smallest({ url, variants }: AttachmentView): string {
  return variants.find(({ width, mediaType }) => width >= 320 && mediaType === "image/webp")?.url ?? url;
}

function stateLine(visit: Visit, { state, progress, fault }: AttachmentView): Html {
  const { t, message } = visit.i18n;
  if (state === "ready") return html``;
  if (state === "failed")
    return html`<p class="fault">${fault === null ? t("field.media_failed") : message({ key: fault })}</p>`;
  return html`<p class="picture-state"><progress max="100" value="${progress}" aria-label="${t("compose.preparing")}"></progress> <span>${t("compose.preparing_hint")}</span></p>`;
}

/** Where it is cropped, and whether it stands for the note: folded away, most do without. */
function arrangement(visit: Visit, attachment: AttachmentView, { total }: Place): Html {
  const { t } = visit.i18n;
  const isOpened = attachment.focus !== null || attachment.isCover;
  return html`<details class="picture-more"${flag("open", isOpened)}><summary>${t("compose.arrange")}</summary>
<div class="picture-more-body">${attachment.kind === "image" ? focusField(visit, attachment) : ""}
${total > 1 ? html`<label class="choice"><input type="radio" name="cover" value="${attachment.id}"${flag("checked", attachment.isCover)}> <span>${t("compose.cover")}</span></label>` : ""}</div></details>`;
}

function moves(visit: Visit, { id }: AttachmentView, { index, total }: Place, label: string): Html {
  const { t } = visit.i18n;
  const button = (to: "up" | "down", isOff: boolean) =>
    html`<button class="button quiet small" name="action" value="${to}:${id}" data-media-action${flag("disabled", isOff)}>${icon(visit, to)}<span class="hidden">${t(`compose.${to}`)} ${label}</span></button>`;
  return total < 2 ? html`` : html`${button("up", index === 0)}${button("down", index === total - 1)}`;
}
