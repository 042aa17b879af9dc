import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { actorPath, notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import { decidePath } from "./judged.ts";

type Item = readonly [href: string, word: MessageKey];

/**
 * What is rarer, in parts: what one makes of it, what one passes on, what one does to it or its author. Who liked and
 * boosted it, and earlier versions, are a press away on the page of the note.
 */
export function noteMenu(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  return html`<details class="menu" name="menu"><summary class="action" aria-label="${t("note.more")}">${icon(visit, "more")}</summary><div class="menu-list">
${links(visit, makingOf(note))}${note.viewer.mine ? pinItem(visit, note) : ""}${threadItem(visit, note)}
${links(visit, sharingOf(note), true)}
<a href="${notePath(note)}/share" data-share="${note.url}">${t("note.embed")}</a>
${links(visit, note.viewer.mine ? ownOf(note) : foreignOf(visit, note), true)}
${note.local ? "" : html`<a class="menu-part" href="${outwards(note)}" rel="noopener nofollow">${t("note.original")}</a>`}
</div></details>`;
}

function links(visit: Visit, items: readonly Item[], startsPart = false): Html {
  return html`${items.map(
    ([href, word], index) =>
      html`<a${startsPart && index === 0 ? html` class="menu-part"` : ""} href="${href}">${visit.i18n.t(word)}</a>`,
  )}`;
}

function makingOf(note: NoteView): readonly Item[] {
  const items: Item[] = [];
  if (note.may.quote !== "no" && note.visibility !== "direct")
    items.push([`/compose?quote=${note.id}`, "note.quote"]);
  items.push([`${notePath(note)}/reactions`, note.may.like === "no" ? "reaction.title" : "reaction.add"]);
  return items;
}

/** What is not for everybody is not collected. */
function sharingOf(note: NoteView): readonly Item[] {
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  return isOpen ? [[`${notePath(note)}/collect`, "note.collect"]] : [];
}

function ownOf(note: NoteView): readonly Item[] {
  const path = notePath(note);
  const film = note.attachments.find(({ kind }) => kind === "video" || kind === "audio");
  const captions: readonly Item[] =
    film === undefined ? [] : [[`/media/${film.id}/captions`, "note.captions"]];
  return [
    [`${path}/edit`, "note.edit"],
    ...captions,
    [`${path}/policy`, "policy.title"],
    [`${path}/delete`, "note.delete"],
  ];
}

function foreignOf(visit: Visit, note: NoteView): readonly Item[] {
  const author = actorPath(note.author);
  const decide = decidePath(visit, note.author.id, note.id);
  return [
    [`/settings/filters/new?note=${note.id}`, "filter.menu"],
    [`${author}/mute`, "profile.mute"],
    [`${author}/block`, "profile.block"],
    [`${notePath(note)}/report`, "note.report"],
    ...(decide === null ? [] : ([[decide, "decide.menu"]] as const)),
  ];
}

/** Own notes that everybody may see can stand on top of the profile. */
function pinItem(visit: Visit, note: NoteView): Html {
  const { pinned } = note.viewer;
  if (!pinned && note.visibility !== "public" && note.visibility !== "unlisted") return html``;
  return html`<button name="do" value="${pinned ? "unpin" : "pin"}">${visit.i18n.t(pinned ? "note.unpin" : "note.pin")}</button>`;
}

/** Where people talk to each other, and one may have heard enough. */
function threadItem(visit: Visit, note: NoteView): Html {
  const { muted } = note.viewer;
  if (note.visibility === "direct")
    return html`<button name="do" value="${muted ? "unmute-thread" : "mute-thread"}">${visit.i18n.t(muted ? "messages.back" : "messages.leave")}</button>`;
  if (!muted && note.replyTo === null && note.repliesCount === 0) return html``;
  return html`<button name="do" value="${muted ? "unmute-thread" : "mute-thread"}">${visit.i18n.t(muted ? "note.unmute_thread" : "note.mute_thread")}</button>`;
}
