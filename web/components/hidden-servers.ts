import { html } from "hono/html";
import type { HiddenHost } from "../../server/services/relations/hidden-hosts.ts";
import type { FormState } from "../forms.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { faultSummary, textField } from "./fields.ts";
import { formToken } from "./hidden.ts";

/** Servers of which the reader wants to see nothing, and a form to add one. */
export function hiddenServers(visit: Visit, hosts: readonly HiddenHost[], state: FormState): Html {
  const { t } = visit.i18n;
  const path = "/settings/blocks/servers";
  return html`<section class="card stack" id="servers" aria-labelledby="servers-title"><h2 class="section-title" id="servers-title">${t("hidden_servers.title")}</h2><p class="muted">${t("hidden_servers.lead")}</p>
${
  hosts.length === 0
    ? ""
    : html`<ul class="plain-list">${hosts.map(
        ({ host }) =>
          html`<li><form class="relationship" method="post" action="${path}">${formToken(visit)}<input type="hidden" name="domain" value="${host}"><bdi dir="ltr">${host}</bdi> <button class="button quiet small" name="do" value="show">${t("hidden_servers.show")}<span class="hidden"> ${host}</span></button></form></li>`,
      )}</ul>`
}
<form class="stack" method="post" action="${path}">${formToken(visit)}${faultSummary(visit, state, { domain: t("hidden_servers.host") })}
${textField(visit, state, { name: "domain", label: "hidden_servers.host", hint: t("hidden_servers.host_hint"), required: true, literal: true, maxlength: 253, dir: "ltr" })}
<div class="form-buttons"><button class="button quiet" name="do" value="hide">${t("hidden_servers.hide")}</button></div></form></section>`;
}
