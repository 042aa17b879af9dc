import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** Long ones that every request would read in vain. */
const APART = ["customCss", "themeSheet"];

/** All instance settings as name → JSON text, but for the long ones, which are read by name. */
export async function readSettings(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await prepared(db, "settings", { apart: APART }, (on, { apart }) =>
    on.selectFrom("settings").select(["name", "value"]).where("name", "not in", apart),
  );
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
