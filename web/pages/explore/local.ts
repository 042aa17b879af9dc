import { html } from "hono/html";
import { localTimeline, tagTimeline } from "../../../server/services/timelines.ts";
import { normalizeTag, isTag } from "../../../server/text/entities.ts";
import { notFound } from "../../../server/errors.ts";
import { pageRequestOf, timeline } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** What is written here, as a list or as covers. */
export async function getLocal(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const asGrid = c.req.query("view") === "grid";
  const page = await localTimeline(visit.app, visit.viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("local.title"),
    place: "local",
    shape: asGrid ? "wide" : "column",
    isPublic: true,
    main: html`<div class="page-head"><div><h1 class="page-title">${t("local.title")}</h1><p class="muted">${t("local.lead", { server: visit.settings.name })}</p></div>${viewSwitch(visit, "/local", asGrid)}</div>
${timeline(visit, page, { empty: t("local.empty"), path: asGrid ? "/local?view=grid" : "/local", asGrid })}`,
  });
}

/** Notes with a hashtag. One address per tag: other spellings of it are sent there. */
export async function getTag(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const asked = c.req.param("tag") ?? "";
  const tag = normalizeTag(asked);
  if (!isTag(tag)) throw notFound();
  if (tag !== asked) return c.redirect(tagPath(tag), 301);
  const asGrid = c.req.query("view") === "grid";
  const page = await tagTimeline(visit.app, visit.viewer, tag, pageRequestOf(c));
  const path = tagPath(tag);
  return await showPage(c, {
    title: `#${tag}`,
    shape: asGrid ? "wide" : "column",
    isPublic: true,
    head: html`<link rel="canonical" href="${visit.app.uris.tag(tag)}">`,
    main: html`<div class="page-head"><h1 class="page-title"><bdi>#${tag}</bdi></h1>${viewSwitch(visit, path, asGrid)}</div>
${timeline(visit, page, { empty: t("tag.empty"), path: asGrid ? `${path}?view=grid` : path, asGrid })}`,
  });
}

function viewSwitch(visit: Visit, path: string, asGrid: boolean): Html {
  const { t } = visit.i18n;
  return html`<nav class="tabs small" aria-label="${t("view.label")}"><a href="${path}"${asGrid ? "" : html` aria-current="page"`}>${t("view.list")}</a><a href="${path}?view=grid"${asGrid ? html` aria-current="page"` : ""}>${t("view.grid")}</a></nav>`;
}
