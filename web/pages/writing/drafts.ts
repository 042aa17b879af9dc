import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { DraftId } from "../../../server/domain/ids.ts";
import type { Draft } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import { deleteDraft, listDrafts, restoreDraft } from "../../../server/services/notes/drafts.ts";
import { draftCard } from "../../components/draft-card.ts";
import { draftTabs } from "../../components/draft-tabs.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { timeOf } from "../../components/note.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

export async function getDrafts(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const drafts = await listDrafts(visit.app, viewer);
  const deleted = parseId<DraftId>(c.req.query("deleted"));
  return await showPage(c, {
    title: t("drafts.title"),
    place: "drafts",
    main: html`<h1 class="page-title">${t("drafts.title")}</h1>${draftTabs(visit, "/drafts")}<p class="muted">${t("drafts.lead")}</p>
${deleted === null ? "" : undo(visit, deleted)}
${drafts.length === 0 ? html`<div class="empty">${t("drafts.empty")}</div>` : html`<ul class="plain-list">${drafts.map((draft) => draftCard(visit, draft, foot(visit, draft)))}</ul>`}`,
  });
}

function undo(visit: Visit, id: DraftId): Html {
  const { t } = visit.i18n;
  return html`<form class="notice undo" method="post" action="/drafts/${id}/restore">${formToken(visit)}<p role="status">${t("drafts.deleted")}</p><button class="button quiet small">${t("drafts.undo")}</button></form>`;
}

function foot(visit: Visit, draft: Draft): Html {
  const { t } = visit.i18n;
  return html`<div class="draft-foot"><p class="muted">${timeOf(visit, draft.updatedAt, "")}</p><div class="form-buttons"><a class="button quiet small" href="/compose?draft=${draft.id}">${icon(visit, "edit")}<span>${t("drafts.continue")}</span></a>
<form method="post" action="/drafts/${draft.id}/delete">${formToken(visit)}<button class="button quiet small">${icon(visit, "trash")}<span>${t("drafts.delete")}</span></button></form></div></div>`;
}

export async function postDeleteDraft(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = draftIdOf(c);
  await deleteDraft(c.get("visit").app, viewer, id);
  return c.redirect(`/drafts?deleted=${id}`, 303);
}

export async function postRestoreDraft(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = draftIdOf(c);
  await restoreDraft(c.get("visit").app, viewer, id);
  return c.redirect(`/drafts#draft-${id}`, 303);
}

/** The draft of an address. @throws not_found */
export function draftIdOf(c: WebContext): DraftId {
  const id = parseId<DraftId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}
