import { isoTime } from "../../server/context.ts";
import type { announcementsFor } from "../../server/services/announcements/announcements.ts";
import type { Marker } from "../../server/services/markers.ts";
import type { Announcement, Markers } from "../entities/notices.ts";

type Told = Awaited<ReturnType<typeof announcementsFor>>[number];

/** An announcement; nobody is mentioned in one, and nobody reacts to it. */
export function toAnnouncement(told: Told): Announcement {
  const at = (ms: number | null) => (ms === null ? null : isoTime(ms));
  return {
    id: String(told.id),
    content: told.contentHtml,
    starts_at: at(told.startsAt),
    ends_at: at(told.endsAt),
    all_day: false,
    published: true,
    published_at: isoTime(told.publishedAt ?? told.updatedAt),
    updated_at: isoTime(told.updatedAt),
    read: told.read,
    mentions: [],
    statuses: [],
    tags: [],
    emojis: [],
    reactions: [],
  };
}

/** Markers by the name of their timeline. */
export function toMarkers(markers: readonly Marker[]): Markers {
  return Object.fromEntries(
    markers.map(({ timeline, lastReadId, version, updatedAt }) => [
      timeline,
      { last_read_id: String(lastReadId), version, updated_at: isoTime(updatedAt) },
    ]),
  );
}
