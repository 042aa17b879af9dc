import { html } from "hono/html";
import type { BoardView } from "../../server/domain/board.ts";
import type { Html } from "../html.ts";
import { actorPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { toneOf } from "./actor.ts";
import { coverImage } from "./covers.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";
import { colourClasses } from "./picture.ts";

/** The page of a board. */
export function boardPath(board: Pick<BoardView, "id" | "owner">): string {
  return `${actorPath(board.owner)}/boards/${board.id}`;
}

/** Boards as cards: up to four of their pictures, name, how many notes. */
export function boardCards(visit: Visit, boards: readonly BoardView[]): Html {
  return html`<ul class="boards">${boards.map((board) => html`<li>${boardCard(visit, board)}</li>`)}</ul>`;
}

function boardCard(visit: Visit, board: BoardView): Html {
  const id = `board-${board.id}`;
  return html`<article class="board" aria-labelledby="${id}" data-component="board"><div class="board-covers count-${board.covers.length}${board.covers.length === 0 ? ` ${toneOf(board.id)}` : ""}">${
    board.covers.length === 0
      ? icon(visit, "stack")
      : board.covers.map(
          (one) =>
            html`<div class="board-cover ${colourClasses(one)}">${coverImage({ ...one, alt: "" }, 9)}</div>`,
        )
  }</div>
<h2 class="cover-title" id="${id}"><a href="${boardPath(board)}" dir="auto">${board.name}</a></h2>
<p class="cover-foot"><span>${visit.i18n.t("boards.notes", { count: board.shown })}</span>${boardMark(visit, board)}</p></article>`;
}

const ICONS: Readonly<Record<BoardView["visibility"], IconName>> = {
  public: "globe",
  unlisted: "moon",
  private: "lock",
};

/** Who may look at it; said where it is not everybody. */
export function boardMark(visit: Visit, { visibility }: Pick<BoardView, "visibility">): Html {
  if (visibility === "public") return html``;
  return html`<span class="visibility">${icon(visit, ICONS[visibility])}<span>${visit.i18n.t(`boards.is_${visibility}`)}</span></span>`;
}
