import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId, type ActorId } from "../../../server/domain/ids.ts";
import { LIST_LIMITS, LIST_REPLIES, type ListId, type ListView } from "../../../server/domain/list.ts";
import { invalid, notFound } from "../../../server/errors.ts";
import {
  addToList,
  changeList,
  countListMembers,
  createList,
  deleteList,
  listLists,
  listMembers,
  listTimeline,
  removeFromList,
  viewList,
} from "../../../server/services/lists/lists.ts";
import { search } from "../../../server/services/search.ts";
import { actorList } from "../../components/actor.ts";
import { checkField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { pageRequestOf, timeline } from "../../components/timeline.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { homeTabs } from "./home-tabs.ts";

/** One's own lists, and a form for one more. */
export async function getLists(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showLists(c, viewer, freshForm());
}

/** Begins a list and goes on to who shall be on it. */
export async function postLists(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() => createList(app, viewer, { title: form.text("title") }));
  if (outcome.ok) return c.redirect(`/lists/${outcome.value}/edit?saved=new`, 303);
  return await showLists(c, viewer, returnedForm(form, outcome.refusal));
}

async function showLists(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const lists = await listLists(visit.app, viewer);
  const counts = await countListMembers(visit.app, lists);
  const row = (
    list: ListView,
  ) => html`<li class="pick"><div><p class="pick-name"><a href="/lists/${list.id}"><bdi>${list.title}</bdi></a></p>
<p class="muted">${t("lists.members", { count: counts.get(list.id) ?? 0 })}${list.exclusive ? html` · ${t("lists.exclusive_short")}` : ""}</p></div>
<a class="button quiet small" href="/lists/${list.id}/edit">${icon(visit, "edit")}<span>${t("lists.edit")}<span class="hidden"> ${list.title}</span></span></a></li>`;
  return await showPage(c, {
    title: t("lists.title"),
    place: "lists",
    status: state.refusal?.status ?? 200,
    main: html`<h1 class="page-title">${t("lists.title")}</h1><p class="muted">${t("lists.lead")}</p>
${lists.length === 0 ? html`<p class="empty">${t("lists.none")}</p>` : html`<ul class="picks plain-list">${lists.map(row)}</ul>`}
<section class="card stack" aria-labelledby="new-list"><h2 class="section-title" id="new-list">${t("lists.new")}</h2>${faultSummary(visit, state, { title: t("lists.name") })}
<form class="stack" method="post" action="/lists">${formToken(visit)}${textField(visit, state, { name: "title", label: "lists.name", required: true, dir: "auto", maxlength: LIST_LIMITS.title })}
<div class="form-buttons"><button class="button primary">${t("lists.create")}</button></div></form></section>`,
  });
}

/** The timeline of a list. */
export async function getList(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const id = listIdOf(c);
  const list = await viewList(visit.app, viewer, id);
  const page = await listTimeline(visit.app, viewer, id, pageRequestOf(c));
  return await showPage(c, {
    title: list.title,
    place: "lists",
    main: html`<div class="page-head"><h1 class="page-title"><bdi>${list.title}</bdi></h1><a class="button quiet small" href="/lists/${id}/edit">${icon(visit, "edit")}<span>${t("lists.edit")}</span></a></div>
${await homeTabs(visit, viewer, id)}
${timeline(visit, page, { empty: t("lists.empty"), path: `/lists/${id}` })}`,
  });
}

/** What a list is called, what it shows, and who is on it. */
export async function getEditList(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showEdit(c, viewer, null);
}

/** `do` says what its owner wants: change, add; `remove` takes somebody off. */
export async function postEditList(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = listIdOf(c);
  const form = await readForm(c);
  const removed = parseId<ActorId>(form.text("remove"));
  const outcome = await attempt(async () => {
    if (removed !== null) return await removeFromList(app, viewer, id, removed);
    if (form.text("do") === "add") return await add(c, viewer, id, form.text("account"));
    return await changeList(app, viewer, id, toListForm(form));
  });
  if (!outcome.ok) return await showEdit(c, viewer, returnedForm(form, outcome.refusal));
  const isAboutPeople = removed !== null || form.text("do") === "add";
  return c.redirect(`/lists/${id}/edit${isAboutPeople ? "#people" : "?saved=yes"}`, 303);
}

function toListForm(form: Form) {
  return {
    title: form.text("title"),
    replies: form.text("replies"),
    exclusive: form.text("exclusive") === "yes",
  };
}

