import { html } from "hono/html";
import { listAnnouncers, listLikers } from "../../../server/services/timelines.ts";
import { actorList } from "../../components/actor.ts";
import { icon } from "../../components/icon.ts";
import { noteCard } from "../../components/note.ts";
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

/** The way back to a note from a page about it. */
export function backLink(c: WebContext, note: NoteView): Html {
  const visit = c.get("visit");
  return html`<p class="back"><a href="${notePath(note)}">${icon(visit, "back")}<span>${visit.i18n.t("note.back")}</span></a></p>`;
}
