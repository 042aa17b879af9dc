import type { MegalodonInterface } from "megalodon";
import { expect, test } from "vitest";
import { ROUTES } from "../../api/routes.ts";
import { EXCEPTIONS, StrictTypes } from "./strict.ts";
import { strictly } from "./strict-megalodon.ts";

const strict = new StrictTypes();

const ADDRESS = "GET /api/v1/timelines/home";
const fault = (body: unknown) => strict.answerFault("GET", "/api/v1/lists/:id", body);
const LIST = { id: "1", title: "", replies_policy: "list", exclusive: false };

test("masto's declarations are read whole: each address, with a type for what it answers", () => {
  expect(strict.addresses.length).toBeGreaterThan(240);
  expect(strict.addresses).toContain(ADDRESS);
});

test("most of our addresses are known to masto, so that their answers are held against its types", () => {
  const ours = new Set(ROUTES.map(([method, path]) => `${method} ${path.replaceAll(/:[^/]+/g, "*")}`));
  const known = strict.addresses.filter((address) => ours.has(address));
  expect(known.length).toBeGreaterThan(150);
  // Endings of what masto itself knows no more of, and what belongs to tiers that are not there.
  expect(strict.addresses.length - known.length).toBeLessThan(90);
});

test("what is null, missing, of another kind or an unknown word is found where masto says that it cannot be", () => {
  expect(fault(LIST)).toBeNull();
  expect(fault({ ...LIST, title: null })).toBe(".title: null is not string");
  expect(fault({ ...LIST, exclusive: "false" })).toBe('.exclusive: "false" is not boolean');
  expect(fault({ ...LIST, replies_policy: "all" })).toContain('.repliesPolicy: "all" is not');
  const { id: _, ...without } = LIST;
  expect(fault(without)).toBe(".id: is missing in List");
  expect(fault([LIST])).toContain("is not a thing");
  expect(strict.answerFault("GET", "/api/v1/lists", [LIST, null])).toContain(".1: null is not a thing");
});

test("what may be left out may be left out, and what may be null may be null", () => {
  const tag = { id: "a", name: "a", url: "https://a.test/a" };
  const tags = (tag: unknown) => strict.answerFault("GET", "/api/v1/followed_tags", [tag]);
  expect(tags(tag)).toBeNull();
  expect(tags({ ...tag, history: null, following: true })).toBeNull();
  expect(tags({ ...tag, following: "yes" })).toContain(".0.following");
});

test("what belongs to one of several types must be whole in that one", () => {
  const account = { id: "1" };
  const notification = { id: "1", type: "mention", created_at: "", group_key: "", account };
  const found = strict.answerFault("GET", "/api/v1/notifications", [notification]);
  expect(found).toContain(".0.");
  expect(strict.eventFault("update", { id: 1 })).toBe(".id: 1 is not string");
  expect(strict.eventFault("unheard_of", {})).toContain("does not know");
});

test("every exception has a reason, and speaks of something", () => {
  for (const [name, reason] of EXCEPTIONS) {
    expect(reason, name).not.toBe("");
    expect(name).toMatch(/^(GET \/|[A-Za-z.]+\.\w+$)/);
  }
  expect(EXCEPTIONS.size).toBeLessThan(30);
});

test("megalodon's methods are held against its own types, and what they answer comes through", async () => {
  const list = { id: "1", title: "", replies_policy: "list" };
  const answers: { data: unknown } = { data: [list] };
  const lists = () => Promise.resolve(answers);
  // Only this method is called.
  const client = strictly({ getLists: lists } as unknown as MegalodonInterface);
  expect((await client.getLists()).data).toEqual([list]);
  answers.data = [{ ...list, title: null }];
  await expect(client.getLists()).rejects.toThrow("megalodon's getLists: .0.title: null is not string");
  answers.data = [{ id: "1", title: "" }];
  await expect(client.getLists()).rejects.toThrow(".0.replies_policy: is missing in List");
});
