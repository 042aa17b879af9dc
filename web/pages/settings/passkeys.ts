import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { PasskeyId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  addPasskey,
  listPasskeys,
  type PasskeyView,
  removePasskey,
  renamePasskey,
} from "../../../server/services/accounts/passkeys.ts";
import { describedBy, faultLine, faultSummary, fieldId } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { passkeyButton } from "../../components/passkey.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { holderOf } from "../../session.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/passkeys";
const NAME_MAX = 60;

export async function getPasskeys(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Adds the passkey that a form brings, or renames or removes one. */
export async function postPasskeys(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() => act(c, viewer, form));
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

async function act(c: WebContext, viewer: Viewer, form: Form): Promise<void> {
  const { app } = c.get("visit");
  const answer = form.text("passkey");
  if (answer !== "") {
    const agent = c.req.header("user-agent") ?? "";
    return await addPasskey(app, viewer, { answer, holder: holderOf(c), agent });
  }
  const [what = "", text] = form.text("do").split("-");
  const id = parseId<PasskeyId>(text);
  if (id === null) throw notFound();
  if (what === "rename") return await renamePasskey(app, viewer, { id, name: form.text(`name-${id}`) });
  if (what === "remove") return await removePasskey(app, viewer, id);
  throw notFound();
}

/** Asks before a passkey is removed. */
export async function getRemovePasskey(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const passkey = (await listPasskeys(visit.app, viewer)).find(({ id }) => String(id) === c.req.param("id"));
  if (passkey === undefined) throw notFound();
  const body = html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p>${t("passkeys.remove_text", { name: nameOf(visit, passkey) })}</p>
<div class="form-buttons"><button class="button danger" name="do" value="remove-${passkey.id}">${t("passkeys.remove")}</button> <a class="button quiet" href="${PATH}">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("passkeys.remove_title"),
    place: "settings",
    main: settingsFrame(visit, "security", false, body, "passkeys.remove_title"),
  });
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const passkeys = await listPasskeys(visit.app, viewer);
  const labels = Object.fromEntries(passkeys.map((key) => [`name-${key.id}`, nameOf(visit, key)]));
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`${faultSummary(visit, state, labels)}<p>${t("passkeys.lead")}</p>
${passkeys.length === 0 ? html`<p class="empty">${t("passkeys.none")}</p>` : html`<ul class="rows card passkeys">${passkeys.map((passkey) => passkeyRow(visit, state, passkey))}</ul>`}
<form method="post" action="${PATH}" class="stack">${formToken(visit)}${passkeyButton(visit, state, { name: "passkey", use: "add", label: "passkeys.add", isPrimary: true })}
<p class="muted needs-script">${t("passkeys.needs_script")}</p></form>`;
  return await showPage(c, {
    title: t("security.to_passkeys"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "security", c.req.query("saved") !== undefined, body, "security.to_passkeys"),
  });
}

function passkeyRow(visit: Visit, state: FormState, passkey: PasskeyView): Html {
  const { t } = visit.i18n;
  const field = `name-${passkey.id}`;
  const typed = state.value(field);
  const used =
    passkey.usedAt === null
      ? t("passkeys.unused")
      : visit.i18n.rich("passkeys.used", { at: timeOf(visit, passkey.usedAt, "") });
  return html`<li><div><form class="rename" method="post" action="${PATH}">${formToken(visit)}<label class="hidden" for="${fieldId(field)}">${t("passkeys.name")}</label>
<input type="text" id="${fieldId(field)}" name="${field}" value="${typed === "" ? nameOf(visit, passkey) : typed}" maxlength="${NAME_MAX}" dir="auto" required${describedBy(state, { name: field })}>
<button class="button quiet small" name="do" value="rename-${passkey.id}">${t("passkeys.rename")}</button></form>${faultLine(visit, state, field)}
<p class="muted">${visit.i18n.rich("passkeys.made", { at: timeOf(visit, passkey.createdAt, "") })} · ${used} · ${t(passkey.backedUp ? "passkeys.synced" : "passkeys.single")}</p></div>
<a class="button quiet small" href="${PATH}/${passkey.id}/remove">${t("passkeys.remove")}<span class="hidden"> ${nameOf(visit, passkey)}</span></a></li>`;
}

function nameOf(visit: Visit, passkey: PasskeyView): string {
  return passkey.name === "" ? visit.i18n.t("passkeys.unnamed") : passkey.name;
}
