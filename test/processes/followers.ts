import type { Database } from "../../server/store/database.ts";
import { actorRow } from "../support/rows.ts";
import type { Sink } from "./wires.ts";

/** Gives `ann` of a server `each` followers at every sink, each with an inbox of their own. Returns the inboxes. */
export async function addFollowers(
  { db }: Database,
  sinks: readonly Sink[],
  each: number,
): Promise<readonly string[]> {
  const ann = await db
    .selectFrom("actors")
    .select("id")
    .where("username", "=", "ann")
    .executeTakeFirstOrThrow();
  const followers = sinks.flatMap(({ origin }, sink) =>
    Array.from({ length: each }, (_, n) => {
      const uri = `${origin}/users/${n}`;
      const { host } = new URL(origin);
      return actorRow(1 + sink * each + n, { uri, host, username: `u${n}`, inbox_uri: `${uri}/inbox` });
    }),
  );
  const follows = followers.map(({ id, uri }) => ({
    id,
    uri: `${uri}/follow`,
    actor_id: id,
    target_id: ann.id,
    state: "accepted",
    created_at: 0,
  }));
  await db.insertInto("actors").values(followers).execute();
  await db.insertInto("follows").values(follows).execute();
  return followers.map(({ inbox_uri }) => inbox_uri);
}
