import { describe, expect, test } from "vitest";
import { idAt } from "../../server/domain/ids.ts";
import { insertAccount } from "../../server/store/accounts.ts";
import type { Db } from "../../server/store/database.ts";
import {
  countGroups,
  insertNotifications,
  listGroupRows,
  type NotificationChoice,
  removeNotification,
  removeNotificationsOf,
} from "../../server/store/notifications.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock } from "../support/rows.ts";

const HOUR = 3_600_000;
const START = Math.ceil(Date.UTC(2026, 5, 1) / HOUR) * HOUR;
const NOW = START + 10 * HOUR;
const ME: NotificationChoice = { accountId: 10, actorId: 1, hidden: [], from: "everyone", always: [] };

/** Ids within hours: the third like of the first hour is `at(0, 3)`. */
const at = (hour: number, n: number): number => idAt(START + hour * HOUR) + n;

/** Likes and reactions of two notes in two hours, follows beside them, one like that waits, one of somebody blocked. */
async function someHours(db: Db): Promise<void> {
  for (const id of [1, 2, 3, 4, 5]) await storeActor(db, id);
  await insertAccount(db, {
    id: 10,
    actor_id: 1,
    email: null,
    password_hash: "",
    role: "member",
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: 0,
    suspended_at: null,
    notifications_read_id: 0,
  });
  await storeBlock(db, 1, 1, 5);
  const row = (id: number, kind: string, actor_id: number, note_id: number, more: object = {}) => ({
    id,
    account_id: 10,
    kind,
    actor_id,
    note_id,
    created_at: id,
    filtered: 0 as const,
    ...more,
  });
  await insertNotifications(db, [
    row(at(0, 1), "like", 2, 70),
    row(at(0, 2), "reaction", 3, 70),
    row(at(0, 3), "like", 4, 70),
    row(at(0, 4), "like", 5, 70),
    row(at(0, 5), "like", 2, 71),
    row(at(1, 0), "like", 3, 71),
    row(at(1, 1), "like", 4, 71, { filtered: 1 }),
    row(at(1, 2), "follow", 2, 0),
    row(at(1, 3), "follow", 3, 0),
  ]);
}

const LIKES = { kinds: ["like", "reaction"], from: START, to: START + HOUR };

eachDatabase((_name, open) => {
  describe("Notifications that belong together", () => {
    test("are counted by kind, note and hour, without what is not heard", async () => {
      const { db } = await open();
      await someHours(db);
      const match = {
        kinds: ["like", "reaction", "follow"],
        noteIds: [70, 71, 0],
        from: START,
        to: NOW,
        spanMs: HOUR,
      };
      const counts = await countGroups(db, ME, match, NOW);
      const hour = (n: number) => Math.floor((START + n * HOUR) / HOUR);
      expect(
        counts
          .map(({ kind, note_id, bucket, found, newest }) => [kind, note_id, bucket, found, newest])
          .toSorted((a, b) => Number(a[4]) - Number(b[4])),
      ).toEqual([
        ["reaction", 70, hour(0), 1, at(0, 2)],
        ["like", 70, hour(0), 2, at(0, 3)],
        ["like", 71, hour(0), 1, at(0, 5)],
        ["like", 71, hour(1), 1, at(1, 0)],
        ["follow", 0, hour(1), 2, at(1, 3)],
      ]);
      expect(await countGroups(db, ME, { ...match, to: START + HOUR, noteIds: [71] }, NOW)).toHaveLength(1);
      expect(await countGroups(db, ME, { ...match, kinds: [] }, NOW)).toEqual([]);
      expect(await countGroups(db, ME, { ...match, noteIds: [] }, NOW)).toEqual([]);
      expect(await countGroups(db, { ...ME, accountId: 11 }, match, NOW)).toEqual([]);
      const all = await countGroups(db, { ...ME, withFiltered: true }, { ...match, noteIds: [71] }, NOW);
      expect(all.reduce((sum, { found }) => sum + found, 0)).toBe(3);
    });

    test("are listed newest first, in pages, from the first moment of their hour to the last", async () => {
      const { db } = await open();
      await someHours(db);
      const group = { ...LIKES, noteId: 70 };
      const page = async (cursor: Parameters<typeof listGroupRows>[3], of = group) => {
        const { rows, more } = await listGroupRows(db, ME, of, cursor, NOW);
        return { ids: rows.map(({ id }) => id), more };
      };
      expect(await page({ limit: 9 })).toEqual({ ids: [at(0, 3), at(0, 2), at(0, 1)], more: false });
      expect(await page({ limit: 2 })).toEqual({ ids: [at(0, 3), at(0, 2)], more: true });
      expect(await page({ limit: 2, before: at(0, 2) })).toEqual({ ids: [at(0, 1)], more: false });
      expect(await page({ limit: 1, after: at(0, 1) })).toEqual({ ids: [at(0, 2)], more: true });
      expect(await page({ limit: 9 }, { ...group, noteId: 71 })).toEqual({ ids: [at(0, 5)], more: false });
      const next = { ...group, noteId: 71, from: START + HOUR, to: START + 2 * HOUR };
      expect(await page({ limit: 9 }, next)).toEqual({ ids: [at(1, 0)], more: false });
    });

    test("are removed together, and only of their account; one alone, too", async () => {
      const { db } = await open();
      await someHours(db);
      const left = async () => (await db.selectFrom("notifications").select("id").execute()).length;
      expect(await removeNotificationsOf(db, 11, { ...LIKES, noteId: 70 })).toBe(0);
      // What nobody hears of goes with the rest.
      expect(await removeNotificationsOf(db, 10, { ...LIKES, noteId: 70 })).toBe(4);
      expect(await left()).toBe(5);
      expect(await removeNotification(db, 11, at(1, 2))).toBe(false);
      expect(await removeNotification(db, 10, at(1, 2))).toBe(true);
      expect(await removeNotification(db, 10, at(1, 2))).toBe(false);
      expect(await removeNotificationsOf(db, 10, { kinds: ["follow", "like"] })).toBe(4);
      expect(await left()).toBe(0);
    });
  });
});
