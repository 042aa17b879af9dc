import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { List } from "../../api/entities/list.ts";
import { storeActor } from "../support/rows.ts";
import { aPerson, open, type Person } from "./client.ts";

describe("Lists", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;
  let bob: Person;
  let cy: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    bob = await aPerson(served, "bob");
    cy = await aPerson(served, "cy");
  });
  afterAll(() => served.close());

  test("are made, changed in part, shown and removed by masto", async () => {
    // Documented, and missing in the types of the library.
    const friends = { title: "Friends", repliesPolicy: "none", exclusive: true };
    const list = await ada.masto.v1.lists.create(friends);
    expect(list).toEqual({ id: list.id, title: "Friends", repliesPolicy: "none", exclusive: true });
    const changed = await ada.masto.v1.lists.$select(list.id).update({ title: "Family" });
    expect(changed).toEqual({ ...list, title: "Family" });
    expect(await ada.masto.v1.lists.$select(list.id).fetch()).toEqual(changed);
    expect(await ada.masto.v1.lists.list()).toEqual([changed]);
    await ada.masto.v1.lists.$select(list.id).remove();
    expect(await ada.masto.v1.lists.list()).toEqual([]);
  });

  test("take people and let them go, by masto and megalodon, which sends a body with DELETE", async () => {
    const { data: list } = await ada.megalodon.createList("Talk");
    const ids = [bob, cy].map((one) => String(one.viewer.actorId));
    await ada.megalodon.addAccountsToList(list.id, ids);
    const { data } = await ada.megalodon.getAccountsInList(list.id, { limit: 0 });
    expect(data.map((one) => one.username).toSorted()).toEqual(["bob", "cy"]);
    const names: string[] = [];
    for await (const page of ada.masto.v1.lists.$select(list.id).accounts.list({ limit: 1 }))
      names.push(...page.map((one) => one.username));
    expect(names.toSorted()).toEqual(["bob", "cy"]);
    await ada.megalodon.deleteAccountsFromList(list.id, ids.slice(0, 1));
    await ada.masto.v1.lists.$select(list.id).accounts.remove({ accountIds: ids.slice(0, 1) });
    const left = await ada.masto.v1.lists.$select(list.id).accounts.list();
    expect(left.map((one) => one.username)).toEqual(["cy"]);
  });

  test("take people of other servers only when they are followed, and all or nobody", async () => {
    const { data: list } = await ada.megalodon.createList("Far");
    const { app, database } = served.instance;
    const far = app.ids.next();
    await storeActor(database.db, far, { host: "far.test" });
    const path = `/api/v1/lists/${list.id}/accounts`;
    const refused = await ada.ask("POST", path, { account_ids: [String(bob.viewer.actorId), String(far)] });
    expect(refused.status).toBe(422);
    expect((await ada.ask("GET", path)).json).toEqual([]);
    expect((await ada.ask("POST", path, { account_ids: ["12345"] })).status).toBe(404);
  });

  test("need a title, a policy that exists, and their owner", async () => {
    expect((await ada.ask("POST", "/api/v1/lists", { title: "  " })).status).toBe(422);
    expect((await ada.ask("POST", "/api/v1/lists", {})).status).toBe(422);
    expect((await ada.ask("POST", "/api/v1/lists", { title: ["a"] })).status).toBe(422);
    expect((await ada.ask("POST", "/api/v1/lists", { title: "a", replies_policy: "all" })).status).toBe(422);
    const list = List.parse((await ada.ask("POST", "/api/v1/lists", { title: "Mine" })).json);
    const unknown = (await bob.ask("GET", "/api/v1/lists/1")).json;
    for (const [method, path] of [
      ["GET", ""],
      ["PUT", ""],
      ["DELETE", ""],
      ["GET", "/accounts"],
      ["POST", "/accounts"],
      ["DELETE", "/accounts"],
    ] as const) {
      const body = method === "GET" ? undefined : { title: "Theirs", account_ids: [] };
      const { status, json } = await bob.ask(method, `/api/v1/lists/${list.id}${path}`, body);
      expect([method, path, status, json]).toEqual([method, path, 404, unknown]);
    }
    expect((await ada.ask("GET", `/api/v1/lists/${list.id}`)).json).toEqual(list);
  });
});
