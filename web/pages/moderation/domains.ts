import { html } from "hono/html";
import { outranks, type Viewer } from "../../../server/domain/actor.ts";
import { type DomainRule, SEVERITIES } from "../../../server/domain/host-policy.ts";
import { notFound } from "../../../server/errors.ts";
import {
  changeDomain,
  type DomainLine,
  type DomainPreview,
  listDomainRules,
  previewDomain,
  ruleDomain,
  type RuleLine,
} from "../../../server/services/administration/domains.ts";
import { exportDomainRules } from "../../../server/services/moderation/domains-tables.ts";
import { adminFrame, figures, rowButton } from "../../components/admin-nav.ts";
import { domainName, ruleWords } from "../../components/domain-rule.ts";
import { areaField, checkField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/domains";
const PAGE = 100;
const CHANGES = ["rule", "unblock", "allow", "disallow"] as const;

/** Rules about servers, and those that are allowed; with `?domain=` the rule of one, and what it would end. */
export async function getDomains(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const typed = c.req.query("domain");
  if (typed === undefined || !outranks(viewer.role, "moderator"))
    return await showAll(c, viewer, freshForm());
  const outcome = await attempt(() => previewDomain(visit.app, viewer, typed));
  if (outcome.ok) return await showOne(c, outcome.value, freshForm(fieldsOf(outcome.value)));
  return await showAll(c, viewer, { ...freshForm({ domain: typed }), refusal: outcome.refusal });
}

/** Makes or changes a rule, takes it away, allows a server or does not any more. */
export async function postDomains(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const change = CHANGES.find((one) => one === form.text("do"));
  if (change === undefined) throw notFound();
  const domain = form.text("domain");
  const outcome = await attempt(() =>
    change === "rule"
      ? ruleDomain(app, viewer, { ...ruleFrom(form), domain })
      : changeDomain(app, viewer, { domain, change }),
  );
  if (outcome.ok) return c.redirect(`${PATH}?done=${change}`, 303);
  const state = returnedForm(form, outcome.refusal);
  const preview = change === "rule" ? await attempt(() => previewDomain(app, viewer, domain)) : null;
  return preview?.ok === true
    ? await showOne(c, preview.value, state)
    : await showAll(c, viewer, returnedForm(form, preview?.refusal ?? outcome.refusal));
}

/** All rules as a table for other servers. */
export async function getDomainsFile(c: WebContext, _viewer: Viewer): Promise<Response> {
  return c.body(await exportDomainRules(c.get("visit").app), 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="domain_blocks.csv"',
    "Cache-Control": "private, no-store",
  });
}

function fieldsOf({ domain, rule }: DomainPreview): Readonly<Record<string, string>> {
  const yes = (value: boolean) => (value ? "yes" : "");
  return {
    domain,
    severity: rule.severity,
    rejectMedia: yes(rule.rejectMedia),
    rejectReports: yes(rule.rejectReports),
    obfuscated: yes(rule.obfuscated),
    publicComment: rule.publicComment ?? "",
    privateComment: rule.privateComment ?? "",
  };
}

function ruleFrom(form: Form): DomainRule {
  const words = (name: string) => (form.text(name).trim() === "" ? null : form.text(name).trim());
  return {
    severity: SEVERITIES.find((one) => one === form.text("severity")) ?? "suspend",
    rejectMedia: form.text("rejectMedia") === "yes",
    rejectReports: form.text("rejectReports") === "yes",
    obfuscated: form.text("obfuscated") === "yes",
    publicComment: words("publicComment"),
    privateComment: words("privateComment"),
  };
}

async function showAll(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { mode, rules, allowed, waiting } = await listDomainRules(visit.app, viewer);
  const mayChange = outranks(viewer.role, "moderator");
  const done = CHANGES.find((one) => one === c.req.query("done"));
  const words = (c.req.query("q") ?? "").trim().toLowerCase().slice(0, 253);
  const body = html`<p class="muted small-text">${t("domains.mode_hint")}</p>
${mayChange ? finder(visit, state) : ""}
<p><a class="button quiet" href="${PATH}/bring">${t("domains.bring")}${waiting === 0 ? "" : html` <span class="badge">${t("domains.waiting", { count: waiting })}</span>`}</a> <a class="button quiet" href="${PATH}/export.csv">${t("domains.export")}</a></p>
${ruleList(visit, rules, { words, after: c.req.query("after") ?? "", mayChange })}
${allowedList(visit, allowed, mayChange)}`;
  return await showPage(c, {
    title: t("staff.domains"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "domains", body, {
      lead: t(`domains.lead_${mode === "open" ? "open" : "closed"}`),
      done: done === undefined ? undefined : `domains.done_${done}`,
    }),
  });
}

