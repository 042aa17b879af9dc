import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId, type PushId } from "../../../server/domain/ids.ts";
import { NOTIFICATION_THEMES, type NotificationTheme } from "../../../server/domain/notification.ts";
import { policyOf } from "../../../server/domain/notification-policy.ts";
import { POLICY_ANSWERS } from "../../../server/domain/preferences.ts";
import { notFound } from "../../../server/errors.ts";
import { changeNotificationPolicy } from "../../../server/services/notifications/notification-requests.ts";
import { updatePreferences } from "../../../server/services/accounts/preferences.ts";
import {
  choosePushKinds,
  listPushSubscriptions,
  type PushView,
  subscribePush,
  unsubscribePush,
  USUAL_PUSH_KINDS,
} from "../../../server/services/push/subscriptions.ts";
import { vapidPublicKey } from "../../../server/services/push/vapid.ts";
import {
  checkField,
  checkListField,
  faultSummary,
  radioField,
  selectField,
} from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { THEMES } from "../../components/notification-tabs.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, type Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const FROM = ["everyone", "known", "followed"] as const;
/** What the server has to say cannot be turned off. */
const CHOSEN = THEMES.filter((theme) => theme !== "server");

export async function getNotificationSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, null);
}

/** Which notifications are shown, and of whom. */
export async function postNotificationSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const shown = form.all("shown");
  const hidden = CHOSEN.filter((theme) => !shown.includes(theme));
  await updatePreferences(c.get("visit").app, viewer, {
    hiddenNotifications: kindsIn(hidden),
    notifyFrom: FROM.find((one) => one === form.text("from")) ?? "everyone",
  });
  return c.redirect("/settings/notifications?saved=yes", 303);
}

/** Whose notifications come, wait, or are not shown. */
export async function postNotificationPolicy(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const answerTo = (name: string) => POLICY_ANSWERS.find((one) => one === form.text(name));
  await changeNotificationPolicy(c.get("visit").app, viewer, {
    notFollowing: answerTo("notFollowing"),
    notFollowers: answerTo("notFollowers"),
    newAccounts: answerTo("newAccounts"),
    privateMentions: answerTo("privateMentions"),
  });
  return c.redirect("/settings/notifications?saved=yes", 303);
}

/** What devices are told of. */
export async function postPushKinds(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  await choosePushKinds(app, viewer, kindsIn(THEMES.filter((theme) => form.all("push").includes(theme))));
  await updatePreferences(app, viewer, { pushText: form.text("text") === "yes" });
  return c.redirect("/settings/notifications?saved=yes", 303);
}

/** The form that `web/scripts/push.js` fills in after the browser has asked the person. */
export async function postPush(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() =>
    subscribePush(app, viewer, {
      endpoint: form.text("endpoint"),
      p256dh: form.text("p256dh"),
      auth: form.text("auth"),
      encoding: form.text("encoding"),
      sessionToken,
    }),
  );
  if (!outcome.ok) return await show(c, viewer, outcome.refusal);
  return c.redirect("/settings/notifications?saved=yes#devices", 303);
}

export async function postPushEnd(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = parseId<PushId>(c.req.param("id"));
  if (id === null) throw notFound();
  await unsubscribePush(c.get("visit").app, viewer, id);
  return c.redirect("/settings/notifications?saved=yes#devices", 303);
}

function kindsIn(themes: readonly NotificationTheme[]): readonly string[] {
  return themes.flatMap((theme) => [...NOTIFICATION_THEMES[theme]]);
}

async function show(c: WebContext, viewer: Viewer, refusal: Refusal | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const devices = await listPushSubscriptions(visit.app, viewer);
  const key = await vapidPublicKey(visit.app);
  const body = html`${refusal === null ? "" : faultSummary(visit, { ...freshForm(), refusal })}${shownForm(visit, viewer)}${policyForm(visit, viewer)}${devicesPart(visit, viewer, devices, key)}`;
  return await showPage(c, {
    title: t("settings.notifications"),
    place: "settings",
    status: refusal?.status ?? 200,
    main: settingsFrame(visit, "notifications", c.req.query("saved") !== undefined, body),
  });
}

