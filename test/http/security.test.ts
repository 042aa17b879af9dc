import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { contentSecurityPolicy, csrfGuard, hostGuard, securityHeaders } from "../../server/http/security.ts";
import { readBody } from "../../server/http/body.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function site(options: Parameters<typeof securityHeaders>[0]): Hono {
  const app = new Hono();
  app.use(securityHeaders(options));
  app.get("/page", (c) => c.html("<p>"));
  app.get("/json", (c) => c.json({}));
  app.get("/away", (c) => c.redirect("/page"));
  app.get("/broken", () => {
    throw new Error("broken");
  });
  app.get("/foreign", () => Response.error());
  app.get("/media", () => {
    const headers = {
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Content-Security-Policy": "default-src 'none'; sandbox",
    };
    return new Response("x", { headers });
  });
  app.get("/public", (c) => {
    c.header("Cache-Control", "public, max-age=60");
    c.header("Vary", "Accept");
    c.header("Server", "x/1");
    return c.html("<p>");
  });
  app.onError((_, c) => c.html("oh", 500));
  return app;
}

test.each(["/page", "/json", "/away", "/broken", "/nowhere"])(
  "%s carries every security header (WEB-07)",
  async (path) => {
    const { headers } = await site({ https: true }).request(path);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; " +
        "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
        "object-src 'none'; worker-src 'self'; manifest-src 'self'; " +
        "require-trusted-types-for 'script'; trusted-types causeway",
    );
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("permissions-policy")).toContain("camera=(), ");
  },
);

test("pages are private, varied and not stored, unless they say otherwise; other answers are left alone", async () => {
  const app = site({ https: true });
  const page = await app.request("/page");
  expect(page.headers.get("cache-control")).toBe("private, no-store");
  expect(page.headers.get("vary")).toBe("Accept, Cookie, Signature");
  expect((await app.request("/json")).headers.has("cache-control")).toBe(false);
  const open = await app.request("/public");
  expect(open.headers.get("cache-control")).toBe("public, max-age=60");
  expect(open.headers.get("vary")).toBe("Accept");
  expect(open.headers.has("server")).toBe(false);
});

test("HSTS is sent over https only, media may come from its own origin, and routes may be stricter", async () => {
  const app = site({ https: false, mediaOrigin: "https://media.test" });
  const { headers } = await app.request("/page");
  expect(headers.has("strict-transport-security")).toBe(false);
  expect(headers.get("content-security-policy")).toContain(
    "img-src 'self' https://media.test data:; media-src https://media.test;",
  );
  const media = await app.request("/media");
  expect(media.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect(media.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
  expect(contentSecurityPolicy(undefined, "https://app.test")).toContain(
    "form-action 'self' https://app.test;",
  );
});

test("only our own hosts are served, with their port (421)", async () => {
  const app = new Hono();
  app.use(hostGuard(() => ["a.test", "127.0.0.1:3000", "[::1]:3000"]));
  app.get("/", (c) => c.text("ok"));
  const statusFor = async (host: string) =>
    (await app.request("http://a.test/", { headers: { host } })).status;
  for (const host of [
    "a.test",
    "A.TEST",
    "a.test.",
    "a.test:443",
    "a.test:80",
    "127.0.0.1:3000",
    "[::1]:3000",
  ]) {
    expect(await statusFor(host), host).toBe(200);
  }
  for (const host of [
    "e.test",
    "a.test:8080",
    "127.0.0.1",
    "a.test.e.test",
    "x@a.test",
    "a.test,e.test",
    "a.test/",
    "a.test\\x",
  ]) {
    expect(await statusFor(host), host).toBe(421);
  }
  expect((await app.request("http://e.test/")).status).toBe(421);
  expect((await app.request("http://e.test/", { headers: { host: "a.test" } })).status).toBe(421);
});

const guardedForms = () => {
  const app = new Hono();
  app.use(csrfGuard(() => "https://a.test"));
  app.all("/", (c) => c.text("done"));
  return app;
};
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const post = async (headers: Record<string, string>, method = "POST") =>
  (await guardedForms().request("https://a.test/", { method, headers })).status;

test("forms from our own pages pass, whichever header says so", async () => {
  expect(await post({ ...FORM, "sec-fetch-site": "same-origin", origin: "https://a.test" })).toBe(200);
  expect(await post({ ...FORM, "sec-fetch-site": "same-origin" })).toBe(200);
  expect(await post({ ...FORM, "sec-fetch-site": "none" })).toBe(200);
  expect(await post({ ...FORM, origin: "https://a.test" })).toBe(200);
  expect(await post({ ...FORM, referer: "https://a.test/settings" })).toBe(200);
});

test.each<[string, Record<string, string>]>([
  ["another origin", { origin: "https://e.test" }],
  ["an origin that begins like ours", { origin: "https://a.test.evil" }],
  ["another scheme", { origin: "http://a.test" }],
  ["the origin null", { origin: "null" }],
  ["the origin null and our referer", { origin: "null", referer: "https://a.test/" }],
  ["no origin at all", {}],
  ["a foreign referer", { referer: "https://e.test/https://a.test/" }],
  ["a malformed referer", { referer: "a.test" }],
  ["a sibling site", { "sec-fetch-site": "same-site", origin: "https://a.test" }],
  ["another site without an origin", { "sec-fetch-site": "cross-site" }],
  ["headers that contradict each other", { "sec-fetch-site": "same-origin", origin: "https://e.test" }],
])("a form with %s is refused (WEB-01, WEB-02)", async (_, headers) => {
  for (const type of [FORM["content-type"], "multipart/form-data; boundary=x", "Text/Plain;charset=utf-8"]) {
    expect(await post({ "content-type": type, ...headers })).toBe(403);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    expect(
      await post({ cookie: "__Host-session=x", "content-type": "application/json", ...headers }, method),
    ).toBe(403);
  }
});

test("reading, tokens and deliveries of servers need no origin", async () => {
  expect(await post({ cookie: "x=y", origin: "https://e.test" }, "GET")).toBe(200);
  expect(await post({ ...FORM, authorization: "Bearer x" })).toBe(200);
  expect(await post({ "content-type": "application/activity+json" })).toBe(200);
});

const chunked = (sizes: readonly number[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const size of sizes) controller.enqueue(new Uint8Array(size));
      controller.close();
    },
  });

