import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { ActorView } from "../../server/domain/actor.ts";
import { handleOf } from "../../server/domain/actor.ts";
import type { NoteKind, NoteView } from "../../server/domain/note.ts";
import type { Visibility } from "../../server/domain/visibility.ts";
import { escapeHtml } from "../../server/text/sanitize.ts";
import type { Refusal } from "../forms.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { actorPath, notePath, outwards, tagPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { actorLink, avatar } from "./actor.ts";
import { emojiText, withEmojis } from "./emoji.ts";
import { eventFacts } from "./event.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";
import { media } from "./media.ts";
import { noteActions } from "./note-actions.ts";
import { pollBox } from "./poll.ts";
import { quoteCard } from "./quote.ts";
import { reactionRow } from "./reactions.ts";
import { reveal } from "./reveal.ts";

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
${noteBody(visit, note, key, options)}
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
<p class="note-author p-author h-card"><a class="name u-url" href="${actorPath(author)}"><bdi class="p-name">${emojiText(author.name, author.emojis)}</bdi></a> <span class="handle"><bdi>${handleOf(author)}</bdi></span></p>
<p class="note-when"><a class="u-url" href="${notePath(note)}">${timeOf(visit, note.publishedAt, "dt-published", full)}</a>${note.editedAt === null ? "" : html` <a class="edited" href="${notePath(note)}/history">${visit.i18n.t("note.edited")}</a>`} ${visibilityMark(visit, note.visibility, full)}</p>
</div>
</header>`;
}

/** A time that machines read exactly and people read easily. */
export function timeOf(visit: Visit, ms: number, className: string, full = false): Html {
  const moment = visit.i18n.moment(ms);
  return html`<time class="${className}" datetime="${isoTime(ms)}" title="${moment}">${full ? moment : visit.i18n.ago(ms)}</time>`;
}

/** Who may see it, as a drawing with a word; the word is in sight where there is room or when it is not public. */
export function visibilityMark(visit: Visit, visibility: Visibility, full: boolean): Html {
  const inSight = full || visibility === "direct" || visibility === "followers";
  return html`<span class="visibility">${icon(visit, VISIBILITY_ICONS[visibility])}<span class="${inSight ? "" : "hidden"}">${visit.i18n.t(`visibility.${visibility}`)}</span></span>`;
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

function noteBody(visit: Visit, note: NoteView, key: string, options: NoteOptions): Html {
  // A quoted poll is read here and voted in at its own place.
  const poll = options.quotedBy === undefined ? pollBox(visit, note, options) : "";
  const content = html`${titleLine(visit, note)}${eventFacts(visit, note.event)}${noteText(visit, note)}${poll}${media(visit, note, key)}${options.isBare === true ? "" : quoteCard(visit, note, (quoted) => noteCard(visit, quoted, { isQuoted: true, quotedBy: note }))}`;
  if (note.summary === null) return html`<div class="note-body">${content}</div>`;
  return html`<details class="warning" name="cw-${key}"><summary>${icon(visit, "alert")}<span class="p-summary" lang="${note.language ?? "und"}" dir="auto">${emojiText(note.summary, note.emojis)}</span> ${reveal(visit)}</summary>
<div class="note-body">${content}</div></details>`;
}

const KINDS: Readonly<Partial<Record<NoteKind, MessageKey>>> = {
  Article: "note.kind_article",
  Page: "note.kind_page",
  Event: "note.kind_event",
  Video: "note.kind_video",
  Audio: "note.kind_audio",
};

/** What it is and its title; the title leads to where the whole thing is, and the host is said when that is elsewhere. */
function titleLine(visit: Visit, note: NoteView): Html {
  if (note.title === null) return html``;
  const href = note.local ? notePath(note) : outwards(note);
  const kind = KINDS[note.kind];
  const from = note.local ? null : hostOf(href);
  const words = [kind === undefined ? null : visit.i18n.t(kind), from].filter((word) => word !== null);
  return html`<div class="note-heading">${words.length === 0 ? "" : html`<p class="note-kind">${words.join(" · ")}</p>`}
<p class="note-title p-name"><a href="${href}"${note.local ? "" : html` rel="noopener nofollow"`} dir="auto">${emojiText(note.title, note.emojis)}</a></p></div>`;
}

function hostOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).host : null;
}

/** The text, in the reader's language first when the note speaks several. */
function noteText(visit: Visit, note: NoteView): Html {
  const tongues = Object.entries(note.contentMap).filter(([, text]) => text !== "");
  if (tongues.length < 2) return textBlock(visit, note, note.language, note.contentHtml, "e-content");
  const wanted = [visit.i18n.locale, ...(visit.viewer?.languages ?? [])].map(primary);
  const rank = (tag: string) =>
    wanted.includes(primary(tag)) ? wanted.indexOf(primary(tag)) : wanted.length;
  const [first, ...others] = tongues.toSorted(([a], [b]) => rank(a) - rank(b));
  if (first === undefined) return html``;
  return html`${textBlock(visit, note, first[0], first[1], "e-content")}${others.map(
    ([
      tag,
      text,
    ]) => html`<details class="tongue"><summary>${visit.i18n.t("note.also_in", { language: visit.i18n.languageName(tag) })}</summary>
${textBlock(visit, note, tag, text, "")}</details>`,
  )}`;
}

function primary(tag: string): string {
  return tag.toLowerCase().split("-")[0] ?? tag;
}

function textBlock(
  visit: Visit,
  note: NoteView,
  language: string | null,
  text: string,
  className: string,
): Html {
  if (text === "") return html``;
  return html`<div class="prose ${className}"${language === null ? "" : html` lang="${language}"`} dir="auto">${withEmojis(visit.viewer === null ? text : withLocalMentions(note, text), note.emojis)}</div>`;
}

/** Signed-in people stay here when they follow a mention of somebody elsewhere: there they could not answer. */
function withLocalMentions(note: NoteView, text: string): string {
  return note.mentions
    .filter((mention) => mention.host !== null)
    .reduce(
      (result, mention) =>
        result.replaceAll(`href="${escapeHtml(mention.url)}"`, `href="${escapeHtml(actorPath(mention))}"`),
      text,
    );
}

function focusFoot(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  const path = notePath(note);
  const counts = [
    { count: note.repliesCount, href: `${path}#replies`, key: "note.replies" as const },
    { count: note.announcesCount, href: `${path}/boosts`, key: "note.boosts" as const },
    { count: note.likesCount, href: `${path}/likes`, key: "note.likes" as const },
  ].filter(({ count }) => count > 0);
  return html`${note.tags.length === 0 ? "" : html`<p class="note-tags">${note.tags.map((tag) => html`<a class="tag p-category" href="${tagPath(tag)}"><bdi>#${tag}</bdi></a> `)}</p>`}
${counts.length === 0 ? "" : html`<p class="note-counts">${counts.map(({ count, href, key }) => html`<a href="${href}">${t(key, { count })}</a> `)}</p>`}`;
}
