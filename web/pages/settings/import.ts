import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  TRANSFER_FILES,
  TRANSFER_KINDS,
  TRANSFER_LIMITS,
  type TransferKind,
} from "../../../server/domain/transfer.ts";
import { invalid } from "../../../server/errors.ts";
import { beginImport, TRANSFER_KEPT_MS } from "../../../server/services/transfers/import.ts";
import { listImports, type TransferView } from "../../../server/services/transfers/results.ts";
import { bytesText } from "../../components/amounts.ts";
import { describedBy, faultLine, faultSummary, fieldId, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/import";

/** Where files from elsewhere are brought. */
export async function getImportPage(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm({ kind: "auto" }));
}

/** Reads a file; what is to be done with it is asked on its own page. */
export async function postImportPage(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    const [file] = form.files("file");
    if (file === undefined) throw invalid({ file: { key: "field.import_file" } });
    // Larger ones are not even copied.
    const max = TRANSFER_LIMITS.bytes / 1024 / 1024;
    if (file.size > TRANSFER_LIMITS.bytes)
      throw invalid({ file: { key: "field.import_large", params: { max } } });
    const kind = TRANSFER_KINDS.find((one) => one === form.text("kind")) ?? null;
    return await beginImport(app, viewer, { name: file.name, bytes: await bytesOf(file), kind });
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}/${outcome.value}`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const brought = await listImports(visit.app, viewer);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`<p class="muted">${t("import.lead")}</p>
${fileForm(visit, state)}
<section class="card stack" aria-labelledby="brought-title"><h2 class="section-title" id="brought-title">${t("import.list_title")}</h2>
${brought.length === 0 ? html`<p class="muted">${t("import.list_empty")}</p>` : html`<ul class="rows">${brought.map((one) => broughtRow(visit, one))}</ul><p class="muted small-text">${t("import.list_kept", { days: TRANSFER_KEPT_MS / 86_400_000 })}</p>`}</section>
<section class="card stack" aria-labelledby="which-title"><h2 class="section-title" id="which-title">${t("import.which_title")}</h2>
<dl class="stack">${TRANSFER_KINDS.map((kind) => kindLine(visit, kind))}</dl><p>${t("import.which_text")}</p></section>`;
  return await showPage(c, {
    title: t("settings.import"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "import", false, body),
  });
}

function fileForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const id = fieldId("file");
  const size = bytesText(visit, TRANSFER_LIMITS.bytes);
  const hint = t("import.file_hint", { size, rows: visit.i18n.count(TRANSFER_LIMITS.rows) });
  const kinds = TRANSFER_KINDS.map((kind) => ({ value: kind, label: t(`transfers.${kind}`) }));
  return html`<form class="card stack" method="post" action="${PATH}" enctype="multipart/form-data">${formToken(visit)}${faultSummary(visit, state, { file: t("import.file"), kind: t("import.kind") })}
<div class="field"><label for="${id}">${t("import.file")}</label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, "file")}
<input type="file" id="${id}" name="file" accept=".csv,.json,text/csv,application/json" required${describedBy(state, { name: "file", hint })}></div>
${selectField(visit, state, { name: "kind", label: "import.kind", choices: [{ value: "auto", label: t("import.kind_auto") }, ...kinds] })}
<div class="form-buttons"><button class="button primary">${t("import.read")}</button></div></form>`;
}

function broughtRow(visit: Visit, one: TransferView): Html {
  const { t } = visit.i18n;
  return html`<li><div><p><a href="${PATH}/${one.id}">${t(`transfers.${one.kind}`)}</a> <span class="badge">${t(`import.state_${one.state}`)}</span></p>
<p class="muted small-text"><bdi>${one.name}</bdi> · ${timeOf(visit, one.createdAt, "")} · ${t("export.rows", { count: one.total })}</p></div></li>`;
}

function kindLine(visit: Visit, kind: TransferKind): Html {
  const { t } = visit.i18n;
  return html`<div><dt><strong>${t(`transfers.${kind}`)}</strong> <bdi class="code">${TRANSFER_FILES[kind]}</bdi></dt><dd class="muted">${t(`transfers.${kind}_text`)}</dd></div>`;
}
