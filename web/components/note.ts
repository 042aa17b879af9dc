import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { ActorView } from "../../server/domain/actor.ts";
import { handleOf } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { Visibility } from "../../server/domain/visibility.ts";
import type { Refusal } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import { actorPath, notePath, outwards, tagPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { actorLink, avatar } from "./actor.ts";
import { emojiText } from "./emoji.ts";
import { eventFacts } from "./event.ts";
import { excerpt } from "./excerpt.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";
import { judgedLine } from "./judged.ts";
import { linkCard } from "./link-card.ts";
import { media } from "./media.ts";
import { noteActions } from "./note-actions.ts";
import { noteText, titleLine } from "./note-text.ts";
import { pollBox } from "./poll.ts";
import { quoteCard } from "./quote.ts";
import { reactionRow } from "./reactions.ts";
import { reveal } from "./reveal.ts";
import { withheldElsewhere, withheldPlace } from "./withheld.ts";

export type NoteOptions = {
  /** Shown because somebody boosted it. */
  readonly announcedBy?: ActorView | null;
  /** The note that the page is about: larger, with the full date and its counts. */
  readonly isFocus?: boolean;
  /** Indentation of a reply, 1 to 4. */
  readonly depth?: number;
  /** Leaves the buttons away: in forms about the note. */
  readonly isQuoted?: boolean;
  /** Leaves away what it answers or quotes: that stands beside it already. */
  readonly isBare?: boolean;
  /** The note whose quote this is: both may stand on one page more than once. */
  readonly quotedBy?: NoteView;
  /** Why a vote in its poll was not taken. */
  readonly voteRefusal?: Refusal | null;
};

/** Replies are indented this many levels; a phone has no room for more. */
const DEEPEST = 4;

const VISIBILITY_ICONS: Readonly<Record<Visibility, IconName>> = {
  public: "globe",
  unlisted: "moon",
  followers: "lock",
  direct: "mail",
};

/** A note as an article: who, when, for whom; text, pictures, buttons. */
export function noteCard(visit: Visit, note: NoteView, options: NoteOptions = {}): Html {
  const key = options.quotedBy === undefined ? String(note.id) : `${options.quotedBy.id}-${note.id}`;
  const classes = ["note", "h-entry", `is-${note.visibility}`];
  if (options.isFocus === true) classes.push("is-focus");
  if (options.depth !== undefined) classes.push(`depth-${Math.min(DEEPEST, Math.max(1, options.depth))}`);
  return html`<article class="${classes.join(" ")}" id="note-${key}" aria-labelledby="by-${key}" data-component="note">
${options.announcedBy === undefined || options.announcedBy === null ? "" : announcedLine(visit, options.announcedBy)}
${noteHead(visit, note, key, options)}
${groupLine(visit, note, options)}${isBelowParent(options) || options.isBare === true ? "" : replyLine(visit, note)}
${judgedLine(visit, note)}${behindFilter(visit, note, noteBody(visit, note, key, options))}
${options.isFocus === true ? focusFoot(visit, note) : ""}
${options.isQuoted === true ? "" : html`${reactionRow(visit, note)}${noteActions(visit, note)}`}
</article>`;
}

/** Indentation says what a reply answers, down to the level where it ends. */
function isBelowParent(options: NoteOptions): boolean {
  return options.depth !== undefined && options.depth <= DEEPEST;
}

function announcedLine(visit: Visit, by: ActorView): Html {
  // What a group passes on is a post in the group, not somebody's recommendation (FEP-1b12).
  if (by.kind === "Group")
    return html`<p class="note-context">${icon(visit, "users")}<span>${visit.i18n.rich("note.in_group", { name: actorLink(by) })}</span></p>`;
  return html`<p class="note-context">${icon(visit, "boost")}<span>${visit.i18n.rich("note.boosted_by", { name: actorLink(by) })}</span></p>`;
}

/** The group that it was posted to, unless the line above says so already. */
function groupLine(visit: Visit, { group }: NoteView, { announcedBy }: NoteOptions): Html {
  if (group === null || announcedBy?.id === group.id) return html``;
  return html`<p class="note-context">${icon(visit, "users")}<span>${visit.i18n.rich("note.in_group", { name: actorLink(group) })}</span></p>`;
}

function noteHead(visit: Visit, note: NoteView, key: string, options: NoteOptions): Html {
  const { author } = note;
  const full = options.isFocus === true;
  return html`<header class="note-head">
<a class="actor-avatar" href="${actorPath(author)}" tabindex="-1" aria-hidden="true">${avatar(author, 44)}</a>
<div class="note-by" id="by-${key}">
<p class="note-author p-author h-card"><a class="name u-url p-name" href="${actorPath(author)}" dir="auto">${emojiText(author.name, author.emojis)}</a> <bdi class="handle">${handleOf(author)}</bdi></p>
<p class="note-when"><a class="u-url" href="${notePath(note)}">${timeOf(visit, note.publishedAt, "dt-published", full)}</a>${note.editedAt === null ? "" : html` <a class="edited" href="${notePath(note)}/history">${visit.i18n.t("note.edited")}</a>`} ${visibilityMark(visit, note.visibility, full)}</p>
</div>
</header>`;
}

/** A time that machines read exactly and people read easily. */
export function timeOf(visit: Visit, ms: number, className: string, full = false): Html {
  const moment = visit.i18n.moment(ms);
  return html`<time class="${className}" datetime="${isoTime(ms)}" title="${moment}" data-time="${full ? "moment" : "ago"}">${full ? moment : visit.i18n.ago(ms)}</time>`;
}

/** Who may see it, as a drawing with a word; the word is in sight where there is room or when it is not public. */
export function visibilityMark(visit: Visit, visibility: Visibility, full: boolean): Html {
  const inSight = full || visibility === "direct" || visibility === "followers";
  const word = visit.i18n.t(`visibility.${visibility}`);
  const name = VISIBILITY_ICONS[visibility];
  if (!inSight)
    return html`<svg class="icon visibility" width="15" height="15" role="img" aria-label="${word}"><use href="${visit.assets.icons}#${name}"></use></svg>`;
  return html`<span class="visibility">${icon(visit, name)}<span>${word}</span></span>`;
}

function replyLine(visit: Visit, note: NoteView): Html {
  const { replyTo } = note;
  if (replyTo === null) return html``;
  const { t, rich } = visit.i18n;
  const author = replyTo.author;
  const parent =
    replyTo.id === null || author === null
      ? html`<a class="u-in-reply-to" href="${outwards({ url: replyTo.uri, uri: replyTo.uri })}" rel="nofollow noopener">${t(isHere(visit, replyTo.uri) ? "note.a_note_here" : "note.a_note")}</a>`
      : html`<a class="u-in-reply-to" href="${notePath({ id: replyTo.id, author })}"><bdi>${emojiText(author.name, author.emojis)}</bdi></a>`;
  return html`<p class="note-context">${icon(visit, "reply")}<span>${rich("note.reply_to", { name: parent })}</span></p>`;
}

/** A parent here that is not tied to its reply: its author has not agreed to it. */
function isHere(visit: Visit, uri: string): boolean {
  return uri.startsWith(`${visit.app.config.origin}/`);
}

/** What the reader did not want to come upon is closed, and says by which of their filters. */
function behindFilter(visit: Visit, note: NoteView, body: Html): Html {
  if (note.filtered === null || note.filtered.action === "blur") return body;
  return html`<details class="warning is-filtered"><summary>${icon(visit, "filter")}<span dir="auto">${visit.i18n.t("filter.filtered", { title: note.filtered.title })}</span> ${reveal(visit)}</summary>
${body}</details>`;
}

function noteBody(visit: Visit, note: NoteView, key: string, options: NoteOptions): Html {
  if (note.withheld?.isHere === true) return withheldPlace(visit, note, note.withheld.countries);
  // A quoted poll is read here and voted in at its own place.
  const poll = options.quotedBy === undefined ? pollBox(visit, note, options) : "";
  const isFocus = options.isFocus === true;
  const content = html`${titleLine(visit, note)}${eventFacts(visit, note.event)}${noteText(visit, note, { isWhole: isFocus })}${poll}${media(visit, note, key, { isEager: isFocus })}${linkCard(visit, note)}${options.isBare === true ? "" : quoteCard(visit, note, (quoted) => noteCard(visit, quoted, { isQuoted: true, quotedBy: note }))}`;
  if (note.summary === null) return html`<div class="note-body">${content}</div>`;
  const isOpen = visit.viewer?.preferences.openWarnings === true;
  return html`<details class="warning" name="cw-${key}"${flag("open", isOpen)}><summary>${icon(visit, "alert")}<span class="p-summary" lang="${note.language ?? "und"}" dir="auto">${emojiText(note.summary, note.emojis)}</span> ${reveal(visit)}</summary>
<div class="note-body">${content}</div></details>`;
}

/** Tags that came beside the words, as other servers send them; those within the words are links there already. */
function tagsOutsideText({ tags, contentHtml, summary }: NoteView): readonly string[] {
  const words = summary === null ? excerpt(contentHtml, Infinity).normalize("NFKC").toLowerCase() : "";
  const inText = new Set(words.match(/#[\p{L}\p{M}\p{N}_]+/gu));
  return tags.filter((tag) => !inText.has(`#${tag}`));
}

function focusFoot(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  const path = notePath(note);
  const counts = [
    { count: note.repliesCount, href: `${path}#replies`, key: "note.replies" as const },
    { count: note.announcesCount, href: `${path}/boosts`, key: "note.boosts" as const },
    { count: note.likesCount, href: `${path}/likes`, key: "note.likes" as const },
  ].filter(({ count }) => count > 0);
  const tags = tagsOutsideText(note);
  return html`${note.withheld === undefined ? "" : withheldElsewhere(visit, note.withheld.countries)}${tags.length === 0 ? "" : html`<p class="note-tags">${tags.map((tag) => html`<a class="tag p-category" href="${tagPath(tag)}"><bdi>#${tag}</bdi></a> `)}</p>`}
${counts.length === 0 ? "" : html`<p class="note-counts">${counts.map(({ count, href, key }) => html`<a href="${href}">${t(key, { count })}</a> `)}</p>`}`;
}
