import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { Elsewhere } from "../../server/services/threads/backfill.ts";
import type { Html } from "../html.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { formToken } from "./hidden.ts";

/** Says that replies of other servers may be missing, and fetches them on a wish. */
export function elsewhereNotice(visit: Visit, note: NoteView, elsewhere: Elsewhere | null): Html {
  if (visit.viewer === null || elsewhere === null) return html``;
  const { t } = visit.i18n;
  const { missing, state } = elsewhere;
  const known =
    missing === null || missing === 0
      ? t("thread.elsewhere.perhaps")
      : t("thread.elsewhere.missing", { count: missing });
  if (state === "looking")
    return html`<p class="notice small" role="status">${t("thread.elsewhere.looking")} <a href="${notePath(note)}#replies">${t("thread.elsewhere.reload")}</a></p>`;
  if (state === "looked") return html`<p class="notice small">${known} ${t("thread.elsewhere.looked")}</p>`;
  return html`<form class="notice small elsewhere" method="post" action="${notePath(note)}/replies">${formToken(visit)}<span>${known}</span> <button class="button quiet small">${t("thread.elsewhere.fetch")}</button></form>`;
}
