import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAGES } from "../../web/page-table.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { addressesOf, ask, everything, fieldsOf, MARKER, type Private, privateThings } from "./attacks.ts";

let home: TestInstance;
let bob: Member;
let hers: Private;

beforeAll(async () => {
  home = await createInstance();
  hers = await privateThings(home);
  bob = await aMember(home, "bob");
});
afterAll(() => home.close());

/** What everybody may do to a person, and what ends the stranger's own session. */
const EVERYBODYS = /\/relationship$|\/report$|^\/logout$|^\/password\/reset$/;
/** Rows that are the stranger's own doing. */
const OWN_DOINGS = ["jobs", "idempotency", "sessions"];

/** Pages that show nothing but what was asked for. */
const LISTS = [
  "/search?q=lighthouse",
  "/search?q=%23harbour",
  "/explore?view=list",
  "/explore?from=everywhere",
  "/tags/harbour?view=grid",
  "/@carol?view=grid",
  "/@carol.atom",
  "/@carol.json",
  "/tags/harbour.rss",
  "/compose/suggest?word=%23harb",
  "/users/carol",
  "/nodeinfo/2.1",
];

describe("What is somebody's alone", () => {
  test("is on no page for visitors and other members (PRV-01, OAU-10)", async () => {
    const gets = addressesOf("carol", hers).filter(({ method }) => method === "GET");
    const lists = LISTS.map((path) => ({ method: "GET" as const, path }));
    const oembed = hers.notes.map((id) => ({
      method: "GET" as const,
      path: `/oembed?url=${encodeURIComponent(`https://home.test/@carol/${id}`)}`,
    }));
    const found: string[] = [];
    for (const address of [...gets, ...lists, ...oembed])
      for (const who of [null, bob])
        for (const accept of ["text/html", "application/activity+json", "text/vnd.causeway.fragment+html"]) {
          home.clock.advance(20_000);
          const answer = await ask(home, address, { who, headers: { accept } });
          const text = `${await answer.text()}${JSON.stringify([...answer.headers])}`;
          if (text.includes(MARKER) || answer.status >= 500)
            found.push(`${address.path} as ${who === null ? "visitor" : "bob"}: ${answer.status}`);
        }
    expect(found).toEqual([]);
  }, 60_000);

  test("is there, so that its absence means something", async () => {
    const found = new Set<string>();
    for (const address of addressesOf("carol", hers).filter(({ method }) => method === "GET")) {
      home.clock.advance(20_000);
      const answer = await ask(home, address, { who: hers.carol });
      if ((await answer.text()).includes(MARKER)) found.add(address.path.replace(/\d+/g, "N"));
    }
    for (const path of [
      "/@carol/N",
      "/@carol/boards/N",
      "/lists/N",
      "/drafts",
      "/scheduled",
      "/settings/filters/N",
    ])
      expect([...found]).toContain(path);
  });

  test("is missing in the very words in which what never was is missing (PRV-05)", async () => {
    const nothing: Private = {
      ...hers,
      notes: [123_456_789],
      ids: Object.fromEntries(Object.keys(hers.ids).map((kind) => [kind, 123_456_789])),
    };
    const [first = 0, , direct = 0] = hers.notes;
    const shape = (path: string) => path.replace(/\d{3,}/g, "N");
    const facts = async (path: string, who: Member | null) => {
      home.clock.advance(20_000);
      const answer = await ask(home, { method: "GET", path }, { who });
      return [answer.status, (await answer.text()).replace(/\d{3,}/g, "N")];
    };
    for (const id of [first, direct])
      for (const { path } of addressesOf("carol", { notes: [id], ids: hers.ids }).filter(
        (one) => one.method === "GET" && /\d{3,}/.test(one.path),
      )) {
        const other =
          addressesOf("carol", nothing).find((one) => shape(one.path) === shape(path))?.path ?? "";
        for (const who of [null, bob]) expect(await facts(path, who), path).toEqual(await facts(other, who));
      }
  }, 60_000);

  test("is changed by no form of others, whatever it names (OAU-10, ADM-02)", async () => {
    const before = await rowsOf(hers.carol);
    const changed: string[] = [];
    const seen = new Set<number>();
    for (const address of addressesOf("carol", hers)) {
      if (address.method === "GET" || EVERYBODYS.test(address.path)) continue;
      for (const doing of ["", "remove", "delete", "up", "renew", "save", `remove-${hers.ids["passkey"]}`]) {
        home.clock.advance(1_000);
        const fields = [...fieldsOf(hers), ["do", doing], ["remove", "en"], ["role", "admin"]] as const;
        await home.app.db.updateTable("sessions").set({ confirmed_at: home.clock.now() }).execute();
        const answer = await ask(home, address, { who: bob, fields });
        seen.add(answer.status);
        if ((await answer.text()).includes(MARKER)) changed.push(`${address.path} tells`);
        if (answer.status >= 500) changed.push(`${address.path}: ${answer.status}`);
      }
      if ((await rowsOf(hers.carol)) !== before)
        changed.push(`${address.method} ${address.path} changed something`);
      if (changed.length > 10) break;
    }
    expect(changed).toEqual([]);
    // The forms were read and answered, not turned away at the door.
    for (const status of [303, 404, 422]) expect([...seen]).toContain(status);
    expect([...seen]).not.toContain(429);
    const role = await home.app.db
      .selectFrom("accounts")
      .select("role")
      .where("id", "=", bob.viewer.accountId)
      .execute();
    expect(role).toEqual([{ role: "member" }]);
  }, 60_000);
});

/** Everything that belongs to an account or its actor, and what hangs on that. */
async function rowsOf({ viewer }: Member): Promise<string> {
  const { db } = home.app;
  const mine = (await everything(home, [...OWN_DOINGS, "trends"])).split("\n").map((line) => {
    const [table = "", rows = "[]"] = line.split(/: (.*)/s);
    const own = (JSON.parse(rows) as string[]).filter((row) => {
      const columns = new Map(JSON.parse(row) as [string, unknown][]);
      // Whom others put on lists of their own is those others' business.
      if (table === "list_members") return false;
      return columns.get("account_id") === viewer.accountId || columns.get("actor_id") === viewer.actorId;
    });
    return `${table} ${own.join()}`;
  });
  const hanging = [
    await db
      .selectFrom("board_notes")
      .selectAll()
      .where("board_id", "=", hers.ids["board"] ?? 0)
      .execute(),
    await db
      .selectFrom("list_members")
      .selectAll()
      .where("list_id", "=", hers.ids["list"] ?? 0)
      .execute(),
    await db
      .selectFrom("filter_keywords")
      .selectAll()
      .where("filter_id", "=", hers.ids["filter"] ?? 0)
      .execute(),
    await db
      .selectFrom("filter_notes")
      .selectAll()
      .where("filter_id", "=", hers.ids["filter"] ?? 0)
      .execute(),
    await db.selectFrom("poll_votes").selectAll().execute(),
    await db
      .selectFrom("likes")
      .selectAll()
      .where("note_id", "in", [...hers.notes])
      .execute(),
    await db
      .selectFrom("announces")
      .selectAll()
      .where("note_id", "in", [...hers.notes])
      .execute(),
  ];
  return `${mine.join("\n")}\n${JSON.stringify(hanging)}`;
}

test("the page table is read whole", () => {
  expect(addressesOf("carol", hers).length).toBeGreaterThanOrEqual(PAGES.length);
});
