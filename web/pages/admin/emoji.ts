import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { CustomEmoji } from "../../../server/domain/emoji.ts";
import { invalid } from "../../../server/errors.ts";
import { listAllEmojis, setEmojiUse, uploadEmoji } from "../../../server/services/administration/emojis.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import { describedBy, faultLine, faultSummary, fieldId, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/emoji";

/** The emoji of this server. */
export async function getEmoji(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Adds one, or takes one out of use or into it again. */
export async function postEmoji(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const what = form.text("do");
  if (what === "disable" || what === "enable") {
    await setEmojiUse(app, viewer, { name: form.text("name"), inUse: what === "enable" });
    return c.redirect(`${PATH}?done=yes`, 303);
  }
  const outcome = await attempt(async () => {
    const [file] = form.files("file");
    if (file === undefined) throw invalid({ file: { key: "field.required" } });
    return await uploadEmoji(app, viewer, { shortcode: form.text("shortcode"), bytes: await bytesOf(file) });
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes#emoji-${outcome.value.name}`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const emojis = await listAllEmojis(visit.app, viewer);
  const id = fieldId("file");
  const hint = t("emoji.file_hint");
  const body = html`<form class="card stack" method="post" action="${PATH}" enctype="multipart/form-data">${formToken(visit)}<h2 class="section-title">${t("emoji.add")}</h2>${faultSummary(visit, state, { file: t("emoji.file"), shortcode: t("emoji.name") })}
<div class="field"><label for="${id}">${t("emoji.file")}</label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, "file")}
<input type="file" id="${id}" name="file" accept="image/*" required${describedBy(state, { name: "file", hint })}></div>
${textField(visit, state, { name: "shortcode", label: "emoji.name", hint: t("emoji.name_hint"), required: true, literal: true, maxlength: 66, dir: "ltr" })}
<div class="form-buttons"><button class="button primary" name="do" value="add">${t("emoji.submit")}</button></div></form>
${emojis.length === 0 ? html`<div class="empty">${t("emoji.empty")}</div>` : html`<ul class="rows card">${emojis.map((emoji) => row(visit, emoji))}</ul>`}`;
  return await showPage(c, {
    title: t("staff.emoji"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "emoji", body, {
      lead: t("emoji.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function row(visit: Visit, emoji: CustomEmoji & { readonly inUse: boolean }): Html {
  const { t } = visit.i18n;
  const code = `:${emoji.name}:`;
  return html`<li id="emoji-${emoji.name}"><div class="emoji-row"><img src="${emoji.url}" width="32" height="32" alt="" loading="lazy"><p><bdi class="code">${code}</bdi>${emoji.inUse ? "" : html` <span class="badge">${t("emoji.out")}</span>`}</p></div>
${rowButton(visit, PATH, { do: emoji.inUse ? "disable" : "enable", text: t(emoji.inUse ? "emoji.disable" : "emoji.enable"), about: code, fields: { name: emoji.name } })}</li>`;
}
