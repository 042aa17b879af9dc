import type { App } from "../../server/context.ts";
import { followedHere } from "../../server/services/identities/pins.ts";
import { pageOfValues, setExpiry } from "../../server/store/kv.ts";
import { RECORDS } from "../kv.ts";
import { isJson } from "../reading/json.ts";
import { KEEP_RECORD } from "./keys.ts";

const BATCH = 300;

/**
 * Keeps the keys of actors that somebody here follows for good, and lets those of all others end in their time: what an actor
 * sealed before their server was lost can be read with a key that is known here, and with nothing else. Done once a day.
 */
export async function keepFollowedKeys(app: App): Promise<void> {
  for (let after: string | null = null; ;) {
    const page = await pageOfValues(app.db, [...RECORDS, "key"], after, BATCH);
    const last = page.at(-1);
    if (last === undefined) return;
    const owners = page.map(({ value }) => (isJson(value) ? String(value["ownerUri"]) : ""));
    const followed = await followedHere(app, [...new Set(owners)]);
    const isKept = (index: number): boolean => followed.has(owners[index] ?? "");
    const toKeep = page.filter((row, index) => isKept(index) && row.expiresAt !== null);
    const toEnd = page.filter((row, index) => !isKept(index) && row.expiresAt === null);
    await setExpiry(
      app.db,
      toKeep.map((row) => row.key),
      null,
    );
    await setExpiry(
      app.db,
      toEnd.map((row) => row.key),
      app.clock.now() + KEEP_RECORD,
    );
    after = last.key;
  }
}
