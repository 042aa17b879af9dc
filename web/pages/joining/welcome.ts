import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { ActorId } from "../../../server/domain/ids.ts";
import { getProfileForm } from "../../../server/services/accounts/profile.ts";
import {
  type FirstSteps,
  suggestFirstSteps,
  takeFirstSteps,
} from "../../../server/services/accounts/welcome.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import { actorName, avatar, toneOf } from "../../components/actor.ts";
import { coverImage, coverOf } from "../../components/covers.ts";
import { excerpt } from "../../components/excerpt.ts";
import { areaField, faultLine, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { flag } from "../../html.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { standbyQuestion, takeStandbyAnswer } from "../settings/standby.ts";

const PICTURES = "image/jpeg,image/png,image/webp,image/avif,image/gif";

/** The one page after joining; every part of it can be skipped. */
export async function getWelcome(c: WebContext, viewer: Viewer): Promise<Response> {
  const { name, bioSource } = await getProfileForm(c.get("visit").app, viewer);
  return await showWelcome(c, viewer, freshForm({ name, bioSource }));
}

export async function postWelcome(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, i18n } = c.get("visit");
  const form = await readForm(c);
  const [file] = form.files("avatar");
  const outcome = await attempt(async () =>
    takeFirstSteps(app, viewer, {
      name: form.text("name"),
      bioSource: form.text("bioSource"),
      avatar: file === undefined ? undefined : await bytesOf(file),
      tags: form.all("tags"),
      people: form.all("people").flatMap((id) => parseId<ActorId>(id) ?? []),
    }),
  );
  if (!outcome.ok) return await showWelcome(c, viewer, returnedForm(form, outcome.refusal));
  await takeStandbyAnswer(c.get("visit"), viewer, form.all("standby"));
  const isWriting = form.text("go") === "write";
  return c.redirect(
    isWriting ? `/compose?text=${encodeURIComponent(i18n.t("welcome.first_text"))}` : "/?welcome=yes",
    303,
  );
}

async function showWelcome(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const steps = await suggestFirstSteps(visit.app, viewer);
  return await showPage(c, {
    title: t("welcome.title", { name: viewer.name }),
    status: state.refusal?.status ?? 200,
    noindex: true,
    main: html`<h1 class="page-title">${t("welcome.title", { name: viewer.name })}</h1><p class="lead">${t("welcome.lead")} <a href="/?welcome=yes">${t("welcome.skip")}</a></p>
<form class="stack welcome" method="post" action="/welcome" enctype="multipart/form-data">${formToken(visit)}${faultSummary(visit, state, { avatar: t("profile_form.avatar"), name: t("profile_form.name"), bioSource: t("profile_form.bio") })}
<section class="card stack" aria-labelledby="welcome-you"><h2 class="section-title" id="welcome-you">${t("welcome.you")}</h2>
<div class="field"><label for="f-avatar">${t("profile_form.avatar")} <span class="optional">${t("form.optional")}</span></label>${faultLine(visit, state, "avatar")}<input type="file" id="f-avatar" name="avatar" accept="${PICTURES}"></div>
${textField(visit, state, { name: "name", label: "profile_form.name", maxlength: 60, autocomplete: "nickname", dir: "auto" })}
${areaField(visit, state, { name: "bioSource", label: "profile_form.bio", rows: 3 })}</section>
${tagChoices(visit, state, steps)}${peopleChoices(visit, state, steps)}${await standbyQuestion(visit, viewer)}
<section class="card stack" aria-labelledby="welcome-first"><h2 class="section-title" id="welcome-first">${t("welcome.first")}</h2><p>${t("welcome.first_hint")}</p><p class="first-text" dir="auto">${t("welcome.first_text")}…</p></section>
<div class="form-buttons"><button class="button primary" name="go" value="write">${t("welcome.write")}</button> <button class="button quiet" name="go" value="home">${t("welcome.home")}</button></div></form>`,
  });
}

function tagChoices(visit: Visit, state: FormState, { tags }: FirstSteps): Html {
  const { t } = visit.i18n;
  if (tags.length === 0) return html``;
  const chosen = new Set(state.values("tags"));
  return html`<fieldset class="card tag-choices"><legend class="section-title">${t("welcome.tags")}</legend><p class="hint">${t("welcome.tags_hint")}</p>
<div class="choice-tiles">${tags.map(({ tag, cover }, index) => {
    const picture = cover === null ? null : coverOf(cover);
    return html`<label class="tile"><input type="checkbox" name="tags" value="${tag}"${flag("checked", chosen.has(tag))}><span class="tile-face ${toneOf(index)}">${picture === null ? html`<span class="tile-sign" aria-hidden="true">#</span>` : html`<span aria-hidden="true">${coverImage({ ...picture, alt: "" }, index + 4)}</span>`}<span class="tile-name" dir="auto">#${tag}</span></span></label>`;
  })}</div></fieldset>`;
}

function peopleChoices(visit: Visit, state: FormState, { people, inviterId }: FirstSteps): Html {
  const { t } = visit.i18n;
  if (people.length === 0) return html``;
  const isFresh = state.refusal === null;
  const chosen = new Set(state.values("people"));
  const isChosen = (actor: ActorView) => chosen.has(String(actor.id)) || (isFresh && actor.id === inviterId);
  return html`<fieldset class="card people-choices"><legend class="section-title">${t("welcome.people")}</legend><p class="hint">${t("welcome.people_hint")}</p>
<ul class="rows">${people.map((actor) => {
    const bio = excerpt(actor.bioHtml, 90);
    return html`<li><label class="person-choice"><input type="checkbox" name="people" value="${actor.id}"${flag("checked", isChosen(actor))}>${avatar(actor, 44)}<span><strong>${actorName(actor)}</strong>${actor.id === inviterId ? html` <span class="badge">${t("welcome.inviter")}</span>` : ""}<small><bdi>${handleOf(actor)}</bdi></small>${bio === "" ? "" : html`<small dir="auto">${bio}</small>`}</span></label></li>`;
  })}</ul></fieldset>`;
}
