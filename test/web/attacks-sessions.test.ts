import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deleteAccount, emptyActorTraces } from "../../server/services/accounts/departures.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { suspendAccount } from "../../server/services/operations/operations.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, createInstance, type Member, PASSWORD, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { tablesHolding } from "../support/tables.ts";
import { ask, MARKER, privateThings } from "./attacks.ts";

let home: TestInstance;
let ann: Member;

beforeEach(async () => {
  home = await createInstance();
  ann = await aMember(home, "ann");
});
afterEach(() => home.close());

const get = (path: string, who: Member | null, headers: Record<string, string> = {}) =>
  ask(home, { method: "GET", path }, { who, headers });
const post = (path: string, who: Member | null, fields: Record<string, string>) =>
  ask(home, { method: "POST", path }, { who, fields: Object.entries(fields) });
const cookies = (answer: Response) => answer.headers.getSetCookie().join("\n");

describe("A browser that somebody else may use next", () => {
  const CLEARED = '"storage"';

  test("forgets what it kept when the session was ended from elsewhere or ran out (WEB-04)", async () => {
    const ways: readonly ((who: Member) => Promise<unknown>)[] = [
      async (who) =>
        await home.app.db.deleteFrom("sessions").where("account_id", "=", who.viewer.accountId).execute(),
      async (who) => await suspendAccount(home.app, { username: who.viewer.username }),
      async () => await Promise.resolve(home.clock.advance(31 * 86_400_000)),
    ];
    for (const [index, end] of ways.entries()) {
      const who = await aMember(home, `member${index}`);
      expect((await get("/", who)).headers.get("clear-site-data")).toBeNull();
      await end(who);
      for (const path of ["/", "/notifications", "/@ann"]) {
        const answer = await get(path, who);
        expect([path, answer.headers.get("clear-site-data")]).toEqual([path, CLEARED]);
        expect(answer.headers.get("cache-control")).toBe("private, no-store");
        expect(cookies(answer)).toMatch(/__Host-session=; Max-Age=0/);
        expect(await answer.text()).not.toContain(`@${who.viewer.username}`);
      }
      home.clock.advance(60_000);
    }
    expect((await get("/", null)).headers.get("clear-site-data")).toBeNull();
  });

  test("does so when somebody else signs in over a session, when an account goes, and after a new password", async () => {
    const over = await post("/login", ann, { username: "owner_here", password: PASSWORD });
    expect([over.status, over.headers.get("clear-site-data")]).toEqual([303, CLEARED]);
    expect(await findViewer(home.app, ann.sessionToken)).toBeNull();
    const bob = await aMember(home, "bob");
    const gone = await post("/settings/delete", bob, { sure: "yes" });
    expect([gone.status, gone.headers.get("clear-site-data")]).toEqual([303, CLEARED]);
  });
});

describe("Cookies", () => {
  test("planted twice, or under another name, are nobody's (WEB-11)", async () => {
    const own = `__Host-session=${ann.sessionToken}`;
    const planted = [
      `${own}; __Host-session=x`,
      `__Host-session=x; ${own}`,
      `session=${ann.sessionToken}`,
      `__host-session=${ann.sessionToken}`,
    ];
    for (const cookie of planted)
      expect((await get("/notifications", null, { cookie })).status, cookie).toBe(303);
    expect((await get("/notifications", null, { cookie: `a=b; ${own}` })).status).toBe(200);
  });

  test("are given with every wall there is", async () => {
    const answer = await post("/login", null, { username: "ann", password: PASSWORD });
    const session = answer.headers.getSetCookie().find((one) => one.startsWith("__Host-session="));
    expect(session).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(session).not.toMatch(/Domain/i);
  });
});

describe("The address that a request claims to be for", () => {
  test("is never believed without a trusted proxy: hosts, links and limits are our own (WEB-10)", async () => {
    const headers = {
      "x-forwarded-host": "evil.test",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.test;for=192.0.2.1",
      "x-original-url": "/admin/settings",
      "x-http-method-override": "DELETE",
    };
    for (const path of ["/", "/@ann", "/login", "/password/reset", "/manifest.webmanifest", "/notifications"])
      for (const who of [null, ann]) {
        const answer = await get(path, who, headers);
        expect(`${await answer.text()}${JSON.stringify([...answer.headers])}`).not.toContain("evil.test");
      }
    let last = 0;
    for (let turn = 0; turn < 25; turn++)
      last = (
        await ask(
          home,
          { method: "POST", path: "/login" },
          {
            headers: { "x-forwarded-for": `192.0.2.${turn}` },
            fields: [
              ["username", `nobody${turn}`],
              ["password", "x"],
            ],
          },
        )
      ).status;
    expect(last).toBe(429);
  });

  test("changes no method: a form with `_method` is the form that it is (WEB-02)", async () => {
    const answer = await ask(
      home,
      { method: "POST", path: "/@ann?_method=DELETE" },
      { who: ann, fields: [["_method", "DELETE"]] },
    );
    expect(answer.status).toBe(404);
  });
});

