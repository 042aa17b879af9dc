import { isoTime } from "../../server/context.ts";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import type { PollView } from "../../server/domain/poll.ts";
import type { MediaAttachment, Poll } from "../entities/status.ts";
import { absolute, toEmojis } from "./account.ts";

/** Shown in its place until it is ready: apps are promised an address (masto), and Ice Cubes stops at an empty one. */
const NOT_YET = "/pictures/header.png";

/**
 * A picture, film or recording. Until it is ready it has no address (Mastodon: 206 and `url: null`). What has no smaller picture
 * is its own preview, as Mastodon has it for recordings.
 */
export function toMedia(origin: string, media: AttachmentView): MediaAttachment {
  const isReady = media.state === "ready";
  const url = isReady ? absolute(origin, media.url) : null;
  const smallest = media.variants[0];
  const preview = isReady ? (smallest?.url ?? media.coverUrl ?? media.url) : NOT_YET;
  const seconds = media.durationMs === null ? null : media.durationMs / 1000;
  return {
    id: String(media.id),
    type: typeOf(media),
    url,
    preview_url: absolute(origin, preview),
    remote_url: media.remoteUrl,
    preview_remote_url: media.remoteCoverUrl,
    text_url: null,
    meta: {
      ...sizeOf("original", media.width, media.height),
      ...(smallest === undefined ? {} : sizeOf("small", smallest.width, smallest.height)),
      ...(media.focus === null ? {} : { focus: media.focus }),
      ...(seconds === null ? {} : { length: lengthOf(seconds), duration: seconds }),
    },
    description: media.alt === "" ? null : media.alt,
    blurhash: media.blurhash,
  };
}

function typeOf({ kind, animated }: AttachmentView): MediaAttachment["type"] {
  if (kind === "file") return "unknown";
  return kind === "video" && animated ? "gifv" : kind;
}

function sizeOf(name: "original" | "small", width: number | null, height: number | null) {
  if (width === null || height === null || height === 0) return {};
  return { [name]: { width, height, size: `${width}x${height}`, aspect: width / height } };
}

/** `0:01:02.50`, as Mastodon writes it. */
function lengthOf(seconds: number): string {
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = (seconds % 60).toFixed(2).padStart(5, "0");
  return `${Math.floor(seconds / 3600)}:${String(minutes).padStart(2, "0")}:${rest}`;
}

/** A poll; its id is that of its note. */
export function toPoll(origin: string, note: NoteView, poll: PollView, isSignedIn: boolean): Poll {
  const emojis = toEmojis(origin, note.emojis);
  return {
    id: String(note.id),
    expires_at: poll.endsAt === null ? null : isoTime(poll.endsAt),
    expired: poll.closed,
    multiple: poll.multiple,
    votes_count: poll.votesCount,
    voters_count: poll.votersCount,
    options: poll.options.map(({ title, votes }) => ({
      title,
      ...(votes === null ? {} : { votes_count: votes }),
      emojis: emojis.filter(({ shortcode }) => title.includes(`:${shortcode}:`)),
    })),
    emojis,
    ...(isSignedIn
      ? {
          voted: poll.voted,
          own_votes: poll.options.flatMap(({ own }, index) => (own ? [index] : [])),
        }
      : {}),
  };
}
