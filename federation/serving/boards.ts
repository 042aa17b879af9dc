import type { App } from "../../server/context.ts";
import type { BoardId } from "../../server/domain/board.ts";
import { parseId } from "../../server/domain/ids.ts";
import { boardForFederation } from "../../server/services/boards/board-views.ts";
import { toBoard, toBoardPage } from "../writing/boards.ts";
import { contextOf } from "../writing/context.ts";
import { activityJson, bare } from "./responses.ts";

/** A board at the address of its page: what everybody may see of it; 404 for one that is private, or under another name. */
export async function answerBoard(app: App, request: Request, idText: string): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const id = parseId<BoardId>(idText);
  const before = parseId(searchParams.get("before") ?? undefined) ?? undefined;
  const found = id === null ? null : await boardForFederation(app, id, before);
  if (found === null || pathname !== `/@${found.board.owner.username}/boards/${idText}`) return bare(404);
  const page = {
    uri: `${app.uris.profile(found.board.owner.username)}/boards/${idText}`,
    uris: found.uris,
    before,
    older: found.older,
  };
  const json = before === undefined ? toBoard(found.board, page) : toBoardPage(page);
  return activityJson({ "@context": contextOf(json), ...json }, true);
}
