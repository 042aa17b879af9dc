import type { App } from "../context.ts";
import type { Viewer } from "../domain/actor.ts";
import { findMarkers, raiseMarker } from "../store/markers.ts";

/** Lists that remember how far one has read; the names are Mastodon's, so that apps and pages share them. */
export const MARKED_TIMELINES = ["home", "notifications"] as const;
export type MarkedTimeline = (typeof MARKED_TIMELINES)[number];

/** How far somebody has read; `version` grows with every change, times in ms. */
export type Marker = {
  readonly timeline: MarkedTimeline;
  readonly lastReadId: number;
  readonly version: number;
  readonly updatedAt: number;
};

/** Remembers that everything up to `lastReadId` has been read. Never goes back. */
export async function markRead(
  app: App,
  viewer: Viewer,
  timeline: MarkedTimeline,
  lastReadId: number,
): Promise<void> {
  await raiseMarker(app.db, {
    accountId: viewer.accountId,
    timeline,
    lastReadId,
    now: app.clock.now(),
  });
}

/** How far somebody has read one list; null before they ever said so. */
export async function readMarker(app: App, viewer: Viewer, timeline: MarkedTimeline): Promise<Marker | null> {
  return (await readMarkers(app, viewer, [timeline]))[0] ?? null;
}

/** How far somebody has read several lists; those without a marker are left out. */
export async function readMarkers(
  app: App,
  viewer: Viewer,
  timelines: readonly MarkedTimeline[],
): Promise<readonly Marker[]> {
  const rows = await findMarkers(app.db, viewer.accountId, timelines);
  return rows.flatMap((row) => {
    const timeline = MARKED_TIMELINES.find((name) => name === row.timeline);
    if (timeline === undefined) return [];
    return [{ timeline, lastReadId: row.last_read_id, version: row.version, updatedAt: row.updated_at }];
  });
}
