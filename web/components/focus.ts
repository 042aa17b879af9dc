import { html } from "hono/html";
import type { AttachmentView, Focus } from "../../server/domain/note.ts";
import type { Form } from "../form.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

const FAR = 0.8;

/** Nine places, row by row, and where each is: x to the right, y upwards. */
const PLACES: readonly (readonly [label: MessageKey, focus: Focus])[] = [
  ["crop.top_left", { x: -FAR, y: FAR }],
  ["crop.top", { x: 0, y: FAR }],
  ["crop.top_right", { x: FAR, y: FAR }],
  ["crop.left", { x: -FAR, y: 0 }],
  ["crop.middle", { x: 0, y: 0 }],
  ["crop.right", { x: FAR, y: 0 }],
  ["crop.bottom_left", { x: -FAR, y: -FAR }],
  ["crop.bottom", { x: 0, y: -FAR }],
  ["crop.bottom_right", { x: FAR, y: -FAR }],
];

/** The part of a picture that stays in sight where it is cropped: a grid of nine to choose from. */
export function focusField(visit: Visit, { id, focus }: Pick<AttachmentView, "id" | "focus">): Html {
  const { t } = visit.i18n;
  const chosen = nearest(focus);
  // Left is left in every language here: it is about the picture.
  return html`<fieldset class="crop"><legend>${t("compose.focus")}</legend><div class="crop-grid" dir="ltr">${PLACES.map(
    ([label, place], index) =>
      html`<label title="${t(label)}"><input type="radio" name="focus-${id}" value="${valueOf(place)}"${flag("checked", index === chosen)}><span class="hidden">${t(label)}</span></label>`,
  )}</div></fieldset>`;
}

/**
 * What was chosen for a picture; null for the middle, which needs no saying. A finer point that an app has set stays when
 * the place that it is nearest to is still chosen.
 */
export function readFocus(form: Form, { id, focus }: Pick<AttachmentView, "id" | "focus">): Focus | null {
  const index = PLACES.findIndex(([, place]) => valueOf(place) === form.text(`focus-${id}`));
  if (index === -1 || index === nearest(focus)) return focus;
  const chosen = PLACES[index]?.[1];
  return chosen === undefined || (chosen.x === 0 && chosen.y === 0) ? null : chosen;
}

function nearest(focus: Focus | null): number {
  const { x, y } = focus ?? { x: 0, y: 0 };
  const third = (share: number) => (share < -FAR / 2 ? 0 : share > FAR / 2 ? 2 : 1);
  return third(-y) * 3 + third(x);
}

function valueOf({ x, y }: Focus): string {
  return `${x},${y}`;
}
