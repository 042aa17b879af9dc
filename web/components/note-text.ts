import { html } from "hono/html";
import type { NoteKind, NoteView } from "../../server/domain/note.ts";
import { foldHtml } from "../../server/text/fold.ts";
import { escapeHtml } from "../../server/text/sanitize.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { actorPath, notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { emojiText, withEmojis } from "./emoji.ts";

/** In lists a text is folded behind about this many characters, if at least so many more would follow. */
const FOLD = { keep: 400, least: 200 } as const;

const KINDS: Readonly<Partial<Record<NoteKind, MessageKey>>> = {
  Article: "note.kind_article",
  Page: "note.kind_page",
  Event: "note.kind_event",
  Video: "note.kind_video",
  Audio: "note.kind_audio",
};

/** What it is and its title; the title leads to where the whole thing is, and the host is said when that is elsewhere. */
export function titleLine(visit: Visit, note: NoteView): Html {
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

/** The text, in the reader's language first when the note speaks several; in lists a long one is folded. */
export function noteText(visit: Visit, note: NoteView, { isWhole }: { readonly isWhole: boolean }): Html {
  const tongues = Object.entries(note.contentMap).filter(([, text]) => text !== "");
  const block = { className: "e-content", isWhole };
  if (tongues.length < 2) return textBlock(visit, note, note.language, note.contentHtml, block);
  const wanted = [visit.i18n.locale, ...(visit.viewer?.languages ?? [])].map(primary);
  const rank = (tag: string) =>
    wanted.includes(primary(tag)) ? wanted.indexOf(primary(tag)) : wanted.length;
  const [first, ...others] = tongues.toSorted(([a], [b]) => rank(a) - rank(b));
  if (first === undefined) return html``;
  return html`${textBlock(visit, note, first[0], first[1], block)}${others.map(
    ([
      tag,
      text,
    ]) => html`<details class="tongue"><summary>${visit.i18n.t("note.also_in", { language: visit.i18n.languageName(tag) })}</summary>
${textBlock(visit, note, tag, text, { className: "", isWhole: true })}</details>`,
  )}`;
}

function primary(tag: string): string {
  return tag.toLowerCase().split("-")[0] ?? tag;
}

type Block = { readonly className: string; readonly isWhole: boolean };

function textBlock(
  visit: Visit,
  note: NoteView,
  language: string | null,
  text: string,
  { className, isWhole }: Block,
): Html {
  if (text === "") return html``;
  const folded = isWhole ? null : foldHtml(text, FOLD);
  const draw = (part: string) =>
    withEmojis(visit.viewer === null ? part : withLocalMentions(note, part), note.emojis);
  const inner = folded === null ? draw(text) : html`${draw(folded.head)}${fold(visit, draw(folded.rest))}`;
  return html`<div class="prose ${className}"${language === null ? "" : html` lang="${language}"`} dir="auto">${inner}</div>`;
}

/** The rest of a long text, a press away and without leaving the list. */
function fold(visit: Visit, rest: Html): Html {
  const { t, locale } = visit.i18n;
  return html`<details class="text-fold"><summary lang="${locale}"><span class="when-closed">${t("note.show_more")}</span><span class="when-open">${t("note.show_less")}</span></summary>${rest}</details>`;
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
