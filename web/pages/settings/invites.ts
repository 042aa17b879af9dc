import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  createInvite,
  type InviteQuota,
  inviteQuota,
  type InviteView,
  listInvites,
  revokeOwnInvite,
} from "../../../server/services/accounts/invites.ts";
import { rowButton } from "../../components/admin-nav.ts";
import { faultSummary, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, type FormState, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/invites";
const USES = ["1", "5", "25", "100"];
const DAYS = ["1", "7", "30", "365"];
/** Links of members end after 30 days. */
const MEMBERS_DAYS = 30;

/** The person's invites, and a form for one more as long as some are left. */
export async function getInvites(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm({ maxUses: "1", expiresInDays: "7" }));
}

/** Makes an invite or ends one. */
export async function postInvites(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    if (form.text("do") === "revoke") return await revokeOwnInvite(app, viewer, Number(form.text("id")) || 0);
    const days = DAYS.find((value) => value === form.text("expiresInDays")) ?? "1";
    const uses = /^\d{1,3}$/.test(form.text("maxUses")) ? Number(form.text("maxUses")) : 1;
    return void (await createInvite(app, viewer, { maxUses: uses, expiresInDays: Number(days) }));
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const invites = await listInvites(visit.app, viewer);
  const quota = await inviteQuota(visit.app, viewer);
  const body = html`${faultSummary(visit, state, { maxUses: t("invites.uses") })}${invitesForm(visit, state, quota)}
${invites.length === 0 ? html`<div class="empty">${t("invites.empty")}</div>` : html`<ul class="rows card">${invites.map((invite) => row(visit, invite))}</ul>`}`;
  return await showPage(c, {
    title: t("settings.invites"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "invites", c.req.query("saved") !== undefined, body),
  });
}

function invitesForm(visit: Visit, state: FormState, { left, why }: InviteQuota): Html {
  const { t } = visit.i18n;
  if (why !== null)
    return html`<p class="notice">${t(why === "probation" || why === "frozen" ? `error.invites_${why}` : `invites.${why}`)}</p>`;
  const uses =
    left === null ? USES : [...new Set([...USES.filter((value) => Number(value) <= left), String(left)])];
  const days = left === null ? DAYS : DAYS.filter((value) => Number(value) <= MEMBERS_DAYS);
  return html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p class="muted">${t("invites.lead")}${left === null ? "" : ` ${t("field.invite_quota", { count: left })}`}</p><div class="compose-row">
${selectField(visit, state, { name: "maxUses", label: "invites.uses", choices: uses.map((value) => ({ value, label: t("invites.people", { count: Number(value) }) })) })}
${selectField(visit, state, { name: "expiresInDays", label: "invites.expires", choices: days.map((value) => ({ value, label: t("invites.days", { count: Number(value) }) })) })}</div>
<div class="form-buttons"><button class="button primary" name="do" value="create">${t("invites.create")}</button></div></form>`;
}

function row(visit: Visit, invite: InviteView): Html {
  const { t, day } = visit.i18n;
  const facts = [
    t("invites.used", { uses: invite.uses, max: invite.maxUses }),
    ...(invite.state === "open" ? [] : [t(`invites.state_${invite.state}`)]),
    ...(invite.state !== "open" || invite.expiresAt === null
      ? []
      : [t("invites.until", { date: day(invite.expiresAt) })]),
  ];
  const url = html`<bdi>${invite.url}</bdi>`;
  return html`<li><div><p>${invite.state === "open" ? html`<a class="code address" href="${invite.url}">${url}</a>` : html`<span class="code address">${url}</span>`}</p><p class="muted small-text">${facts.join(" · ")}</p></div>
${invite.state === "open" ? rowButton(visit, PATH, { do: "revoke", text: t("invites.revoke"), about: invite.url, fields: { id: String(invite.id) } }) : ""}</li>`;
}
