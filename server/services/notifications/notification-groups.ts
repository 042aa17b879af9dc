import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { idAt, type NoteId, timeOfId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import type { NotificationGroup, NotificationKind, NotificationView } from "../../domain/notification.ts";
import { notFound } from "../../errors.ts";
import {
  countGroups,
  type GroupCount,
  type GroupMatch,
  listGroupRows,
  listNotificationRows,
  listUnreadRows,
  type NotificationRow,
  removeNotificationsOf,
} from "../../store/notifications.ts";
import { ascending, cursorOf } from "../../store/page.ts";
import { toCursor } from "../pages.ts";
import { choiceOf, drawNotifications, type NotificationSieve, readIdOf } from "./notifications.ts";

/** How long what belongs together is gathered, ms. */
const SPAN_MS = 3_600_000;
/** Rows that are read for each group that is asked for: who is liked a thousand times gets shorter pages. */
const ROWS_EACH = 10;
const MOST_ROWS = 400;
const SAMPLE = 8;

/** Sets of kinds that are gathered: all kinds of a set about one note, or about none, are one group. */
export type Gathering = readonly (readonly NotificationKind[])[];
type Together = NonNullable<NotificationGroup["together"]>;

/** What happened to the person, gathered by note and hour, newest first; a fixed number of statements. */
export async function listNotificationGroups(
  app: App,
  viewer: Viewer,
  request: PageRequest & NotificationSieve & { readonly gathering: Gathering },
): Promise<Page<NotificationGroup>> {
  const { limit, ...place } = toCursor(request);
  const cursor = { ...place, limit: Math.min(limit * ROWS_EACH, MOST_ROWS) };
  const choice = choiceOf(viewer, request);
  const found = await listNotificationRows(app.db, choice, cursor, app.clock.now());
  const { rows, isCut } = firstGroups(found.rows, request.gathering, limit, ascending(cursor));
  const items = await drawGroups(app, viewer, rows, request);
  const more = found.more || isCut;
  const up = ascending(cursor);
  return {
    items,
    older: (up || more) && rows.length > 0 ? (rows.at(-1)?.id ?? null) : null,
    newer: (up ? more : cursor.before !== undefined) ? (rows[0]?.id ?? null) : null,
    first: rows[0]?.id ?? null,
  };
}

/** The rows up to where the first group begins that is too much; from the other end when the walk goes up. */
function firstGroups(
  rows: readonly NotificationRow[],
  gathering: Gathering,
  limit: number,
  up: boolean,
): { readonly rows: readonly NotificationRow[]; readonly isCut: boolean } {
  const walk = up ? rows.toReversed() : rows;
  const seen = new Set<string>();
  const end = walk.findIndex((row) => seen.add(keyOf(row, gathering)).size > limit);
  if (end === -1) return { rows, isCut: false };
  const taken = walk.slice(0, end);
  return { rows: up ? taken.toReversed() : taken, isCut: true };
}

function togetherOf(
  row: Pick<NotificationRow, "id" | "kind" | "note_id">,
  gathering: Gathering,
): Together | null {
  const kinds = gathering.find((set) => set.some((kind) => kind === row.kind));
  if (kinds === undefined) return null;
  const noteId = row.note_id === 0 ? null : (row.note_id as NoteId);
  return { kinds, noteId, span: Math.floor(timeOfId(row.id) / SPAN_MS) };
}

function keyOf(row: Pick<NotificationRow, "id" | "kind" | "note_id">, gathering: Gathering): string {
  const together = togetherOf(row, gathering);
  return together === null ? `alone ${row.id}` : wordOf(together);
}

function wordOf({ kinds, noteId, span }: Together): string {
  return `${kinds[0] ?? ""} ${noteId ?? 0} ${span}`;
}

async function drawGroups(
  app: App,
  viewer: Viewer,
  rows: readonly NotificationRow[],
  sieve: NotificationSieve & { readonly gathering: Gathering },
): Promise<readonly NotificationGroup[]> {
  if (rows.length === 0) return [];
  const { gathering } = sieve;
  const views = await drawNotifications(app, viewer, rows, await readIdOf(app, viewer));
  const counts = await countsOf(app, viewer, rows, sieve);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const groups = Map.groupBy(views, (view) => {
    const row = byId.get(view.id);
    return row === undefined ? "" : keyOf(row, gathering);
  });
  return [...groups].flatMap(([key, members]) => {
    const latest = members[0];
    const row = latest === undefined ? undefined : byId.get(latest.id);
    if (latest === undefined || row === undefined) return [];
    const count = counts.get(key);
    return [
      {
        latest,
        together: togetherOf(row, gathering),
        count: Math.max(count?.found ?? 1, members.length),
        newestId: Math.max(count?.newest ?? latest.id, latest.id),
        pageFirst: latest.id,
        pageLast: members.at(-1)?.id ?? latest.id,
        actors: sampleOf(members),
      },
    ];
  });
}

function sampleOf(members: readonly NotificationView[]): readonly ActorView[] {
  const actors = new Map(members.map(({ actor }) => [actor.id, actor]));
  return [...actors.values()].slice(0, SAMPLE);
}

/** How many there are in each group, also beyond the page. */
async function countsOf(
  app: App,
  viewer: Viewer,
  rows: readonly NotificationRow[],
  sieve: NotificationSieve & { readonly gathering: Gathering },
): Promise<ReadonlyMap<string, Pick<GroupCount, "found" | "newest">>> {
  const gathered = rows.filter((row) => togetherOf(row, sieve.gathering) !== null);
  if (gathered.length === 0) return new Map();
  const spans = gathered.map((row) => Math.floor(timeOfId(row.id) / SPAN_MS));
  const found = await countGroups(
    app.db,
    choiceOf(viewer, sieve),
    {
      kinds: [...new Set(gathered.map((row) => row.kind))].flatMap(
        (kind) => sieve.gathering.find((set) => set.some((one) => one === kind)) ?? [],
      ),
      noteIds: [...new Set(gathered.map((row) => row.note_id))],
      from: Math.min(...spans) * SPAN_MS,
      to: (Math.max(...spans) + 1) * SPAN_MS,
      spanMs: SPAN_MS,
    },
    app.clock.now(),
  );
  const counts = new Map<string, { found: number; newest: number }>();
  for (const row of found) {
    const key = keyOf(
      { id: idAt(row.bucket * SPAN_MS), kind: row.kind, note_id: row.note_id },
      sieve.gathering,
    );
    const before = counts.get(key);
    counts.set(key, {
      found: row.found + (before?.found ?? 0),
      newest: Math.max(row.newest, before?.newest ?? 0),
    });
  }
  return counts;
}

/** Unread groups, at most `most`; of each, what is unread may be any number. */
export async function countUnreadGroups(
  app: App,
  viewer: Viewer,
  { most, gathering, ...sieve }: NotificationSieve & { readonly most: number; readonly gathering: Gathering },
): Promise<number> {
  const rows = await listUnreadRows(
    app.db,
    choiceOf(viewer, sieve),
    app.clock.now(),
    Math.min(most * ROWS_EACH, 1_000),
  );
  return Math.min(most, new Set(rows.map((row) => keyOf(row, gathering))).size);
}

/** One group, with who did it, newest first, as a page. @throws not_found when nothing of it is left for the person. */
export async function viewNotificationGroup(
  app: App,
  viewer: Viewer,
  together: Together,
  request: PageRequest = {},
): Promise<{ readonly group: NotificationGroup; readonly actors: Page<ActorView> }> {
  const cursor = cursorOf(request, 40, 80);
  const match = matchOf(together);
  const choice = choiceOf(viewer, { withFiltered: true });
  const { rows, more } = await listGroupRows(app.db, choice, match, cursor, app.clock.now());
  const views = await drawNotifications(app, viewer, rows, await readIdOf(app, viewer));
  const counts = await countsOf(app, viewer, rows, { gathering: [together.kinds], withFiltered: true });
  const [latest] = views;
  if (latest === undefined) throw notFound();
  const count = counts.get(wordOf(together));
  const last = rows.at(-1);
  return {
    group: {
      latest,
      together,
      count: count?.found ?? views.length,
      newestId: count?.newest ?? latest.id,
      pageFirst: latest.id,
      pageLast: views.at(-1)?.id ?? latest.id,
      actors: sampleOf(views),
    },
    actors: {
      items: [...new Map(views.map(({ actor }) => [actor.id, actor])).values()],
      older: (ascending(cursor) || more) && last !== undefined ? last.id : null,
      newer: null,
      first: rows[0]?.id ?? null,
    },
  };
}

/** Removes a group for good. @throws not_found when there is nothing of it. */
export async function dismissNotificationGroup(app: App, viewer: Viewer, together: Together): Promise<void> {
  if ((await removeNotificationsOf(app.db, viewer.accountId, matchOf(together))) === 0) throw notFound();
}

function matchOf({ kinds, noteId, span }: Together): GroupMatch {
  return { kinds, noteId: noteId ?? 0, from: span * SPAN_MS, to: (span + 1) * SPAN_MS };
}
