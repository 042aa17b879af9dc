import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  countCodesLeft,
  forgetFreshCodes,
  readFreshCodes,
  RECOVERY_CODES,
  renewRecoveryCodes,
} from "../../../server/services/accounts/recovery-codes.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { safeReturn } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/recovery";

/** The codes that were just made, until the person has them; else how many are left. */
export async function getRecovery(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const then = safeReturn(c.req.query("then"), "/settings/security");
  const fresh = await readFreshCodes(visit.app, viewer);
  const body =
    fresh === null
      ? noCodes(visit, await countCodesLeft(visit.app, viewer))
      : freshCodes(visit, viewer, fresh, then);
  return await showPage(c, {
    title: t("security.to_recovery"),
    place: "settings",
    main: settingsFrame(visit, "security", false, body, "security.to_recovery"),
  });
}

/** Makes new codes, or takes the shown ones off the page. */
export async function postRecovery(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  if (form.text("do") === "kept") {
    await forgetFreshCodes(app, viewer);
    return c.redirect(safeReturn(form.text("then"), "/settings/security"), 303);
  }
  await renewRecoveryCodes(app, viewer);
  return c.redirect(PATH, 303);
}

function freshCodes(visit: Visit, viewer: Viewer, codes: readonly string[], then: string): Html {
  const { t } = visit.i18n;
  const account = `@${viewer.username}@${visit.app.config.handleHost}`;
  return html`<section class="card stack"><div class="notice"><p class="notice-title">${t("recovery.once")}</p><p>${t("recovery.keep")}</p></div>
<div class="codes-sheet"><p><strong>${t("recovery.sheet", { server: visit.settings.name })}</strong><br><bdi>${account}</bdi></p>
<ol class="codes" dir="ltr">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol></div>
<div class="form-buttons"><button class="button quiet" type="button" data-copy=".codes" data-done="${t("recovery.copied")}" hidden>${t("recovery.copy")}</button><button class="button quiet" type="button" data-print hidden>${t("recovery.print")}</button></div>
<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="then" value="${then}"><button class="button primary" name="do" value="kept">${t("recovery.kept")}</button></form></section>`;
}

function noCodes(visit: Visit, left: number): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p>${t("recovery.lead", { max: RECOVERY_CODES })}</p>
<p><strong>${left === 0 ? t("recovery.none") : t("recovery.left", { count: left })}</strong></p>
${left === 0 ? "" : html`<p class="muted">${t("recovery.renew_hint")}</p>`}
<div class="form-buttons"><button class="button primary" name="do" value="renew">${t(left === 0 ? "recovery.make" : "recovery.renew")}</button> <a class="button quiet" href="/settings/security">${t("form.cancel")}</a></div></form>`;
}
