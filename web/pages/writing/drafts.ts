import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { DraftId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import { deleteDraft, listDrafts } from "../../../server/services/notes/drafts.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { timeOf, visibilityMark } from "../../components/note.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

export async function getDrafts(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const drafts = await listDrafts(visit.app, viewer);
  return await showPage(c, {
    title: t("drafts.title"),
    place: "drafts",
    main: html`<h1 class="page-title">${t("drafts.title")}</h1><p class="muted">${t("drafts.lead")}</p>
${
  drafts.length === 0
    ? html`<div class="empty">${t("drafts.empty")}</div>`
    : html`<ul class="plain-list">${drafts.map(
        (
          draft,
        ) => html`<li class="card draft"><p class="draft-text" dir="auto"><a href="/compose?draft=${draft.id}">${draft.source.trim() === "" ? t("drafts.no_text") : draft.source.slice(0, 200)}</a></p>
<div class="draft-foot"><p class="muted">${timeOf(visit, draft.updatedAt, "")} ${visibilityMark(visit, draft.visibility, true)}${draft.poll === null ? "" : html` ${icon(visit, "check")} ${t("compose.poll")}`}${draft.quoteOf === null ? "" : html` ${icon(visit, "stack")} ${t("note.quote")}`}${draft.attachments.length === 0 ? "" : html` ${icon(visit, "image")} ${t("media.strip", { count: draft.attachments.length })}`}</p>
<form method="post" action="/drafts/${draft.id}/delete">${formToken(visit)}<button class="button quiet small">${icon(visit, "trash")}<span>${t("drafts.delete")}</span></button></form></div></li>`,
      )}</ul>`
}`,
  });
}

export async function postDeleteDraft(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = parseId<DraftId>(c.req.param("id"));
  if (id === null) throw notFound();
  await deleteDraft(c.get("visit").app, viewer, id);
  return c.redirect("/drafts", 303);
}
