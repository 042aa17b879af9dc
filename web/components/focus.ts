import { html } from "hono/html";
import type { AttachmentView, Focus } from "../../server/domain/note.ts";
import type { Form } from "../form.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { options } from "./fields.ts";

const FAR = 0.8;

/** What people choose, and where that is: x to the right, y upwards. */
const PLACES: readonly (readonly [label: MessageKey, focus: Focus])[] = [
  ["focus.middle", { x: 0, y: 0 }],
  ["focus.top", { x: 0, y: FAR }],
  ["focus.bottom", { x: 0, y: -FAR }],
  ["focus.left", { x: -FAR, y: 0 }],
  ["focus.right", { x: FAR, y: 0 }],
];

/** The part of a picture that stays in sight where it is cropped. */
export function focusField(visit: Visit, { id, focus }: AttachmentView): Html {
  const { t } = visit.i18n;
  const choices = PLACES.map(([label, place]) => ({ value: valueOf(place), label: t(label) }));
  return html`<div class="field"><label for="f-focus-${id}">${t("compose.focus")}</label>
<select id="f-focus-${id}" name="focus-${id}">${options(choices, focus === null ? "0,0" : valueOf(focus))}</select></div>`;
}

/** What was chosen for a picture; null for the middle, which needs no saying. */
export function readFocus(form: Form, id: number): Focus | null {
  const chosen = PLACES.find(([, place]) => valueOf(place) === form.text(`focus-${id}`))?.[1];
  return chosen === undefined || (chosen.x === 0 && chosen.y === 0) ? null : chosen;
}

function valueOf({ x, y }: Focus): string {
  return `${x},${y}`;
}
