// Lists of rules that others keep: read once a day, never acted on by themselves. On both databases.

import { describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { EgressError } from "../../server/http/egress.ts";
import { listRules, setDomainRule } from "../../server/services/moderation/domains.ts";
import { viewDrafts } from "../../server/services/moderation/domains-drafts.ts";
import {
  listSubscriptions,
  readDueLists,
  readList,
  requestReading,
  subscribeToList,
  unsubscribeFromList,
} from "../../server/services/moderation/domains-lists.ts";
import { decideDrafts } from "../../server/services/moderation/domains-work.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type InstanceOptions, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

const URL_OF_LIST = "https://lists.test/blocks.csv";
const DAY = 86_400_000;

type Said = { text: string; status: number; type: string; etag: string | null };

async function aList(options: InstanceOptions = {}) {
  const here = await createInstance({ host: "here.test", ...options });
  const { owner } = here;
  if (owner === null) throw new Error("An instance that is set up has an owner.");
  const said: Said = { text: "", status: 200, type: "text/csv", etag: null };
  const asked: string[] = [];
  here.network.join("lists.test", (request) => {
    asked.push(request.headers.get("if-none-match") ?? "");
    if (said.etag !== null && request.headers.get("if-none-match") === said.etag)
      return Promise.resolve(new Response(null, { status: 304 }));
    const headers = { "content-type": said.type, ...(said.etag === null ? {} : { etag: said.etag }) };
    return Promise.resolve(new Response(said.text, { status: said.status, headers }));
  });
  return { here, owner, said, asked };
}

async function states(here: TestInstance, by: Viewer, id: number): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const group of ["waiting", "applied", "refused", "same", "unfit"] as const)
    for (const item of (await viewDrafts(here.app, by, { source: { kind: "list", id }, group, after: 0 }))
      .items)
      found[item.domain] = `${item.state} ${item.proposal.severity}`;
  return found;
}

eachDatabase((_name, open) => {
  test("what a list adds, changes and drops becomes drafts, and nothing happens by itself", async () => {
    const { here, owner, said } = await aList({ database: await open() });
    await setDomainRule(here.app, owner, { domain: "ours.test", severity: "suspend" });
    said.text =
      "#domain,#severity\nours.test,suspend\na.test,suspend\nb.test,silence\nc.test,suspend\nd.test,noop\n";
    const id = await subscribeToList(here.app, owner, { url: URL_OF_LIST });
    await drain(here);
    expect(await states(here, owner, id)).toEqual({
      "ours.test": "same suspend",
      "a.test": "waiting suspend",
      "b.test": "waiting limit",
      "c.test": "waiting suspend",
      "d.test": "waiting none",
    });
    expect((await listRules(here.app)).map(({ domain }) => domain)).toEqual(["ours.test"]);
    const page = await viewDrafts(here.app, owner, {
      source: { kind: "list", id },
      group: "waiting",
      after: 0,
    });
    const idOf = (domain: string) => page.items.find((one) => one.domain === domain)?.id ?? 0;
    const source = { kind: "list", id } as const;
    await decideDrafts(here.app, owner, "apply", { source, ids: [idOf("a.test"), idOf("b.test")] });
    await decideDrafts(here.app, owner, "refuse", { source, ids: [idOf("c.test")] });
    await drain(here);
    // a is dropped, b gets stricter, c stays refused, d is dropped before anybody decided, e is new.
    said.text = "#domain,#severity\nb.test,suspend\nc.test,suspend\ne.test,suspend\n";
    here.clock.advance(DAY);
    await readDueLists(here.app);
    expect(await states(here, owner, id)).toEqual({
      "a.test": "waiting lifted",
      "b.test": "waiting suspend",
      "c.test": "refused suspend",
      "d.test": "retracted none",
      "e.test": "waiting suspend",
    });
    expect((await listRules(here.app)).map(({ domain, severity }) => `${domain} ${severity}`)).toEqual([
      "a.test suspend",
      "b.test limit",
      "ours.test suspend",
    ]);
    await decideDrafts(here.app, owner, "apply", { source, ids: null });
    await drain(here);
    expect((await listRules(here.app)).map(({ domain }) => domain)).toEqual([
      "b.test",
      "e.test",
      "ours.test",
    ]);
    // The lifting of a rule can be undone too.
    const applied = await viewDrafts(here.app, owner, { source, group: "applied", after: 0 });
    const lifted = applied.items.find((one) => one.domain === "a.test")?.id ?? 0;
    await decideDrafts(here.app, owner, "undo", { source, ids: [lifted] });
    expect((await listRules(here.app)).map(({ domain }) => domain)).toContain("a.test");
    await unsubscribeFromList(here.app, owner, id);
    expect(await listSubscriptions(here.app, owner)).toEqual([]);
    expect(await listRules(here.app)).toHaveLength(4);
    await here.close();
  });

  test("a list is asked for once a day with its tag, and what is unchanged is not read again", async () => {
    const { here, owner, said, asked } = await aList({ database: await open() });
    Object.assign(said, { text: "a.test\n", etag: '"one"' });
    const id = await subscribeToList(here.app, owner, { url: URL_OF_LIST, name: "Everybody's" });
    await drain(here);
    await readDueLists(here.app);
    expect(asked).toEqual([""]);
    here.clock.advance(DAY);
    await readDueLists(here.app);
    await readDueLists(here.app);
    expect(asked).toEqual(["", '"one"']);
    expect(await listSubscriptions(here.app, owner)).toEqual([
      { id, url: URL_OF_LIST, name: "Everybody's", entries: 1, checkedAt: here.clock.now(), fault: null },
    ]);
    await here.close();
  });
});

