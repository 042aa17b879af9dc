import { html } from "hono/html";
import { type AttachmentView, NOTE_LIMITS } from "../../server/domain/note.ts";
import { altName } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { mediaLabel } from "./compose-media.ts";
import { fieldId } from "./fields.ts";
import { carriedFields, formToken } from "./hidden.ts";
import { icon } from "./icon.ts";

/**
 * Asks once for what pictures show, in the way of posting; everything else that was typed is carried along unseen.
 * @param about.entries the fields of the form without those of the missing descriptions
 */
export function altReminder(
  visit: Visit,
  about: {
    readonly attachments: readonly AttachmentView[];
    readonly entries: readonly (readonly [string, string])[];
    readonly isRequired: boolean;
  },
): Html {
  const { t } = visit.i18n;
  const total = about.attachments.length;
  const missing = about.attachments.filter(({ alt }) => alt === "");
  return html`<form class="compose alt-reminder" method="post" action="/compose" enctype="multipart/form-data">${formToken(visit)}${carriedFields(about.entries)}
<p>${t(about.isRequired ? "alt.required" : "alt.lead")}</p>
${missing.map((one) => question(visit, one, mediaLabel(visit, one, { index: about.attachments.indexOf(one), total })))}
<div class="compose-buttons"><button class="button quiet" name="action" value="back">${icon(visit, "back")}<span>${t("alt.back")}</span></button>
${about.isRequired ? "" : html`<button class="button quiet" name="action" value="post-anyway">${t("compose.post_anyway")}</button>`}
<button class="button primary" name="action" value="post">${t("compose.post")}</button></div></form>`;
}

function question(visit: Visit, attachment: AttachmentView, label: string): Html {
  const { t } = visit.i18n;
  const name = altName(attachment.id);
  const picture = attachment.kind === "image" ? attachment.url : attachment.coverUrl;
  return html`<div class="alt-question">${picture === null || attachment.state !== "ready" ? "" : html`<img src="${picture}" alt="" width="${attachment.width ?? 320}" height="${attachment.height ?? 320}" decoding="async">`}
<div class="field"><label for="${fieldId(name)}">${label}</label>
<p class="hint" id="${fieldId(name)}-hint">${t("alt.hint")}</p>
<textarea id="${fieldId(name)}" name="${name}" rows="3" maxlength="${NOTE_LIMITS.altCharacters}" dir="auto" placeholder="${t("compose.alt_placeholder")}" aria-describedby="${fieldId(name)}-hint"></textarea></div></div>`;
}