function postOf(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
  return new Request("http://a.test/", init);
}

test("readBody gives the bytes up to the cap and stops at the first one over", async () => {
  expect(await readBody(postOf("abc"), 3)).toEqual(new TextEncoder().encode("abc"));
  expect(await readBody(postOf("abcd"), 3)).toBe("too_large");
  expect(await readBody(postOf(chunked([2, 1])), 3)).toHaveLength(3);
  expect(await readBody(postOf(chunked([2, 2])), 3)).toBe("too_large");
  expect(await readBody(postOf(chunked([5]), { "content-length": "1" }), 3)).toBe("too_large");
  expect(await readBody(postOf("a", { "content-length": "99" }), 3)).toBe("too_large");
  expect(await readBody(postOf("a", { "content-length": "lots" }), 3)).toBe("too_large");
  expect(await readBody(postOf(null), 3)).toHaveLength(0);
});

test("readBody stops pulling from a sender who never ends (DOS-01)", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(1_000));
    },
  });
  expect(await readBody(postOf(endless), 10_000)).toBe("too_large");
  expect(pulled).toBeLessThan(20);
});

/** Sends bytes as they are and gives back the status line's code. */
function raw(port: number, head: string, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
      if (status === undefined) return;
      resolve(Number(status));
      socket.destroy();
    });
    socket.on("error", (error) => (answer === "" ? reject(error) : undefined));
    socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${head}\r\n\r\n`);
    socket.write(body);
  });
}

test("over a real server: 413 for chunked floods and for honest large bodies, and it goes on serving (DOS-01)", async () => {
  const app = new Hono();
  app.post("/", async (c) => {
    const body = await readBody(c.req.raw, 1_000_000);
    return body === "too_large" ? c.text("too large", 413) : c.text(`${body.byteLength}`);
  });
  const server = serve({ overrideGlobalObjects: false, fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await new Promise<void>((resolve) => server.once("listening", () => resolve()));
  closers.push(() => new Promise((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const megabytes = (count: number) => new Uint8Array(count * 1_000_000);
  const chunks = Buffer.concat([Buffer.from("4c4b40\r\n"), megabytes(5), Buffer.from("\r\n0\r\n\r\n")]);
  expect(await raw(port, "Transfer-Encoding: chunked", chunks)).toBe(413);
  expect(await raw(port, "Content-Length: 25000000", megabytes(1))).toBe(413);
  const small = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "abc" });
  expect(await small.text()).toBe("3");
});
