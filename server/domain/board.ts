import type { ActorView } from "./actor.ts";
import type { Id } from "./ids.ts";
import type { AttachmentView, NoteView } from "./note.ts";

export type BoardId = Id<"board">;
export type BoardNoteId = Id<"board note">;

/** `public`: listed on the profile; `unlisted`: for those who have the address; `private`: for the owner. */
export const BOARD_VISIBILITIES = ["public", "unlisted", "private"] as const;
export type BoardVisibility = (typeof BOARD_VISIBILITIES)[number];

/** Notes that somebody collected under a name. */
export type BoardView = {
  readonly id: BoardId;
  readonly owner: ActorView;
  readonly name: string;
  readonly summary: string;
  readonly visibility: BoardVisibility;
  readonly updatedAt: number;
  /** Notes in it, and those among them that this reader may see. */
  readonly total: number;
  readonly shown: number;
  /** Up to four pictures from its newest notes that are no secret. */
  readonly covers: readonly AttachmentView[];
};

/** One note of a board, with what the owner wrote beside it. */
export type CollectedNote = {
  readonly id: BoardNoteId;
  readonly note: NoteView;
  readonly comment: string;
};

/** What the owner says about a board. */
export type BoardForm = {
  readonly name: string;
  readonly summary?: string | undefined;
  readonly visibility?: string | undefined;
};

export const BOARD_LIMITS = { boards: 200, notes: 2000, name: 100, summary: 1000, comment: 500 } as const;
