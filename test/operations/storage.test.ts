// What people and servers are told while the database cannot do what it is asked, and that nothing is lost or half done then.

import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { sql } from "kysely";
import { afterEach, describe, expect, test } from "vitest";
import { createToken } from "../../server/services/operations/operations.ts";
import { openSqlite, transaction } from "../../server/store/database.ts";
import { storageFaultOf } from "../../server/store/faults.ts";
import { migrate } from "../../server/store/migrate.ts";
import { csrfToken } from "../../web/session.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function scene(): Promise<{ readonly here: TestInstance; readonly ann: Member }> {
  const here = await createInstance();
  opened.push(here);
  return { here, ann: await aMember(here, "ann") };
}

async function compose(here: TestInstance, by: Member, source: string): Promise<Response> {
  return await here.request("/compose", {
    method: "POST",
    redirect: "manual",
    headers: {
      accept: "text/html",
      cookie: `__Host-session=${by.sessionToken}`,
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({
      csrf: csrfToken(here.app, by.sessionToken),
      source,
      visibility: "public",
      action: "post",
    }).toString(),
  });
}

const LONG = `${"A long note. ".repeat(300)}The end.`;

describe("a full disk (F09)", () => {
  test("keeps nothing new and says so, shows everything, gives the form back, and is over when there is room", async () => {
    const { here, ann } = await scene();
    const note = await aNote(here, { by: ann.viewer });
    const { db } = here.app;
    const pages = await sql<{ readonly page_count: number }>`pragma page_count`.execute(db);
    // SQLite's own word for a disk without room: SQLITE_FULL.
    await sql.raw(`pragma max_page_count = ${pages.rows[0]?.page_count ?? 0}`).execute(db);
    const before = await countNotes(here);
    for (let n = 0; n < 40; n++) {
      const answer = await compose(here, ann, LONG);
      if (answer.status === 303) continue;
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("300");
      const page = await answer.text();
      expect(page).toContain("disk is full");
      expect(page).toContain("The end.");
      break;
    }
    const full = await countNotes(here);
    expect(full).toBeLessThan(before + 40);
    const token = await aToken(here, ann);
    expect((await here.request(`/@ann/${note.id}`, { headers: { accept: "text/html" } })).status).toBe(200);
    expect(token).toBeNull();
    await sql.raw("pragma max_page_count = 1073741823").execute(db);
    expect((await compose(here, ann, LONG)).status).toBe(303);
    expect(await countNotes(here)).toBe(full + 1);
    const check = await sql<{ readonly integrity_check: string }>`pragma integrity_check`.execute(db);
    expect(check.rows[0]?.integrity_check).toBe("ok");
  });
});

/** A token by the full database: null when it could not be kept. */
async function aToken(here: TestInstance, by: Member): Promise<string | null> {
  for (let n = 0; n < 400; n++)
    try {
      await createToken(here.app, {
        username: by.viewer.username,
        name: `t${n}`.repeat(40),
        scopes: ["read"],
      });
    } catch (error) {
      expect(storageFaultOf(error)).toBe("full");
      return null;
    }
  return "kept";
}

describe("a database that can only be read (F10)", () => {
  test("answers pages and apps, and refuses what has to be kept with 503 and a time", async () => {
    const { here, ann } = await scene();
    const note = await aNote(here, { by: ann.viewer });
    const token = await createToken(here.app, { username: "ann", name: "app", scopes: ["read", "write"] });
    await sql.raw("pragma query_only = 1").execute(here.app.db);
    expect((await here.request(`/@ann/${note.id}`, { headers: { accept: "text/html" } })).status).toBe(200);
    const page = await compose(here, ann, LONG);
    expect([page.status, page.headers.get("retry-after")]).toEqual([503, "300"]);
    expect(await page.text()).toContain("The end.");
    const answer = await here.request("/api/v1/statuses", {
      method: "POST",
      headers: { authorization: `Bearer ${token.token}`, "content-type": "application/json" },
      body: JSON.stringify({ status: "Hello" }),
    });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "300"]);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining("keep nothing new") });
    await sql.raw("pragma query_only = 0").execute(here.app.db);
    expect(await countNotes(here)).toBe(1);
  });
});

describe("another process that writes to the SQLite file (F11)", () => {
  test("is waited for without holding the thread, and what only reads goes on", async () => {
    const path = join(temporaryFolder(), "causeway.db");
    const database = openSqlite(path);
    opened.push(database);
    await migrate(database.db);
    const other = new BetterSqlite(path);
    opened.push(other);
    other.exec("begin immediate");
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    const writing = transaction(database.db, async (tx) => {
      await tx.insertInto("settings").values({ name: "late", value: "1" }).execute();
    });
    const alone = database.db.insertInto("settings").values({ name: "alone", value: "1" }).execute();
    await new Promise((resume) => setTimeout(resume, 600));
    expect(await database.db.selectFrom("actors").select("id").execute()).toEqual([]);
    other.exec("commit");
    await Promise.all([writing, alone]);
    clearInterval(clock);
    // Held for 50 ms at most by a try, and free between the tries.
    expect(ticks).toBeGreaterThan(5);
    const rows = await database.db.selectFrom("settings").select("name").execute();
    expect(rows.map((row) => row.name).toSorted()).toEqual(expect.arrayContaining(["alone", "late"]));
  });
});

test("codes of both databases and of the system below are known by what they mean", () => {
  const of = (code: string) => storageFaultOf(Object.assign(new Error("x"), { code }));
  expect(["SQLITE_FULL", "53100", "ENOSPC"].map(of)).toEqual(["full", "full", "full"]);
  expect(["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "55P03", "57014"].map(of)).toEqual(Array(4).fill("busy"));
  expect(["SQLITE_READONLY", "SQLITE_READONLY_DBMOVED", "25006"].map(of)).toEqual(Array(3).fill("read_only"));
  expect(["SQLITE_CORRUPT", "SQLITE_IOERR_WRITE", "SQLITE_NOTADB"].map(of)).toEqual(Array(3).fill("damaged"));
  expect(["57P01", "08006", "53300", "ECONNREFUSED"].map(of)).toEqual(Array(4).fill("away"));
  expect(["23505", "SQLITE_CONSTRAINT_UNIQUE", "42P01", ""].map(of)).toEqual(Array(4).fill(null));
  const wrapped = new Error("y", { cause: Object.assign(new Error("x"), { code: "SQLITE_FULL" }) });
  expect(storageFaultOf(wrapped)).toBe("full");
});

async function countNotes(here: TestInstance): Promise<number> {
  const rows = await here.app.db.selectFrom("notes").select("id").execute();
  return rows.length;
}
