import { html } from "hono/html";
import { mayAnnounce } from "../../server/domain/visibility.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { actorPath, notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";

/** What can be done with a note: one form, a button each; signed out, the counts alone. */
export function noteActions(visit: Visit, note: NoteView): Html {
  if (visit.viewer === null) return guestCounts(visit, note);
  const { viewer } = note;
  return html`<form class="actions" method="post" action="${notePath(note)}/react" data-component="actions">${wayBack(visit)}
${
  note.may.reply === "no"
    ? off(visit, "reply", "note.no_reply")
    : html`<a class="action" href="/compose?reply=${note.id}">${icon(visit, "reply")}<span class="word">${visit.i18n.t("note.reply")}</span>${tally(visit, note.repliesCount)}</a>`
}
${
  mayAnnounce(note.visibility, viewer.mine) && (note.may.announce !== "no" || viewer.announced)
    ? toggle(visit, { on: viewer.announced, name: "boost", icon: "boost", count: note.announcesCount })
    : off(visit, "lock", note.may.announce === "no" && isOpen(note) ? "note.not_boosted" : "note.no_boost")
}
${note.may.like === "no" && !viewer.liked ? off(visit, "heart", "note.no_like") : toggle(visit, { on: viewer.liked, name: "like", icon: "heart", count: note.likesCount })}
${toggle(visit, { on: viewer.bookmarked, name: "bookmark", icon: "bookmark", count: 0 })}
${menu(visit, note)}
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

/** What is rarer. Who liked and boosted it, and earlier versions, are a press away on the page of the note. */
function menu(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  const path = notePath(note);
  const author = actorPath(note.author);
  const own: readonly (readonly [string, MessageKey])[] = [
    [`${path}/edit`, "note.edit"],
    [`${path}/policy`, "policy.title"],
    [`${path}/delete`, "note.delete"],
  ];
  const foreign: readonly (readonly [string, MessageKey])[] = [
    [`${author}/mute`, "profile.mute"],
    [`${author}/block`, "profile.block"],
    [`${path}/report`, "note.report"],
  ];
  const react = note.may.like === "no" ? "reaction.title" : "reaction.add";
  return html`<details class="menu" name="menu"><summary class="action">${icon(visit, "more")}<span class="hidden">${t("note.more")}</span></summary><div class="menu-list">
${note.may.quote === "no" || note.visibility === "direct" ? "" : html`<a href="/compose?quote=${note.id}">${t("note.quote")}</a>`}
<a href="${path}/reactions">${t(react)}</a>
${note.viewer.mine ? pinItem(visit, note) : ""}
${(note.viewer.mine ? own : foreign).map(([href, word], index) => html`<a${index === 0 ? html` class="menu-part"` : ""} href="${href}">${t(word)}</a>`)}
${note.local ? "" : html`<a class="menu-part" href="${outwards(note)}" rel="noopener nofollow">${t("note.original")}</a>`}
</div></details>`;
}

/** Own notes that everybody may see can stand on top of the profile. */
function pinItem(visit: Visit, note: NoteView): Html {
  const { pinned } = note.viewer;
  if (!pinned && note.visibility !== "public" && note.visibility !== "unlisted") return html``;
  return html`<button name="do" value="${pinned ? "unpin" : "pin"}">${visit.i18n.t(pinned ? "note.unpin" : "note.pin")}</button>`;
}

function guestCounts(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  const path = notePath(note);
  const item = (drawing: IconName, key: MessageKey, count: number, href: string) =>
    count === 0
      ? ""
      : html`<a class="action" href="${href}">${icon(visit, drawing)}<span aria-hidden="true">${visit.i18n.count(count)}</span><span class="hidden">${t(key, { count })}</span></a>`;
  if (note.repliesCount + note.announcesCount + note.likesCount === 0) return html``;
  return html`<div class="actions guest-actions">${item("reply", "note.replies", note.repliesCount, `${path}#replies`)}${item("boost", "note.boosts", note.announcesCount, `${path}/boosts`)}${item("heart", "note.likes", note.likesCount, `${path}/likes`)}</div>`;
}
