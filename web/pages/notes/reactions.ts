import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { COMMON_REACTIONS, REACTION_LIMITS } from "../../../server/domain/reaction.ts";
import {
  listNoteReactions,
  reactToNote,
  unreactToNote,
} from "../../../server/services/reactions/emoji-reactions.ts";
import { listEmojis } from "../../../server/services/notes/emojis.ts";
import { revokeQuote } from "../../../server/services/consent/interactions.ts";
import { actorRow } from "../../components/actor.ts";
import { describedBy, faultLine, faultSummary } from "../../components/fields.ts";
import { formToken, wayBack } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { noteCard } from "../../components/note.ts";
import { reactionRow, reactionSign } from "../../components/reactions.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { noteIdOf, noteOf } from "../../member.ts";
import { notePath, safeReturn } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { backToNote } from "./react.ts";

/** Custom emoji offered as buttons; the rest is typed. */
const OFFERED = 40;

/** Who reacted with what, and a form to do so. */
export async function getReactions(c: WebContext): Promise<Response> {
  return await show(c, await noteOf(c), freshForm());
}

/** Reacts, or takes it back; then the page from where it came. */
export async function postReactions(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = noteIdOf(c);
  const form = await readForm(c);
  const back = () => backToNote(c, viewer, id, reactionRow);
  if (form.has("undo")) {
    await unreactToNote(app, viewer, id, form.text("undo"));
    return await back();
  }
  const typed = form.text("emoji") === "" ? form.text("other") : form.text("emoji");
  const outcome = await attempt(() => reactToNote(app, viewer, id, typed));
  if (!outcome.ok) return await show(c, await noteOf(c), returnedForm(form, outcome.refusal));
  return await back();
}

/** Takes one's own note out of somebody's quote of it. */
export async function postRevokeQuote(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = noteIdOf(c);
  const form = await readForm(c);
  await revokeQuote(c.get("visit").app, viewer, id);
  return c.redirect(`${safeReturn(form.text("return"), "/")}#note-${id}`, 303);
}

async function show(c: WebContext, note: NoteView, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const people = await listNoteReactions(visit.app, visit.viewer, note.id);
  return await showPage(c, {
    title: t("reaction.title"),
    noindex: true,
    status: state.refusal?.status ?? 200,
    main: html`<p class="back"><a href="${notePath(note)}">${icon(visit, "back")}${t("note.back")}</a></p><h1 class="page-title">${t("reaction.title")}</h1>
<section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>
${visit.viewer === null ? "" : await reactForm(visit, note, state)}
${people.length === 0 ? html`<p class="empty">${t("reaction.empty")}</p>` : html`<ul class="actor-list">${byPerson(people).map(([actor, signs]) => actorRow(visit, actor, html`<span class="reaction-signs">${signs.map((one) => reactionSign(one))}</span>`))}</ul>`}`,
  });
}

type Reacted = Awaited<ReturnType<typeof listNoteReactions>>[number];

/** Somebody who used several emoji is in the list once. */
function byPerson(reactions: readonly Reacted[]): readonly (readonly [ActorView, readonly Reacted[]])[] {
  const people = new Map<number, readonly [ActorView, Reacted[]]>();
  for (const one of reactions) {
    const known = people.get(one.actor.id);
    if (known === undefined) people.set(one.actor.id, [one.actor, [one]]);
    else known[1].push(one);
  }
  return [...people.values()];
}

async function reactForm(visit: Visit, note: NoteView, state: FormState): Promise<Html> {
  const { t } = visit.i18n;
  if (note.may.like === "no") return html`<p class="notice">${t("error.policy_like")}</p>`;
  const own = await listEmojis(visit.app);
  const path = `${notePath(note)}/reactions`;
  return html`<div class="card stack">${faultSummary(visit, state, { emoji: t("reaction.other") })}
<form method="post" action="${path}">${wayBack(visit, path)}<div class="reactions is-large" role="group" aria-label="${t("reaction.add")}">
${COMMON_REACTIONS.map((emoji) => html`<button class="reaction" name="emoji" value="${emoji}">${emoji}</button>`)}
${own.slice(0, OFFERED).map((emoji) => html`<button class="reaction" name="emoji" value=":${emoji.name}:">${reactionSign({ name: `:${emoji.name}:`, url: emoji.url })}</button>`)}</div></form>
<form class="react-other" method="post" action="${path}">${formToken(visit)}<input type="hidden" name="return" value="${path}">
<div class="field"><label for="f-emoji">${t("reaction.other")}</label>${faultLine(visit, state, "emoji")}
<p class="hint" id="f-emoji-hint">${t("reaction.other_hint", { max: REACTION_LIMITS.perActor })}</p>
<div class="file-row"><input type="text" id="f-emoji" name="other" value="${state.value("other")}" maxlength="${REACTION_LIMITS.characters}" autocomplete="off" autocapitalize="none" ${describedBy(state, { name: "emoji", hint: "" })}><button class="button primary">${t("reaction.send")}</button></div></div></form></div>`;
}
