import { html } from "hono/html";
import type { Chore, ChoreState } from "../../server/domain/chore.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { timeOf } from "./note.ts";

/** Where something long stands that is done in the background: a sentence, and a way to look again while it waits. */
export function choreLine(visit: Visit, state: ChoreState<Chore> | null, here: string): Html {
  const { t, rich } = visit.i18n;
  if (state === null) return html`<p class="muted">${t("chore.never")}</p>`;
  const at = timeOf(visit, state.at, "");
  if (state.state === "waiting")
    return html`<p class="notice" role="status">${rich("chore.waiting", { time: at })} <a href="${here}">${t("chore.look")}</a></p>`;
  if (state.state === "failed")
    return html`<div class="notice bad"><p class="notice-title">${rich("chore.failed", { time: at })}</p><p lang="en" dir="ltr">${state.fault}</p></div>`;
  return html`<p class="muted">${rich("chore.done", { time: at })}</p>`;
}
