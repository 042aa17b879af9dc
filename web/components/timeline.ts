import { html } from "hono/html";
import type { EntryView, NoteView, Page, PageRequest } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit, WebContext } from "../visit.ts";
import { coverGrid } from "./covers.ts";
import { icon } from "./icon.ts";
import { markerDivider, markerForm } from "./marker.ts";
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

export type TimelineOptions = {
  readonly empty: Html | string;
  readonly path: string;
  readonly asGrid?: boolean;
  /** How far it was read, null = never said; left out where that is not remembered. */
  readonly lastReadId?: number | null | undefined;
};

/** A page of a timeline as list or cover grid, with ways to older and newer. */
export function timeline(visit: Visit, page: Page<EntryView>, options: TimelineOptions): Html {
  if (page.items.length === 0)
    return html`<div class="empty">${options.empty}</div>${pager(visit, page, options.path)}`;
  const list =
    options.asGrid === true
      ? coverGrid(visit, coverNotes(page.items))
      : entryList(visit, page.items, options.lastReadId);
  return html`${list}${pager(visit, page, options.path)}`;
}

/** Written and boosted on one page is one note, at its latest appearance. */
function entryList(visit: Visit, entries: readonly EntryView[], lastReadId: number | null | undefined): Html {
  const seen = new Set<number>();
  const shown = entries.filter(({ note }) => !seen.has(note.id) && seen.add(note.id));
  const newest = shown[0]?.id ?? 0;
  const firstRead = typeof lastReadId === "number" ? shown.findIndex(({ id }) => id <= lastReadId) : -1;
  return html`<div class="notes h-feed">${shown.map((entry, index) => html`${index > 0 && index === firstRead ? markerDivider(visit, newest) : ""}${noteCard(visit, entry.note, { announcedBy: entry.announcedBy })}`)}${lastReadId === null ? markerForm(visit, newest) : ""}</div>`;
}

/** Notes without timeline entries: search results. */
export function noteList(visit: Visit, notes: readonly NoteView[]): Html {
  return html`<div class="notes h-feed">${withoutRepeats(notes).map((note) => noteCard(visit, note))}</div>`;
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
  return html`<nav class="pager" aria-label="${t("pager.label")}" data-added="${t("pager.added")}"${visit.viewer?.preferences.autoLoad === true ? html` data-auto` : ""}>
${page.newer === null ? html`<span></span>` : html`<a class="button quiet" rel="prev" href="${path}${glue}after=${page.newer}">${icon(visit, "back")}<span>${t("pager.newer")}</span></a>`}
${page.older === null ? "" : html`<a class="button quiet" rel="next" href="${path}${glue}before=${page.older}"><span>${t("pager.older")}</span>${icon(visit, "next")}</a>`}
</nav>`;
}
