import { isoTime } from "../../server/context.ts";
import type { BoardView } from "../../server/domain/board.ts";
import type { Json } from "../reading/json.ts";

// PURE: boards, written as JSON. A plain collection of notes, so that whoever reads ActivityStreams can read it.

/** One page of a board: ids of notes, newest first; `older` is where the next begins. */
export type BoardPage = {
  readonly uri: string;
  readonly uris: readonly string[];
  readonly before: number | undefined;
  readonly older: number | null;
};

/** A board of ours with its first page in it (ActivityStreams 2.0, 5.5). */
export function toBoard(board: BoardView, page: BoardPage): Json {
  return {
    id: page.uri,
    type: "OrderedCollection",
    attributedTo: board.owner.uri,
    url: page.uri,
    name: board.name,
    ...(board.summary === "" ? {} : { summary: board.summary }),
    updated: isoTime(board.updatedAt),
    totalItems: board.shown,
    first: toBoardPage({ ...page, before: Number.MAX_SAFE_INTEGER }),
  };
}

/** One page of it. */
export function toBoardPage({ uri, uris, before, older }: BoardPage): Json {
  return {
    id: `${uri}?before=${before}`,
    type: "OrderedCollectionPage",
    partOf: uri,
    orderedItems: [...uris],
    ...(older === null ? {} : { next: `${uri}?before=${older}` }),
  };
}
