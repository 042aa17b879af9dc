// What masto can do and no other test asks for with something in the answer; every answer is held against masto's own types
// (contract.ts), so an empty one would say little.

import { beforeEach, describe, expect, test } from "vitest";
import { aNote } from "../support/instance.ts";
import { aPerson, type Person, serve, type Served, USUAL_SCOPES } from "./client.ts";

let served: Served;
let ada: Person;

beforeEach(async () => {
  served = await serve();
  ada = await aPerson(served, "ada");
});

describe("masto", () => {
  test("reads the card of a status, and an empty thing where there is none", async () => {
    const { db } = served.instance.database;
    const note = await aNote(served.instance, { by: ada.viewer, source: "Read https://news.test/a" });
    const card = () => ada.masto.v1.statuses.$select(String(note.id)).card.fetch();
    expect(await card()).toEqual({});
    await db.updateTable("cards").set({ state: "ready", title: "News", description: "of today" }).execute();
    expect(await card()).toMatchObject({
      title: "News",
      description: "of today",
      url: "https://news.test/a",
      type: "link",
      blurhash: "",
    });
    const status = await ada.masto.v1.statuses.$select(String(note.id)).fetch();
    expect(status.card?.title).toBe("News");
    expect((await ada.megalodon.getStatus(String(note.id))).data.card?.title).toBe("News");
  });

  test("lists filters with their words and statuses, and closes statuses by them", async () => {
    const filters = ada.masto.v2.filters;
    const bo = await aPerson(served, "bo");
    const note = await aNote(served.instance, { by: bo.viewer, source: "Tea and 茶" });
    await ada.masto.v1.accounts.$select(String(bo.viewer.actorId)).follow();
    const made = await filters.create({
      title: "Drinks",
      context: ["home", "public"],
      filterAction: "warn",
      keywordsAttributes: [{ keyword: "茶", wholeWord: false }],
    });
    await filters.$select(made.id).statuses.create({ statusId: String(note.id) });
    const [listed] = await filters.list();
    expect(listed).toMatchObject({
      title: "Drinks",
      keywords: [{ keyword: "茶", wholeWord: false }],
      statuses: [{ statusId: String(note.id) }],
    });
    expect(await filters.$select(made.id).fetch()).toEqual(listed);
    const [status] = await ada.masto.v1.timelines.public.list();
    expect(status?.filtered).toMatchObject([
      { filter: { title: "Drinks" }, keywordMatches: ["茶"], statusMatches: [String(note.id)] },
    ]);
  });

  test("knows servers that this one sent something to", async () => {
    const host = (name: string) => ({
      host: name,
      signature_spec: null,
      failures: 0,
      failing_since: null,
      retry_at: null,
    });
    const rows = [host("near.test"), host("far.test")];
    await served.instance.database.db.insertInto("hosts").values(rows).execute();
    expect(await ada.masto.v1.instance.peers.list()).toEqual(["far.test", "near.test"]);
  });

  test("takes up and puts away several requests, and one by its id", async () => {
    await ada.masto.v2.notifications.policy.update({ forNotFollowing: "filter" });
    for (const name of ["bo", "cy", "di"]) {
      const { viewer } = await aPerson(served, name);
      await aNote(served.instance, { by: viewer, source: `@ada from ${name}` });
    }
    const { requests } = ada.masto.v1.notifications;
    const waiting = await requests.list();
    expect(waiting.map(({ account }) => account.acct)).toEqual(["di", "cy", "bo"]);
    const [di, cy, bo] = waiting.map(({ id }) => id);
    // masto's own types name no way to say which.
    const taken = await ada.ask("POST", "/api/v1/notifications/requests/accept", { id: [bo, cy] });
    expect([taken.status, taken.json]).toEqual([200, {}]);
    await requests.$select(di ?? "").dismiss();
    expect(await requests.list()).toEqual([]);
    const came = await ada.masto.v1.notifications.list();
    expect(came.map(({ account }) => account.acct).toSorted()).toEqual(["bo", "cy"]);
  });

  test("changes the profile as it is typed, by PUT and with a form", async () => {
    const profile = await ada.masto.v1.profile.update({ displayName: "Ada 你好", note: "Numbers\nand tea" });
    expect(profile).toMatchObject({ displayName: "Ada 你好", note: "Numbers\nand tea" });
    expect(await ada.masto.v1.profile.fetch()).toEqual(profile);
    const { source, displayName } = await ada.masto.v1.accounts.verifyCredentials();
    expect([displayName, source.note]).toEqual(["Ada 你好", "Numbers\nand tea"]);
    const refused = await ada.ask("PUT", "/api/v1/profile", { display_name: "x".repeat(10_000) });
    expect(refused.status).toBe(422);
  });

  test("asks for translations, which nobody makes here", async () => {
    const note = await aNote(served.instance, { by: ada.viewer, source: "Hola" });
    const asked = ada.masto.v1.statuses.$select(String(note.id)).translate({ lang: "en" });
    await expect(asked).rejects.toMatchObject({ statusCode: 503 });
  });
});

describe("masto in the hands of staff", () => {
  const scopes = [...USUAL_SCOPES, "admin:read", "admin:write"];

  test("shows people, and answers for what is not known here with the person as they are", async () => {
    const mo = await aPerson(served, "mo", { role: "moderator", scopes });
    const person = mo.masto.v1.admin.accounts.$select(String(ada.viewer.actorId));
    expect(await person.fetch()).toMatchObject({ username: "ada", confirmed: true, role: { name: "" } });
    for (const done of [await person.enable(), await person.unsilence(), await person.unsensitive()])
      expect(done).toMatchObject({ username: "ada", disabled: false, silenced: false, sensitized: false });
  });

  test("shows domains that are allowed, and changes a block", async () => {
    const { masto, ask } = await aPerson(served, "mo", { role: "admin", scopes });
    const allowed = await masto.v1.admin.domainAllows.create({ domain: "near.test" });
    expect(await masto.v1.admin.domainAllows.$select(allowed.id).fetch()).toEqual(allowed);
    const blocked = await masto.v1.admin.domainBlocks.create({ domain: "far.test", severity: "suspend" });
    const same = await masto.v1.admin.domainBlocks.$select(blocked.id).update({ severity: "suspend" });
    expect(same).toEqual(blocked);
    const silence = await ask("PUT", `/api/v1/admin/domain_blocks/${blocked.id}`, { severity: "silence" });
    expect(silence.json).toMatchObject({ domain: "far.test", severity: "silence" });
  });
});
