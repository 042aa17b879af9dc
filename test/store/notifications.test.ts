import { expect, test } from "vitest";
import {
  countUnreadRows,
  findNotificationRow,
  listNotificationRows,
  type NotificationChoice,
} from "../../server/store/notifications.ts";
import { insertAccount } from "../../server/store/accounts.ts";
import { storeActor } from "../support/rows.ts";
import { eachDatabase } from "../support/databases.ts";

const NOW = 1_000_000;

eachDatabase((_name, open) => {
  test("notifications are chosen by kind and by whom they are of; mutes may leave them, blocks do not", async () => {
    const { db } = await open();
    const me = 1;
    for (const one of [me, 2, 3, 4, 5, 6]) await storeActor(db, one);
    await insertAccount(db, {
      id: 1,
      actor_id: me,
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
    const follow = (id: number, actor_id: number, target_id: number) =>
      db
        .insertInto("follows")
        .values({
          id,
          uri: `https://here.example/follows/${id}`,
          actor_id,
          target_id,
          state: "accepted",
          created_at: 0,
        })
        .execute();
    await follow(1, me, 2);
    await follow(2, 3, me);
    const mute = (id: number, target_id: number, hide_notifications: 0 | 1) =>
      db
        .insertInto("mutes")
        .values({ id, actor_id: me, target_id, created_at: 0, expires_at: null, hide_notifications })
        .execute();
    await mute(1, 5, 1);
    await mute(2, 6, 0);
    let id = 0;
    for (const actor of [2, 3, 4, 5, 6])
      for (const kind of ["mention", "like", "follow_request"]) {
        id += 1;
        await db
          .insertInto("notifications")
          .values({ id, account_id: 1, kind, actor_id: actor, note_id: 0, created_at: id })
          .execute();
      }
    const choice = (more: Partial<NotificationChoice> = {}): NotificationChoice => ({
      accountId: 1,
      actorId: me,
      hidden: [],
      from: "everyone",
      always: ["follow_request"],
      ...more,
    });
    const list = async (more: Partial<NotificationChoice>) =>
      (await listNotificationRows(db, choice(more), { limit: 50 }, NOW)).rows
        .map((row) => `${row.actor_id}${row.kind[0]}`)
        .sort();
    expect(await list({})).toEqual(["2f", "2l", "2m", "3f", "3l", "3m", "4f", "4l", "4m", "6f", "6l", "6m"]);
    expect(await list({ only: ["like"] })).toEqual(["2l", "3l", "4l", "6l"]);
    expect(await list({ hidden: ["like", "mention"] })).toEqual(["2f", "3f", "4f", "6f"]);
    expect(await list({ from: "known" })).toEqual(["2f", "2l", "2m", "3f", "3l", "3m", "4f", "6f"]);
    expect(await list({ from: "followed", only: ["mention"] })).toEqual(["2m"]);
    expect(await countUnreadRows(db, choice({ from: "followed" }), NOW)).toBe(6);
    expect(await findNotificationRow(db, choice(), 13, NOW)).toMatchObject({ actor_id: 6 });
    expect(await findNotificationRow(db, choice(), 10, NOW)).toBeUndefined();
    expect(await findNotificationRow(db, choice({ accountId: 2 }), 13, NOW)).toBeUndefined();
  });
});
