import { html } from "hono/html";
import { listAnnouncers, listLikers } from "../../../server/services/timelines.ts";
import { listVersions } from "../../../server/services/threads/threads.ts";
import { actorList, sanitised } from "../../components/actor.ts";
import { icon } from "../../components/icon.ts";
import { noteCard, timeOf } from "../../components/note.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";
import type { NoteView } from "../../../server/domain/note.ts";

/** Who likes a note. */
export async function getLikes(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const note = await noteOf(c);
  const page = await listLikers(app, viewer, note.id, pageRequestOf(c));
  return await showPeople(c, note, page, { title: "likes.title", empty: "likes.empty", path: "likes" });
}

/** Who boosted a note. */
export async function getBoosts(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const note = await noteOf(c);
  const page = await listAnnouncers(app, viewer, note.id, pageRequestOf(c));
  return await showPeople(c, note, page, { title: "boosts.title", empty: "boosts.empty", path: "boosts" });
}

async function showPeople(
  c: WebContext,
  note: NoteView,
  page: Awaited<ReturnType<typeof listLikers>>,
  texts: { readonly title: MessageKey; readonly empty: MessageKey; readonly path: string },
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  return await showPage(c, {
    title: t(texts.title),
    noindex: true,
    main: html`${backLink(c, note)}<h1 class="page-title">${t(texts.title)}</h1>
<section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>
${actorList(visit, page.items, { empty: t(texts.empty) })}${pager(visit, page, `${notePath(note)}/${texts.path}`)}`,
  });
}

/** Earlier versions of a note, newest first, the present one on top. */
export async function getHistory(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = await noteOf(c);
  const versions = await listVersions(visit.app, visit.viewer, note.id);
  return await showPage(c, {
    title: t("history.title"),
    noindex: true,
    main: html`${backLink(c, note)}<h1 class="page-title">${t("history.title")}</h1><p class="muted">${t("history.lead")}</p>
<ol class="plain-list versions">${versions
      .toSorted((a, b) => b.at - a.at)
      .map(
        (version) => html`<li class="card"><p class="muted">${timeOf(visit, version.at, "", true)}</p>
${version.summary === null ? "" : html`<p class="preview-warning">${icon(visit, "alert")} <span dir="auto">${version.summary}</span></p>`}
<div class="prose"${version.language === null ? "" : html` lang="${version.language}"`} dir="auto">${sanitised(version.contentHtml)}</div></li>`,
      )}</ol>`,
  });
}

function backLink(c: WebContext, note: NoteView): Html {
  const visit = c.get("visit");
  return html`<p class="back"><a href="${notePath(note)}">${icon(visit, "back")}<span>${visit.i18n.t("note.back")}</span></a></p>`;
}
