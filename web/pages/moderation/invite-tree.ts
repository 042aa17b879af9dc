import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  freezeInvites,
  type InviteBranch,
  type InviteTree,
  inviteTree,
  topInviters,
} from "../../../server/services/administration/invites.ts";
import { adminFrame, figures } from "../../components/admin-nav.ts";
import { formToken } from "../../components/hidden.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/tree";

/** Who came by whose invite: those who brought the most people, or everybody below one of them. */
export async function getInviteTree(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const name = c.req.query("of") ?? "";
  const done = c.req.query("done") === undefined ? undefined : ("form.saved" as const);
  if (name === "") {
    const inviters = await topInviters(visit.app, viewer);
    const body =
      inviters.length === 0
        ? html`<div class="empty">${t("tree.empty")}</div>`
        : html`<ul class="rows card">${inviters.map(({ username, people }) => html`<li><a href="${hrefOf(username)}"><strong><bdi>@${username}</bdi></strong></a> <span class="muted">${t("tree.brought", { count: people })}</span></li>`)}</ul>`;
    return await showTree(c, adminFrame(visit, "tree", body, { lead: t("tree.lead") }));
  }
  const tree = await inviteTree(visit.app, viewer, name);
  return await showTree(
    c,
    adminFrame(visit, "tree", oneTree(visit, tree), { title: `@${tree.username}`, done }),
  );
}

/** Stops the invites of somebody and of everybody below, or lets them again. */
export async function postInviteTree(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const username = form.text("of");
  await freezeInvites(c.get("visit").app, viewer, { username, frozen: form.text("do") === "freeze" });
  return c.redirect(`${hrefOf(username)}&done=yes`, 303);
}

async function showTree(c: WebContext, main: Html): Promise<Response> {
  return await showPage(c, { title: c.get("visit").i18n.t("staff.tree"), place: "settings", main });
}

function hrefOf(username: string): string {
  return `${PATH}?of=${encodeURIComponent(username.replace(/^@/, ""))}`;
}

function oneTree(visit: Visit, tree: InviteTree): Html {
  const { t, count } = visit.i18n;
  const next = new URLSearchParams({ kind: "below", mark: tree.username, hours: "168" });
  return html`${tree.above.length === 0 ? "" : html`<p>${t("tree.above")} ${tree.above.map((name) => html`<a href="${hrefOf(name)}"><bdi>@${name}</bdi></a> `)}</p>`}
${figures([
  { label: t("tree.people"), value: `${count(tree.people)}${tree.isCut ? "+" : ""}` },
  { label: t("tree.suspended"), value: count(tree.suspended) },
])}
${tree.below.length === 0 ? html`<div class="empty">${t("tree.nobody")}</div>` : html`<ul class="rows card">${tree.below.map((branch) => branchOf(visit, branch))}</ul>`}
<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="of" value="${tree.username}"><p>${t(tree.isFrozen ? "tree.is_frozen" : "tree.freeze_text")}</p>
<div class="form-buttons"><button class="button ${tree.isFrozen ? "" : "danger"}" name="do" value="${tree.isFrozen ? "thaw" : "freeze"}">${t(tree.isFrozen ? "tree.thaw" : "tree.freeze")}</button>${tree.people === 0 ? "" : html` <a class="button quiet" href="/moderation/sign-ups/wave?${next.toString()}">${t("tree.all_below")}</a>`}</div></form>`;
}

/** Unfolds without scripts where somebody invited others. */
function branchOf(visit: Visit, branch: InviteBranch): Html {
  const { t, day } = visit.i18n;
  const facts = html`<span class="muted small-text">${day(branch.joinedAt)}${branch.isSuspended ? ` · ${t("tree.is_suspended")}` : ""}</span>`;
  const link = html`<a href="/moderation/accounts/${branch.username}"><bdi>@${branch.username}</bdi></a>`;
  if (branch.below.length === 0) return html`<li>${link} ${facts}</li>`;
  return html`<li><details><summary><bdi>@${branch.username}</bdi> <span class="muted">${t("tree.brought", { count: branch.people })}</span></summary><p>${link} ${facts}</p><ul class="rows">${branch.below.map((next) => branchOf(visit, next))}</ul></details></li>`;
}
