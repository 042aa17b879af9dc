import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { bringFollowers } from "../../../server/services/escapes/bring.ts";
import {
  chooseOwnHome,
  getKitView,
  getOwnHome,
  getOwnKit,
  type KitView,
} from "../../../server/services/escapes/kits.ts";
import { describedBy, faultLine, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { hostOf } from "../../components/launch.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { Form } from "../../form.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/launch";

/** What is sealed for the day on which this server is lost, and the way in from a server that was. */
export async function getLaunchSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const home = await getOwnHome(c.get("visit").app, viewer);
  return await show(c, viewer, freshForm({ home: home ?? "" }));
}

/** `do` says what: choose a new home elsewhere, or tell the followers of an old account. */
export async function postLaunchSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const isBringing = form.text("do") === "bring";
  const outcome = await attempt(async () =>
    isBringing
      ? await bringFollowers(app, viewer, await broughtIn(form))
      : await chooseOwnHome(app, viewer, form.text("home")),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(isBringing ? `/lifeboat/of/${viewer.username}` : `${PATH}?saved=yes`, 303);
}

async function broughtIn(form: Form) {
  const textOf = async (name: string): Promise<string> => (await form.files(name)[0]?.text()) ?? "";
  return { kit: await textOf("kit"), key: await textOf("key") };
}

/** One's own kit as a file. It is worth nothing to anybody before the new home takes one in. */
export async function getKitFile(c: WebContext, viewer: Viewer): Promise<Response> {
  const kit = await getOwnKit(c.get("visit").app, viewer);
  return new Response(kit, {
    headers: {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="kit-${viewer.username}.json"`,
      "cache-control": "private, no-store",
    },
  });
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = { home: t("launch.home"), kit: t("launch.kit"), key: t("launch.old_key") };
  const kit = await getKitView(visit.app, viewer);
  const body = html`${faultSummary(visit, state, labels)}${sealed(visit, kit)}${homeForm(visit, state)}${bringForm(visit, state)}`;
  return await showPage(c, {
    title: t("settings.launch"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "launch", c.req.query("saved") !== undefined, body),
  });
}

function sealed(visit: Visit, kit: KitView | null): Html {
  const { i18n } = visit;
  const { t } = i18n;
  const body =
    kit === null
      ? html`<p>${t("launch.no_kit")}</p><p><a href="/settings/lifeboat#standby">${t("standby.own_title")}</a></p>`
      : html`<p>${t("launch.kit_ready", { date: i18n.day(kit.sealedAt) })} ${kit.stale ? t("launch.kit_stale") : ""}</p>
<ul class="steps">${kit.homes.map((home) => html`<li><bdi dir="ltr">${hostOf(home)}</bdi></li>`)}</ul>
<p class="muted">${t("launch.kit_peers", { servers: i18n.count(kit.hosts), followers: i18n.count(kit.followers) })}</p>
<p><a class="button quiet" href="${PATH}/kit.json">${t("launch.kit_download")}</a></p>`;
  return html`<section class="card stack" aria-labelledby="sealed"><h2 class="section-title" id="sealed">${t("launch.sealed")}</h2><p>${t("launch.sealed_text")}</p>${body}</section>`;
}

function homeForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${PATH}" aria-labelledby="own-home">${formToken(visit)}<h2 class="section-title" id="own-home">${t("launch.own_home")}</h2><p>${t("launch.own_home_text")}</p>
${textField(visit, state, { name: "home", label: "launch.home", hint: t("launch.home_hint"), isUnmarked: true, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button primary" name="do" value="home">${t("form.save")}</button></div></form>`;
}

function bringForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${PATH}" enctype="multipart/form-data" aria-labelledby="bring">${formToken(visit)}<h2 class="section-title" id="bring">${t("launch.bring")}</h2><p>${t("launch.bring_text")}</p>
<div class="field"><label for="f-kit">${t("launch.kit")}</label>${faultLine(visit, state, "kit")}<input type="file" id="f-kit" name="kit" accept=".json,application/json"${describedBy(state, { name: "kit" })}></div>
<div class="field"><label for="f-key">${t("launch.old_key")}</label><p class="hint" id="f-key-hint">${t("launch.old_key_hint")}</p>${faultLine(visit, state, "key")}<input type="file" id="f-key" name="key" accept=".pem,.json,.jwk"${describedBy(state, { name: "key", hint: t("launch.old_key_hint") })}></div>
<div class="form-buttons"><button class="button danger" name="do" value="bring">${t("launch.bring_submit")}</button></div></form>`;
}
