import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { type RowState, TRANSFER_FILES, type TransferId } from "../../../server/domain/transfer.ts";
import { invalid, notFound } from "../../../server/errors.ts";
import {
  continueImport,
  removeImport,
  startImport,
  stopImport,
} from "../../../server/services/transfers/import.ts";
import {
  countGoing,
  countWaitingElsewhere,
  getImport,
  listImportRows,
  openFailedRows,
  type RowView,
  type TransferView,
} from "../../../server/services/transfers/results.ts";
import { faultLine, faultSummary, fieldId } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { sendFile } from "./export.ts";

const PATH = "/settings/import";

/** A file that came: what is in it, what is to be done with it, and what came of each row. */
export async function getImportOne(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, idOf(c), freshForm());
}

/** `do` says what: add, replace, stop, go on, forget. */
export async function postImportOne(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = idOf(c);
  const form = await readForm(c);
  const what = form.text("do");
  const outcome = await attempt(async () => {
    switch (what) {
      case "merge":
        return await startImport(app, viewer, id, "merge");
      case "overwrite": {
        const going = await countGoing(app, viewer, id);
        // What goes is agreed to by its number: more than was shown is asked once more.
        const agreed = Number(form.text("sure") === "" ? 0 : form.text("sure"));
        if (!(going.whole + going.others <= agreed)) throw invalid({ sure: { key: "field.required" } });
        return await startImport(app, viewer, id, "overwrite");
      }
      case "stop":
        return await stopImport(app, viewer, id);
      case "continue":
        return await continueImport(app, viewer, id);
      case "remove":
        return await removeImport(app, viewer, id);
      default:
        throw invalid({});
    }
  });
  if (!outcome.ok) return await show(c, viewer, id, returnedForm(form, outcome.refusal));
  return c.redirect(what === "remove" ? PATH : `${PATH}/${id}`, 303);
}

/** The rows that failed, as a file of the same kind. */
export async function getImportFailed(c: WebContext, viewer: Viewer): Promise<Response> {
  const { kind, text } = await openFailedRows(c.get("visit").app, viewer, idOf(c));
  return sendFile(c, `failed-${TRANSFER_FILES[kind]}`, kind, text);
}

