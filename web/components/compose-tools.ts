import { html } from "hono/html";
import type { CustomEmoji } from "../../server/domain/emoji.ts";
import { NOTE_LIMITS } from "../../server/domain/note.ts";
import { canFilm, filmLimits } from "../../server/services/media/films.ts";
import type { Composition } from "../drafting.ts";
import type { FormState } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import { localTime } from "../moments.ts";
import type { Visit } from "../visit.ts";
import { describedBy, faultLine, options } from "./fields.ts";
import { tool } from "./tool.ts";

const HOUR = 3_600_000;

/** Pictures, films and sound. */
export function mediaTool(visit: Visit, composition: Composition, state: FormState): Html {
  const { t } = visit.i18n;
  const left = NOTE_LIMITS.media - composition.attachments.length;
  if (left <= 0) return html``;
  const isOpened = state.refusal?.faults["attachments"] !== undefined;
  return tool(
    visit,
    { icon: "image", label: t("compose.media"), isOpened, className: "tool-media" },
    html`<div class="field" id="media"><label for="f-attachments">${t("compose.files")}</label>${faultLine(visit, state, "attachments")}
<p class="hint" id="f-attachments-hint">${t("compose.files_hint", { count: left })} ${filmHint(visit)}</p>
<div class="file-row"><input type="file" id="f-attachments" name="attachments" accept="image/*,.heic,.heif,.avif${canFilm(visit.app) ? ",video/*,audio/*" : ""}" multiple${describedBy(state, { name: "attachments", hint: "" })}>
<button class="button quiet" name="action" value="media">${t("compose.upload")}</button></div></div>`,
  );
}

/** How long films may be, or that there are none here. Without scripts a form is sent whole. */
function filmHint({ app, i18n }: Visit): Html {
  if (!canFilm(app)) return html`${i18n.t("film.not_here")}`;
  const { mostBytes, videoMinutes, audioMinutes } = filmLimits(app);
  const max = Math.floor(mostBytes / 1024 / 1024);
  return html`${i18n.t("film.limits", { video: videoMinutes, audio: audioMinutes, max })} <span class="without-scripts">${i18n.t("film.limits_plain", { max: Math.min(max, 64) })}</span>`;
}

/** What is said before the note is opened, and whether pictures are covered. */
export function warningTool(visit: Visit, composition: Composition, state: FormState): Html {
  const { t } = visit.i18n;
  const isOpened =
    composition.summary !== "" || composition.sensitive || state.refusal?.faults["summary"] !== undefined;
  return tool(
    visit,
    { icon: "alert", label: t("compose.warning_short"), isOpened },
    html`<div class="field"><label for="f-summary">${t("compose.warning")}</label>${faultLine(visit, state, "summary")}
<p class="hint" id="f-summary-hint">${t("compose.warning_hint")}</p>
<input type="text" id="f-summary" name="summary" value="${composition.summary}" dir="auto"${describedBy(state, { name: "summary", hint: "" })}></div>
<label class="choice"><input type="checkbox" name="sensitive" value="yes"${flag("checked", composition.sensitive)}> <span>${t("compose.sensitive")}</span></label>`,
  );
}

/** When it is posted, and how long it stays. Times are in UTC until a script says the zone of the reader. */
export function timeFields(visit: Visit, composition: Composition, state: FormState): Html {
  const { t } = visit.i18n;
  const { scheduleAt, scheduleOffset, expiresInMs } = composition;
  const typed = scheduleAt === null || Number.isNaN(scheduleAt) ? null : scheduleAt;
  return html`<div class="compose-row"><div class="field"><label for="f-schedule">${t("compose.schedule")}</label>${faultLine(visit, state, "schedule")}
<input type="datetime-local" id="f-schedule" name="schedule" value="${typed === null ? "" : localTime(typed, scheduleOffset)}"${typed === null ? "" : html` data-at="${typed}"`}${describedBy(state, { name: "schedule", hint: "" })}>
<input type="hidden" name="schedule-offset" value="${scheduleOffset}">
<p class="hint" id="f-schedule-hint">${t("compose.schedule_hint")} <span data-zone>${zoneName(scheduleOffset)}</span></p></div>
<div class="field"><label for="f-expiry">${t("compose.expiry")}</label>${faultLine(visit, state, "expiry")}
<select id="f-expiry" name="expiry"${describedBy(state, { name: "expiry", hint: "" })}>${options(stays(visit), String(expiresInMs ?? ""))}</select>
<p class="hint" id="f-expiry-hint">${t("compose.expiry_hint")}</p></div></div>`;
}

/** "UTC", "UTC+8", "UTC-3:30". */
export function zoneName(offset: number): string {
  if (offset === 0) return "UTC";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `UTC${offset < 0 ? "-" : "+"}${hours}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
}

function stays(visit: Visit) {
  const unit = (count: number, of: "hour" | "day") =>
    new Intl.NumberFormat(visit.i18n.locale, { style: "unit", unit: of, unitDisplay: "long" }).format(count);
  return [
    { value: "", label: visit.i18n.t("compose.expiry_never") },
    { value: String(24 * HOUR), label: unit(24, "hour") },
    { value: String(7 * 24 * HOUR), label: unit(7, "day") },
  ];
}

/** The custom emoji of this server with what to type for each. */
export function emojiList(visit: Visit, emojis: readonly CustomEmoji[]): Html {
  if (emojis.length === 0) return html``;
  const { t } = visit.i18n;
  return html`<div class="field"><p class="field-label">${t("compose.emojis")}</p><p class="hint">${t("compose.emojis_hint")}</p>
<ul class="emoji-list">${emojis.map((emoji) => html`<li>${emojiPicture(emoji)} <code>:${emoji.name}:</code></li>`)}</ul></div>`;
}

/** Decorative: its name stands beside it. */
function emojiPicture(emoji: CustomEmoji): Html {
  return html`<img class="emoji" src="${emoji.url}" alt="" width="20" height="20" loading="lazy" decoding="async">`;
}
