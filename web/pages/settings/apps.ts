import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId, type TokenId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  type Connection,
  endConnection,
  listConnections,
} from "../../../server/services/clients/connections.ts";
import { formToken } from "../../components/hidden.ts";
import { scopeSentences } from "../../components/scopes.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/apps";

/** What has access to the account: apps that were let in, and tokens made by hand. */
export async function getApps(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const connections = await listConnections(visit.app, viewer);
  const body = html`<p class="muted">${t("apps.lead")}</p>
${connections.length === 0 ? html`<p class="empty">${t("apps.none")}</p>` : html`<ul class="rows card">${connections.map((one) => row(visit, one))}</ul>`}`;
  return await showPage(c, {
    title: t("settings.apps"),
    place: "settings",
    main: settingsFrame(visit, "apps", c.req.query("saved") !== undefined, body),
  });
}

/** Asks before an app is shut out. */
export async function getEndApp(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, rich } = visit.i18n;
  const id = idOf(c);
  const found = (await listConnections(visit.app, viewer)).find((one) => one.id === id);
  if (found === undefined) throw notFound();
  const body = html`<form class="card stack" method="post" action="${PATH}/${found.id}/end">${formToken(visit)}<p>${rich("apps.end_text", { name: html`<bdi>${nameOf(visit, found)}</bdi>` })}</p>
<div class="form-buttons"><button class="button danger">${t("apps.end")}</button> <a class="button quiet" href="${PATH}">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("apps.end_title"),
    place: "settings",
    main: settingsFrame(visit, "apps", false, body, "apps.end_title"),
  });
}

export async function postEndApp(c: WebContext, viewer: Viewer): Promise<Response> {
  await endConnection(c.get("visit").app, viewer, idOf(c));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

function idOf(c: WebContext): TokenId {
  const id = parseId<TokenId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

function row(visit: Visit, connection: Connection): Html {
  const { t, day } = visit.i18n;
  const name = nameOf(visit, connection);
  const website = connection.website === null ? null : new URL(connection.website).host;
  const facts = [
    t("apps.since", { day: day(connection.createdAt) }),
    connection.seenAt === null ? t("apps.unused") : t("apps.used", { day: day(connection.seenAt) }),
  ];
  return html`<li><div><p><strong><bdi>${name}</bdi></strong>${connection.isByHand ? html` <span class="badge">${t("apps.by_hand")}</span>` : ""}${website === null ? "" : html` <span class="muted"><bdi>${website}</bdi></span>`}</p>
<p class="muted">${facts.join(" · ")}</p>
<details><summary>${t("apps.may")}<span class="hidden"> <bdi>${name}</bdi></span></summary><ul class="steps">${scopeSentences(visit, connection.scopes).map((sentence) => html`<li>${sentence}</li>`)}</ul></details></div>
<a class="button quiet small" href="${PATH}/${connection.id}/end">${t("apps.end")}<span class="hidden"> <bdi>${name}</bdi></span></a></li>`;
}

function nameOf(visit: Visit, { name }: Connection): string {
  return name === "" ? visit.i18n.t("apps.unnamed") : name;
}
