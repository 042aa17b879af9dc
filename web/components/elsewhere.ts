import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { Elsewhere } from "../../server/services/threads/backfill.ts";
import type { Html } from "../html.ts";
import { notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { formToken } from "./hidden.ts";
import { icon } from "./icon.ts";

/** Says that replies of other servers may be missing, and fetches them on a wish. */
export function elsewhereNotice(visit: Visit, note: NoteView, elsewhere: Elsewhere | null): Html {
  if (visit.viewer === null || elsewhere === null) return html``;
  const { t } = visit.i18n;
  const { missing, state } = elsewhere;
  const known =
    missing === null || missing === 0
      ? t("thread.elsewhere.perhaps")
      : t("thread.elsewhere.missing", { count: missing });
  const words = state === "looking" ? html`${t("thread.elsewhere.looking")}` : html`${known}`;
  return html`<section class="card elsewhere" aria-label="${t("thread.elsewhere.title")}">${icon(visit, "globe")}<p${state === "looking" ? html` role="status"` : ""}>${words}${state === "looked" ? html` ${t("thread.elsewhere.looked")}` : ""}</p>
<div class="form-buttons">${action(visit, note, state)}<a class="button quiet small" href="${outwards(note)}" rel="noopener nofollow">${t("note.original")}</a></div></section>`;
}

function action(visit: Visit, note: NoteView, state: Elsewhere["state"]): Html {
  const { t } = visit.i18n;
  if (state === "looked") return html``;
  if (state === "looking")
    return html`<a class="button quiet small" href="${notePath(note)}#replies">${t("thread.elsewhere.reload")}</a> `;
  return html`<form method="post" action="${notePath(note)}/replies">${formToken(visit)}<button class="button quiet small">${t("thread.elsewhere.fetch")}</button></form> `;
}