function finder(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" action="${PATH}">${faultSummary(visit, state, { domain: t("domains.domain") })}
${textField(visit, state, { name: "domain", label: "domains.domain", hint: t("domains.domain_hint"), required: true, literal: true, maxlength: 255, dir: "ltr" })}
<div class="form-buttons"><button class="button primary">${t("domains.look")}</button></div></form>`;
}

function ruleList(
  visit: Visit,
  rules: readonly RuleLine[],
  view: { readonly words: string; readonly after: string; readonly mayChange: boolean },
): Html {
  const { t } = visit.i18n;
  const { words, after } = view;
  const found = rules.filter(({ domain }) => domain.includes(words) && domain > after);
  const shown = found.slice(0, PAGE);
  const query = words === "" ? "" : `q=${encodeURIComponent(words)}&`;
  const last = shown.at(-1)?.domain ?? "";
  const search = html`<form class="search" role="search" action="${PATH}" aria-label="${t("domains.find")}"><label class="hidden" for="rule-words">${t("domains.find")}</label><input type="search" id="rule-words" name="q" value="${words}" placeholder="${t("domains.find")}" dir="ltr" maxlength="253"></form>`;
  return html`<section aria-labelledby="rules"><h2 class="section-title" id="rules">${t("domains.rules")}</h2>${rules.length > 5 ? search : ""}
${shown.length === 0 ? html`<div class="empty">${t(rules.length === 0 ? "domains.none_ruled" : "domains.none_found")}</div>` : html`<ul class="rows card">${shown.map((one) => ruleRow(visit, one, view.mayChange))}</ul>`}
${found.length > shown.length ? html`<p><a class="button quiet" href="${PATH}?${query}after=${encodeURIComponent(last)}">${t("domains.more_lines")}</a></p>` : ""}</section>`;
}

function ruleRow(visit: Visit, one: RuleLine, mayChange: boolean): Html {
  const { t } = visit.i18n;
  const comments = [one.publicComment, one.privateComment].filter((comment) => comment !== null);
  const buttons = html`<a class="button quiet small" href="${PATH}?domain=${encodeURIComponent(one.domain)}">${t("domains.change")}<span class="hidden"> ${one.domain}</span></a>
${rowButton(visit, PATH, { do: "unblock", text: t("domains.lift"), about: one.domain, fields: { domain: one.domain } })}`;
  return html`<li><div><p>${domainName(one.domain)} <span class="badge">${ruleWords(visit, one)}</span></p>
${comments.map((comment) => html`<p class="small-text" dir="auto">${comment}</p>`)}<p class="muted small-text">${timeOf(visit, one.since, "")} · ${t("domains.counts", { people: one.people, severed: one.severed })}</p></div>${mayChange ? buttons : ""}</li>`;
}

function allowedList(visit: Visit, allowed: readonly DomainLine[], mayChange: boolean): Html {
  const { t } = visit.i18n;
  return html`<section aria-labelledby="allowed"><h2 class="section-title" id="allowed">${t("domains.allowed")}</h2>
${allowed.length === 0 ? html`<div class="empty">${t("domains.none_allowed")}</div>` : html`<ul class="rows card">${allowed.map((one) => html`<li><div><p>${domainName(one.domain)}</p><p class="muted small-text">${timeOf(visit, one.since, "")} · ${t("domains.counts", { people: one.people, severed: one.severed })}</p></div>${mayChange ? rowButton(visit, PATH, { do: "disallow", text: t("domains.disallow"), about: one.domain, fields: { domain: one.domain } }) : ""}</li>`)}</ul>`}</section>`;
}

async function showOne(c: WebContext, preview: DomainPreview, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const { domain } = preview;
  const body = html`${figures([
    { label: t("domains.people"), value: count(preview.people) },
    { label: t("domains.following"), value: count(preview.following) },
    { label: t("domains.followers"), value: count(preview.followers) },
  ])}
<p>${t("domains.rule_text", { follows: preview.following + preview.followers, notes: preview.notes })}</p>
${ruleForm(visit, preview, state)}
${preview.isRuled ? html`<p>${rowButton(visit, PATH, { do: "unblock", text: t("domains.lift"), about: domain, fields: { domain } })}</p>` : ""}
<section class="card stack" aria-labelledby="allow"><h2 class="section-title" id="allow">${t("domains.allow_title")}</h2><p>${t("domains.allow_text", { domain })}</p>
${rowButton(visit, PATH, { do: "allow", text: t("domains.allow"), about: domain, fields: { domain } })}</section>`;
  const title = t("domains.rule_title", { domain });
  return await showPage(c, {
    title,
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "domains", body, { title }),
  });
}

function ruleForm(visit: Visit, { domain }: DomainPreview, state: FormState): Html {
  const { t } = visit.i18n;
  const labels = {
    domain: t("domains.domain"),
    publicComment: t("domains.public_comment"),
    privateComment: t("domains.private_comment"),
  };
  const choices = SEVERITIES.toReversed().map((value) => ({
    value,
    label: t(`domains.severity_${value}`),
    hint: t(`domains.severity_${value}_hint`),
  }));
  return html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="domain" value="${domain}">${faultSummary(visit, state, labels)}
${radioField(visit, state, { name: "severity", label: "domains.severity", choices })}
${checkField(visit, state, { name: "rejectMedia", label: "domains.reject_media", hint: t("domains.reject_media_hint") })}
${checkField(visit, state, { name: "rejectReports", label: "domains.reject_reports" })}
${areaField(visit, state, { name: "publicComment", label: "domains.public_comment", hint: t("domains.public_comment_hint"), rows: 2 })}
${areaField(visit, state, { name: "privateComment", label: "domains.private_comment", rows: 2 })}
${checkField(visit, state, { name: "obfuscated", label: "domains.obfuscate", hint: t("domains.obfuscate_hint") })}
<div class="form-buttons"><button class="button danger" name="do" value="rule">${t("domains.save_rule")}</button> <a class="button quiet" href="${PATH}">${t("form.cancel")}</a></div></form>`;
}
