import { html } from "hono/html";
import { THREAD_ORDERS } from "../../../server/domain/note.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import { formerAddresses } from "../../../server/services/arrivals/map.ts";
import { viewElsewhere } from "../../../server/services/threads/backfill.ts";
import { refreshTallies } from "../../../server/services/notes/polls.ts";
import { viewThread } from "../../../server/services/threads/threads.ts";
import type { ThreadRequest } from "../../../server/services/threads/threads.ts";
import { composeForm } from "../../components/compose-form.ts";
import { noteCard } from "../../components/note.ts";
import { elsewhereNotice } from "../../components/elsewhere.ts";
import { emojiText } from "../../components/emoji.ts";
import { excerpt } from "../../components/excerpt.ts";
import { noteHeadTags } from "../../components/head-tags.ts";
import { icon } from "../../components/icon.ts";
import { readersSentence } from "../../components/readers.ts";
import { threadBefore, threadReplies } from "../../components/thread.ts";
import type { Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { noteIdOf, requireShown } from "../../member.ts";
import { notePath, outwards } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { replyComposition } from "../writing/compose.ts";

/** A note with what it answers and what answers it. */
export async function getNote(c: WebContext): Promise<Response> {
  return await showNote(c, null);
}

/** The page of a note; `voteRefusal` says why a vote in its poll was not taken. */
export async function showNote(c: WebContext, voteRefusal: Refusal | null): Promise<Response> {
  const asked = c.get("visit");
  const thread = await viewThread(asked.app, asked.viewer, noteIdOf(c), threadRequestOf(c));
  const note = requireShown(thread.note);
  // The address of a vote is no page to come back to.
  const visit = voteRefusal === null ? asked : { ...asked, path: notePath(note) };
  c.set("visit", visit);
  if (visit.viewer !== null && note.poll !== null) await refreshTallies(visit.app, note.id);
  const place = rightPlace(c, note, voteRefusal !== null);
  if (place !== null) return c.redirect(place, 302);
  const elsewhere = visit.viewer === null || note.local ? null : await viewElsewhere(visit.app, note.id);
  const former = (await formerAddresses(visit.app, [note.id])).get(note.id) ?? null;
  if (voteRefusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(voteRefusal.retryAfterSeconds));
  return await showPage(c, {
    title: titleOf(visit, note),
    status: voteRefusal?.status ?? 200,
    isPublic: note.visibility === "public" || note.visibility === "unlisted",
    noindex: !note.author.indexable || note.visibility !== "public",
    head: noteHeadTags(visit, note),
    main: html`<h1 class="hidden">${titleOf(visit, note)}</h1>
${threadBefore(visit, thread)}
${noteCard(visit, note, { isFocus: true, voteRefusal })}
${formerLine(visit, note, former)}${note.local || elsewhere !== null ? "" : html`<p class="notice small">${visit.i18n.t("thread.remote")} <a href="${outwards(note)}" rel="noopener nofollow">${visit.i18n.t("note.original")}</a></p>`}
${replyBox(visit, note)}
${threadReplies(visit, thread, elsewhere !== null)}${elsewhereNotice(visit, note, elsewhere)}`,
  });
}

/** Where it was before its author took it along from there. */
function formerLine(visit: Visit, note: NoteView, former: string | null): Html {
  if (former === null || !note.local) return html``;
  const url = URL.parse(former);
  const address = html`<a href="${former}" rel="noopener nofollow"><bdi dir="ltr">${url?.host ?? former}</bdi></a>`;
  return html`<p class="notice small">${visit.i18n.rich("note.former", { address })}</p>`;
}

/** `?sort=` and `?page=`; anything else is the first page, from old to new. */
function threadRequestOf(c: WebContext): ThreadRequest {
  const page = c.req.query("page") ?? "";
  return {
    order: THREAD_ORDERS.find((order) => order === c.req.query("sort")),
    page: /^[1-9][0-9]{0,3}$/.test(page) ? Number(page) : undefined,
  };
}

/**
 * One note, one address: under another name than its author's there is nothing. Signed out, remote notes are read at
 * their origin, which knows about edits and deletions first.
 */
function rightPlace(c: WebContext, note: NoteView, isAnswer: boolean): string | null {
  if (isAnswer) return null;
  if (c.get("visit").viewer === null && !note.local) return outwards(note);
  const path = decodeURI(new URL(c.req.url).pathname);
  if (path === decodeURI(notePath(note))) return null;
  if (path.toLowerCase() === decodeURI(notePath(note)).toLowerCase()) return notePath(note);
  throw notFound();
}

function titleOf(visit: Visit, note: NoteView): string {
  // Titles stand where nobody asked for them: in tabs, in results, in cards of other sites.
  const whole = note.sensitive ? "" : (note.title ?? excerpt(note.contentHtml, 60));
  const words = note.summary ?? whole;
  const { t } = visit.i18n;
  return words === ""
    ? t("note.by", { name: note.author.name })
    : t("note.title", { name: note.author.name, text: words });
}

function replyBox(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  if (visit.viewer === null)
    return html`<p class="card invite-line">${t("thread.sign_in")} <a class="button quiet small" href="/login?then=${encodeURIComponent(notePath(note))}">${t("nav.login")}</a> <a class="button quiet small" href="/interact?uri=${encodeURIComponent(note.uri)}">${t("thread.elsewhere.account")}</a></p>`;
  const composition = replyComposition(visit, visit.viewer, note);
  return html`<details class="card compose-card reply-box"><summary>${icon(visit, "reply")}<span>${visit.i18n.rich("thread.reply_to", { name: html`<bdi>${emojiText(note.author.name, note.author.emojis)}</bdi>` })}</span></summary>
${readersSentence(visit, composition, note)}${composeForm(visit, composition, { replyTo: note, isCompact: true })}</details>`;
}
