import type { Viewer } from "../../server/domain/actor.ts";
import type { TestInstance } from "../support/instance.ts";

/** Whom somebody follows, by uri, and how far that is. */
export async function followsOf(
  here: Pick<TestInstance, "app">,
  who: Viewer,
): Promise<Readonly<Record<string, string>>> {
  const rows = await here.app.db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.target_id")
    .select(["actors.uri", "follows.state"])
    .where("follows.actor_id", "=", who.actorId)
    .execute();
  return Object.fromEntries(rows.map((row) => [row.uri, row.state]));
}
