import { html } from "hono/html";
import type { HomeKeys, KeyRecord } from "../../server/services/escapes/home-keys.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { rowButton } from "./admin-nav.ts";
import { hostOf } from "./launch.ts";
import { timeOf } from "./note.ts";

/** The keys of lost homes that are here: how many, how more are brought, how they are forgotten. Empty where nobody is expected. */
export function homeKeys(visit: Visit, action: string, homes: readonly HomeKeys[]): Html {
  const { t } = visit.i18n;
  if (homes.length === 0) return html``;
  return html`<section class="stack" aria-labelledby="keys"><h2 class="section-title" id="keys">${t("launch.keys")}</h2><p class="muted">${t("launch.keys_text")}</p>
${homes.map((one) => homeCard(visit, action, one))}</section>`;
}

function homeCard(visit: Visit, action: string, one: HomeKeys): Html {
  const { t, count } = visit.i18n;
  const { home, members, keys, isOpen, isRunning, records } = one;
  const host = hostOf(home);
  const fields = { agreement: one.agreementUri };
  return html`<div class="card stack" data-component="home-keys"><h3><bdi dir="ltr">${host}</bdi></h3><p>${t("launch.keys_count", { keys: count(keys), members: count(members) })}</p>
${isRunning ? html`<p class="muted">${t("launch.keys_running")}</p>` : ""}${
    isOpen
      ? html`<p>${t("launch.keys_command")}</p><pre class="code command" dir="ltr" tabindex="0"><code>causeway launch keys backup.tar.gz --home ${host}</code></pre>`
      : html`<p class="muted">${t("launch.keys_over")}</p>`
  }
${keys === 0 || isRunning ? "" : rowButton(visit, action, { do: "forget", text: t("launch.keys_forget"), about: host, fields })}${past(visit, records)}</div>`;
}

const SHOWN = 10;

function past(visit: Visit, records: readonly KeyRecord[]): Html {
  const { t } = visit.i18n;
  if (records.length === 0) return html``;
  return html`<details class="fold"><summary>${t("launch.keys_past")}</summary><ul class="rows">${records.slice(0, SHOWN).map((one) => html`<li><p>${saidOf(visit, one)} <span class="muted small-text">${byOf(visit, one)}${timeOf(visit, one.at, "")}</span></p></li>`)}</ul></details>`;
}

function saidOf(visit: Visit, { what, why, count }: KeyRecord): string {
  const { t } = visit.i18n;
  if (what === "brought") return t("launch.keys_brought", { count });
  if (why === "over") return t("launch.keys_ended", { count });
  return why === "stopped" ? t("launch.keys_stopped", { count }) : t("launch.keys_asked", { count });
}

/** What happens by itself is nobody's. */
function byOf(visit: Visit, { by }: KeyRecord): Html {
  if (by === "causeway") return html``;
  const name = by === "operator" ? visit.i18n.t("launch.keys_operator") : html`<bdi dir="ltr">@${by}</bdi>`;
  return html`${name} · `;
}