describe("a list that cannot be read", () => {
  const LARGE = `#domain\n${Array.from({ length: 20_001 }, (_, index) => `d${index}.test`).join("\n")}`;
  test.each([
    ["an error", { status: 500 }, "domains.list_status"],
    ["nothing there", { status: 404 }, "domains.list_status"],
    ["a page by its type", { type: "text/html; charset=utf-8", text: "a.test" }, "domains.list_page"],
    ["a page by its words", { text: "<html><body>a.test</body></html>" }, "field.import_columns"],
    ["nothing in it", { text: "" }, "field.import_empty"],
    ["a header alone", { text: "#domain,#severity\n" }, "field.import_empty"],
    ["too many lines", { text: LARGE }, "field.import_many"],
    ["bytes that are no text", { text: "a.test\0b" }, "field.import_not_text"],
  ])("by %s leaves what it said before, and says why", async (_name, answer, key) => {
    const { here, owner, said } = await aList();
    said.text = "a.test\n";
    const id = await subscribeToList(here.app, owner, { url: URL_OF_LIST });
    await drain(here);
    const before = await states(here, owner, id);
    Object.assign(said, answer);
    await requestReading(here.app, owner, id);
    await drain(here);
    expect(await states(here, owner, id)).toEqual(before);
    expect((await listSubscriptions(here.app, owner))[0]?.fault?.key).toBe(key);
    Object.assign(said, { status: 200, type: "text/plain", text: "a.test\n" });
    await readList(here.app, id);
    expect((await listSubscriptions(here.app, owner))[0]?.fault).toBeNull();
    await here.close();
  });

  test.each([
    ["refused", "domains.list_refused"],
    ["too_large", "domains.list_too_large"],
    ["timeout", "domains.list_silent"],
  ] as const)("as the way out says (%s)", async (kind, key) => {
    const { here, owner } = await aList();
    const id = await subscribeToList(here.app, owner, { url: URL_OF_LIST });
    const http = {
      ...here.app.http,
      // The way out judges each hop, redirects to private addresses among them (test/http/egress).
      fetch: () => Promise.reject(new EgressError(kind)),
    };
    await readList({ ...here.app, http }, id);
    expect((await listSubscriptions(here.app, owner))[0]?.fault?.key).toBe(key);
    await here.close();
  });

  test.each([
    "http://lists.test/a.csv",
    "lists.test/a.csv",
    "https://me:secret@lists.test/a.csv",
    "file:///etc/passwd",
    "javascript:alert(1)",
    `https://lists.test/${"x".repeat(2_000)}`,
    "",
  ])("has no such address as %s", async (url) => {
    const { here, owner } = await aList();
    await expect(subscribeToList(here.app, owner, { url })).rejects.toMatchObject({
      fields: { url: { key: "field.list_address" } },
    });
    await here.close();
  });

  test("is for administrators, is there once, and there are twenty at most", async () => {
    const { here, owner } = await aList();
    const mo = (await aMember(here, "mo", { role: "moderator" })).viewer;
    await expect(subscribeToList(here.app, mo, { url: URL_OF_LIST })).rejects.toMatchObject({
      kind: "forbidden",
    });
    const id = await subscribeToList(here.app, owner, { url: URL_OF_LIST });
    await expect(subscribeToList(here.app, owner, { url: `${URL_OF_LIST}#x` })).rejects.toMatchObject({
      kind: "conflict",
    });
    for (const act of [requestReading, unsubscribeFromList])
      await expect(act(here.app, mo, id)).rejects.toMatchObject({ kind: "forbidden" });
    for (let index = 1; index < 20; index++)
      await subscribeToList(here.app, owner, { url: `https://lists.test/${index}.csv` });
    await expect(subscribeToList(here.app, owner, { url: "https://lists.test/x.csv" })).rejects.toMatchObject(
      {
        key: "error.domain_lists_full",
      },
    );
    await here.close();
  });
});
