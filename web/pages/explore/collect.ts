import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { BOARD_LIMITS, BOARD_VISIBILITIES, type BoardId } from "../../../server/domain/board.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { boardsWith, listBoards } from "../../../server/services/boards/board-views.ts";
import { collectNote } from "../../../server/services/boards/boards.ts";
import { boardPath } from "../../components/board.ts";
import { areaField, checkListField, faultSummary, selectField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { noteCard } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { noteIdOf, noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** On which of one's boards a note is. */
export async function getCollect(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, null);
}

/** Puts it on the boards that are marked, on a new one too, and takes it off the others. */
export async function postCollect(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const name = form.text("name").trim();
  const outcome = await attempt(() =>
    collectNote(app, viewer, noteIdOf(c), {
      boardIds: form.all("board").flatMap((id) => parseId<BoardId>(id) ?? []),
      comment: form.text("comment"),
      ...(name === "" ? {} : { fresh: { name, visibility: form.text("visibility") } }),
    }),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${notePath(await noteOf(c))}/collect?saved=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, returned: FormState | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = await noteOf(c);
  const [boards, held] = await Promise.all([
    listBoards(visit.app, viewer, viewer.actorId),
    boardsWith(visit.app, viewer, note.id),
  ]);
  const comment = [...held.values()].find((text) => text !== "") ?? "";
  const state = returned ?? freshForm({ board: [...held.keys()].map(String), comment, visibility: "public" });
  const on = boards.filter((board) => held.has(board.id));
  const saved = html`<div class="notice good" role="status"><p>${t("form.saved")}</p>${on.length === 0 ? "" : html`<p>${on.map((board) => html`<a href="${boardPath(board)}"><bdi>${board.name}</bdi></a> `)}</p>`}</div>`;
  const choices = boards.map(({ id, name }) => ({ value: String(id), label: name }));
  return await showPage(c, {
    title: t("boards.collect"),
    shape: "narrow",
    status: state.refusal?.status ?? 200,
    main: html`<p class="back"><a href="${notePath(note)}">${icon(visit, "back")}<span>${t("note.back")}</span></a></p>${c.req.query("saved") === undefined ? "" : saved}
<h1 class="page-title">${t("boards.collect")}</h1><p class="muted">${t("boards.collect_lead")}</p>${faultSummary(visit, state, { comment: t("boards.comment"), name: t("boards.new") })}
<form class="card stack" method="post" action="${notePath(note)}/collect">${formToken(visit)}
${choices.length === 0 ? "" : checkListField(visit, state, { name: "board", label: "boards.yours", choices })}
${textField(visit, state, { name: "name", label: "boards.new", dir: "auto", maxlength: BOARD_LIMITS.name })}
${selectField(visit, state, { name: "visibility", label: "boards.new_visibility", choices: BOARD_VISIBILITIES.map((value) => ({ value, label: t(`boards.is_${value}`) })) })}
${areaField(visit, state, { name: "comment", label: "boards.comment", hint: t("boards.comment_hint"), rows: 2 })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>
<section class="quoted" aria-label="${t("boards.this_note")}">${noteCard(visit, note, { isQuoted: true })}</section>`,
  });
}
