import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  listModerators,
  moderatedLanguages,
  setModeratedLanguages,
} from "../../../server/services/moderation/moderators.ts";
import { actorRow } from "../../components/actor.ts";
import { checkListField, faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

const PATH = "/settings/moderation";

/** In which languages somebody of the staff judges: reports in these reach them first. */
export async function getModerating(c: WebContext, viewer: Viewer): Promise<Response> {
  const languages = await moderatedLanguages(c.get("visit").app, viewer);
  return await show(c, viewer, freshForm({ languages }));
}

/** Saves them. */
export async function postModerating(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() =>
    setModeratedLanguages(c.get("visit").app, viewer, form.all("languages")),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t, languageName } = visit.i18n;
  const staff = await listModerators(visit.app, viewer);
  const first = [
    ...new Set([...state.values("languages"), ...viewer.languages, ...visit.settings.languages]),
  ];
  const names = (languages: readonly string[]) =>
    languages.length === 0 ? t("moderating.none") : languages.map(languageName).join(t("list.separator"));
  const body = html`<p class="muted">${t("moderating.lead", { count: visit.settings.reportHours })}</p>
<form class="card stack" method="post" action="${PATH}">${formToken(visit)}${faultSummary(visit, state, { languages: t("moderating.languages") })}
${checkListField(visit, state, { name: "languages", label: "moderating.languages", choices: languageChoices(visit.i18n, first) })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>
<section aria-labelledby="moderators"><h2 class="section-title" id="moderators">${t("moderating.who")}</h2>
<ul class="actor-list">${staff.map(({ actor, languages }) => actorRow(visit, actor, html`<span class="muted">${names(languages)}</span>`))}</ul></section>`;
  return await showPage(c, {
    title: t("settings.moderating"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "moderating", c.req.query("saved") !== undefined, body),
  });
}
