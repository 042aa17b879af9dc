import { html } from "hono/html";
import type { NameAnswer } from "../../server/services/accounts/names.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

/** Whether a name is free, and others like it; the buttons fill the field (scripts/join.js). */
export function nameAnswer(visit: Visit, answer: NameAnswer): Html {
  const { t, message } = visit.i18n;
  if (answer.fault === null) return html`<p class="name-free">${t("join.name_free")}</p>`;
  return html`<p class="fault">${message(answer.fault)}</p>${
    answer.free.length === 0
      ? ""
      : html`<p class="name-ideas">${t("join.name_ideas")} ${answer.free.map((name) => html`<button class="button quiet small" type="button" data-fill="${name}">${name}</button> `)}</p>`
  }`;
}
