import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { BOARD_LIMITS, BOARD_VISIBILITIES, type BoardView } from "../../../server/domain/board.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import { listBoards } from "../../../server/services/boards/board-views.ts";
import { createBoard } from "../../../server/services/boards/boards.ts";
import { boardCards } from "../../components/board.ts";
import { emojiText } from "../../components/emoji.ts";
import { areaField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorOf } from "../../member.ts";
import { actorPath, outwards } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Somebody's boards; one's own with a form for one more. */
export async function getBoards(c: WebContext): Promise<Response> {
  const actor = await actorOf(c);
  const { viewer } = c.get("visit");
  // Boards of other servers are read there.
  if (actor.host !== null && viewer === null) return c.redirect(outwards(actor), 302);
  if (actor.host !== null) throw notFound();
  return await show(c, actor, freshForm({ visibility: "public" }));
}

/** Begins a board and goes to it. */
export async function postBoards(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() => createBoard(app, viewer, toBoardForm(form)));
  const own = `/@${viewer.username}/boards`;
  if (outcome.ok) return c.redirect(`${own}/${outcome.value}`, 303);
  return await show(c, await actorOf(c), returnedForm(form, outcome.refusal));
}

async function show(c: WebContext, actor: ActorView, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t, rich } = visit.i18n;
  if (actor.suspended) throw new CausewayError("gone", "error.suspended_profile");
  const isMine = visit.viewer?.actorId === actor.id;
  const boards = await listBoards(visit.app, visit.viewer, actor.id);
  return await showPage(c, {
    title: t("boards.of", { name: actor.name }),
    shape: "wide",
    isPublic: true,
    noindex: !actor.indexable,
    status: state.refusal?.status ?? 200,
    main: html`<div class="explore-head"><p class="back"><a href="${actorPath(actor)}">${icon(visit, "back")}<span>${t("people.back")}</span></a></p>
<h1 class="page-title">${isMine ? t("boards.yours") : rich("boards.of", { name: html`<bdi>${emojiText(actor.name, actor.emojis)}</bdi>` })}</h1>
<p class="muted">${t(isMine ? "boards.lead_yours" : "boards.lead")}</p></div>
${boards.length === 0 ? html`<p class="empty">${t(isMine ? "boards.none_yours" : "boards.none")}</p>` : boardCards(visit, boards)}
${isMine ? newBoard(visit, actor, state, boards) : ""}`,
  });
}

function newBoard(visit: Visit, actor: ActorView, state: FormState, boards: readonly BoardView[]): Html {
  const { t } = visit.i18n;
  const isOpen = state.refusal !== null || boards.length === 0;
  return html`<details class="card fold" id="new"${isOpen ? html` open` : ""}><summary>${icon(visit, "plus")}<span>${t("boards.new")}</span></summary>${faultSummary(visit, state, { name: t("boards.name"), summary: t("boards.summary") })}
<form class="stack" method="post" action="${actorPath(actor)}/boards">${formToken(visit)}${boardFields(visit, state)}
<div class="form-buttons"><button class="button primary">${t("boards.create")}</button></div></form></details>`;
}

/** What a board says of itself, to be typed. */
export function boardFields(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const choices = BOARD_VISIBILITIES.map((value) => ({
    value,
    label: t(`boards.is_${value}`),
    hint: t(`boards.is_${value}_hint`),
  }));
  return html`${textField(visit, state, { name: "name", label: "boards.name", required: true, dir: "auto", maxlength: BOARD_LIMITS.name })}
${areaField(visit, state, { name: "summary", label: "boards.summary", rows: 2 })}
${radioField(visit, state, { name: "visibility", label: "boards.visibility", choices })}`;
}

/** The fields of a board, as typed. */
export function toBoardForm(form: Form) {
  return { name: form.text("name"), summary: form.text("summary"), visibility: form.text("visibility") };
}
