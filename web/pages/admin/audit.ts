import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  type AuditView,
  exportAudit,
  listAuditLines,
} from "../../../server/services/moderation/audit-views.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { selectField } from "../../components/fields.ts";
import { timeOf } from "../../components/note.ts";
import { freshForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { streamOf } from "../../streams.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/audit";

/** What staff did with its powers, newest first; `?who=` and `?what=` choose. */
export async function getAudit(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const given = (name: string) => {
    const value = c.req.query(name);
    return value === undefined || value === "" ? undefined : value.slice(0, 100);
  };
  const before = given("before");
  const wanted = { who: given("who"), noun: given("what") };
  const found = await listAuditLines(visit.app, viewer, {
    ...wanted,
    before: before !== undefined && /^[1-9]\d{0,14}$/.test(before) ? Number(before) : undefined,
  });
  const state = freshForm({ who: wanted.who ?? "", what: wanted.noun ?? "" });
  const way = new URLSearchParams();
  if (wanted.who !== undefined) way.set("who", wanted.who);
  if (wanted.noun !== undefined) way.set("what", wanted.noun);
  if (found.older !== null) way.set("before", String(found.older));
  const body = html`<form class="card stack" action="${PATH}"><div class="compose-row">
${selectField(visit, state, { name: "who", label: "audit.who", choices: [{ value: "", label: t("audit.everybody") }, ...found.people.map((value) => ({ value, label: nameOf(visit, value) }))] })}
${selectField(visit, state, { name: "what", label: "audit.what", choices: [{ value: "", label: t("log.all") }, ...found.nouns.map((value) => ({ value, label: value }))] })}</div>
<div class="form-buttons"><button class="button primary">${t("log.show")}</button> <a class="button quiet" href="${PATH}.ndjson" download="audit.ndjson">${t("audit.download")}</a></div></form>
${found.lines.length === 0 ? html`<div class="empty">${t("audit.empty")}</div>` : html`<ul class="rows card">${found.lines.map((one) => row(visit, one))}</ul>`}
${found.older === null ? "" : html`<p><a class="button quiet" rel="next" href="${PATH}?${way.toString()}">${t("log.older")}</a></p>`}
${found.folded === null ? "" : html`<p class="muted small-text">${t("audit.folded", { line: String(found.folded) })}</p>`}`;
  return await showPage(c, {
    title: t("staff.audit"),
    place: "settings",
    main: adminFrame(visit, "audit", body, { lead: t("audit.lead") }),
  });
}

function nameOf(visit: Visit, who: string): string {
  return who === "operator" ? visit.i18n.t("audit.operator") : `@${who}`;
}

function row(visit: Visit, line: AuditView): Html {
  const facts = Object.entries(line.detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${String(value)}`);
  const who = line.isOperator ? visit.i18n.t("audit.operator") : `@${line.who}`;
  return html`<li><div><p><code dir="ltr">${line.what}</code>${line.subject === null ? "" : html` <bdi><strong>${line.subject}</strong></bdi>`}</p>
<p class="muted small-text">${visit.i18n.t("log.line", { line: String(line.seq) })} · <bdi>${who}</bdi> · ${timeOf(visit, line.at, "", true)}${facts.length === 0 ? "" : html` · <bdi>${facts.join(" · ")}</bdi>`}</p></div></li>`;
}

/** The whole audit log with its hashes, as lines of JSON; for administrators alone. */
export async function getAuditFile(c: WebContext, viewer: Viewer): Promise<Response> {
  return await Promise.resolve(
    c.body(streamOf(exportAudit(c.get("visit").app, viewer)), 200, {
      "Content-Type": "application/x-ndjson; charset=utf-8",
      "Content-Disposition": 'attachment; filename="audit.ndjson"',
      "Cache-Control": "private, no-store",
    }),
  );
}
