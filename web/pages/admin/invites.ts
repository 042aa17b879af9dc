import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { createInvite } from "../../../server/services/accounts/invites.ts";
import {
  type IssuedInvite,
  listIssuedInvites,
  revokeInvite,
} from "../../../server/services/administration/invites.ts";
import { adminFrame, choiceTabs, rowButton } from "../../components/admin-nav.ts";
import { selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { freshForm, readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/invites";
const USES = ["1", "5", "25", "100"];
const DAYS = ["1", "7", "30", "365"];

/** Everybody's invites, and a form for one more. */
export async function getAllInvites(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const which = c.req.query("show") === "ended" ? "ended" : "open";
  const invites = await listIssuedInvites(visit.app, viewer, which);
  const state = freshForm({ maxUses: "1", expiresInDays: "7" });
  const tab = (one: "open" | "ended") => ({
    href: one === "open" ? PATH : `${PATH}?show=ended`,
    text: t(`all_invites.${one}`),
    isHere: one === which,
  });
  const body = html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<div class="compose-row">
${selectField(visit, state, { name: "maxUses", label: "invites.uses", choices: USES.map((value) => ({ value, label: t("invites.people", { count: Number(value) }) })) })}
${selectField(visit, state, { name: "expiresInDays", label: "invites.expires", choices: DAYS.map((value) => ({ value, label: t("invites.days", { count: Number(value) }) })) })}</div>
<div class="form-buttons"><button class="button primary" name="do" value="create">${t("invites.create")}</button></div></form>
${choiceTabs(t("staff.invites"), [tab("open"), tab("ended")])}
${invites.length === 0 ? html`<div class="empty">${t("invites.empty")}</div>` : html`<ul class="rows card">${invites.map((invite) => row(visit, invite, which === "open"))}</ul>`}`;
  return await showPage(c, {
    title: t("staff.invites"),
    place: "settings",
    main: adminFrame(visit, "invites", body, {
      lead: t("all_invites.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function row(visit: Visit, invite: IssuedInvite, isOpen: boolean): Html {
  const { t, day } = visit.i18n;
  const facts = [
    invite.by === null ? t("all_invites.by_operator") : t("all_invites.by", { name: `@${invite.by}` }),
    t("invites.used", { uses: invite.uses, max: invite.maxUses }),
    ...(invite.expiresAt === null ? [] : [t("invites.until", { date: day(invite.expiresAt) })]),
  ];
  return html`<li><div><p class="code address">${invite.url}</p><p class="muted small-text">${facts.join(" · ")}</p></div>
${isOpen ? rowButton(visit, PATH, { do: "revoke", text: t("all_invites.revoke"), about: invite.url, fields: { id: String(invite.id) } }) : ""}</li>`;
}

/** Makes an invite or ends one; then the same list. */
export async function postAllInvites(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const choice = (name: string, offered: readonly string[]) =>
    Number(offered.find((value) => value === form.text(name)) ?? offered[0]);
  if (form.text("do") === "revoke") await revokeInvite(app, viewer, Number(form.text("id")) || 0);
  else
    await createInvite(app, viewer, {
      maxUses: choice("maxUses", USES),
      expiresInDays: choice("expiresInDays", DAYS),
    });
  return c.redirect(`${PATH}?done=yes`, 303);
}
