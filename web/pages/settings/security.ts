import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { listPasskeys } from "../../../server/services/accounts/passkeys.ts";
import { waysOf } from "../../../server/services/accounts/proof.ts";
import { countCodesLeft, readFreshCodes } from "../../../server/services/accounts/recovery-codes.ts";
import { listSecurityEvents } from "../../../server/services/accounts/security-events.ts";
import { listSessions } from "../../../server/services/accounts/sessions.ts";
import { icon } from "../../components/icon.ts";
import type { IconName } from "../../components/icon.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Below this many codes the page asks for new ones. */
const FEW_CODES = 3;

/** All ways into the account at a glance, each with its page. */
export async function getSecurity(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { app } = visit;
  const { t } = visit.i18n;
  const [ways, passkeys, codes, fresh, sessions, events] = await Promise.all([
    waysOf(app, viewer),
    listPasskeys(app, viewer),
    countCodesLeft(app, viewer),
    readFreshCodes(app, viewer),
    listSessions(app, viewer, visit.sessionToken ?? ""),
    listSecurityEvents(app, viewer),
  ]);
  const needsCodes = ways.totp || !ways.password;
  const rows = [
    way(
      visit,
      "passkeys",
      "key",
      passkeys.length === 0 ? t("passkeys.none") : t("passkeys.count", { count: passkeys.length }),
      passkeys.length > 0,
    ),
    way(
      visit,
      "password",
      "lock",
      t(ways.password ? "security.password_set" : "security.password_none"),
      ways.password,
    ),
    ways.password ? way(visit, "totp", "clock", t(ways.totp ? "totp.is_on" : "totp.is_off"), ways.totp) : "",
    way(
      visit,
      "recovery",
      "stack",
      codes === 0 ? t("recovery.none") : t("recovery.left", { count: codes }),
      codes >= FEW_CODES || !needsCodes,
    ),
    way(visit, "sessions", "globe", t("sessions.count", { count: sessions.length }), true),
  ];
  const body = html`${needsCodes && codes < FEW_CODES ? html`<div class="notice bad"><p class="notice-title">${t("recovery.few_title")}</p><p>${t("recovery.few")} <a href="/settings/recovery">${t("recovery.make")}</a></p></div>` : ""}
${fresh === null ? "" : html`<div class="notice"><p>${t("recovery.unkept")} <a href="/settings/recovery">${t("recovery.see")}</a></p></div>`}<p class="muted">${t("security.lead")}</p>
<ul class="settings-list card ways">${rows}</ul>
${
  events.length === 0
    ? ""
    : html`<section class="card" aria-labelledby="lately"><h2 class="section-title" id="lately">${t("security.lately")}</h2><p class="muted">${t("security.lately_hint")}</p>
<ul class="rows">${events.map(({ kind, at }) => html`<li><span>${t(`security_event.${kind}`)}</span> <span class="muted">${timeOf(visit, at, "")}</span></li>`)}</ul></section>`
}`;
  return await showPage(c, {
    title: t("settings.security"),
    place: "settings",
    main: settingsFrame(visit, "security", c.req.query("saved") !== undefined, body),
  });
}

function way(
  visit: Visit,
  place: "passkeys" | "password" | "totp" | "recovery" | "sessions",
  drawing: IconName,
  state: string,
  isGood: boolean,
): Html {
  return html`<li><a href="/settings/${place}">${icon(visit, drawing)}<span><strong>${visit.i18n.t(`security.to_${place}`)}</strong><small${isGood ? "" : html` class="is-lacking"`}>${state}</small></span>${icon(visit, "next")}</a></li>`;
}
