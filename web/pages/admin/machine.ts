import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { Finding } from "../../../server/domain/chore.ts";
import { listBackups } from "../../../server/services/administration/backups.ts";
import { findChore, requestChore } from "../../../server/services/administration/chores.ts";
import { viewSoftware } from "../../../server/services/administration/software.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { bytesText } from "../../components/amounts.ts";
import { choreLine } from "../../components/chore.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { timeOf } from "../../components/note.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** What the doctor found when it last looked. */
export async function getHealth(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state = await findChore(visit.app, viewer, "examine");
  const findings = state?.state === "done" ? state.outcome : [];
  const order = { fail: 0, warn: 1, ok: 2 } as const;
  const body = html`${choreLine(visit, state, "/admin/health")}
${findings.length === 0 ? "" : html`<ul class="rows card">${findings.toSorted((a, b) => order[a.state] - order[b.state]).map((one) => findingRow(visit, one))}</ul>`}
<form class="form-buttons" method="post" action="/admin/health">${formToken(visit)}<button class="button primary">${t("health.examine")}</button></form>`;
  return await showPage(c, {
    title: t("staff.health"),
    place: "settings",
    main: adminFrame(visit, "health", body, { lead: t("health.lead") }),
  });
}

/** What the doctor looks at, in the reader's words; what it says about it is as on the command line. */
const SUBJECTS: Readonly<Record<string, MessageKey>> = {
  configuration: "health.configuration",
  "data folder": "health.folder",
  disk: "health.disk",
  "file system": "health.file_system",
  "secret key": "health.secret",
  files: "health.files",
  films: "health.films",
  database: "health.database",
  schema: "health.schema",
  jobs: "health.jobs",
  "dead letters": "health.dead",
  clock: "health.clock",
  "public address": "health.address",
  "set-up": "health.set_up",
  WebFinger: "health.found",
  actor: "health.found",
  certificate: "health.certificate",
  profile: "health.profile",
  name: "health.name",
  IPv6: "health.ipv6",
  proxy: "health.proxy",
  streams: "health.streams",
  "public clock": "health.public_clock",
  visitors: "health.visitors",
  caches: "health.caches",
};

/** What to do about it, in the reader's language; the details beside it are as on the command line. */
const WHAT_TO_DO: Readonly<Record<string, MessageKey>> = {
  configuration: "health.do_configuration",
  "data folder": "health.do_folder",
  disk: "health.do_disk",
  "file system": "health.do_file_system",
  "secret key": "health.do_secret",
  files: "health.do_files",
  films: "health.do_films",
  database: "health.do_database",
  schema: "health.do_schema",
  jobs: "health.do_jobs",
  "dead letters": "health.do_dead",
  clock: "health.do_clock",
  "public address": "health.do_address",
  "set-up": "health.do_set_up",
  WebFinger: "health.do_found",
  actor: "health.do_found",
  certificate: "health.do_certificate",
  name: "health.do_name",
  IPv6: "health.do_ipv6",
  proxy: "health.do_proxy",
  streams: "health.do_streams",
  "public clock": "health.do_public_clock",
  visitors: "health.do_visitors",
  caches: "health.do_caches",
};

function findingRow(visit: Visit, one: Finding): Html {
  const { t } = visit.i18n;
  const subject = SUBJECTS[one.subject];
  const help = WHAT_TO_DO[one.subject];
  const drawing = one.state === "ok" ? "check" : "alert";
  return html`<li class="finding is-${one.state}"><div class="concern">${icon(visit, drawing)}<div><p><strong>${subject === undefined ? one.subject : t(subject)}</strong> <span class="badge">${t(`health.${one.state}`)}</span></p>${one.state === "ok" || help === undefined ? "" : html`<p>${t(help)}</p>`}<p class="small-text address" lang="en" dir="ltr">${one.text}</p></div></div></li>`;
}

