import { html } from "hono/html";
import { viewCollection } from "../../../server/services/collections/collection-views.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  COLLECTION_LIMITS,
  type CollectionMember,
  type CollectionView,
} from "../../../server/domain/collection.ts";
import { parseId, type CollectionId, type CollectionItemId } from "../../../server/domain/ids.ts";
import { invalid, notFound } from "../../../server/errors.ts";
import { findRelationship } from "../../../server/services/actors/actors.ts";
import {
  addToCollection,
  changeCollection,
  deleteCollection,
  removeFromCollection,
} from "../../../server/services/collections/collections.ts";
import { search } from "../../../server/services/search.ts";
import { actorList, actorRow } from "../../components/actor.ts";
import { areaField, checkField, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { relationshipControls } from "../../components/relationship.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { outwards, tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** A collection of people that somebody recommends; its owner changes it here. */
export async function getCollection(c: WebContext): Promise<Response> {
  return await show(c, null);
}

/** `do` says what its owner wants: change, add, remove, delete. */
export async function postCollection(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = idOf(c);
  const form = await readForm(c);
  const removed = parseId<CollectionItemId>(form.text("remove"));
  const outcome = await attempt(async () => {
    if (removed !== null) return await removeFromCollection(app, viewer, removed);
    if (form.text("do") === "delete") return await deleteCollection(app, viewer, id);
    if (form.text("do") === "add") return await add(c, viewer, id, form.text("account"));
    return await changeCollection(app, viewer, id, toCollectionForm(form));
  });
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect(
    form.text("do") === "delete" ? "/settings/collections" : `/collections/${id}?saved=yes`,
    303,
  );
}

async function add(c: WebContext, viewer: Viewer, id: CollectionId, account: string): Promise<void> {
  const { app } = c.get("visit");
  const text = account.trim();
  const isNamed = /[@＠:]/.test(text);
  const { actors } = await search(app, viewer, isNamed ? text : `@${text}@${app.config.handleHost}`);
  const [actor] = actors;
  if (actor === undefined) throw invalid({ account: { key: "field.handle_unknown" } });
  await addToCollection(app, viewer, id, actor.id);
}

/** The fields of a collection, as typed. */
export function toCollectionForm(form: Form) {
  return {
    name: form.text("name"),
    summary: form.text("summary"),
    tag: form.text("tag"),
    sensitive: form.text("sensitive") === "yes",
    discoverable: form.text("discoverable") === "yes",
  };
}

/** What a collection says of itself, to be typed. */
export function collectionFields(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return html`${textField(visit, state, { name: "name", label: "collections.name", required: true, dir: "auto", maxlength: COLLECTION_LIMITS.name })}
${areaField(visit, state, { name: "summary", label: "collections.summary", rows: 3 })}
${textField(visit, state, { name: "tag", label: "collections.tag", dir: "auto", literal: true })}
${checkField(visit, state, { name: "discoverable", label: "collections.discoverable", hint: t("collections.discoverable_hint") })}
${checkField(visit, state, { name: "sensitive", label: "collections.sensitive" })}`;
}

function idOf(c: WebContext): CollectionId {
  const id = parseId<CollectionId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

async function show(c: WebContext, returned: FormState | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { collection, members } = await viewCollection(visit.app, visit.viewer, idOf(c));
  const { owner } = collection;
  if (owner.host !== null && visit.viewer === null)
    return c.redirect(outwards({ url: collection.uri, uri: collection.uri }), 302);
  const isMine = visit.viewer?.actorId === owner.id;
  const state = returned ?? freshForm(valuesOf(collection));
  const saved =
    c.req.query("saved") === undefined
      ? ""
      : html`<p class="notice good" role="status">${t("form.saved")}</p>`;
  return await showPage(c, {
    title: collection.name,
    isPublic: true,
    noindex: !collection.discoverable || collection.sensitive || !owner.indexable,
    status: state.refusal?.status ?? 200,
    main: html`${saved}<section class="card stack"><h1 class="page-title" dir="auto">${collection.name}</h1>
${collection.summary === "" ? "" : html`<p dir="auto"${collection.language === null ? "" : html` lang="${collection.language}"`}>${collection.summary}</p>`}
${collection.tag === null ? "" : html`<p><a class="tag" href="${tagPath(collection.tag)}"><bdi>#${collection.tag}</bdi></a></p>`}
<p class="muted">${t("collections.by")}</p><ul class="actor-list">${actorRow(visit, owner)}</ul></section>
${await memberList(visit, collection, members, isMine)}
${isMine ? ownerForms(visit, collection, state) : ""}`,
  });
}

function valuesOf(collection: CollectionView): Readonly<Record<string, string>> {
  return {
    name: collection.name,
    summary: collection.summary,
    tag: collection.tag ?? "",
    sensitive: collection.sensitive ? "yes" : "",
    discoverable: collection.discoverable ? "yes" : "",
  };
}

async function memberList(
  visit: Visit,
  collection: CollectionView,
  members: readonly CollectionMember[],
  isMine: boolean,
): Promise<Html> {
  const { t } = visit.i18n;
  const { viewer, app, path } = visit;
  const controls = new Map<number, Html>();
  for (const { actor, itemId, state } of members) {
    if (isMine)
      controls.set(
        actor.id,
        html`<form method="post" action="/collections/${collection.id}">${formToken(visit)}${state === "pending" ? html`<span class="badge">${t("collections.asked")}</span> ` : ""}<button class="button quiet small" name="remove" value="${itemId}">${t("featured.remove")}<span class="hidden"> ${actor.name}</span></button></form>`,
      );
    else if (viewer !== null && viewer.actorId !== actor.id)
      controls.set(
        actor.id,
        relationshipControls(visit, actor, await findRelationship(app, viewer, actor.id), path),
      );
  }
  const actors = members.map(({ actor }) => actor);
  return html`<section aria-labelledby="members-title"><h2 class="section-title" id="members-title">${t("collections.members", { count: actors.length })}</h2>
${actorList(visit, actors, { empty: t("collections.no_members"), controls: (actor) => controls.get(actor.id) ?? html`` })}</section>`;
}

function ownerForms(visit: Visit, collection: CollectionView, state: FormState): Html {
  const { t } = visit.i18n;
  const action = `/collections/${collection.id}`;
  return html`<section class="card stack" aria-labelledby="add-title"><h2 class="section-title" id="add-title">${t("collections.add_title")}</h2>${faultSummary(visit, state, { account: t("collections.account"), name: t("collections.name"), summary: t("collections.summary"), tag: t("collections.tag") })}
<form class="stack" method="post" action="${action}">${formToken(visit)}${textField(visit, state, { name: "account", label: "collections.account", hint: t("collections.account_hint"), required: true, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button primary" name="do" value="add">${t("collections.add")}</button></div></form></section>
<section class="card stack" aria-labelledby="change-title"><h2 class="section-title" id="change-title">${t("collections.change_title")}</h2>
<form class="stack" method="post" action="${action}">${formToken(visit)}${collectionFields(visit, state)}
<div class="form-buttons"><button class="button primary" name="do" value="change">${t("form.save")}</button></div></form>
<form method="post" action="${action}">${formToken(visit)}<button class="button danger" name="do" value="delete">${t("collections.delete")}</button></form></section>`;
}
