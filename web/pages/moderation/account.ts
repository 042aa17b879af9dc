import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import { notFound } from "../../../server/errors.ts";
import {
  changeMember,
  type MemberCard,
  type MemberChange,
  rolesToGive,
  viewMember,
} from "../../../server/services/administration/members.ts";
import { adminFrame, question } from "../../components/admin-nav.ts";
import { actorRow } from "../../components/actor.ts";
import { faultSummary, selectField } from "../../components/fields.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

type Change = MemberChange["do"];
const CHANGES: readonly Change[] = ["suspend", "unsuspend", "role", "reset-link", "memorial"];

/** Suspending is a decision with its reasons, and has a page of its own (decide.ts). */
const SHOWN: readonly Change[] = ["role", "reset-link", "memorial"];

function pathOf(member: MemberCard): string {
  return `/moderation/accounts/${member.actor.username}`;
}

async function memberOf(c: WebContext, viewer: Viewer): Promise<MemberCard> {
  return await viewMember(c.get("visit").app, viewer, c.req.param("username") ?? "");
}

/** One member: facts, reports, and what may be done. */
export async function getAccount(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const member = await memberOf(c, viewer);
  const handle = handleOf(member.actor);
  const body = html`<ul class="actor-list">${actorRow(visit, member.actor)}</ul>
${facts(visit, member)}
${
  member.may.length === 0
    ? html`<p class="muted">${t("account.nothing")}</p>`
    : html`<section class="stack" aria-labelledby="account-do"><h2 class="section-title" id="account-do">${t("account.do")}</h2>
<ul class="settings-list card"><li><a href="/moderation/people/${member.actor.id}"><span><strong>${t("decide.way")}</strong><small>${t("decide.lead")}</small></span></a></li>${SHOWN.filter((one) => member.may.includes(one)).map((one) => html`<li><a href="${pathOf(member)}/${one}"><span><strong>${t(`account.${one}`)}</strong><small>${t(`account.${one}_hint`)}</small></span></a></li>`)}</ul></section>`
}`;
  return await showPage(c, {
    title: handle,
    place: "settings",
    main: adminFrame(visit, "accounts", body, {
      title: handle,
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function facts(visit: Visit, member: MemberCard): Html {
  const { t, count } = visit.i18n;
  const ways = [
    ...(member.passkeys > 0 ? [t("account.passkeys", { count: member.passkeys })] : []),
    ...(member.hasTotp ? [t("account.totp")] : []),
  ];
  const { open, done, made } = member.reports;
  return html`<section class="card" aria-label="${t("account.facts")}"><dl class="facts">
<div><dt>${t("roles.role")}</dt><dd>${t(`role.${member.role}`)}</dd></div>
<div><dt>${t("account.state")}</dt><dd>${t(`accounts.is_${member.state}`)}</dd></div>
<div><dt>${t("account.joined")}</dt><dd>${timeOf(visit, member.joinedAt, "", true)}${member.invitedBy === null ? "" : html` · ${t("account.invited", { name: `@${member.invitedBy}` })}`}</dd></div>
${member.email === null ? "" : html`<div><dt>${t("account.email")}</dt><dd>${member.email}</dd></div>`}
<div><dt>${t("account.sign_in")}</dt><dd>${t("account.sessions", { count: member.sessions })}${ways.length === 0 ? "" : ` · ${ways.join(" · ")}`}</dd></div>
<div><dt>${t("account.notes")}</dt><dd>${count(member.actor.notesCount)}</dd></div>
<div><dt>${t("account.reports")}</dt><dd>${open + done === 0 ? t("account.no_reports") : html`<a href="/moderation/reports?state=all&amp;about=${member.actor.id}">${t("account.reports_about", { open, done })}</a>`}${made === 0 ? "" : ` · ${t("account.reports_made", { count: made })}`}</dd></div>
</dl></section>`;
}

/** Asks before something is done to an account. */
export async function getAccountChange(c: WebContext, viewer: Viewer): Promise<Response> {
  const member = await memberOf(c, viewer);
  return await ask(c, viewer, member, freshForm({ role: member.role }));
}

/** Does it. A reset link is shown once, on the answer itself: it must not be in an address. */
export async function postAccountChange(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const member = await memberOf(c, viewer);
  const what = changeOf(c);
  const change: MemberChange = what === "role" ? { do: "role", role: form.text("role") } : { do: what };
  const outcome = await attempt(() => changeMember(app, viewer, member.actor.username, change));
  if (!outcome.ok) return await ask(c, viewer, member, returnedForm(form, outcome.refusal));
  if (outcome.value !== null) return await showLink(c, member, outcome.value);
  return c.redirect(`${pathOf(member)}?done=yes`, 303);
}

function changeOf(c: WebContext): Change {
  const change = CHANGES.find((one) => one === c.req.param("change"));
  if (change === undefined) throw notFound();
  return change;
}

async function ask(c: WebContext, viewer: Viewer, member: MemberCard, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const change = changeOf(c);
  if (!member.may.includes(change) && state.refusal === null) throw notFound();
  const handle = handleOf(member.actor);
  const roles = rolesToGive(viewer).map((value) => ({
    value,
    label: t(`role.${value}`),
  }));
  const body = html`${faultSummary(visit, state, { role: t("roles.role") })}${question(visit, {
    title: t(`account.${change}_sure`, { name: handle }),
    text: t(`account.${change}_text`, { name: handle, sessions: member.sessions }),
    action: `${pathOf(member)}/${change}`,
    button: t(`account.${change}`),
    back: pathOf(member),
    ...(change === "role"
      ? { more: selectField(visit, state, { name: "role", label: "roles.role", choices: roles }) }
      : {}),
  })}`;
  return await showPage(c, {
    title: t(`account.${change}`),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "accounts", body, { title: handle }),
  });
}

async function showLink(
  c: WebContext,
  member: MemberCard,
  link: { readonly url: string; readonly expiresAt: number },
): Promise<Response> {
  const visit = c.get("visit");
  const { t, moment } = visit.i18n;
  const handle = handleOf(member.actor);
  const body = html`<section class="card stack" aria-labelledby="link"><h2 class="section-title" id="link">${t("account.reset-link")}</h2>
<p class="code address" dir="ltr">${link.url}</p><p class="notice">${t("account.link_text", { name: handle, date: moment(link.expiresAt) })}</p>
<div class="form-buttons"><a class="button primary" href="${pathOf(member)}">${t("account.link_done")}</a></div></section>`;
  return await showPage(c, {
    title: t("account.reset-link"),
    place: "settings",
    main: adminFrame(visit, "accounts", body, { title: handle }),
  });
}
