import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { listTagRules, setTagHidden } from "../../../server/services/moderation/hidden-tags.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/tags";

/** What is popular this week, and tags that are not shown as such. */
export async function getTagRules(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

export async function postTagRules(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() =>
    setTagHidden(c.get("visit").app, viewer, { tag: form.text("tag"), hidden: form.text("do") !== "show" }),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const rules = await listTagRules(visit.app, viewer);
  const popular = rules.popular.filter(({ hidden }) => !hidden);
  const body = html`<section aria-labelledby="tags-popular"><h2 class="section-title" id="tags-popular">${t("tag_rules.popular")}</h2>
${popular.length === 0 ? html`<div class="empty">${t("tag_rules.none_popular")}</div>` : html`<ul class="rows card">${popular.map(({ tag, people }) => row(visit, tag, { people, isHidden: false }))}</ul>`}</section>
<section aria-labelledby="tags-hidden"><h2 class="section-title" id="tags-hidden">${t("tag_rules.hidden")}</h2>
${rules.hidden.length === 0 ? html`<div class="empty">${t("tag_rules.none_hidden")}</div>` : html`<ul class="rows card">${rules.hidden.map((tag) => row(visit, tag, { people: null, isHidden: true }))}</ul>`}</section>
<form class="card stack" method="post" action="${PATH}">${formToken(visit)}${faultSummary(visit, state, { tag: t("tag_rules.tag") })}
${textField(visit, state, { name: "tag", label: "tag_rules.tag", required: true, literal: true, maxlength: 200, dir: "auto" })}
<div class="form-buttons"><button class="button primary" name="do" value="hide">${t("tag_rules.hide")}</button></div></form>`;
  return await showPage(c, {
    title: t("staff.tags"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "tags", body, {
      lead: t("tag_rules.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function row(
  visit: Visit,
  tag: string,
  of: { readonly people: number | null; readonly isHidden: boolean },
): Html {
  const { t } = visit.i18n;
  const button = of.isHidden
    ? { do: "show", text: t("tag_rules.show") }
    : { do: "hide", text: t("tag_rules.hide") };
  return html`<li><p><a href="${tagPath(tag)}"><bdi>#${tag}</bdi></a>${of.people === null ? "" : html` <span class="muted small-text">${t("tag_rules.people", { count: of.people })}</span>`}</p>
${rowButton(visit, PATH, { ...button, about: `#${tag}`, fields: { tag } })}</li>`;
}
