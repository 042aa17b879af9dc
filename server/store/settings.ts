import type { Db } from "./database.ts";

/** All instance settings as name → JSON text. */
export async function readSettings(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom("settings").select(["name", "value"]).execute();
  return new Map(rows.map((row) => [row.name, row.value]));
}

/** One setting, or null. */
export async function readSetting(db: Db, name: string): Promise<string | null> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
  return row?.value ?? null;
}

/** Writes a setting over what was there. */
export async function writeSetting(db: Db, name: string, value: string): Promise<void> {
  await db
    .insertInto("settings")
    .values({ name, value })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
    .execute();
}

/** Writes a setting only if it is not there yet; true when this call wrote it. Decides races such as two set-ups. */
export async function claimSetting(db: Db, name: string, value: string): Promise<boolean> {
  const row = await db
    .insertInto("settings")
    .values({ name, value })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning("name")
    .executeTakeFirst();
  return row !== undefined;
}

/** Removes a setting. */
export async function removeSetting(db: Db, name: string): Promise<void> {
  await db.deleteFrom("settings").where("name", "=", name).execute();
}
