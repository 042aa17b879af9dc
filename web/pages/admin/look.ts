import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { getCustomCss, updateAppearance } from "../../../server/services/accounts/appearance.ts";
import { RADII } from "../../../server/services/accounts/settings.ts";
import {
  describedBy,
  faultLine,
  faultSummary,
  fieldId,
  radioField,
  textField,
} from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** How the server looks: accent, corners, logo, the owner's own styles. */
export async function getLook(c: WebContext): Promise<Response> {
  const { app, settings } = c.get("visit");
  const { accent, accentDark, radius } = settings.appearance;
  const css = await getCustomCss(app);
  return await show(c, freshForm({ accent: accent ?? "", accentDark: accentDark ?? "", radius, css }));
}

export async function postLook(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const [file] = form.files("logo");
  const logo =
    file !== undefined
      ? await bytesOf(file)
      : form.text("logoRemove") === "yes"
        ? ("remove" as const)
        : undefined;
  const outcome = await attempt(() =>
    updateAppearance(c.get("visit").app, viewer, {
      accent: form.text("accent"),
      accentDark: form.text("accentDark"),
      radius: form.text("radius"),
      css: form.text("css"),
      logo,
    }),
  );
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect("/admin/appearance?saved=yes", 303);
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const radii = RADII.map((value) => ({ value, label: t(`look.radius_${value}`) }));
  const body = html`<form class="stack" method="post" action="/admin/appearance" enctype="multipart/form-data">${formToken(visit)}<p class="muted">${t("look.lead")}</p>
${faultSummary(visit, state, { accent: t("look.accent"), accentDark: t("look.accent_dark"), logo: t("look.logo"), css: t("look.css") })}
<div class="card stack"><div class="compose-row">
${textField(visit, state, { name: "accent", label: "look.accent", hint: t("look.accent_hint"), literal: true, maxlength: 7, dir: "ltr" })}
${textField(visit, state, { name: "accentDark", label: "look.accent_dark", hint: t("look.accent_dark_hint"), literal: true, maxlength: 7, dir: "ltr" })}</div>
${radioField(visit, state, { name: "radius", label: "look.radius", choices: radii })}
${logoField(visit, state)}</div>
<div class="card stack">${cssField(visit, state)}</div>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/about">${t("look.preview")}</a></div></form>`;
  return await showPage(c, {
    title: t("staff.look"),
    place: "settings",
    isPlain: true,
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "look", body, {
      done: c.req.query("saved") === undefined ? undefined : "form.saved",
    }),
  });
}

function logoField(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const { logo } = visit.settings.appearance;
  const id = fieldId("logo");
  const hint = t("look.logo_hint");
  return html`<div class="field"><label for="${id}">${t("look.logo")}</label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, "logo")}
<div class="picture-row">${logo === null ? "" : html`<img class="picture-now is-logo" src="/media/${logo}" width="64" height="64" alt="">`}<div>
<input type="file" id="${id}" name="logo" accept="image/*"${describedBy(state, { name: "logo", hint })}>
${logo === null ? "" : html`<label class="choice"><input type="checkbox" name="logoRemove" value="yes"> <span>${t("profile_form.remove_picture")}</span></label>`}</div></div></div>`;
}

function cssField(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const id = fieldId("css");
  const hint = t("look.css_hint");
  return html`<div class="field"><label for="${id}">${t("look.css")}</label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, "css")}
<textarea class="code" id="${id}" name="css" rows="10" dir="ltr" spellcheck="false" autocapitalize="none"${describedBy(state, { name: "css", hint })}>
${state.value("css")}</textarea></div>`;
}
