import { html } from "hono/html";
import { outranks } from "../../../server/domain/actor.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import { forbidden } from "../../../server/errors.ts";
import { createInvite, listInvites } from "../../../server/services/accounts/invites.ts";
import { selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { freshForm, readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

const USES = ["1", "5", "25", "100"];
const DAYS = ["1", "7", "30", "365"];

export async function getInvites(c: WebContext, viewer: Viewer): Promise<Response> {
  if (!outranks(viewer.role, "member")) throw forbidden();
  const visit = c.get("visit");
  const { t, day } = visit.i18n;
  const invites = await listInvites(visit.app, viewer);
  const state = freshForm({ maxUses: "1", expiresInDays: "7" });
  const body = html`<form class="card stack" method="post" action="/settings/invites">${formToken(visit)}<p class="muted">${t("invites.lead")}</p><div class="compose-row">
${selectField(visit, state, { name: "maxUses", label: "invites.uses", choices: USES.map((value) => ({ value, label: t("invites.people", { count: Number(value) }) })) })}
${selectField(visit, state, { name: "expiresInDays", label: "invites.expires", choices: DAYS.map((value) => ({ value, label: t("invites.days", { count: Number(value) }) })) })}</div>
<div class="form-buttons"><button class="button primary">${t("invites.create")}</button></div></form>
${invites.length === 0 ? html`<div class="empty">${t("invites.empty")}</div>` : html`<ul class="rows card">${invites.map((invite) => html`<li><p><a class="code" href="${invite.url}"><bdi>${invite.url}</bdi></a><br><span class="muted">${t("invites.used", { uses: invite.uses, max: invite.maxUses })}${invite.expiresAt === null ? "" : ` · ${t("invites.until", { date: day(invite.expiresAt) })}`}</span></p></li>`)}</ul>`}`;
  return await showPage(c, {
    title: t("settings.invites"),
    place: "settings",
    main: settingsFrame(visit, "invites", c.req.query("saved") !== undefined, body),
  });
}

export async function postInvites(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const choice = (name: string, offered: readonly string[]) =>
    Number(offered.find((value) => value === form.text(name)) ?? offered[0]);
  await createInvite(c.get("visit").app, viewer, {
    maxUses: choice("maxUses", USES),
    expiresInDays: choice("expiresInDays", DAYS),
  });
  return c.redirect("/settings/invites?saved=yes", 303);
}
