import type { App } from "../../context.ts";
import { NOTE_LIMITS, type ReceivedNote } from "../../domain/note.ts";
import { toJson } from "../../store/codec.ts";
import { cleanName, normalizeText } from "../../text/entities.ts";
import { plainText } from "../../text/markup.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { checkedEmojis, emojiColumn } from "./emojis.ts";

const TITLE_MAX = 500;
const PLACE_MAX = 300;

/** The columns of a received note beyond text and thread: what it is, its title, when and where, emoji, source, group. */
export function partColumns(received: ReceivedNote) {
  // Names are plain text (ActivityStreams 4.2), which WordPress nevertheless writes with character references.
  const title =
    received.title === null ? null : cleanName(plainText(received.title.replace(/</g, "&lt;")), TITLE_MAX);
  return {
    kind: received.kind,
    title: title === "" ? null : title,
    event: eventColumn(received.event),
    emojis: emojiColumn(checkedEmojis(received.emojis)),
    audience_uri: received.audienceUri === null ? null : safeHttpUrl(received.audienceUri),
    source: received.source === null ? null : normalizeText(received.source.content),
    source_type: received.source?.mediaType ?? null,
  };
}

function eventColumn(event: ReceivedNote["event"]): string | null {
  if (event === null) return null;
  const place = event.place === null ? "" : cleanName(event.place, PLACE_MAX);
  return toJson({
    ...event,
    place: place === "" ? null : place,
    placeUrl: event.placeUrl === null ? null : safeHttpUrl(event.placeUrl),
  });
}

/** What the search index knows of a note besides its text. */
export function wordsOfParts(received: ReceivedNote): string {
  const options = received.poll?.options.map((option) => option.title) ?? [];
  return [received.title ?? "", received.event?.place ?? "", ...options].join(" ");
}

/** Rows of the attachments of a received note, in their order; those with addresses that we do not fetch are left out. */
export function attachmentRows(app: App, actorId: number, noteId: number, received: ReceivedNote) {
  return received.attachments.slice(0, NOTE_LIMITS.media).flatMap((attachment, position) => {
    const url = safeHttpUrl(attachment.url);
    if (url === null) return [];
    return [
      {
        id: app.ids.next(),
        actor_id: actorId,
        note_id: noteId,
        position,
        kind: attachment.kind,
        file: null,
        remote_url: url,
        media_type: normalizeText(attachment.mediaType).slice(0, 100),
        alt: normalizeText(attachment.alt).slice(0, NOTE_LIMITS.altCharacters * 4),
        width: attachment.width,
        height: attachment.height,
        blurhash: attachment.blurhash === null ? null : normalizeText(attachment.blurhash),
        created_at: app.clock.now(),
        focus_x: attachment.focus === null ? null : thousandths(attachment.focus.x),
        focus_y: attachment.focus === null ? null : thousandths(attachment.focus.y),
        cover_url: attachment.coverUrl === null ? null : safeHttpUrl(attachment.coverUrl),
        duration_ms: attachment.durationMs,
        digest: attachment.digest,
        size: attachment.size,
      },
    ];
  });
}

/** A share from -1 to 1 as the column keeps it. */
export function thousandths(share: number): number {
  return Math.round(Math.min(1, Math.max(-1, share)) * 1000);
}
