import { html } from "hono/html";
import { mayAnnounce } from "../../server/domain/visibility.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";
import { noteMenu } from "./note-menu.ts";

/**
 * What can be done with a note: one form, a button each; signed out, the counts, which lead to where one can take part.
 * With scripts the form is sent in the background and the server's answer, this very form, takes its place.
 */
export function noteActions(visit: Visit, note: NoteView): Html {
  if (visit.viewer === null) return guestActions(visit, note);
  const { viewer } = note;
  return html`<form class="actions" method="post" action="${notePath(note)}/react" data-component="actions" data-live>${wayBack(visit)}
${
  note.may.reply === "no"
    ? off(visit, "reply", "note.no_reply")
    : html`<a class="action do-reply" href="/compose?reply=${note.id}">${icon(visit, "reply")}<span class="word">${visit.i18n.t("note.reply")}</span>${tally(visit, note.repliesCount)}</a>`
}
${
  mayAnnounce(note.visibility, viewer.mine) && (note.may.announce !== "no" || viewer.announced)
    ? toggle(visit, { on: viewer.announced, name: "boost", icon: "boost", count: note.announcesCount })
    : off(visit, "lock", note.may.announce === "no" && isOpen(note) ? "note.not_boosted" : "note.no_boost")
}
${note.may.like === "no" && !viewer.liked ? off(visit, "heart", "note.no_like") : toggle(visit, { on: viewer.liked, name: "like", icon: "heart", count: note.likesCount })}
${toggle(visit, { on: viewer.bookmarked, name: "bookmark", icon: "bookmark", count: 0 })}
${noteMenu(visit, note)}
</form>`;
}

function isOpen(note: NoteView): boolean {
  return note.visibility === "public" || note.visibility === "unlisted";
}

/** What the author does not want: no button, and a word why. */
function off(visit: Visit, drawing: IconName, reason: MessageKey): Html {
  return html`<span class="action is-off" title="${visit.i18n.t(reason)}">${icon(visit, drawing)}<span class="hidden">${visit.i18n.t(reason)}</span></span>`;
}

type Toggle = {
  readonly on: boolean;
  readonly name: "boost" | "like" | "bookmark";
  readonly icon: IconName;
  readonly count: number;
};

const DONE = { boost: "note.boosted", like: "note.liked", bookmark: "note.bookmarked" } as const;

function toggle(visit: Visit, { on, name, icon: drawing, count }: Toggle): Html {
  const word: MessageKey = on ? DONE[name] : `note.${name}`;
  return html`<button class="action do-${name}" name="do" value="${on ? `un${name}` : name}" aria-pressed="${String(on)}">${icon(visit, drawing)}<span class="word">${visit.i18n.t(word)}</span>${tally(visit, count)}</button>`;
}

function tally(visit: Visit, count: number): Html {
  return count === 0 ? html`` : html`<span class="tally">${visit.i18n.count(count)}</span>`;
}

/** Signed out, each leads to where people with an account, here or elsewhere, get to do it. */
function guestActions(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  const uri = encodeURIComponent(note.uri);
  const item = (drawing: IconName, word: MessageKey, count: number, intent: string) =>
    html`<a class="action" href="/interact?intent=${intent}&amp;uri=${uri}" rel="nofollow">${icon(visit, drawing)}<span class="word">${t(word)}</span>${tally(visit, count)}</a>`;
  return html`<div class="actions guest-actions">${item("reply", "note.reply", note.repliesCount, "Create")}${isOpen(note) ? item("boost", "note.boost", note.announcesCount, "Announce") : ""}${item("heart", "note.like", note.likesCount, "Like")}</div>`;
}
