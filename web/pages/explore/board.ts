import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { BoardId, BoardNoteId, BoardView, CollectedNote } from "../../../server/domain/board.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { Page } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import { viewBoard } from "../../../server/services/boards/board-views.ts";
import { changeBoard, deleteBoard, moveOnBoard } from "../../../server/services/boards/boards.ts";
import { actorLink, avatar } from "../../components/actor.ts";
import { boardMark, boardPath } from "../../components/board.ts";
import { cover } from "../../components/covers.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { feedLine } from "../../components/feed-line.ts";
import { feedLinks } from "../../components/head-tags.ts";
import { icon } from "../../components/icon.ts";
import { lookingOf, lookingPath, viewSwitch } from "../../components/looking.ts";
import { noteCard } from "../../components/note.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath, notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { boardFields, toBoardForm } from "./boards.ts";

/** The notes of a board that the reader may see, as covers or whole. */
export async function getBoard(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { board, page } = await open(c);
  const isMine = visit.viewer?.actorId === board.owner.id;
  const looking = lookingOf(c, "grid");
  const path = lookingPath(boardPath(board), looking);
  const asGrid = looking.view === "grid";
  const isArranging = isMine && c.req.query("arrange") === "yes";
  return await showPage(c, {
    title: board.name,
    shape: asGrid ? "wide" : "column",
    isPublic: board.visibility === "public",
    noindex: board.visibility !== "public" || !board.owner.indexable,
    head:
      board.visibility === "private"
        ? html``
        : html`<link rel="canonical" href="${visit.app.uris.origin}${boardPath(board)}"><link rel="alternate" type="application/activity+json" href="${visit.app.uris.origin}${boardPath(board)}">${board.visibility === "public" ? feedLinks(`${visit.app.uris.origin}${boardPath(board)}`, board.name) : ""}`,
    main: html`<div class="explore-head">${boardHead(visit, board, isMine)}<div class="filter-bar">${viewSwitch(visit, boardPath(board), looking)}${isMine && page.items.length > 1 ? arrangeSwitch(visit, path, isArranging) : ""}</div></div>
${page.items.length === 0 ? html`<p class="empty">${t(isMine ? "boards.empty_yours" : "boards.empty")}</p>` : items(visit, board, page, { asGrid, isArranging })}
${board.total > board.shown ? html`<p class="muted why">${t("boards.unseen", { count: board.total - board.shown })}</p>` : ""}${pager(visit, page, isArranging ? `${path}&arrange=yes` : path)}${board.visibility === "public" ? feedLine(visit, boardPath(board)) : ""}`,
  });
}

async function open(
  c: WebContext,
): Promise<{ readonly board: BoardView; readonly page: Page<CollectedNote> }> {
  const { app, viewer } = c.get("visit");
  const found = await viewBoard(app, viewer, boardIdOf(c), { ...pageRequestOf(c), limit: 24 });
  // The address names its owner too: one board has one address.
  if (actorPath(found.board.owner) !== `/${encodeURI(c.req.param("handle") ?? "")}`) throw notFound();
  return found;
}

function boardIdOf(c: WebContext): BoardId {
  const id = parseId<BoardId>(c.req.param("board"));
  if (id === null) throw notFound();
  return id;
}

function boardHead(visit: Visit, board: BoardView, isMine: boolean): Html {
  const { t, rich } = visit.i18n;
  return html`<p class="back"><a href="${actorPath(board.owner)}/boards">${icon(visit, "back")}<span>${t(isMine ? "boards.yours" : "boards.all")}</span></a></p>
<div class="page-head"><div><h1 class="page-title" dir="auto">${board.name}</h1>
<p class="board-by muted">${avatar(board.owner, 24)}<span>${rich("boards.by", { name: actorLink(board.owner) })} · ${t("boards.notes", { count: board.shown })}</span>${boardMark(visit, board)}</p></div>
${isMine ? html`<a class="button quiet" href="${boardPath(board)}/edit">${icon(visit, "edit")}<span>${t("boards.edit")}</span></a>` : ""}</div>
${board.summary === "" ? "" : html`<p class="board-summary" dir="auto">${board.summary}</p>`}`;
}

function items(
  visit: Visit,
  board: BoardView,
  page: Page<CollectedNote>,
  { asGrid, isArranging }: { readonly asGrid: boolean; readonly isArranging: boolean },
): Html {
  const beside = (item: CollectedNote) =>
    html`${item.comment === "" ? "" : html`<p class="board-comment" dir="auto">${item.comment}</p>`}${isArranging ? ownTools(visit, board, item) : ""}`;
  if (asGrid)
    return html`<ul class="covers">${page.items.map((item, index) => html`<li id="place-${item.id}">${cover(visit, item.note, index)}${beside(item)}</li>`)}</ul>`;
  return html`<div class="notes">${page.items.map((item) => html`<div class="collected" id="place-${item.id}">${beside(item)}${noteCard(visit, item.note)}</div>`)}</div>`;
}

