import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { ListId } from "../../../server/domain/list.ts";
import { LIST_LIMITS } from "../../../server/domain/list.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { arrangeLists, listLists, listsWith } from "../../../server/services/lists/lists.ts";
import { actorName } from "../../components/actor.ts";
import { checkListField, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { actorOf } from "../../member.ts";
import { actorPath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** On which of one's lists somebody is: reached from their profile. */
export async function getListsOf(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, null);
}

/** Puts somebody on the lists that are marked, and takes them off the others. */
export async function postListsOf(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const actor = await actorOf(c);
  const form = await readForm(c);
  const listIds = form.all("list").flatMap((id) => parseId<ListId>(id) ?? []);
  const outcome = await attempt(() =>
    arrangeLists(app, viewer, actor.id, { listIds, title: form.text("title") }),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${actorPath(actor)}/lists?saved=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, returned: FormState | null): Promise<Response> {
  const visit = c.get("visit");
  const { t, rich } = visit.i18n;
  const actor = await actorOf(c);
  const [lists, held] = await Promise.all([
    listLists(visit.app, viewer),
    listsWith(visit.app, viewer, actor.id),
  ]);
  const state = returned ?? freshForm({ list: [...held].map(String) });
  const saved =
    c.req.query("saved") === undefined
      ? ""
      : html`<p class="notice good" role="status">${t("form.saved")}</p>`;
  return await showPage(c, {
    title: t("lists.with", { name: actor.name }),
    place: "lists",
    shape: "narrow",
    status: state.refusal?.status ?? 200,
    main: html`<p class="back"><a href="${actorPath(actor)}">${icon(visit, "back")}<span>${t("people.back")}</span></a></p>${saved}
<h1 class="page-title">${rich("lists.with", { name: actorName(actor) })}</h1><p class="muted">${t("lists.secret")}</p>${faultSummary(visit, state, { title: t("lists.new") })}
<form class="card stack" method="post" action="${actorPath(actor)}/lists">${formToken(visit)}
${lists.length === 0 ? "" : checkListField(visit, state, { name: "list", label: "lists.title", choices: lists.map(({ id, title }) => ({ value: String(id), label: title })) })}
${textField(visit, state, { name: "title", label: "lists.new", dir: "auto", maxlength: LIST_LIMITS.title })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>`,
  });
}
