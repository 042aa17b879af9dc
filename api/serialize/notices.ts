import { isoTime } from "../../server/context.ts";
import type { announcementsFor } from "../../server/services/announcements/announcements.ts";
import type { Marker } from "../../server/services/markers.ts";
import type { Announcement, Markers } from "../entities/notices.ts";

type Told = Awaited<ReturnType<typeof announcementsFor>>[number];

/** An announcement; nobody is mentioned in one, and nobody reacts to it. */
export function toAnnouncement(told: Told): Announcement {
  const publishedAt = told.publishedAt ?? told.updatedAt;
  return {
    id: String(told.id),
    content: told.contentHtml,
    // masto knows no null here: what has no beginning began when it was published, what has no end has no field for it.
    starts_at: isoTime(told.startsAt ?? publishedAt),
    ...(told.endsAt === null ? {} : { ends_at: isoTime(told.endsAt) }),
    all_day: false,
    published: true,
    published_at: isoTime(publishedAt),
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
