import { html } from "hono/html";
import { POLL_LIMITS, type NewPoll } from "../../server/domain/poll.ts";
import type { Form } from "../form.ts";
import type { FormState } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { describedBy, faultLine, options } from "./fields.ts";
import { tool } from "./tool.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a poll may be open, from what people choose to its value in ms. */
const DURATIONS: readonly (readonly [count: number, unit: "minute" | "hour" | "day", ms: number])[] = [
  [5, "minute", 5 * MINUTE],
  [30, "minute", 30 * MINUTE],
  [1, "hour", HOUR],
  [6, "hour", 6 * HOUR],
  [1, "day", DAY],
  [3, "day", 3 * DAY],
  [7, "day", 7 * DAY],
  [14, "day", 14 * DAY],
  [31, "day", 31 * DAY],
];
const USUAL_MS = DAY;

/** The poll that was typed; null when no option was. Blank options stay, so that the form comes back as it was. */
export function readPoll(form: Form): NewPoll | null {
  const typed = form.all("poll-option").slice(0, POLL_LIMITS.options);
  if (typed.every((option) => option.trim() === "")) return null;
  const expiresInMs = Number(form.text("poll-time"));
  return {
    options: typed,
    multiple: form.text("poll-multiple") === "yes",
    expiresInMs: Number.isSafeInteger(expiresInMs) ? expiresInMs : USUAL_MS,
  };
}

/** The fields of a poll: four options in sight, more on demand, since not every server takes them. */
export function pollFields(visit: Visit, poll: NewPoll | null, state: FormState): Html {
  const { t } = visit.i18n;
  const typed = poll?.options ?? [];
  const isOpened = poll !== null || state.refusal?.faults["poll"] !== undefined;
  const field = (position: number) =>
    html`<label class="field"><span>${t("compose.poll_option", { position: position + 1 })}</span>
<input type="text" name="poll-option"${position === 0 ? html` id="f-poll"` : ""} value="${typed[position] ?? ""}" maxlength="${POLL_LIMITS.optionCharacters}" dir="auto"${position === 0 ? describedBy(state, { name: "poll", hint: "" }) : ""}></label>`;
  const inSight = range(0, POLL_LIMITS.optionsEverywhere);
  const further = range(POLL_LIMITS.optionsEverywhere, POLL_LIMITS.options);
  const hasFurther = further.some((position) => (typed[position] ?? "").trim() !== "");
  return tool(
    visit,
    { icon: "check", label: t("compose.poll"), isOpened, className: "compose-poll" },
    html`${faultLine(visit, state, "poll")}<p class="hint" id="f-poll-hint">${t("compose.poll_hint")}</p>
<div class="poll-fields">${inSight.map(field)}</div>
<details class="compose-poll-more"${flag("open", hasFurther)}><summary>${t("compose.poll_more")}</summary><p class="hint">${t("compose.poll_more_hint", { max: POLL_LIMITS.optionsEverywhere })}</p><div class="poll-fields">${further.map(field)}</div></details>
<div class="compose-row"><div class="field"><label for="f-poll-time">${t("compose.poll_time")}</label>
<select id="f-poll-time" name="poll-time">${options(durations(visit), String(poll?.expiresInMs ?? USUAL_MS))}</select></div></div>
<label class="choice"><input type="checkbox" name="poll-multiple" value="yes"${flag("checked", poll?.multiple === true)}> <span>${t("compose.poll_multiple")}</span></label>`,
  );
}

function durations(visit: Visit) {
  return DURATIONS.map(([count, unit, ms]) => {
    const format = new Intl.NumberFormat(visit.i18n.locale, { style: "unit", unit, unitDisplay: "long" });
    return { value: String(ms), label: format.format(count) };
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