describe("Large forms", () => {
  /** A form of several parts that never ends, with its length unsaid. */
  function endless(): { readonly body: ReadableStream<Uint8Array>; end(): void } {
    let finish = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(
          new TextEncoder().encode('--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n'),
        );
        finish = () => {
          controller.enqueue(new TextEncoder().encode("b\r\n--x--\r\n"));
          controller.close();
        };
      },
    });
    return { body, end: () => finish() };
  }
  const send = (body: BodyInit, who: Member | null) =>
    home.request("/compose", {
      method: "POST",
      body,
      duplex: "half",
      headers: {
        "content-type": "multipart/form-data; boundary=x",
        "sec-fetch-site": "same-origin",
        ...(who === null ? {} : { cookie: `__Host-session=${who.sessionToken}` }),
      },
    } as RequestInit);

  test("of people without an account wait for each other and take no room from members (DOS-01)", async () => {
    const held = Array.from({ length: 4 }, endless);
    const waiting = held.map(({ body }) => send(body, null));
    await vi.waitFor(() => expect(held.every(({ body }) => body.locked)).toBe(true));
    const turnedAway = await send(endless().body, null);
    expect([turnedAway.status, turnedAway.headers.get("retry-after")]).toEqual([503, "10"]);
    const form = new FormData();
    form.set("csrf", csrfToken(home.app, ann.sessionToken));
    form.set("source", "A member is heard");
    form.set("do", "save");
    const member = await home.request("/compose", {
      method: "POST",
      body: form,
      headers: { "sec-fetch-site": "same-origin", cookie: `__Host-session=${ann.sessionToken}` },
    });
    expect(member.status).toBe(303);
    // What is small and says so is let in at once: an expired session must not lose a note.
    const small = '--x\r\ncontent-disposition: form-data; name="source"\r\n\r\nkept words\r\n--x--\r\n';
    const kept = await home.request("/compose", {
      method: "POST",
      body: small,
      headers: {
        "content-type": "multipart/form-data; boundary=x",
        "content-length": String(small.length),
        "sec-fetch-site": "same-origin",
      },
    });
    expect([kept.status, (await kept.text()).includes("kept words")]).toEqual([401, true]);
    for (const { end } of held) end();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect((await send(small, null)).status).toBe(401);
  });
});

describe("What is kept of people", () => {
  test("holds no address of theirs, in no table (PRV-14)", async () => {
    await get("/", ann);
    await post("/compose", ann, { source: "hello", visibility: "public", do: "post" });
    await post("/login", null, { username: "ann", password: "wrong one" });
    await drain(home);
    expect(await tablesHolding(home.app.db, "203.0.113.9")).toEqual([]);
  });

  test("is gone with their account: boards, lists, filters, drafts, uploads, passkeys, devices, notes (PRV-16)", async () => {
    const { carol } = await privateThings(home);
    expect((await tablesHolding(home.app.db, MARKER)).length).toBeGreaterThan(8);
    await deleteAccount(home.app, carol.viewer, { password: PASSWORD });
    home.clock.advance(2 * 3_600_000);
    await drain(home);
    await emptyActorTraces(home.app, carol.viewer.actorId);
    await drain(home);
    // What stays belongs to the other account, which was suspended and is still there.
    const others = await home.app.db
      .selectFrom("notes")
      .select("id")
      .where("source", "like", `%${MARKER}%`)
      .execute();
    expect(others.length).toBe(1);
    await home.app.db
      .updateTable("notes")
      .set({ source: "", content_html: "", content_map: "{}" })
      .where(
        "id",
        "in",
        others.map(({ id }) => id),
      )
      .execute();
    // A rule that staff wrote is nobody's.
    await home.app.db.deleteFrom("classifier_rules").execute();
    expect(await tablesHolding(home.app.db, MARKER)).toEqual([]);
    for (const table of [
      "sessions",
      "push_subscriptions",
      "passkeys",
      "recovery_codes",
      "drafts",
      "uploads",
      "filters",
    ] as const) {
      const rows = await home.app.db
        .selectFrom(table)
        .selectAll()
        .where("account_id", "=", carol.viewer.accountId)
        .execute();
      expect([table, rows]).toEqual([table, []]);
    }
    for (const table of ["boards", "lists", "tag_follows"] as const) {
      const rows = await home.app.db
        .selectFrom(table)
        .selectAll()
        .where("actor_id", "=", carol.viewer.actorId)
        .execute();
      expect([table, rows]).toEqual([table, []]);
    }
  });

  test("goes to no other server: names of lists, filters, boards, drafts (PRV-07)", async () => {
    const { carol } = await privateThings(home);
    const there = await createInstance({ host: "there.test", network: home.network });
    await aMember(there, "zoe");
    await drain(home);
    await post("/compose", carol, { source: "@zoe@there.test hello", visibility: "direct", do: "post" });
    await drain(home, there);
    const sent = home.network.log.filter(({ body }) => body !== "");
    expect(sent.some(({ body }) => body.includes("hello"))).toBe(true);
    for (const { body } of sent) {
      expect(body).not.toContain(MARKER);
      expect(body).not.toMatch(/"(?:bto|bcc|ip|email|agent|accountId)"/i);
    }
    await there.close();
  });
});
