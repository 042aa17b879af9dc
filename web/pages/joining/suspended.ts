import { html } from "hono/html";
import { TRANSFER_FILES, TRANSFER_KINDS } from "../../../server/domain/transfer.ts";
import { notFound } from "../../../server/errors.ts";
import type { Suspended } from "../../../server/services/accounts/suspended.ts";
import { listOwnDecisions } from "../../../server/services/moderation/decision-views.ts";
import { exportFile } from "../../../server/services/transfers/export.ts";
import { faultSummary } from "../../components/fields.ts";
import { freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { SUSPENDED } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";
import { appealLabels, decisionSection, object, sendHistory } from "../settings/decisions.ts";
import { sendFile } from "../settings/export.ts";
import { logoutForm } from "./login.ts";

const HISTORY = "decisions.json";
/** Decisions shown; the newest is mostly the one. */
const SHOWN = 20;

/** Why somebody was suspended, what they may say against it, and their data; and nothing else. */
export async function getSuspended(c: WebContext): Promise<Response> {
  const { suspended, viewer } = c.get("visit");
  if (suspended === null) return c.redirect(viewer === null ? "/login" : "/", 303);
  return await show(c, suspended, freshForm());
}

/** Objects to one of the decisions. */
export async function postSuspended(c: WebContext): Promise<Response> {
  const { suspended } = c.get("visit");
  if (suspended === null) return c.redirect("/login", 303);
  const form = await readForm(c);
  const outcome = await object(c, suspended, form);
  if (!outcome.ok) return await show(c, suspended, returnedForm(form, outcome.refusal));
  return c.redirect(`${SUSPENDED}?saved=yes`, 303);
}

/** One of the files that they may take along. */
export async function getSuspendedFile(c: WebContext): Promise<Response> {
  const { app, suspended } = c.get("visit");
  if (suspended === null) return c.redirect("/login", 303);
  const name = c.req.param("file") ?? "";
  if (name === HISTORY) return await sendHistory(c, suspended);
  const kind = TRANSFER_KINDS.find((one) => TRANSFER_FILES[one] === name);
  if (kind === undefined) throw notFound();
  return sendFile(c, name, kind, exportFile(app, suspended, kind));
}

async function show(c: WebContext, person: Suspended, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { items } = await listOwnDecisions(visit.app, person, { limit: SHOWN });
  const isSaved = c.req.query("saved") !== undefined;
  const files = [
    { name: HISTORY, what: t("settings.decisions") },
    ...TRANSFER_KINDS.map((kind) => ({ name: TRANSFER_FILES[kind], what: t(`transfers.${kind}`) })),
  ];
  return await showPage(c, {
    title: t("suspended.title"),
    noindex: true,
    status: state.refusal?.status ?? 200,
    main: html`<h1>${t("suspended.title")}</h1>
<p class="lead">${t("suspended.lead", { server: visit.settings.name })}</p>
${faultSummary(visit, state, appealLabels(visit, items))}
${isSaved ? html`<p class="notice good" role="status">${t("decisions.saved")}</p>` : ""}
${items.length === 0 ? html`<p class="notice">${t("suspended.unknown")}</p>` : items.map((one) => decisionSection(visit, one, state, SUSPENDED))}
<section class="card stack" aria-labelledby="take"><h2 class="section-title" id="take">${t("settings.export")}</h2><p>${t("suspended.take")}</p>
<ul class="rows">${files.map(({ name, what }) => html`<li><a href="${SUSPENDED}/${name}" download="${name}">${t("suspended.download", { what })}</a></li>`)}</ul></section>
${logoutForm(c)}`,
  });
}