/** Tools stand on the board only while its owner puts it in order. */
function arrangeSwitch(visit: Visit, path: string, isArranging: boolean): Html {
  return html`<a class="button quiet small" href="${isArranging ? path : `${path}&arrange=yes`}"${isArranging ? html` aria-current="true"` : ""}>${visit.i18n.t(isArranging ? "boards.arranged" : "boards.order")}</a>`;
}

/** Order and comment, for the owner: buttons, since nobody should have to drag. */
function ownTools(visit: Visit, board: BoardView, item: CollectedNote): Html {
  const { t } = visit.i18n;
  const button = (way: "up" | "down") =>
    html`<button class="button quiet small" name="do" value="${way}">${icon(visit, way)}<span class="hidden">${t(`boards.${way}`)}</span></button>`;
  return html`<form class="board-tools" method="post" action="${boardPath(board)}">${formToken(visit)}<input type="hidden" name="place" value="${item.id}"><input type="hidden" name="view" value="${visit.path.includes("view=list") ? "list" : "grid"}">${button("up")}${button("down")}<a class="button quiet small" href="${notePath(item.note)}/collect">${icon(visit, "edit")}<span class="hidden">${t("boards.arrange")}</span></a></form>`;
}

/** Moves a note one place up or down. */
export async function postBoard(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const { board } = await open(c);
  const form = await readForm(c);
  const id = parseId<BoardNoteId>(form.text("place"));
  if (id === null) throw notFound();
  await moveOnBoard(app, viewer, board.id, { id, up: form.text("do") === "up" });
  const view = form.text("view") === "list" ? "list" : "grid";
  return c.redirect(`${boardPath(board)}?view=${view}&arrange=yes#place-${id}`, 303);
}

/** What one's own board says of itself. */
export async function getEditBoard(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showEdit(c, viewer, null);
}

/** Changes it. */
export async function postEditBoard(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() => changeBoard(app, viewer, boardIdOf(c), toBoardForm(form)));
  if (!outcome.ok) return await showEdit(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(boardPath(await ownBoard(c, viewer)), 303);
}

async function ownBoard(c: WebContext, viewer: Viewer): Promise<BoardView> {
  const { board } = await open(c);
  if (board.owner.id !== viewer.actorId) throw notFound();
  return board;
}

async function showEdit(c: WebContext, viewer: Viewer, returned: FormState | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const board = await ownBoard(c, viewer);
  const state =
    returned ?? freshForm({ name: board.name, summary: board.summary, visibility: board.visibility });
  return await showPage(c, {
    title: t("boards.edit"),
    shape: "narrow",
    status: state.refusal?.status ?? 200,
    main: html`<p class="back"><a href="${boardPath(board)}">${icon(visit, "back")}<span><bdi>${board.name}</bdi></span></a></p>
<h1 class="page-title">${t("boards.edit")}</h1>${faultSummary(visit, state, { name: t("boards.name"), summary: t("boards.summary") })}
<form class="card stack" method="post" action="${boardPath(board)}/edit">${formToken(visit)}${boardFields(visit, state)}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>
<p class="more-link"><a class="button danger" href="${boardPath(board)}/delete">${t("boards.delete")}</a></p>`,
  });
}

/** Asks once more before a board goes. */
export async function getDeleteBoard(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, rich } = visit.i18n;
  const board = await ownBoard(c, viewer);
  return await showPage(c, {
    title: t("boards.delete_title", { name: board.name }),
    shape: "narrow",
    main: html`<div class="card stack"><h1 class="page-title">${rich("boards.delete_title", { name: html`<bdi>${board.name}</bdi>` })}</h1><p>${t("boards.delete_text")}</p>
<form method="post" action="${boardPath(board)}/delete">${formToken(visit)}<div class="form-buttons"><button class="button danger">${t("boards.delete")}</button> <a class="button quiet" href="${boardPath(board)}/edit">${t("form.cancel")}</a></div></form></div>`,
  });
}

/** Removes a board. */
export async function postDeleteBoard(c: WebContext, viewer: Viewer): Promise<Response> {
  await deleteBoard(c.get("visit").app, viewer, boardIdOf(c));
  return c.redirect(`/@${viewer.username}/boards`, 303);
}
