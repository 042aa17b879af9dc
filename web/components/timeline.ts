import { html } from "hono/html";
import type { EntryView, NoteView, Page, PageRequest } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit, WebContext } from "../visit.ts";
import { coverGrid } from "./covers.ts";
import { icon } from "./icon.ts";
import { noteCard } from "./note.ts";

/** Notes on a page. */
const PAGE_SIZE = 20;

/** Where a page of a list starts, from `?before=` and `?after=`; anything else starts at the top. */
export function pageRequestOf(c: WebContext): PageRequest {
  return { before: cursor(c.req.query("before")), after: cursor(c.req.query("after")), limit: PAGE_SIZE };
}

function cursor(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A page of a timeline as list or cover grid, with ways to older and newer. */
export function timeline(
  visit: Visit,
  page: Page<EntryView>,
  options: { readonly empty: Html | string; readonly path: string; readonly asGrid?: boolean },
): Html {
  if (page.items.length === 0) return html`<div class="empty">${options.empty}</div>`;
  const list =
    options.asGrid === true ? coverGrid(visit, coverNotes(page.items)) : entryList(visit, page.items);
  return html`${list}${pager(visit, page, options.path)}`;
}

/** Written and boosted on one page is one note, at its latest appearance. */
function entryList(visit: Visit, entries: readonly EntryView[]): Html {
  const seen = new Set<number>();
  const shown = entries.filter(({ note }) => !seen.has(note.id) && seen.add(note.id));
  return html`<div class="notes">${shown.map((entry) => noteCard(visit, entry.note, { announcedBy: entry.announcedBy }))}</div>`;
}

/** Notes without timeline entries: search results. */
export function noteList(visit: Visit, notes: readonly NoteView[]): Html {
  return html`<div class="notes">${withoutRepeats(notes).map((note) => noteCard(visit, note))}</div>`;
}

/** What stands well on a cover: notes that begin something, each once. */
export function coverNotes(entries: readonly EntryView[]): readonly NoteView[] {
  return withoutRepeats(entries.map((entry) => entry.note)).filter((note) => note.replyTo === null);
}

function withoutRepeats(notes: readonly NoteView[]): readonly NoteView[] {
  return [...new Map(notes.map((note) => [note.id, note])).values()];
}

/** Links to the neighbouring pages: plain addresses, so the place survives reloads and the back button. */
export function pager(
  visit: Visit,
  page: { readonly older: number | null; readonly newer: number | null },
  path: string,
): Html {
  if (page.older === null && page.newer === null) return html``;
  const { t } = visit.i18n;
  const glue = path.includes("?") ? "&" : "?";
  return html`<nav class="pager" aria-label="${t("pager.label")}">
${page.newer === null ? html`<span></span>` : html`<a class="button quiet" rel="prev" href="${path}${glue}after=${page.newer}">${icon(visit, "back")}<span>${t("pager.newer")}</span></a>`}
${page.older === null ? "" : html`<a class="button quiet" rel="next" href="${path}${glue}before=${page.older}"><span>${t("pager.older")}</span>${icon(visit, "next")}</a>`}
</nav>`;
}