/** Asks the doctor to look again. */
export async function postHealth(c: WebContext, viewer: Viewer): Promise<Response> {
  await requestChore(c.get("visit").app, viewer, "examine");
  return c.redirect("/admin/health", 303);
}

/** Backups in the data folder, and how to make one. */
export async function getBackup(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state = await findChore(visit.app, viewer, "backup");
  const files = await listBackups(visit.app, viewer);
  const isElsewhere = visit.app.config.bucket !== null;
  const body = html`<section class="card stack" aria-labelledby="backup-now"><div><h2 class="section-title" id="backup-now">${t("backup.now")}</h2><p class="muted">${t("backup.now_text")}</p>${isElsewhere ? html`<p class="notice">${t("backup.elsewhere")}</p>` : ""}</div>
${choreLine(visit, state, "/admin/backup")}
<form class="form-buttons" method="post" action="/admin/backup">${formToken(visit)}<button class="button primary">${t("backup.make")}</button></form></section>
<section aria-labelledby="backup-files"><h2 class="section-title" id="backup-files">${t("backup.files")}</h2>${files.length === 0 ? html`<div class="empty">${t("backup.empty")}</div>` : html`<ul class="rows card">${files.map((one) => html`<li><div><p class="address" dir="ltr">${one.name}</p><p class="muted small-text">${t(`backup.${one.kind}`)} · ${timeOf(visit, one.madeAt, "", true)}</p></div><p class="amount">${bytesText(visit, one.bytes)}</p></li>`)}</ul>`}</section>
<section class="card" aria-labelledby="backup-away"><h2 class="section-title" id="backup-away">${t("backup.away")}</h2><p>${t("backup.away_text")}</p><pre class="code command" dir="ltr" tabindex="0"><code>causeway backup --to /mnt/backups/causeway-$(date +%F).tar.gz</code></pre><p>${t("backup.restore_text")}</p><pre class="code command" dir="ltr" tabindex="0"><code>causeway restore causeway-2026-01-31.tar.gz</code></pre></section>`;
  return await showPage(c, {
    title: t("staff.backup"),
    place: "settings",
    main: adminFrame(visit, "backup", body, { lead: t("backup.lead") }),
  });
}

/** Asks for a backup. */
export async function postBackup(c: WebContext, viewer: Viewer): Promise<Response> {
  await requestChore(c.get("visit").app, viewer, "backup");
  return c.redirect("/admin/backup", 303);
}

/** What runs here, and what it is made of. */
export async function getVersion(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const software = await viewSoftware(visit.app, viewer);
  const { applied, pending } = software.schema;
  const body = html`<section class="card" aria-label="${t("staff.version")}"><dl class="facts">
<div><dt>${t("version.causeway")}</dt><dd>${software.version}</dd></div>
<div><dt>${t("version.runtime")}</dt><dd>${software.runtime}</dd></div>
<div><dt>${t("version.database")}</dt><dd>${software.database === "sqlite" ? "SQLite" : "PostgreSQL"}</dd></div>
<div><dt>${t("version.schema")}</dt><dd><bdi>${applied.at(-1) ?? ""}</bdi>${pending.length === 0 ? "" : ` · ${t("version.pending", { count: pending.length })}`}</dd></div>
<div><dt>${t("version.licence")}</dt><dd>${software.licence}</dd></div></dl></section>
<section aria-labelledby="version-made"><h2 class="section-title" id="version-made">${t("version.made_of")}</h2><p class="muted">${t("version.made_text")}</p>
<ul class="rows card">${software.ingredients.map(({ name, version, licence }) => html`<li><p class="code" dir="ltr">${name} ${version}</p><p class="muted">${licence ?? t("version.no_licence")}</p></li>`)}</ul></section>`;
  return await showPage(c, {
    title: t("staff.version"),
    place: "settings",
    main: adminFrame(visit, "version", body, { lead: t("version.lead") }),
  });
}
