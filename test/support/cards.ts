import type { Db } from "../../server/store/database.ts";

/** Keys of all cards. */
export async function listCardKeys(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom("cards").select("key").execute();
  return rows.map((row) => row.key);
}
