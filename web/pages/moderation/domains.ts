import { html } from "hono/html";
import { outranks, type Viewer } from "../../../server/domain/actor.ts";
import { notFound } from "../../../server/errors.ts";
import {
  changeDomain,
  DOMAIN_CHANGES,
  type DomainLine,
  listDomainRules,
  previewDomain,
} from "../../../server/services/administration/domains.ts";
import { adminFrame, figures, question, rowButton } from "../../components/admin-nav.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/domains";

/** Servers that are blocked or allowed; with `?domain=` what a block would end, and the question. */
export async function getDomains(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const typed = c.req.query("domain");
  if (typed === undefined || !outranks(viewer.role, "moderator"))
    return await show(c, viewer, freshForm(), null);
  const outcome = await attempt(() => previewDomain(visit.app, viewer, typed));
  if (outcome.ok) return await show(c, viewer, freshForm({ domain: outcome.value.domain }), outcome.value);
  const state = { ...freshForm({ domain: typed }), refusal: outcome.refusal };
  return await show(c, viewer, state, null);
}

/** Puts a domain on a list or takes it off. */
export async function postDomains(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const change = DOMAIN_CHANGES.find((one) => one === form.text("do"));
  if (change === undefined) throw notFound();
  const outcome = await attempt(() =>
    changeDomain(c.get("visit").app, viewer, { domain: form.text("domain"), change }),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal), null);
  return c.redirect(`${PATH}?done=${change}`, 303);
}

async function show(
  c: WebContext,
  viewer: Viewer,
  state: FormState,
  preview: Awaited<ReturnType<typeof previewDomain>> | null,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const rules = await listDomainRules(visit.app, viewer);
  const mayChange = outranks(viewer.role, "moderator");
  const done = DOMAIN_CHANGES.find((one) => one === c.req.query("done"));
  const body =
    preview === null
      ? html`${mayChange ? finder(visit, state) : ""}
${list(visit, rules.blocked, { title: "domains.blocked", empty: "domains.none_blocked", undo: mayChange ? "unblock" : null })}
${list(visit, rules.allowed, { title: "domains.allowed", empty: "domains.none_allowed", undo: mayChange ? "disallow" : null })}`
      : ask(visit, preview);
  return await showPage(c, {
    title: t("staff.domains"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "domains", body, {
      lead: t(`domains.lead_${visit.app.config.federation === "open" ? "open" : "closed"}`),
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

function ask(visit: Visit, ties: Awaited<ReturnType<typeof previewDomain>>): Html {
  const { t, count } = visit.i18n;
  const { domain } = ties;
  return html`${figures([
    { label: t("domains.people"), value: count(ties.people) },
    { label: t("domains.following"), value: count(ties.following) },
    { label: t("domains.followers"), value: count(ties.followers) },
  ])}
${question(visit, {
  title: t("domains.block_sure", { domain }),
  text: t("domains.block_text", { domain, follows: ties.following + ties.followers, notes: ties.notes }),
  action: PATH,
  fields: { domain, do: "block" },
  button: t("domains.block"),
  back: PATH,
})}
<section class="card stack" aria-labelledby="allow"><h2 class="section-title" id="allow">${t("domains.allow_title")}</h2><p>${t("domains.allow_text", { domain })}</p>
${rowButton(visit, PATH, { do: "allow", text: t("domains.allow"), about: domain, fields: { domain } })}</section>`;
}

function list(
  visit: Visit,
  domains: readonly DomainLine[],
  words: {
    readonly title: MessageKey;
    readonly empty: MessageKey;
    readonly undo: "unblock" | "disallow" | null;
  },
): Html {
  const { t } = visit.i18n;
  const { undo } = words;
  return html`<section aria-labelledby="${words.title}"><h2 class="section-title" id="${words.title}">${t(words.title)}</h2>
${domains.length === 0 ? html`<div class="empty">${t(words.empty)}</div>` : html`<ul class="rows card">${domains.map((one) => html`<li><div><p><strong dir="ltr">${one.domain}</strong></p><p class="muted small-text">${timeOf(visit, one.since, "")} · ${t("domains.counts", { people: one.people, severed: one.severed })}</p></div>${undo === null ? "" : rowButton(visit, PATH, { do: undo, text: t(`domains.${undo}`), about: one.domain, fields: { domain: one.domain } })}</li>`)}</ul>`}</section>`;
}
