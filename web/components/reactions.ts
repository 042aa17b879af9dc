import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { ReactionView } from "../../server/domain/reaction.ts";
import type { Html } from "../html.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";

/** What people reacted with: a button each to join or leave; signed out, the counts alone. Nothing when there is nothing. */
export function reactionRow(visit: Visit, note: NoteView): Html {
  if (note.reactions.length === 0) return html``;
  const { t } = visit.i18n;
  const path = `${notePath(note)}/reactions`;
  if (visit.viewer === null)
    return html`<div class="reactions" role="group" aria-label="${t("reaction.row")}">${note.reactions.map((one) => html`<span class="reaction">${chip(visit, one)}</span>`)}</div>`;
  return html`<form method="post" action="${path}" data-live>${wayBack(visit)}<div class="reactions" role="group" aria-label="${t("reaction.row")}">
${note.reactions.map((one) => chipButton(visit, note, one))}
<a class="reaction is-more" href="${path}">${icon(visit, "plus")}<span class="hidden">${t("reaction.add")}</span></a></div></form>`;
}

function chipButton(visit: Visit, note: NoteView, one: ReactionView): Html {
  if (!one.mine && note.may.like === "no") return html`<span class="reaction">${chip(visit, one)}</span>`;
  return html`<button class="reaction" name="${one.mine ? "undo" : "emoji"}" value="${one.name}" aria-pressed="${String(one.mine)}" aria-label="${spoken(visit, one)}">${reactionSign(one)} <span class="tally">${visit.i18n.count(one.count)}</span></button>`;
}

/** Where the words for one or two have no figure in them it is said as well: whoever speaks to the page says what is seen. */
function spoken({ i18n }: Visit, { name, count }: ReactionView): string {
  const [figure, words] = [i18n.count(count), i18n.t("reaction.people", { count })];
  return words.includes(figure) ? `${name} ${words}` : `${name} ${figure} (${words})`;
}

function chip(visit: Visit, one: ReactionView): Html {
  return html`${reactionSign(one)} <span class="tally" aria-hidden="true">${visit.i18n.count(one.count)}</span><span class="hidden">${visit.i18n.t("reaction.people", { count: one.count })}</span>`;
}

/** The emoji itself, or its picture. */
export function reactionSign(one: Pick<ReactionView, "name" | "url">): Html {
  return one.url === null
    ? html`<span class="sign">${one.name}</span>`
    : html`<img class="emoji" src="${one.url}" alt="${one.name}" title="${one.name}" width="20" height="20" loading="lazy">`;
}