function idOf(c: WebContext): TransferId {
  const id = parseId<TransferId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

const SHOWN = ["all", "failed", "waiting"] as const;
type Shown = (typeof SHOWN)[number];

async function show(c: WebContext, viewer: Viewer, id: TransferId, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const transfer = await getImport(visit.app, viewer, id);
  const shown = SHOWN.find((one) => one === c.req.query("rows")) ?? "all";
  const page = Math.min(1_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
  const request = { state: shown === "all" ? null : (shown satisfies RowState), page };
  const { rows, hasMore } = await listImportRows(visit.app, viewer, id, request);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`${faultSummary(visit, state, { sure: t("import.overwrite_title") })}
<p><strong>${t(`transfers.${transfer.kind}`)}</strong> <span class="muted"><bdi>${transfer.name}</bdi> · ${t("export.rows", { count: transfer.total })}</span></p>
${transfer.state === "review" ? await review(visit, viewer, transfer, state) : await progress(visit, viewer, transfer)}
${rowsSection(visit, transfer, { shown, page, hasMore, rows })}`;
  return await showPage(c, {
    title: t("settings.import"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "import", false, body, `transfers.${transfer.kind}`),
  });
}

/** Both ways of taking the file over, with what each would do. */
async function review(visit: Visit, viewer: Viewer, transfer: TransferView, state: FormState): Promise<Html> {
  const { t } = visit.i18n;
  const going = await countGoing(visit.app, viewer, transfer.id);
  const count = going.whole + going.others;
  const id = fieldId("sure");
  const sure = html`<div class="field"><label class="choice" for="${id}"><input type="checkbox" id="${id}" name="sure" value="${count}" required> <span>${t("import.overwrite_sure", { count })}</span></label>${faultLine(visit, state, "sure")}</div>`;
  return html`${transfer.failed === 0 ? "" : html`<p class="notice">${t("import.unreadable", { count: transfer.failed })}</p>`}
<h2 class="section-title">${t("import.review_title")}</h2>
<section class="card stack" aria-labelledby="merge-title"><h3 class="section-title" id="merge-title">${t("import.merge_title")}</h3><p>${t("import.merge_text")}</p>
${button(visit, transfer, html`<button class="button primary" name="do" value="merge">${t("import.merge")}</button>`)}</section>
<section class="card stack" aria-labelledby="overwrite-title"><h3 class="section-title" id="overwrite-title">${t("import.overwrite_title")}</h3><p>${goingText(visit, transfer, going)}</p>
<form class="stack" method="post" action="${PATH}/${transfer.id}">${formToken(visit)}${count === 0 ? "" : sure}
<div class="form-buttons"><button class="button ${count === 0 ? "quiet" : "danger"}" name="do" value="overwrite">${t("import.overwrite")}</button></div></form></section>
${button(visit, transfer, html`<button class="button quiet" name="do" value="remove">${t("import.discard")}</button>`)}`;
}

function goingText(
  visit: Visit,
  { kind }: TransferView,
  { whole, others }: { readonly whole: number; readonly others: number },
): string {
  const { t } = visit.i18n;
  if (whole + others === 0) return t("import.overwrite_none");
  if (kind !== "lists") return t(`import.overwrite_${kind}`, { count: others });
  return [
    ...(whole === 0 ? [] : [t("import.overwrite_titles", { count: whole })]),
    ...(others === 0 ? [] : [t("import.overwrite_lists", { count: others })]),
  ].join(" ");
}

function button(visit: Visit, { id }: TransferView, inside: Html): Html {
  return html`<form method="post" action="${PATH}/${id}">${formToken(visit)}<div class="form-buttons">${inside}</div></form>`;
}

async function progress(visit: Visit, viewer: Viewer, transfer: TransferView): Promise<Html> {
  const { t } = visit.i18n;
  const { done, already, failed, total, waiting, state } = transfer;
  const counts = [
    t("import.count_done", { count: done }),
    ...(already === 0 ? [] : [t("import.count_already", { count: already })]),
    ...(failed === 0 ? [] : [t("import.count_failed", { count: failed })]),
  ].join(" · ");
  const elsewhere = state === "running" ? await countWaitingElsewhere(visit.app, viewer, transfer.id) : 0;
  const number = (value: number) => new Intl.NumberFormat(visit.i18n.locale).format(value);
  return html`<section class="card stack" aria-labelledby="state-title"><h2 class="section-title" id="state-title">${t(`import.state_${state}`)}</h2>
<progress class="whole" max="${total}" value="${total - waiting}" aria-labelledby="state-title"></progress>
<p role="status">${t("import.progress", { looked: number(total - waiting), total: number(total) })} · ${counts}</p>
${elsewhere === 0 ? "" : html`<p class="muted">${t("import.elsewhere", { count: elsewhere })}</p>`}
${state === "running" ? html`<p class="muted">${t("import.away")} <a href="${PATH}/${transfer.id}">${t("import.look")}</a></p>${button(visit, transfer, html`<button class="button quiet" name="do" value="stop">${t("import.stop")}</button>`)}` : ""}
${state === "stopped" ? button(visit, transfer, html`<button class="button primary" name="do" value="continue">${t("import.continue")}</button>`) : ""}
${failed === 0 ? "" : html`<p><a class="button quiet" href="${PATH}/${transfer.id}/failed">${t("import.failed_file")}</a></p><p class="muted small-text">${t("import.failed_hint")}</p>`}
${state === "running" ? "" : button(visit, transfer, html`<button class="button quiet" name="do" value="remove">${t("import.discard")}</button>`)}</section>`;
}

type Rows = {
  readonly shown: Shown;
  readonly page: number;
  readonly hasMore: boolean;
  readonly rows: readonly RowView[];
};

function rowsSection(visit: Visit, { id }: TransferView, { shown, page, hasMore, rows }: Rows): Html {
  const { t } = visit.i18n;
  const at = (which: Shown, number = 1) => `${PATH}/${id}?rows=${which}&page=${number}#rows`;
  const pages =
    page === 1 && !hasMore
      ? ""
      : html`<nav class="pager" aria-label="${t("import.pages")}">${page === 1 ? html`<span></span>` : html`<a class="button quiet" rel="prev" href="${at(shown, page - 1)}">${t("import.previous")}</a>`}
${hasMore ? html`<a class="button quiet" rel="next" href="${at(shown, page + 1)}">${t("import.next")}</a>` : ""}</nav>`;
  return html`<section class="stack" id="rows" aria-labelledby="rows-title"><h2 class="section-title" id="rows-title">${t("import.rows")}</h2>
<nav class="tabs small" aria-label="${t("import.rows")}">${SHOWN.map((one) => html`<a href="${at(one)}"${one === shown ? html` aria-current="page"` : ""}>${t(`import.rows_${one}`)}</a>`)}</nav>
${rows.length === 0 ? html`<div class="empty">${t("import.rows_none")}</div>` : html`<ul class="rows card">${rows.map((row) => rowLine(visit, row))}</ul>`}${pages}</section>`;
}

function rowLine(visit: Visit, row: RowView): Html {
  const { t, message } = visit.i18n;
  const word =
    row.isRemoval && row.state === "done" ? "import.row_gone" : (`import.row_${row.state}` as const);
  const list =
    row.list === null
      ? ""
      : html` <span class="muted">${visit.i18n.rich("import.to_list", { list: html`<bdi>${row.list}</bdi>` })}</span>`;
  return html`<li><div><p class="row-subject"><bdi>${row.label}</bdi>${list}</p>${row.message === null ? "" : html`<p class="muted small-text">${message(row.message)}</p>`}</div><span class="badge">${t(word)}</span></li>`;
}
