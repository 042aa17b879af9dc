import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { MarkersTable } from "./schema.ts";

export type MarkerRow = Selectable<MarkersTable>;

/** How far an account has read some timelines. Primary key: markers (account_id, timeline). */
export async function findMarkers(
  db: Db,
  accountId: number,
  timelines: readonly string[],
): Promise<readonly MarkerRow[]> {
  if (timelines.length === 0) return [];
  return await db
    .selectFrom("markers")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("timeline", "in", [...timelines])
    .execute();
}

/** Moves a marker forward, never back: two pages open at once must not undo each other. */
export async function raiseMarker(
  db: Db,
  marker: {
    readonly accountId: number;
    readonly timeline: string;
    readonly lastReadId: number;
    readonly now: number;
  },
): Promise<void> {
  const { lastReadId, now } = marker;
  await db
    .insertInto("markers")
    .values({
      account_id: marker.accountId,
      timeline: marker.timeline,
      last_read_id: lastReadId,
      version: 1,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "timeline"])
        .doUpdateSet((eb) => ({
          last_read_id: lastReadId,
          version: eb("markers.version", "+", 1),
          updated_at: now,
        }))
        .where("markers.last_read_id", "<", lastReadId),
    )
    .execute();
}
