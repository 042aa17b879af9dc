import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { TRANSFER_FILES, TRANSFER_KINDS, type TransferKind } from "../../../server/domain/transfer.ts";
import { notFound } from "../../../server/errors.ts";
import { countExports, exportFile } from "../../../server/services/transfers/export.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { streamOf } from "../../streams.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** The files that the person can take along, and how much is in each. */
export async function getExport(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const counts = await countExports(visit.app, viewer);
  const body = html`<p class="muted">${t("export.lead")}</p>
<ul class="rows card">${TRANSFER_KINDS.map((kind) => fileRow(visit, kind, counts[kind]))}</ul>
<p class="muted">${t("export.notes")}</p>`;
  return await showPage(c, {
    title: t("settings.export"),
    place: "settings",
    main: settingsFrame(visit, "export", false, body),
  });
}

function fileRow(visit: Visit, kind: TransferKind, count: number): Html {
  const { t } = visit.i18n;
  const file = TRANSFER_FILES[kind];
  return html`<li><div><p><strong>${t(`transfers.${kind}`)}</strong> <span class="muted">${t("export.rows", { count })}</span></p>
<p class="muted small-text">${t(`transfers.${kind}_text`)}</p></div>
<a class="button quiet small" href="/settings/export/${file}" download="${file}">${t("export.download")}<span class="hidden"> ${file}</span></a></li>`;
}

/** One of the files, made while it is sent. */
export async function getExportFile(c: WebContext, viewer: Viewer): Promise<Response> {
  const name = c.req.param("file") ?? "";
  const kind = TRANSFER_KINDS.find((one) => TRANSFER_FILES[one] === name);
  if (kind === undefined) throw notFound();
  return await Promise.resolve(sendFile(c, name, kind, exportFile(c.get("visit").app, viewer, kind)));
}

/** A file of lists for its owner alone; nobody may keep a copy on the way. */
export function sendFile(
  c: WebContext,
  name: string,
  kind: TransferKind,
  text: AsyncIterable<string>,
): Response {
  const type = kind === "filters" ? "application/json" : "text/csv";
  return c.body(streamOf(text), 200, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Disposition": `attachment; filename="${name}"`,
    "Cache-Control": "private, no-store",
  });
}
