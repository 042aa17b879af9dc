import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUTES } from "../../api/routes.ts";
import { suspendAccount } from "../../server/services/operations/operations.ts";
import { aPerson, ask, open, type Person, type Served, tokenOf } from "./client.ts";

const HOME = "/api/v1/timelines/home";

let served: Served & { readonly close: () => Promise<void> };
let ada: Person;
beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
});
afterAll(async () => served.close());

/** A request as it is, without anything that the library would add. */
async function raw(path: string, init: RequestInit = {}, ip = "203.0.113.20"): Promise<Response> {
  return await served.instance.fetch(new Request(new URL(path, served.origin), init), { ip });
}

/** Another address each time, so that nobody runs out of turns. */
function address(n: number): string {
  return `198.51.${Math.floor(n / 250)}.${(n % 250) + 1}`;
}

const pathOf = (path: string): string => path.replaceAll(/:\w+(?:\{[^}]*\})?/g, "1");

describe("Pages of others may ask (CORS)", () => {
  test.each(ROUTES)("before %s %s, without a token", async (method, path) => {
    const response = await raw(pathOf(path), {
      method: "OPTIONS",
      headers: {
        origin: "https://phanpy.example",
        "access-control-request-method": method,
        "access-control-request-headers": "authorization, content-type, idempotency-key",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toContain(method);
    expect(response.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("authorization");
    expect(response.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("idempotency-key");
    // With credentials every page could act for whoever is signed in here.
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    expect(await response.text()).toBe("");
  });

  test("and read the headers that paging and limits are in, of refusals, too", async () => {
    for (const token of [ada.token, "nobodys"]) {
      const { headers } = await ask(served, "GET", HOME, { token, headers: { origin: "https://elk.zone" } });
      expect(headers.get("access-control-allow-origin")).toBe("*");
      for (const name of [
        "Link",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "X-Request-Id",
      ])
        expect(headers.get("access-control-expose-headers")).toContain(name);
      expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    }
  });

  test("what finds a server may be read, too", async () => {
    for (const path of [
      "/.well-known/host-meta",
      "/.well-known/nodeinfo",
      "/.well-known/webfinger?resource=acct:ada@" + served.instance.host,
      "/nodeinfo/2.0",
      "/nodeinfo/2.1",
    ]) {
      const response = await raw(path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get("access-control-allow-origin"), path).toBe("*");
    }
  });

  test("pages of ours are for nobody else", async () => {
    for (const path of ["/", "/@ada", "/login"]) {
      const response = await raw(path, { headers: { accept: "text/html", origin: "https://evil.example" } });
      expect(response.headers.get("access-control-allow-origin"), path).toBeNull();
    }
  });
});

describe("Whoever asks", () => {
  test("a token that is nobody's, revoked or misspelt is refused with a sentence", async () => {
    for (const authorization of [
      "Bearer nobodys",
      "Bearer",
      "Bearer ",
      "bearer  ",
      `Bearer ${"x".repeat(5000)}`,
      `Bearer ${ada.token} ${ada.token}`,
      `Bearer ${ada.token},`,
      `Bearer "${ada.token}"`,
    ]) {
      const { status, headers, json } = await ask(served, "GET", HOME, { headers: { authorization } });
      expect(status, authorization.slice(0, 40)).toBe(401);
      expect(headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(json).toEqual({ error: expect.stringContaining("sign in") as unknown });
    }
  });

  test("other schemes are no token", async () => {
    for (const authorization of [`Basic ${btoa(`ada:${ada.token}`)}`, ada.token, `Token ${ada.token}`, ""])
      expect((await ask(served, "GET", HOME, { headers: { authorization } })).status).toBe(401);
  });

  test("cookies mean nothing here", async () => {
    const cookie = `__Host-session=${ada.sessionToken}; session=${ada.sessionToken}`;
    expect((await ask(served, "GET", HOME, { headers: { cookie } })).status).toBe(401);
  });

  test("tokens in the address or in a body are not looked at: addresses end up in logs (OAU-07)", async () => {
    expect((await ask(served, "GET", `${HOME}?access_token=${ada.token}`)).status).toBe(401);
    const body = new URLSearchParams({ access_token: ada.token, status: "hello" });
    expect((await ask(served, "POST", "/api/v1/statuses", { body })).status).toBe(401);
  });

  test("a token ends with the account", async () => {
    const gone = await aPerson(served, "gone");
    expect((await gone.ask("GET", HOME)).status).toBe(200);
    await suspendAccount(served.instance.app, { username: "gone" });
    expect((await gone.ask("GET", HOME)).status).toBe(401);
  });

  test("a scope that does not cover it is refused with 403", async () => {
    const token = await tokenOf(served, "ada", ["write"]);
    const { status, json } = await ask(served, "GET", HOME, { token });
    expect(status).toBe(403);
    expect(json).toEqual({ error: expect.any(String) as unknown });
  });
});

describe("How much may be asked", () => {
  test("is said with each answer, and then 429 with the same headers", async () => {
    const bob = await aPerson(served, "bob");
    const first = await bob.ask("GET", HOME);
    expect(first.headers.get("x-ratelimit-limit")).toBe("300");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("299");
    expect(first.headers.get("x-ratelimit-reset")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    for (let n = 0; n < 299; n++) await bob.ask("GET", `${HOME}?limit=1`);
    const last = await bob.ask("GET", HOME);
    expect(last.status).toBe(429);
    expect(last.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(last.headers.get("x-ratelimit-limit")).toBe("300");
    expect(Date.parse(last.headers.get("x-ratelimit-reset") ?? "")).toBeGreaterThan(
      served.instance.clock.now(),
    );
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(last.json).toEqual({ error: expect.any(String) as unknown });
    // Each person for themselves, whatever address they share.
    expect((await ada.ask("GET", HOME)).status).toBe(200);
    served.instance.clock.advance(5 * 60_000);
    expect((await bob.ask("GET", HOME)).status).toBe(200);
  });

  test("counts guesses at tokens, by address", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 302; n++) {
      const guess = await raw(HOME, { headers: { authorization: `Bearer guess${n}` } }, "203.0.113.77");
      statuses.push(guess.status);
    }
    expect(statuses.slice(0, 300).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(300)).toEqual([429, 429]);
    expect((await raw(HOME, { headers: { authorization: "Bearer x" } }, "203.0.113.78")).status).toBe(401);
  });
});

describe("Addresses", () => {
  test("may end with a slash, as toot and Mastodon.py have it", async () => {
    for (const path of [`${HOME}/`, `${HOME}/?limit=1`])
      expect((await ada.ask("GET", path)).status).toBe(200);
  });

  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY"])(
    "that nobody answers: %s gets 404 as JSON, with a token and without",
    async (method) => {
      for (const path of [
        "/api/v1/nothing",
        "/api/v9/instance",
        "/api/",
        "/api/v1/timelines",
        "/api/v1/timelines/home/x",
        "/api/v1//timelines/home",
        "/api/..%2f..%2fetc",
        "/api/v1/statuses/1/%00",
        `/api/${"x/".repeat(500)}`,
      ])
        for (const token of [undefined, ada.token]) {
          const { status, json, headers } = await ask(served, method, path, {
            token,
            headers: { accept: "text/html" },
          });
          expect([status, path]).toEqual([404, path]);
          expect(json).toEqual({ error: expect.any(String) as unknown });
          expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
        }
    },
  );

  test("HEAD is GET without the body", async () => {
    const head = await raw(HOME, { method: "HEAD", headers: { authorization: `Bearer ${ada.token}` } });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    expect((await raw("/api/v1/nothing", { method: "HEAD" })).status).toBe(404);
  });

  test("outside /api only what is ours is JSON for every method", async () => {
    const others = ROUTES.filter(([, path]) => !path.startsWith("/api/"));
    for (const [n, [, path]] of others.entries())
      for (const method of ["PUT", "PATCH", "DELETE"]) {
        const response = await raw(path, { method }, address(n));
        expect([path, response.status]).toEqual([path, 404]);
        expect(response.headers.get("content-type")).toContain("application/json");
      }
  });
});

describe("Bodies", () => {
  const posts = ROUTES.filter(([method, , { who }]) => method === "POST" && who !== "user");

  test.each([
    ["half an object", "{", "application/json"],
    ["a list", "[1]", "application/json"],
    ["NUL", '{"a":\u0000}', "application/json"],
    ["an abyss", `{"a":${"[".repeat(50)}${"]".repeat(50)}}`, "application/json"],
    [
      "1,001 names",
      JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`f${n}`, n]))),
      "application/json",
    ],
    [
      "1,001 fields",
      Array.from({ length: 1001 }, (_, n) => `f${n}=1`).join("&"),
      "application/x-www-form-urlencoded",
    ],
    ["no parts", "nonsense", "multipart/form-data; boundary=x"],
    ["more than a megabyte", "a".repeat(1024 * 1024 + 1), "application/json"],
  ])("%s is refused with a sentence", async (_name, body, type) => {
    for (const [n, [, path]] of posts.entries()) {
      const response = await raw(
        pathOf(path),
        { method: "POST", body, headers: { "content-type": type } },
        address(300 + n),
      );
      expect([400, 401, 404, 422], path).toContain(response.status);
      expect(await response.json()).toEqual(
        expect.objectContaining({ error: expect.any(String) as unknown }),
      );
    }
  });

  test("of nothing are no fault, whatever their type says", async () => {
    for (const type of ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const { status } = await ask(served, "POST", "/api/v1/statuses/1/favourite", {
        token: ada.token,
        body: "",
        headers: { "content-type": type },
      });
      expect(status, type).toBe(404);
    }
  });

  test("booleans and numbers count however they are spelled", async () => {
    for (const flag of ["True", "False", "1", "0", "true", "", "on"])
      expect((await ada.ask("GET", `/api/v1/timelines/public?local=${flag}&limit=100000`)).status).toBe(200);
  });
});

test("Refusals are said in the language of whoever asks", async () => {
  const sentences = await Promise.all(
    ["en", "zh-CN", "zh-TW", "es-MX, en;q=0.5", "ar", "tlh", "*", "%%%", ""].map(async (language) => {
      const { json } = await ask(served, "GET", HOME, { headers: { "accept-language": language } });
      return (json as { error: string }).error;
    }),
  );
  const [en, hans, hant, es, ar, ...others] = sentences;
  expect(new Set([en, hans, hant, es, ar]).size).toBe(5);
  expect(others.every((sentence) => sentence === en)).toBe(true);
  expect(hans).toMatch(/\p{Script=Han}/u);
  expect(ar).toMatch(/\p{Script=Arabic}/u);
});
