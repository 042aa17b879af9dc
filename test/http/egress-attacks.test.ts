import { afterEach, beforeEach, expect, test } from "vitest";
import { request as undiciRequest } from "undici";
import type { RequestListener } from "node:http";
import {
  createEgress,
  EgressError,
  installGlobalGuard,
  type Egress,
  type EgressOptions,
} from "../../server/http/egress.ts";
import { toOutgoingUrl } from "../../server/http/egress-url.ts";
import { certificate } from "./certificate.ts";
import { listen, type TestServer } from "./servers.ts";

const PUBLIC = "93.184.216.34";
const open: { close(): Promise<void> }[] = [];
let target: TestServer;

beforeEach(async () => {
  target = await serve((_, response) => void response.end("secret"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function serve(listener: RequestListener, scheme: "http" | "https" = "http"): Promise<TestServer> {
  const server = await listen(listener, scheme);
  open.push(server);
  return server;
}

function guarded(options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({
    allowPrivateAddresses: false,
    userAgent: "test",
    ca: certificate,
    ...options,
  });
  open.push(egress);
  return egress;
}

/** Names resolve as given (default: to a public address) and every approved connection ends at `server`. */
function world(server: TestServer, resolve: EgressOptions["resolve"] = async () => [PUBLIC]): Egress {
  return guarded({ resolve, dial: () => ({ address: "127.0.0.1", port: server.port }) });
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => "answered",
    (reason: unknown) => reason,
  );
  return error instanceof EgressError ? error.kind : String(error);
}

const HOSTS =
  `127.0.0.1 localhost LOCALHOST. [::1] 0.0.0.0 [::] 127.1 0x7f.1 2130706433 0177.0.0.1 0x7f000001 127.0.0.1.
  [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] 10.0.0.1 172.16.0.1 192.168.0.1 169.254.169.254
  100.64.0.1 198.18.0.1 192.0.0.1 224.0.0.1 240.0.0.1 255.255.255.255 １２７.0.0.1 ①②⑦.0.0.1 127。0。0。1 db.internal
  printer.local app.localhost intranet [fe80::1] [fc00::1] x.onion`.split(/\s+/);

test.each(HOSTS)(
  "%s is refused over http and https, on any port, without a connection (SSR-01, SSR-02)",
  async (host) => {
    const egress = guarded();
    for (const url of [
      `http://${host}:${target.port}/`,
      `https://${host}:${target.port}/`,
      `https://${host}/`,
      `http://${host}/`,
    ]) {
      expect(await kindOf(egress.fetch({ url })), url).toBe("refused");
    }
    expect(target.connections()).toBe(0);
  },
);

test("with private addresses allowed, the same listener is reached by all its names", async () => {
  const egress = guarded({ allowPrivateAddresses: true });
  for (const host of ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "localhost."]) {
    expect((await egress.fetch({ url: `http://${host}:${target.port}/` })).status).toBe(200);
  }
});

test("a name that resolves to a private address is refused, also when mixed with public ones (SSR-04)", async () => {
  const server = await serve((_, response) => void response.end("x"), "https");
  for (const answer of [
    ["127.0.0.1"],
    [PUBLIC, "10.0.0.1"],
    ["::1"],
    [PUBLIC, "::ffff:127.0.0.1"],
    ["nonsense"],
  ]) {
    expect(await kindOf(world(server, async () => answer).fetch({ url: "https://public.test/" }))).toBe(
      "refused",
    );
  }
  expect(await kindOf(world(server, async () => []).fetch({ url: "https://public.test/" }))).toBe("network");
  expect(server.connections()).toBe(0);
});

test("a name is resolved once for each connection, so that rebinding gains nothing (SSR-04)", async () => {
  const server = await serve(
    (_, response) => void response.writeHead(200, { connection: "close" }).end("x"),
    "https",
  );
  const answers = [[PUBLIC], ["127.0.0.1"]];
  let asked = 0;
  const egress = world(server, async () => answers[asked++] ?? []);
  expect((await egress.fetch({ url: "https://public.test/" })).status).toBe(200);
  expect(asked).toBe(1);
  expect(await kindOf(egress.fetch({ url: "https://public.test/" }))).toBe("refused");
  expect([asked, server.connections()]).toEqual([2, 1]);
});

test("https to a public address works, and its certificate must be for the name", async () => {
  const server = await serve((_, response) => void response.end("x"), "https");
  expect((await world(server).fetch({ url: "https://Public.TEST./x" })).url).toBe("https://public.test/x");
  expect(await kindOf(world(server).fetch({ url: "https://wrong.test/" }))).toBe("network");
  expect(await kindOf(world(server).fetch({ url: `https://${PUBLIC}/` }))).toBe("network");
  const distrustful = guarded({
    resolve: async () => [PUBLIC],
    dial: () => ({ address: "127.0.0.1", port: server.port }),
    ca: "",
  });
  expect(await kindOf(distrustful.fetch({ url: "https://public.test/" }))).toBe("network");
});

test("a redirect is judged like a first request (SSR-05)", async () => {
  let location = "";
  const server = await serve((_, response) => void response.writeHead(302, { location }).end(), "https");
  const expected: [string, string][] = [
    [`https://127.0.0.1:${target.port}/`, "refused"],
    [`http://127.0.0.1:${target.port}/`, "refused"],
    [`//127.0.0.1:${target.port}/`, "refused"],
    ["https://localhost/", "refused"],
    ["http://other.test/", "refused"],
    ["file:///etc/passwd", "refused"],
    ["gopher://other.test/", "refused"],
    ["data:text/plain,x", "refused"],
    ["https://u:p@other.test/", "refused"],
    ["https://other.test:22/", "refused"],
    ["/\\127.0.0.1/", "refused"],
    ["https://other.test/", "redirect"],
  ];
  for (const [to, kind] of expected) {
    location = to;
    expect(await kindOf(world(server).fetch({ url: "https://public.test/" })), to).toBe(kind);
  }
  expect(target.connections()).toBe(0);
});

test("https never leads to http, even where http is allowed (SSR-05)", async () => {
  const server = await serve(
    (_, response) => void response.writeHead(302, { location: target.origin }).end(),
    "https",
  );
  const egress = guarded({
    allowPrivateAddresses: true,
    resolve: async () => [PUBLIC],
    dial: (host, port) =>
      host === "public.test" ? { address: "127.0.0.1", port: server.port } : { address: host, port },
  });
  expect(await kindOf(egress.fetch({ url: "https://public.test/" }))).toBe("redirect");
  expect(target.connections()).toBe(0);
});

test.each([22, 25, 0, 5432, 6379, 8080, 11211, 65536])("port %i is refused (SSR-07)", async (port) => {
  expect(await kindOf(world(target).fetch({ url: `https://public.test:${port}/` }))).toBe("refused");
});

test.each([
  "http://public.test/",
  "https://u:p@public.test/",
  "https://u@public.test/",
  "https://@public.test/",
  "https://public.test\\@127.0.0.1/",
  "https://public\t.test/",
  "https://public.test/\n",
  " https://public.test/",
  "https:public.test",
  "https:///public.test",
  "//public.test",
  "ftp://public.test/",
  "javascript:alert(1)",
  "file:///etc/passwd",
  "data:,x",
  "https://",
  "",
  `https://public.test/${"x".repeat(9_000)}`,
])("%j is refused (SSR-08)", async (url) => {
  expect(await kindOf(world(target).fetch({ url }))).toBe("refused");
  expect(target.connections()).toBe(0);
});

test("hosts are canonical: case, trailing dot, punycode, full-width, default port and fragment (SSR-08)", () => {
  const canonical = (url: string) => toOutgoingUrl(url, false)?.href;
  expect(canonical("HTTPS://Public.Test.:443/a?b#c")).toBe("https://public.test/a?b");
  expect(canonical("https://ｐublic.test/")).toBe("https://public.test/");
  expect(canonical("https://bücher.test/")).toBe("https://xn--bcher-kva.test/");
  expect(canonical("https://public.test#@127.0.0.1/")).toBe("https://public.test/");
});

test("a Host header for another server is refused", async () => {
  const egress = guarded({ allowPrivateAddresses: true });
  const asked = egress.fetch({ url: target.origin, headers: { Host: "admin.internal" } });
  expect(await kindOf(asked)).toBe("refused");
  expect(
    (await egress.fetch({ url: target.origin, headers: { Host: `127.0.0.1:${target.port}` } })).status,
  ).toBe(200);
});

test("the dispatcher alone keeps libraries from private addresses", async () => {
  const { dispatcher } = guarded();
  for (const url of [
    target.origin,
    `http://localhost:${target.port}`,
    "https://10.0.0.1/",
    "https://[::1]/",
  ]) {
    expect(await kindOf(undiciRequest(url, { dispatcher }))).toBe("refused");
  }
  expect(target.connections()).toBe(0);
});

test("the global fetch obeys the guard, also one that was kept from before, until it is taken off", async () => {
  const kept = globalThis.fetch;
  const takeOff = installGlobalGuard(guarded());
  try {
    await expect(fetch(target.origin)).rejects.toMatchObject({
      name: "TypeError",
      cause: { kind: "refused" },
    });
    await expect(fetch("file:///etc/passwd")).rejects.toThrow(TypeError);
    await expect(kept(target.origin)).rejects.toThrow(TypeError);
    expect(await (await fetch("data:text/plain,hi")).text()).toBe("hi");
  } finally {
    takeOff();
  }
  expect(target.connections()).toBe(0);
  expect(globalThis.fetch).toBe(kept);
});

test("where private addresses are allowed, the guarded fetch answers like fetch", async () => {
  const server = await serve((request, response) => {
    if (request.url === "/away") return void response.writeHead(302, { location: "/there" }).end();
    if (request.url === "/empty") return void response.writeHead(204).end();
    if (request.url === "/large") return void response.end(Buffer.alloc(2_000_000));
    request.on("data", (chunk: Buffer) => response.write(JSON.stringify({ got: chunk.toString() })));
    request.on("end", () => response.end());
  });
  const takeOff = installGlobalGuard(guarded({ allowPrivateAddresses: true }));
  try {
    const posted = await fetch(
      new Request(server.origin, { method: "POST", body: "abc", headers: { "x-y": "z" } }),
    );
    expect([posted.url, await posted.json()]).toEqual([`${server.origin}/`, { got: "abc" }]);
    const moved = await fetch(`${server.origin}/away`);
    expect([moved.redirected, moved.url]).toEqual([true, `${server.origin}/there`]);
    expect((await fetch(`${server.origin}/away`, { redirect: "manual" })).status).toBe(302);
    await expect(fetch(`${server.origin}/away`, { redirect: "error" })).rejects.toThrow(TypeError);
    expect((await fetch(`${server.origin}/empty`)).status).toBe(204);
    await expect(fetch(`${server.origin}/large`)).rejects.toMatchObject({ cause: { kind: "too_large" } });
    await expect(fetch(server.origin, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  } finally {
    takeOff();
  }
});
