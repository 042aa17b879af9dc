import { html } from "hono/html";
import { handleOf, ROLES, type Viewer } from "../../../server/domain/actor.ts";
import { CausewayError, invalid } from "../../../server/errors.ts";
import {
  changeMember,
  listStaffMembers,
  type MemberLine,
  rolesToGive,
} from "../../../server/services/administration/members.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { actorRow } from "../../components/actor.ts";
import { faultSummary, selectField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Who helps to run the server, what each role may do, and a form to give one. */
export async function getRoles(c: WebContext, viewer: Viewer): Promise<Response> {
  const state = freshForm({ username: c.req.query("name") ?? "", role: "moderator" });
  return await show(c, viewer, state);
}

/** Gives a member another role. */
export async function postRoles(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    const name = form.text("username").trim().replace(/^@/, "");
    if (name === "") throw invalid({ username: { key: "field.required" } });
    try {
      await changeMember(app, viewer, name, { do: "role", role: form.text("role") });
    } catch (error) {
      if (error instanceof CausewayError && error.kind === "not_found")
        throw invalid({ username: { key: "field.member_unknown" } });
      if (error instanceof CausewayError && error.kind === "forbidden")
        throw invalid({ username: { key: "field.member_above" } });
      throw error;
    }
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect("/admin/roles?done=yes", 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const staff = await listStaffMembers(visit.app, viewer);
  const choices = rolesToGive(viewer).map((value) => ({ value, label: t(`role.${value}`) }));
  const body = html`<section aria-labelledby="staff-list"><h2 class="section-title" id="staff-list">${t("roles.staff")}</h2>
<ul class="actor-list">${staff.map((one) => line(visit, one))}</ul></section>
<form class="card stack" method="post" action="/admin/roles">${formToken(visit)}<h2 class="section-title">${t("roles.give")}</h2>${faultSummary(visit, state, { username: t("roles.name"), role: t("roles.role") })}
<div class="compose-row">${textField(visit, state, { name: "username", label: "roles.name", required: true, literal: true, maxlength: 31, dir: "ltr" })}
${selectField(visit, state, { name: "role", label: "roles.role", choices })}</div>
<div class="form-buttons"><button class="button primary">${t("roles.submit")}</button></div></form>
<section class="card" aria-labelledby="roles-mean"><h2 class="section-title" id="roles-mean">${t("roles.mean")}</h2><dl class="facts">${ROLES.map((role) => html`<div><dt>${t(`role.${role}`)}</dt><dd>${t(`role.${role}_may`)}</dd></div>`)}</dl></section>`;
  return await showPage(c, {
    title: t("staff.roles"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "roles", body, {
      lead: t("roles.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function line(visit: Visit, { actor, role }: MemberLine): Html {
  const { t } = visit.i18n;
  return actorRow(
    visit,
    actor,
    html`<span class="badge">${t(`role.${role}`)}</span> <a class="button quiet small" href="/moderation/accounts/${actor.username}">${t("accounts.open")}<span class="hidden"> ${handleOf(actor)}</span></a>`,
  );
}
