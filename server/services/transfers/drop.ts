import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { LIST_LIMITS } from "../../domain/list.ts";
import type { TransferKind } from "../../domain/transfer.ts";
import { listListRows } from "../../store/lists.ts";
import type { TransferRowRecord } from "../../store/transfers.ts";
import { deleteFilter } from "../filters/filters.ts";
import { deleteList, removeFromList } from "../lists/lists.ts";
import { unbookmarkNote } from "../reactions/reactions.ts";
import { unfollowActor } from "../relations/follows.ts";
import { showHost } from "../relations/hidden-hosts.ts";
import { unblockActor, unmuteActor } from "../relations/relationships.ts";

/** Takes away what the file does not have, by the same services as the pages. Idempotent. */
export async function dropRow(
  app: App,
  viewer: Viewer,
  kind: TransferKind,
  row: TransferRowRecord,
): Promise<void> {
  const id = row.target_id ?? 0;
  switch (kind) {
    case "follows":
      return void (await unfollowActor(app, viewer, asId(id)));
    case "mutes":
      return void (await unmuteActor(app, viewer, asId(id)));
    case "blocks":
      return void (await unblockActor(app, viewer, asId(id)));
    case "lists":
      return await dropFromLists(app, viewer, row, id);
    case "domains":
      return await showHost(app, viewer, row.subject);
    case "bookmarks":
      return await unbookmarkNote(app, viewer, asId(id));
    case "filters":
      return await deleteFilter(app, viewer, asId(id));
    default: {
      const unknown: never = kind;
      return unknown;
    }
  }
}

/** Somebody leaves a list, or a whole list goes; what is gone already is what was wanted. */
async function dropFromLists(app: App, viewer: Viewer, row: TransferRowRecord, id: number): Promise<void> {
  const lists = await listListRows(app.db, viewer.actorId, LIST_LIMITS.lists);
  if (row.place === null) {
    if (lists.some((list) => list.id === id)) await deleteList(app, viewer, asId(id));
    return;
  }
  const list = lists.find((one) => one.title === row.place);
  if (list !== undefined) await removeFromList(app, viewer, asId(list.id), asId(id));
}
