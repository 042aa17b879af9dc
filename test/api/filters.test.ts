import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Filter, OldFilter } from "../../api/entities/filter.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, open, type Person } from "./client.ts";

describe("Filters", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    bob = await aPerson(served, "bob");
  });
  afterAll(() => served.close());

  test("are made with words, changed word by word, and removed", async () => {
    const filter = await ada.masto.v2.filters.create({
      title: "Sports",
      context: ["home", "public"],
      filterAction: "hide",
      expiresIn: 3600,
      keywordsAttributes: [{ keyword: "football", wholeWord: true }, { keyword: "tennis" }],
    });
    expect(filter).toMatchObject({ title: "Sports", context: ["home", "public"], filterAction: "hide" });
    expect(filter.expiresAt).toMatch(/^\d{4}-.*\.\d{3}Z$/);
    expect(filter.keywords.map(({ keyword, wholeWord }) => [keyword, wholeWord])).toEqual([
      ["football", true],
      ["tennis", false],
    ]);
    const [first, second] = filter.keywords;
    const changed = await ada.ask("PUT", `/api/v2/filters/${filter.id}`, {
      title: "Games",
      expires_in: null,
      keywords_attributes: [
        { id: first?.id, keyword: "soccer" },
        { id: second?.id, _destroy: true },
        { keyword: "chess" },
      ],
    });
    const after = Filter.parse(changed.json);
    expect(after).toMatchObject({ title: "Games", expires_at: null, filter_action: "hide" });
    expect(after.keywords).toMatchObject([
      { id: first?.id, keyword: "soccer", whole_word: true },
      { keyword: "chess" },
    ]);
    await ada.masto.v2.filters.$select(filter.id).remove();
    expect(await ada.masto.v2.filters.list()).toEqual([]);
  });

  test("are made by forms in the way of Rails", async () => {
    const form = new URLSearchParams([
      ["title", "Form"],
      ["context[]", "thread"],
      ["context[]", "account"],
      ["expires_in", ""],
      ["keywords_attributes[][keyword]", "one"],
      ["keywords_attributes[][whole_word]", "1"],
      ["keywords_attributes[][keyword]", "two"],
    ]);
    const { status, json } = await ada.ask("POST", "/api/v2/filters", form);
    expect(status).toBe(200);
    const filter = Filter.parse(json);
    expect(filter.keywords.map(({ keyword, whole_word }) => [keyword, whole_word])).toEqual([
      ["one", true],
      ["two", false],
    ]);
    await ada.ask("DELETE", `/api/v2/filters/${filter.id}`);
  });

  test("have words and single statuses with addresses of their own", async () => {
    const note = await aNote(served.instance, { by: bob.viewer, source: "Something" });
    const filter = await ada.masto.v2.filters.create({ title: "Empty", context: ["home"] });
    const select = ada.masto.v2.filters.$select(filter.id);
    const word = await select.keywords.create({ keyword: "word", wholeWord: true });
    expect(word).toMatchObject({ keyword: "word", wholeWord: true });
    expect(await select.keywords.list()).toEqual([word]);
    const changed = await ada.masto.v2.filters.keywords.$select(word.id).update({ keyword: "words" });
    expect(changed).toEqual({ ...word, keyword: "words" });
    expect(await ada.masto.v2.filters.keywords.$select(word.id).fetch()).toEqual(changed);
    await ada.masto.v2.filters.keywords.$select(word.id).remove();
    expect(await select.keywords.list()).toEqual([]);
    const single = await select.statuses.create({ statusId: String(note.id) });
    expect(await select.statuses.list()).toEqual([single]);
    expect(await ada.masto.v2.filters.statuses.$select(single.id).fetch()).toEqual(single);
    expect((await select.fetch()).statuses).toEqual([{ id: single.id, statusId: String(note.id) }]);
    await ada.masto.v2.filters.statuses.$select(single.id).remove();
    expect(await select.statuses.list()).toEqual([]);
    await select.remove();
  });

  test("of the old kind are the words of the new ones", async () => {
    const { data: made } = await ada.megalodon.createFilter("bread", ["home", "public"], {
      irreversible: true,
    });
    expect(made).toMatchObject({ phrase: "bread", context: ["home", "public"], irreversible: true });
    expect((await ada.megalodon.getFilters()).data).toHaveLength(1);
    expect((await ada.megalodon.getFilter(made.id)).data.phrase).toBe("bread");
    const form = { phrase: "cake", context: ["thread"], irreversible: "0", whole_word: "True" };
    const changed = await ada.ask("PUT", `/api/v1/filters/${made.id}`, form);
    expect(OldFilter.parse(changed.json)).toMatchObject({
      id: made.id,
      phrase: "cake",
      context: ["thread"],
      irreversible: false,
      whole_word: true,
    });
    await ada.megalodon.deleteFilter(made.id);
    expect(await ada.masto.v2.filters.list()).toEqual([]);
  });

  test("refuse what makes no sense, and strangers, with the words of the unknown", async () => {
    for (const body of [
      {},
      { title: "a" },
      { title: "a", context: ["everywhere"] },
      { title: "", context: ["home"] },
      { title: "a", context: ["home"], filter_action: "burn" },
      { title: "a", context: ["home"], expires_in: -5 },
      { title: "a", context: ["home"], keywords_attributes: [{ keyword: "x".repeat(200) }] },
      { title: { a: 1 }, context: ["home"] },
    ])
      expect((await ada.ask("POST", "/api/v2/filters", body)).status, JSON.stringify(body)).toBe(422);
    const body = { title: "Mine", context: ["home"], keywords_attributes: [{ keyword: "mine" }] };
    const filter = Filter.parse((await ada.ask("POST", "/api/v2/filters", body)).json);
    const other = Filter.parse((await bob.ask("POST", "/api/v2/filters", { ...body, title: "His" })).json);
    const word = filter.keywords[0]?.id ?? "";
    const unknown = (await bob.ask("GET", "/api/v2/filters/1")).json;
    for (const path of [filter.id, `${filter.id}/keywords`, `${filter.id}/statuses`, `keywords/${word}`]) {
      const { status, json } = await bob.ask("GET", `/api/v2/filters/${path}`);
      expect([path, status, json]).toEqual([path, 404, unknown]);
    }
    for (const path of [`v2/filters/${filter.id}`, `v2/filters/keywords/${word}`, `v1/filters/${word}`])
      for (const method of ["PUT", "DELETE"])
        expect((await bob.ask(method, `/api/${path}`, { title: "Taken" })).status).toBe(404);
    const steal = { keywords_attributes: [{ id: word, keyword: "stolen" }] };
    expect((await bob.ask("PUT", `/api/v2/filters/${other.id}`, steal)).status).toBe(404);
    expect((await ada.ask("GET", `/api/v2/filters/${filter.id}`)).json).toEqual(filter);
  });
});
