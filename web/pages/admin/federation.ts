import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { RELAY_STYLES, type Relay } from "../../../server/domain/relay.ts";
import { invalid } from "../../../server/errors.ts";
import { HOST_STATES, type HostLine, listHosts } from "../../../server/services/administration/hosts.ts";
import { changeQueue } from "../../../server/services/administration/queues.ts";
import { addRelay, listRelays, removeRelay } from "../../../server/services/moderation/relays.ts";
import { adminFrame, choiceTabs, figures, rowButton } from "../../components/admin-nav.ts";
import { faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/federation";

/** How other servers fare, and relays. */
export async function getFederation(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm({ style: "mastodon" }));
}

/** Joins or leaves a relay, or tries a server again. */
export async function postFederation(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const what = form.text("do");
  if (what === "retry-host" && form.text("host") !== "") {
    await changeQueue(app, viewer, { do: "retry-host", host: form.text("host") });
    return c.redirect(`${PATH}?done=yes`, 303);
  }
  if (what === "leave") {
    await removeRelay(app, { url: form.text("url") });
    return c.redirect(`${PATH}?done=yes#relays`, 303);
  }
  const outcome = await attempt(async () => {
    const style = RELAY_STYLES.find((one) => one === form.text("style"));
    if (style === undefined) throw invalid({ style: { key: "error.invalid" } });
    return await addRelay(app, { url: form.text("url").trim(), style });
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes#relays`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const words = (c.req.query("q") ?? "").slice(0, 100);
  const chosen = HOST_STATES.find((one) => one === c.req.query("state")) ?? "all";
  const found = await listHosts(visit.app, viewer, { words, state: chosen });
  const tabs = HOST_STATES.map((one) => ({
    href: one === "all" ? PATH : `${PATH}?state=${one}`,
    text: t(`hosts.show_${one}`),
    isHere: one === chosen,
  }));
  const body = html`${figures([
    { label: t("hosts.known"), value: count(found.known) },
    { label: t("hosts.show_resting"), value: count(found.resting) },
    { label: t("hosts.show_dead"), value: count(found.dead) },
  ])}<p class="muted">${t(`hosts.mode_${visit.app.config.federation === "open" ? "open" : "closed"}`)} <a href="/moderation/domains">${t("staff.domains")}</a></p>
<form class="search" role="search" action="${PATH}" aria-label="${t("hosts.search")}"><label class="hidden" for="q">${t("hosts.search")}</label><input type="search" id="q" name="q" value="${words}" placeholder="${t("hosts.search")}" maxlength="100" dir="ltr">
<button class="button quiet">${icon(visit, "search")}<span>${t("settings.search_button")}</span></button></form>
${choiceTabs(t("staff.federation"), tabs)}
${found.hosts.length === 0 ? html`<div class="empty">${t("hosts.empty")}</div>` : html`<ul class="rows card">${found.hosts.map((host) => hostRow(visit, host))}</ul>`}
${await relays(visit, state)}`;
  return await showPage(c, {
    title: t("staff.federation"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "federation", body, {
      lead: t("hosts.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function hostRow(visit: Visit, one: HostLine): Html {
  const { t, rich } = visit.i18n;
  const heard =
    one.okAt === null ? t("hosts.never") : rich("hosts.last_ok", { time: timeOf(visit, one.okAt, "") });
  const failing =
    one.failingSince === null
      ? ""
      : html` · ${rich("hosts.failing_since", { time: timeOf(visit, one.failingSince, ""), tries: one.failures })}`;
  return html`<li><div><p><strong dir="ltr">${one.host}</strong> <span class="badge">${t(`hosts.${one.state}`)}</span></p>
<p class="muted small-text">${one.software === null ? "" : html`<bdi>${one.software}</bdi> · `}${heard}${failing}</p></div>
${one.state === "well" ? "" : rowButton(visit, PATH, { do: "retry-host", text: t("hosts.try"), about: one.host, fields: { host: one.host } })}</li>`;
}

async function relays(visit: Visit, state: FormState): Promise<Html> {
  const { t } = visit.i18n;
  const all = await listRelays(visit.app);
  const styles = RELAY_STYLES.map((value) => ({
    value,
    label: t(`relays.${value}`),
    hint: t(`relays.${value}_hint`),
  }));
  return html`<section class="stack" id="relays" aria-labelledby="relays-title"><div><h2 class="section-title" id="relays-title">${t("relays.title")}</h2><p class="muted">${t("relays.lead")}</p></div>
${all.length === 0 ? html`<div class="empty">${t("relays.empty")}</div>` : html`<ul class="rows card">${all.map((relay) => relayRow(visit, relay))}</ul>`}
<form class="card stack" method="post" action="${PATH}#relays">${formToken(visit)}${faultSummary(visit, state, { url: t("relays.url") })}
${textField(visit, state, { name: "url", label: "relays.url", type: "url", required: true, literal: true, dir: "ltr" })}
${radioField(visit, state, { name: "style", label: "relays.style", choices: styles })}
<div class="form-buttons"><button class="button primary" name="do" value="join">${t("relays.join")}</button></div></form></section>`;
}

function relayRow(visit: Visit, relay: Relay): Html {
  const { t } = visit.i18n;
  return html`<li><div><p class="address" dir="ltr">${relay.inboxUri}</p><p class="muted small-text">${t(`relays.${relay.style}`)} · ${t(`relays.state_${relay.state}`)}</p></div>
${rowButton(visit, `${PATH}#relays`, { do: "leave", text: t("relays.leave"), about: relay.inboxUri, fields: { url: relay.inboxUri } })}</li>`;
}