/** A name of this server may be written shortly. */
async function add(c: WebContext, viewer: Viewer, id: ListId, account: string): Promise<void> {
  const { app } = c.get("visit");
  const text = account.trim();
  const isWhole = /.[@＠]|^https?:/.test(text);
  const found = await search(
    app,
    viewer,
    isWhole ? text : `@${text.replace(/^[@＠]/, "")}@${app.config.handleHost}`,
  );
  const [actor] = found.actors;
  if (actor === undefined) throw invalid({ account: { key: "field.handle_unknown" } });
  await addToList(app, viewer, id, actor.id);
}

async function showEdit(c: WebContext, viewer: Viewer, returned: FormState | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const id = listIdOf(c);
  const list = await viewList(visit.app, viewer, id);
  const members = await listMembers(visit.app, viewer, id);
  const usual = freshForm({
    title: list.title,
    replies: list.replies,
    exclusive: list.exclusive ? "yes" : "",
  });
  const state = returned ?? usual;
  // The form that was not sent shows what is kept.
  const isAdding = returned?.value("do") === "add";
  const saved =
    c.req.query("saved") === "yes" ? html`<p class="notice good" role="status">${t("form.saved")}</p>` : "";
  return await showPage(c, {
    title: t("lists.edit_title", { title: list.title }),
    place: "lists",
    shape: "narrow",
    status: state.refusal?.status ?? 200,
    main: html`<p class="back"><a href="/lists/${id}">${icon(visit, "back")}<span><bdi>${list.title}</bdi></span></a></p>${saved}
<h1 class="page-title">${t("lists.edit")}</h1>${faultSummary(visit, state, { account: t("lists.account"), title: t("lists.name") })}
${peopleForms(visit, id, members, isAdding ? state : freshForm())}
${listForm(visit, id, isAdding ? usual : state)}
<p class="more-link"><a class="button danger" href="/lists/${id}/delete">${t("lists.delete")}</a></p>`,
  });
}

function peopleForms(
  visit: Visit,
  id: ListId,
  members: Awaited<ReturnType<typeof listMembers>>,
  state: FormState,
): Html {
  const { t } = visit.i18n;
  const action = `/lists/${id}/edit`;
  return html`<section class="card stack" aria-labelledby="people"><h2 class="section-title" id="people">${t("lists.people")}</h2>
<form class="stack" method="post" action="${action}">${formToken(visit)}${textField(visit, state, { name: "account", label: "lists.account", hint: t("lists.account_hint"), required: true, literal: true, dir: "ltr", maxlength: 500 })}
<div class="form-buttons"><button class="button primary" name="do" value="add">${t("lists.add")}</button></div></form>
${actorList(visit, members, {
  empty: t("lists.nobody"),
  controls: (actor) =>
    html`<form method="post" action="${action}">${formToken(visit)}<button class="button quiet small" name="remove" value="${actor.id}">${t("lists.remove")}<span class="hidden"> ${actor.name}</span></button></form>`,
})}</section>`;
}

function listForm(visit: Visit, id: ListId, state: FormState): Html {
  const { t } = visit.i18n;
  const choices = LIST_REPLIES.map((value) => ({ value, label: t(`lists.replies_${value}`) }));
  return html`<section class="card stack" aria-labelledby="shape"><h2 class="section-title" id="shape">${t("lists.shape")}</h2>
<form class="stack" method="post" action="/lists/${id}/edit">${formToken(visit)}${textField(visit, state, { name: "title", label: "lists.name", required: true, dir: "auto", maxlength: LIST_LIMITS.title })}
${radioField(visit, state, { name: "replies", label: "lists.replies", choices })}
${checkField(visit, state, { name: "exclusive", label: "lists.exclusive", hint: t("lists.exclusive_hint") })}
<div class="form-buttons"><button class="button primary" name="do" value="change">${t("form.save")}</button></div></form></section>`;
}

/** Asks once more before a list goes. */
export async function getDeleteList(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const list = await viewList(visit.app, viewer, listIdOf(c));
  return await showPage(c, {
    title: t("lists.delete_title", { title: list.title }),
    place: "lists",
    shape: "narrow",
    main: html`<div class="card stack"><h1 class="page-title">${visit.i18n.rich("lists.delete_title", { title: html`<bdi>${list.title}</bdi>` })}</h1><p>${t("lists.delete_text")}</p>
<form method="post" action="/lists/${list.id}/delete">${formToken(visit)}<div class="form-buttons"><button class="button danger">${t("lists.delete")}</button> <a class="button quiet" href="/lists/${list.id}/edit">${t("form.cancel")}</a></div></form></div>`,
  });
}

/** Removes a list. */
export async function postDeleteList(c: WebContext, viewer: Viewer): Promise<Response> {
  await deleteList(c.get("visit").app, viewer, listIdOf(c));
  return c.redirect("/lists", 303);
}

function listIdOf(c: WebContext): ListId {
  const id = parseId<ListId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}
