import { html } from "hono/html";
import { THREAD_ORDERS } from "../../server/domain/note.ts";
import type { NoteView, ThreadReply, ThreadView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import { notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import { noteCard } from "./note.ts";
import { reveal } from "./reveal.ts";

/** What the note answers, oldest first; what is not here is said in words. */
export function threadBefore(visit: Visit, thread: ThreadView): Html {
  const { t } = visit.i18n;
  const missing =
    thread.missingParentUri === null
      ? ""
      : html`<p class="notice small">${t("thread.missing_parent")} <a href="${outwards({ url: thread.missingParentUri, uri: thread.missingParentUri })}" rel="noopener nofollow">${t("note.original")}</a></p>`;
  if (thread.ancestors.length === 0) return html`${missing}`;
  return html`<section class="ancestors" aria-label="${t("thread.before")}">${missing}${thread.ancestors.map((note) => noteCard(visit, note))}</section>`;
}

/** The answers, nested; `isPartial` when others may be known elsewhere. */
export function threadReplies(visit: Visit, thread: ThreadView, isPartial: boolean): Html {
  const { t } = visit.i18n;
  const isEmpty = thread.replies.length === 0 && thread.hidden.length === 0;
  return html`<section id="replies" class="replies" aria-labelledby="replies-title"><div class="replies-head"><h2 class="section-title" id="replies-title">${t("thread.replies")}</h2>${isEmpty ? "" : html`${orderLinks(visit, thread)}${newestLink(visit, thread)}`}</div>
${isEmpty ? html`<p class="empty">${t(thread.page > 1 ? "thread.no_further" : isPartial ? "thread.no_replies_here" : "thread.no_replies")}</p>` : thread.replies.map((reply) => replyCard(visit, reply))}
${hiddenReplies(visit, thread.hidden)}${pages(visit, thread)}</section>`;
}

function replyCard(visit: Visit, { note, depth, further }: ThreadReply): Html {
  return html`${noteCard(visit, note, { depth })}${further === 0 ? "" : html`<p class="further depth-${depth}"><a href="${notePath(note)}">${visit.i18n.t("thread.continue", { count: further })}${icon(visit, "next")}</a></p>`}`;
}

/** The way to read many answers; one or two need none. */
function orderLinks(visit: Visit, thread: ThreadView): Html {
  const { t } = visit.i18n;
  if (thread.page === 1 && thread.replies.filter(({ depth }) => depth === 1).length < 3) return html``;
  return html`<nav class="tabs small" aria-label="${t("thread.order")}">${THREAD_ORDERS.map(
    (order) =>
      html`<a href="${threadPath(thread.note, order, 1)}"${order === thread.order ? html` aria-current="page"` : ""} rel="nofollow">${t(`thread.order_${order}`)}</a>`,
  )}</nav>`;
}

/** In a long thread: straight to what was written last. */
function newestLink(visit: Visit, { replies }: ThreadView): Html {
  const newest = replies.reduce((latest, { note }) => Math.max(latest, note.id), 0);
  if (replies.length < 8 || replies.at(-1)?.note.id === newest) return html``;
  return html`<a class="to-newest" href="#note-${newest}">${visit.i18n.t("thread.to_newest")}</a>`;
}

/** What the reader does not want to see is counted, and is there for who wants to see it after all. */
function hiddenReplies(visit: Visit, hidden: readonly ThreadReply[]): Html {
  if (hidden.length === 0) return html``;
  return html`<details class="hidden-replies"><summary>${icon(visit, "moon")}<span>${visit.i18n.t("thread.hidden", { count: hidden.length })}</span> ${reveal(visit)}</summary>${hidden.map((reply) => replyCard(visit, reply))}</details>`;
}

function pages(visit: Visit, { note, order, page, nextPage }: ThreadView): Html {
  if (nextPage === null && page === 1) return html``;
  const { t } = visit.i18n;
  const link = (to: number, rel: "prev" | "next", inner: Html) =>
    html`<a class="button quiet" rel="${rel} nofollow" href="${threadPath(note, order, to)}">${inner}</a>`;
  return html`<nav class="pager pages" aria-label="${t("pager.label")}">
${page === 1 ? html`<span></span>` : link(page - 1, "prev", html`${icon(visit, "back")}<span>${t("thread.page_before")}</span>`)}
${nextPage === null ? "" : link(nextPage, "next", html`<span>${t("thread.page_after")}</span>${icon(visit, "next")}`)}</nav>`;
}

function threadPath(note: NoteView, order: ThreadView["order"], page: number): string {
  const query = [order === "oldest" ? "" : `sort=${order}`, page === 1 ? "" : `page=${page}`].filter(
    (part) => part !== "",
  );
  return `${notePath(note)}${query.length === 0 ? "" : `?${query.join("&")}`}#replies`;
}
