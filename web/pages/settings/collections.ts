import { html } from "hono/html";
import { listCollections } from "../../../server/services/collections/collection-views.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import { FEATURE_CHOICES } from "../../../server/domain/collection.ts";
import { parseId, type CollectionItemId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  answerPlace,
  getPlaces,
  setFeatureChoice,
} from "../../../server/services/collections/collection-consent.ts";
import type { Place } from "../../../server/services/collections/collection-consent.ts";
import { createCollection } from "../../../server/services/collections/collections.ts";
import { actorLink } from "../../components/actor.ts";
import { faultSummary, radioField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { collectionFields, toCollectionForm } from "../people/collections.ts";

const PATH = "/settings/collections";

/** The person's collections, and their places in those of others. */
export async function getCollectionSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, null);
}

export async function postCollectionSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const answer = (["accept", "reject"] as const).find((one) => form.has(one));
  const outcome = await attempt(async () => {
    if (answer !== undefined) {
      const itemId = parseId<CollectionItemId>(form.text(answer));
      if (itemId === null) throw notFound();
      return void (await answerPlace(app, viewer, itemId, answer));
    }
    if (form.text("do") === "choice") return void (await setFeatureChoice(app, viewer, form.text("choice")));
    return await createCollection(app, viewer, toCollectionForm(form));
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(outcome.value === undefined ? `${PATH}?saved=yes` : `/collections/${outcome.value}`, 303);
}

async function show(c: WebContext, viewer: Viewer, returned: FormState | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { choice, places } = await getPlaces(visit.app, viewer);
  const own = await listCollections(visit.app, viewer.actorId);
  const state = returned ?? freshForm({ choice, discoverable: "yes" });
  const body = html`${faultSummary(visit, state, { name: t("collections.name"), summary: t("collections.summary"), tag: t("collections.tag") })}
<section class="card stack" aria-labelledby="own-title"><h2 class="section-title" id="own-title">${t("collections.own_title")}</h2><p class="muted">${t("collections.own_text")}</p>
${own.length === 0 ? "" : html`<ul class="rows">${own.map((one) => html`<li><p><a href="/collections/${one.id}"><bdi>${one.name}</bdi></a></p></li>`)}</ul>`}
<form class="stack" method="post" action="${PATH}">${formToken(visit)}${collectionFields(visit, state)}
<div class="form-buttons"><button class="button primary" name="do" value="create">${t("collections.create")}</button></div></form></section>
<section class="card stack" aria-labelledby="places-title"><h2 class="section-title" id="places-title">${t("collections.places_title")}</h2>
${places.length === 0 ? html`<p class="empty">${t("collections.no_places")}</p>` : html`<form method="post" action="${PATH}">${formToken(visit)}<ul class="rows">${places.map((place) => placeRow(visit, place))}</ul></form>`}
<form class="stack" method="post" action="${PATH}">${formToken(visit)}
${radioField(visit, state, { name: "choice", label: "collections.choice", choices: FEATURE_CHOICES.map((value) => ({ value, label: t(`feature_choice.${value}`) })) })}
<div class="form-buttons"><button class="button primary" name="do" value="choice">${t("form.save")}</button></div></form></section>`;
  return await showPage(c, {
    title: t("settings.collections"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "collections", c.req.query("saved") !== undefined, body),
  });
}

function placeRow(visit: Visit, place: Place): Html {
  const { t, rich } = visit.i18n;
  const name = html`<a href="/collections/${place.collectionId}"><bdi>${place.name}</bdi></a>`;
  const words = rich("collections.place", { name, owner: actorLink(place.owner) });
  if (place.state === "accepted")
    return html`<li><p>${words}</p><button class="button quiet small" name="reject" value="${place.itemId}">${t("collections.leave")}</button></li>`;
  return html`<li><p>${words}</p><span class="form-buttons"><button class="button primary small" name="accept" value="${place.itemId}">${t("requests.accept")}</button> <button class="button quiet small" name="reject" value="${place.itemId}">${t("requests.reject")}</button></span></li>`;
}
