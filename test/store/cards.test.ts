import { expect, test } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import {
  type CardRow,
  findCard,
  findCards,
  insertCard,
  removeCardOf,
  removeUnusedCards,
  replaceCard,
  setNoteCard,
} from "../../server/store/cards.ts";
import {
  findPush,
  insertPush,
  listPush,
  listPushOf,
  removePush,
  setPushFailing,
  updatePushKinds,
} from "../../server/store/push.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeNote } from "../support/rows.ts";

const card = (key: string, change: Partial<CardRow> = {}): CardRow => ({
  key,
  url: `https://press.test/${key}`,
  title: key,
  description: "",
  site: "",
  author: "",
  image_file: null,
  image_url: null,
  image_width: null,
  image_height: null,
  language: null,
  state: "ready",
  fetched_at: 10,
  ...change,
});

eachDatabase((_name, open) => {
  test("a card stays while a note shows it, and gives back the picture that is nobody's", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    for (const id of [11, 12]) await storeNote(db, id, 1);
    await insertCard(db, card("a", { state: "waiting" }));
    await insertCard(db, card("a", { title: "second" }));
    expect(await findCard(db, "a")).toMatchObject({ title: "a", state: "waiting" });
    expect(await replaceCard(db, card("a", { image_file: "one.webp" }))).toBeNull();
    expect(await replaceCard(db, card("a", { image_file: "two.webp" }))).toBe("one.webp");
    await insertCard(db, card("b"));
    await insertCard(db, card("c"));
    await setNoteCard(db, 11, "b");
    await setNoteCard(db, 12, "b");
    await removeCardOf(db, 11);
    expect((await findCards(db, ["a", "b", "c"])).map(({ key }) => key).sort()).toEqual(["a", "b", "c"]);
    await setNoteCard(db, 11, null);
    await removeCardOf(db, 12);
    expect(await findCard(db, "b")).toBeUndefined();
    await setNoteCard(db, 12, "c");
    expect(await removeUnusedCards(db, 10, 10)).toEqual({ count: 0, names: [] });
    expect(await removeUnusedCards(db, 11, 10)).toEqual({ count: 1, names: ["two.webp"] });
    expect(await findCard(db, "c")).toBeDefined();
  });

  test("a device is there once for each account, and another account cannot touch it", async () => {
    const { db } = await open();
    for (const id of [1, 2]) {
      await storeActor(db, id);
      await insertAccount(db, {
        id,
        actor_id: id,
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
    }
    const row = (id: number, account: number, auth: string) => ({
      id,
      account_id: account,
      session_id: null,
      token_id: null,
      endpoint: "https://push.test/x",
      endpoint_hash: "x",
      p256dh: "",
      auth,
      kinds: '["like"]',
      locale: null,
      encoding: "aes128gcm",
      created_at: 0,
      failing_since: null,
    });
    await insertPush(db, row(1, 1, "old"));
    await insertPush(db, row(2, 1, "new"));
    await insertPush(db, row(3, 2, "other"));
    expect((await listPush(db, 1)).map(({ id, auth }) => [id, auth])).toEqual([[1, "new"]]);
    expect(await listPushOf(db, [1, 2])).toHaveLength(2);
    expect(await listPushOf(db, [])).toEqual([]);
    await updatePushKinds(db, 1, "[]");
    await setPushFailing(db, 1, 7);
    expect(await findPush(db, 1)).toMatchObject({ kinds: "[]", failing_since: 7 });
    expect(await findPush(db, 3)).toMatchObject({ kinds: '["like"]' });
    expect(await removePush(db, 3, 1)).toBe(false);
    expect(await removePush(db, 3)).toBe(true);
    expect(await findPush(db, 3)).toBeUndefined();
  });
});
