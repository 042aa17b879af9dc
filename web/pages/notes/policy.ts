import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { notFound } from "../../../server/errors.ts";
import { findNotePolicy, setNotePolicy } from "../../../server/services/consent/interactions.ts";
import { formToken } from "../../components/hidden.ts";
import { heldPolicyFields } from "../../components/policy-fields.ts";
import { noteCard } from "../../components/note.ts";
import { readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { noteIdOf, noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import { readChoice, toPolicy } from "../../policy-choices.ts";
import type { WebContext } from "../../visit.ts";

/** Who may answer and quote a note that is out already. */
export async function getNotePolicy(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = await noteOf(c);
  if (!note.viewer.mine) throw notFound();
  const policy = await findNotePolicy(visit.app, viewer, note.id);
  return await showPage(c, {
    title: t("policy.title"),
    main: html`<h1 class="page-title">${t("policy.title")}</h1><section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>
<form class="stack" method="post" action="${notePath(note)}/policy">${formToken(visit)}<div class="card stack">${heldPolicyFields(visit, policy, t("policy.later"))}</div>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="${notePath(note)}">${t("form.cancel")}</a></div></form>`,
  });
}

export async function postNotePolicy(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const id = noteIdOf(c);
  const policy = toPolicy(readChoice(form.text("reply")), readChoice(form.text("quote")));
  await setNotePolicy(c.get("visit").app, viewer, id, policy);
  const note = await noteOf(c);
  return c.redirect(`${notePath(note)}#note-${id}`, 303);
}