function shownForm(visit: Visit, { preferences }: Viewer): Html {
  const { t } = visit.i18n;
  const hidden = preferences.hiddenNotifications;
  const shown = CHOSEN.filter((theme) => !NOTIFICATION_THEMES[theme].every((kind) => hidden.includes(kind)));
  const state = freshForm({ shown, from: preferences.notifyFrom });
  const choices = CHOSEN.map((theme) => ({ value: theme, label: t(`notifications.theme_${theme}`) }));
  return html`<form class="card stack" method="post" action="/settings/notifications">${formToken(visit)}
${checkListField(visit, state, { name: "shown", label: "notify.shown", hint: t("notify.shown_hint"), choices })}
${radioField(visit, state, {
  name: "from",
  label: "notify.from",
  choices: FROM.map((value) => ({
    value,
    label: t(`notify.from_${value}`),
    hint: t(`notify.from_${value}_hint`),
  })),
})}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>`;
}

/** Nobody is limited here, so that answer has no place on the page; apps may keep it. */
const STRANGERS = ["notFollowing", "notFollowers", "newAccounts", "privateMentions"] as const;

function policyForm(visit: Visit, { preferences }: Viewer): Html {
  const { t } = visit.i18n;
  const policy = policyOf(preferences);
  const state = freshForm(Object.fromEntries(STRANGERS.map((name) => [name, policy[name]])));
  const choices = POLICY_ANSWERS.map((value) => ({ value, label: t(`notify.policy_${value}`) }));
  return html`<form class="card stack" method="post" action="/settings/notifications/policy" aria-labelledby="policy-title">${formToken(visit)}
<h2 class="section-title" id="policy-title">${t("notify.policy")}</h2><p>${t("notify.policy_lead")}</p>
${STRANGERS.map((name) => selectField(visit, state, { name, label: `notify.of_${name}`, choices }))}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>`;
}

function devicesPart(visit: Visit, viewer: Viewer, devices: readonly PushView[], key: string): Html {
  const { t } = visit.i18n;
  return html`<section class="card stack" id="devices" aria-labelledby="devices-title"><h2 class="section-title" id="devices-title">${t("notify.devices")}</h2>
<p>${t("notify.devices_lead")}</p>
<form method="post" action="/settings/notifications/devices" data-push="${key}" data-denied="${t("notify.denied")}" data-failed="${t("notify.failed")}" hidden>${formToken(visit)}
${["endpoint", "p256dh", "auth", "encoding"].map((name) => html`<input type="hidden" name="${name}" value="">`)}
<p class="form-buttons"><button class="button primary">${t("notify.turn_on")}</button></p><p class="fault" role="status"></p></form>
<p class="notice small">${t("notify.needs_script")}</p>
${devices.length === 0 ? html`<p class="muted">${t("notify.no_devices")}</p>` : html`<ul class="devices">${devices.map((one) => device(visit, one))}</ul>${kindsForm(visit, viewer, devices)}`}</section>`;
}

function device(visit: Visit, one: PushView): Html {
  const { t, ago } = visit.i18n;
  return html`<li><span><strong><bdi>${nameOf(one)}</bdi></strong> <small class="muted">${t("notify.since", { when: ago(one.createdAt) })}</small>${one.failingSince === null ? "" : html` <span class="badge">${t("notify.unreached", { when: ago(one.failingSince) })}</span>`}</span>
<form method="post" action="/settings/notifications/devices/${one.id}/end">${formToken(visit)}<button class="button quiet small">${t("notify.turn_off")}<span class="hidden"> ${nameOf(one)}</span></button></form></li>`;
}

function nameOf(one: PushView): string {
  return one.appName ?? browserOf(one.host);
}

/** Whose push service it is says which browser it is; more is not kept. */
function browserOf(host: string): string {
  if (host.endsWith("mozilla.com")) return "Firefox";
  if (host.endsWith("apple.com")) return "Safari";
  if (host.endsWith("windows.com")) return "Edge";
  return host.endsWith("googleapis.com") ? "Chrome" : host;
}

function kindsForm(visit: Visit, { preferences }: Viewer, devices: readonly PushView[]): Html {
  const { t } = visit.i18n;
  const kinds = devices.find((one) => !one.isApp)?.kinds ?? USUAL_PUSH_KINDS;
  const chosen = THEMES.filter((theme) => NOTIFICATION_THEMES[theme].some((kind) => kinds.includes(kind)));
  const state = freshForm({ push: chosen, text: preferences.pushText ? "yes" : "" });
  const choices = THEMES.map((theme) => ({ value: theme, label: t(`notifications.theme_${theme}`) }));
  return html`<form class="stack" method="post" action="/settings/notifications/push">${formToken(visit)}
${checkListField(visit, state, { name: "push", label: "notify.push", choices })}
${checkField(visit, state, { name: "text", label: "notify.text", hint: t("notify.text_hint") })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>`;
}
