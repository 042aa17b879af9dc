import type { NoteView } from "../../server/domain/note.ts";
import type { Visit } from "../visit.ts";

/** True for a note that everybody may see. */
export function isOpen(note: NoteView): boolean {
  return note.visibility === "public" || note.visibility === "unlisted";
}

/**
 * True when words and pictures of a note may stand where nobody asked for them: in cards of other sites, in search
 * results, in feeds. Behind a warning, marked as sensitive or not for everybody: never.
 */
export function speaksForItself(note: NoteView): boolean {
  return isOpen(note) && note.summary === null && !note.sensitive;
}

/** An address of this server in full. */
export function absolute(visit: Visit, url: string): string {
  const { origin } = visit.app.uris;
  return URL.canParse(url, origin) ? new URL(url, origin).href : url;
}
