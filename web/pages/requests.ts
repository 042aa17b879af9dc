import { html } from "hono/html";
import type { Viewer } from "../../server/domain/actor.ts";
import { parseId } from "../../server/domain/ids.ts";
import type { InteractionId } from "../../server/domain/ids.ts";
import { CausewayError, notFound } from "../../server/errors.ts";
import {
  approveInteraction,
  denyInteraction,
  findStandardPolicy,
  type InteractionView,
  listInteractionRequests,
  setStandardPolicy,
} from "../../server/services/consent/interactions.ts";
import { actorLink } from "../components/actor.ts";
import { excerpt } from "../components/excerpt.ts";
import { options } from "../components/fields.ts";
import { formToken } from "../components/hidden.ts";
import { noteCard, timeOf } from "../components/note.ts";
import { settingsFrame } from "../components/settings-nav.ts";
import { pager, pageRequestOf } from "../components/timeline.ts";
import { readForm } from "../forms.ts";
import type { Html } from "../html.ts";
import { showPage } from "../layout.ts";
import { notePath } from "../paths.ts";
import {
  choiceLabel,
  choiceOf,
  QUOTE_CHOICES,
  readChoice,
  REPLY_CHOICES,
  toPolicy,
} from "../policy-choices.ts";
import type { Visit, WebContext } from "../visit.ts";

/** What others would like to do with the person's notes. */
export async function getRequests(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listInteractionRequests(visit.app, viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("asked.title"),
    place: "notifications",
    main: html`<h1 class="page-title">${t("asked.title")}</h1><p class="muted">${t("asked.lead")} <a href="/settings/policy">${t("settings.policy")}</a></p>
${page.items.length === 0 ? html`<p class="empty">${t("asked.empty")}</p>` : html`<div class="notes">${page.items.map((one) => request(visit, one))}</div>`}${pager(visit, page, "/requests")}`,
  });
}

function request(visit: Visit, one: InteractionView): Html {
  const { t, rich } = visit.i18n;
  const id = `request-${one.id}`;
  const about = one.note.summary ?? excerpt(one.note.contentHtml, 140);
  return html`<article class="notification" aria-labelledby="${id}"><div class="notification-body">
<p id="${id}">${rich(`asked.${one.verb}`, { name: actorLink(one.actor) })}${one.reaction === null ? "" : html` ${one.reaction}`} <span class="muted">${timeOf(visit, one.at, "")}</span></p>
<p class="notification-note" dir="auto"><a href="${notePath(one.note)}">${about === "" ? t("note.a_note") : about}</a></p>
${one.object === null ? "" : html`<div class="quoted">${noteCard(visit, one.object, { isQuoted: true })}</div>`}
<form class="form-buttons" method="post" action="/requests/${one.id}">${formToken(visit)}<button class="button primary small" name="do" value="approve">${t("asked.approve")}<span class="hidden"> ${one.actor.name}</span></button> <button class="button quiet small" name="do" value="deny">${t("asked.deny")}<span class="hidden"> ${one.actor.name}</span></button></form>
</div></article>`;
}

export async function postRequest(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = parseId<InteractionId>(c.req.param("id"));
  if (id === null) throw notFound();
  const form = await readForm(c);
  const answer = form.text("do");
  if (answer === "approve") await approveInteraction(app, viewer, id);
  else if (answer === "deny") await denyInteraction(app, viewer, id);
  else throw new CausewayError("invalid", "error.invalid");
  return c.redirect("/requests", 303);
}

/** Who may answer and quote what the person writes, unless a note says otherwise. */
export async function getPolicySettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const policy = await findStandardPolicy(visit.app, viewer);
  const field = (name: "reply" | "quote", choices: typeof REPLY_CHOICES) =>
    html`<div class="field"><label for="f-${name}">${t(`policy.${name}`)}</label><select id="f-${name}" name="${name}">${options(
      choices.map((value) => ({ value, label: t(choiceLabel(value)) })),
      choiceOf(policy[name]),
    )}</select></div>`;
  const body = html`<form class="stack" method="post" action="/settings/policy">${formToken(visit)}<div class="card stack"><p>${t("policy.lead")}</p>
${field("reply", REPLY_CHOICES)}${field("quote", QUOTE_CHOICES)}<p class="hint">${t("policy.hint")}</p></div>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/requests">${t("asked.title")}</a></div></form>`;
  return await showPage(c, {
    title: t("settings.policy"),
    place: "settings",
    main: settingsFrame(visit, "policy", c.req.query("saved") !== undefined, body),
  });
}

export async function postPolicySettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const policy = toPolicy(readChoice(form.text("reply")), readChoice(form.text("quote")));
  await setStandardPolicy(c.get("visit").app, viewer, policy);
  return c.redirect("/settings/policy?saved", 303);
}
