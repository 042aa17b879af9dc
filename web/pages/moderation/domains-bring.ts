import { html } from "hono/html";
import { outranks, type Viewer } from "../../../server/domain/actor.ts";
import { DOMAIN_LIST_LIMITS } from "../../../server/domain/domain-draft.ts";
import { parseId, type Id } from "../../../server/domain/ids.ts";
import { invalid, notFound } from "../../../server/errors.ts";
import {
  forgetImport,
  importDomains,
  listSources,
  type SourceView,
} from "../../../server/services/moderation/domains-drafts.ts";
import {
  listSubscriptions,
  type ListView,
  requestReading,
  subscribeToList,
  unsubscribeFromList,
} from "../../../server/services/moderation/domains-lists.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import { bytesText } from "../../components/amounts.ts";
import { describedBy, faultLine, faultSummary, fieldId, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/domains/bring";
const DONE = ["subscribed", "unsubscribed", "asked", "forgotten"] as const;

/** Files of rules, and lists that others keep. */
export async function getDomainsBring(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** `do` says what: read a file, subscribe to a list, read it again, end it, forget a file. */
export async function postDomainsBring(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const id = parseId<Id<"list">>(form.text("id")) ?? 0;
  const outcome = await attempt(async () => {
    switch (form.text("do")) {
      case "read":
        return await readFile(c, viewer, form.files("file")[0]);
      case "subscribe":
        await subscribeToList(app, viewer, { url: form.text("url"), name: form.text("name") });
        return `${PATH}?done=subscribed`;
      case "ask":
        await requestReading(app, viewer, id);
        return `${PATH}?done=asked`;
      case "unsubscribe":
        await unsubscribeFromList(app, viewer, id);
        return `${PATH}?done=unsubscribed`;
      case "forget":
        await forgetImport(app, viewer, id);
        return `${PATH}?done=forgotten`;
      default:
        throw notFound();
    }
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(outcome.value, 303);
}

async function readFile(c: WebContext, viewer: Viewer, file: File | undefined): Promise<string> {
  if (file === undefined) throw invalid({ file: { key: "field.import_file" } });
  const max = DOMAIN_LIST_LIMITS.bytes / 1024 / 1024;
  // Larger ones are not even copied.
  if (file.size > DOMAIN_LIST_LIMITS.bytes)
    throw invalid({ file: { key: "field.import_large", params: { max } } });
  const brought = { name: file.name, bytes: await bytesOf(file) };
  const id = await importDomains(c.get("visit").app, viewer, brought);
  return `/moderation/domains/files/${id}?done=read`;
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const mayChange = outranks(viewer.role, "moderator");
  const sources = await listSources(visit.app, viewer);
  const lists = await listSubscriptions(visit.app, viewer);
  const done = DONE.find((one) => one === c.req.query("done"));
  const labels = { file: t("domains.file"), url: t("domains.list_url") };
  const body = html`${faultSummary(visit, state, labels)}
${mayChange ? fileForm(visit, state) : ""}
${files(
  visit,
  sources.filter(({ source }) => source.kind === "file"),
  mayChange,
)}
<section class="card stack" aria-labelledby="lists"><h2 class="section-title" id="lists">${t("domains.lists_title")}</h2><p class="muted">${t("domains.lists_text")}</p>
${lists.length === 0 ? html`<p class="muted">${t("domains.none_lists")}</p>` : html`<ul class="rows">${lists.map((one) => listRow(visit, one, sources, mayChange))}</ul>`}
${mayChange ? subscribeForm(visit, state) : ""}</section>`;
  return await showPage(c, {
    title: t("domains.bring"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "domains", body, {
      title: t("domains.bring"),
      lead: t("domains.bring_lead"),
      done: done === undefined ? undefined : `domains.done_${done}`,
    }),
  });
}

function fileForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const id = fieldId("file");
  const { rows, bytes } = DOMAIN_LIST_LIMITS;
  const hint = t("domains.file_hint", { rows: visit.i18n.count(rows), size: bytesText(visit, bytes) });
  return html`<form class="card stack" method="post" action="${PATH}" enctype="multipart/form-data">${formToken(visit)}<h2 class="section-title">${t("domains.file_title")}</h2>
<div class="field"><label for="${id}">${t("domains.file")}</label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, "file")}
<input type="file" id="${id}" name="file" accept=".csv,.txt,text/csv,text/plain" required${describedBy(state, { name: "file", hint })}></div>
<div class="form-buttons"><button class="button primary" name="do" value="read">${t("domains.read")}</button></div></form>`;
}

function waitingOf(visit: Visit, { counts }: SourceView): Html {
  const waiting = counts.waiting + counts.applying + counts.undoing;
  return waiting === 0
    ? html``
    : html` <span class="badge">${visit.i18n.t("domains.waiting", { count: waiting })}</span>`;
}

function files(visit: Visit, brought: readonly SourceView[], mayChange: boolean): Html {
  const { t } = visit.i18n;
  const row = (one: SourceView) =>
    html`<li><div><p><a href="/moderation/domains/files/${one.source.id}"><bdi>${one.name}</bdi></a>${waitingOf(visit, one)}</p><p class="muted small-text">${timeOf(visit, one.createdAt, "")}</p></div>
${mayChange ? rowButton(visit, PATH, { do: "forget", text: t("domains.forget"), about: one.name, fields: { id: String(one.source.id) } }) : ""}</li>`;
  return html`<section class="card stack" aria-labelledby="files"><h2 class="section-title" id="files">${t("domains.files_title")}</h2>
${brought.length === 0 ? html`<p class="muted">${t("domains.none_brought")}</p>` : html`<ul class="rows">${brought.map(row)}</ul><p class="muted small-text">${t("domains.keeps_rules")}</p>`}</section>`;
}

function listRow(visit: Visit, one: ListView, sources: readonly SourceView[], mayChange: boolean): Html {
  const { t, message } = visit.i18n;
  const view = sources.find(({ source }) => source.kind === "list" && source.id === one.id);
  const read =
    one.checkedAt === null
      ? t("domains.never_read")
      : html`${t("domains.read_at")} ${timeOf(visit, one.checkedAt, "")}`;
  const fields = { id: String(one.id) };
  const buttons = html`${rowButton(visit, PATH, { do: "ask", text: t("domains.ask_again"), about: one.name, fields })}${rowButton(visit, PATH, { do: "unsubscribe", text: t("domains.unsubscribe"), about: one.name, fields })}`;
  return html`<li><div><p><a href="/moderation/domains/lists/${one.id}"><bdi>${one.name}</bdi></a>${view === undefined ? "" : waitingOf(visit, view)}</p>
<p class="muted small-text" dir="ltr">${one.url}</p><p class="muted small-text">${t("domains.entries", { count: one.entries })} · ${read}</p>${one.fault === null ? "" : html`<p class="fault">${message(one.fault)}</p>`}</div>${mayChange ? buttons : ""}</li>`;
}

function subscribeForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return html`<form class="stack" method="post" action="${PATH}">${formToken(visit)}
${textField(visit, state, { name: "url", label: "domains.list_url", hint: t("domains.list_url_hint"), required: true, literal: true, maxlength: 2000, dir: "ltr" })}
${textField(visit, state, { name: "name", label: "domains.list_name", hint: t("domains.list_name_hint"), maxlength: 100 })}
<div class="form-buttons"><button class="button primary" name="do" value="subscribe">${t("domains.subscribe")}</button></div></form>`;
}
