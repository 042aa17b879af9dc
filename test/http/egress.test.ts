import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import type { RequestListener } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createEgress, EgressError, type Egress, type EgressOptions } from "../../server/http/egress.ts";
import { listen, type TestServer } from "./servers.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function serve(listener: RequestListener): Promise<TestServer> {
  const server = await listen(listener);
  open.push(server);
  return server;
}

function door(options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({
    allowPrivateAddresses: true,
    userAgent: "Causeway/1.0 (+https://a.test/)",
    ...options,
  });
  open.push(egress);
  return egress;
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error("it was answered"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw error;
  expect(error.message).not.toMatch(/\d+\.\d+\.\d+\.\d+|localhost|::/);
  return error.kind;
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);

test("a request carries our user agent and its own headers, and never cookies", async () => {
  const server = await serve((request, response) => {
    response.setHeader("set-cookie", "a=b");
    response.end(JSON.stringify({ headers: request.headers, method: request.method }));
  });
  const egress = door();
  const first = await egress.fetch({
    url: `${server.origin}/x#fragment`,
    headers: { Accept: "a/b", Cookie: "c=d" },
  });
  expect(first).toMatchObject({ status: 200, url: `${server.origin}/x` });
  expect(first.headers.has("set-cookie")).toBe(false);
  const { headers } = JSON.parse(text(first.body));
  expect(headers).toMatchObject({ "user-agent": "Causeway/1.0 (+https://a.test/)", accept: "a/b" });
  expect(headers).not.toHaveProperty("cookie");
  const second = await egress.fetch({ url: server.origin });
  expect(JSON.parse(text(second.body)).headers).not.toHaveProperty("cookie");
});

test("a POST sends its body, and an error status is an answer", async () => {
  const server = await serve((request, response) => {
    response.statusCode = 404;
    request.pipe(response);
  });
  const posted = await door().fetch({ url: server.origin, method: "POST", body: "hallo" });
  expect(posted.status).toBe(404);
  expect(text(posted.body)).toBe("hallo");
});

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
])("%s is undone (%#)", async (encoding, compress) => {
  const server = await serve((_, response) => {
    response.writeHead(200, { "content-encoding": encoding }).end(compress("a".repeat(5_000)));
  });
  const { body, headers } = await door().fetch({ url: server.origin });
  expect(text(body)).toBe("a".repeat(5_000));
  expect(headers.has("content-encoding")).toBe(false);
});

test("empty bodies with an encoding, and answers without a body, are fine", async () => {
  const server = await serve((request, response) => {
    response.writeHead(request.url === "/204" ? 204 : 200, { "content-encoding": "gzip" }).end();
  });
  expect((await door().fetch({ url: `${server.origin}/204` })).status).toBe(204);
  expect((await door().fetch({ url: server.origin })).body).toHaveLength(0);
  expect((await door().fetch({ url: server.origin, method: "HEAD" })).status).toBe(200);
});

test("other and stacked encodings are refused", async () => {
  const server = await serve((request, response) => {
    response.writeHead(200, { "content-encoding": (request.url ?? "/").slice(1) }).end(gzipSync("x"));
  });
  for (const encoding of ["zstd", "compress", "gzip,gzip"]) {
    expect(await kindOf(door().fetch({ url: `${server.origin}/${encoding}` }))).toBe("refused");
  }
});

test("a body over the cap is cut off, whether sent, endless or inflated (DOS-02, DOS-05)", async () => {
  const bombs = {
    gzip: gzipSync(Buffer.alloc(20_000_000)),
    br: brotliCompressSync(Buffer.alloc(20_000_000)),
  };
  const server = await serve((request, response) => {
    const bomb = request.url === "/gzip" ? "gzip" : request.url === "/br" ? "br" : null;
    if (bomb !== null) return void response.writeHead(200, { "content-encoding": bomb }).end(bombs[bomb]);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more);
    more();
  });
  for (const path of ["/gzip", "/br", "/endless"]) {
    expect(await kindOf(door().fetch({ url: server.origin + path }))).toBe("too_large");
  }
});

test("the cap is exact and can be chosen", async () => {
  const server = await serve((_, response) => void response.end("x".repeat(100)));
  expect((await door().fetch({ url: server.origin, maxBytes: 100 })).body).toHaveLength(100);
  expect(await kindOf(door().fetch({ url: server.origin, maxBytes: 99 }))).toBe("too_large");
});

test("silence, slow dripping and endless headers end at the total time (DOS-05)", async () => {
  const server = await serve((request, response) => {
    if (request.url === "/silent") return;
    const drip = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(drip));
  });
  for (const path of ["/silent", "/drip"]) {
    const start = performance.now();
    expect(await kindOf(door().fetch({ url: server.origin + path, timeoutMs: 200 }))).toBe("timeout");
    expect(performance.now() - start).toBeLessThan(2_000);
  }
});

test("headers of a megabyte are refused (DOS-05)", async () => {
  const server = await serve((_, response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(1_000_000)}\r\n\r\n`);
  });
  expect(await kindOf(door().fetch({ url: server.origin }))).toBe("too_large");
});

test("nobody listening, or an answer that is no HTTP, is a network error", async () => {
  const server = await serve((_, response) => void response.socket?.end("hello there\r\n\r\n"));
  expect(await kindOf(door().fetch({ url: server.origin }))).toBe("network");
  const gone = await listen(() => {});
  await gone.close();
  expect(await kindOf(door().fetch({ url: gone.origin }))).toBe("network");
});

const chain: RequestListener = (request, response) => {
  const left = Number((request.url ?? "/0").slice(1));
  if (left === 0) return void response.end(String(request.headers["signature"]));
  response.writeHead(302, { location: `/${left - 1}` }).end();
};

test("three redirects are followed and four are not (DOS-05)", async () => {
  const server = await serve(chain);
  const { url, status } = await door().fetch({ url: `${server.origin}/3` });
  expect({ url, status }).toEqual({ url: `${server.origin}/0`, status: 200 });
  expect(await kindOf(door().fetch({ url: `${server.origin}/4` }))).toBe("redirect");
  expect(await kindOf(door().fetch({ url: `${server.origin}/20` }))).toBe("redirect");
});

test("a redirect to itself ends", async () => {
  const server = await serve((_, response) => void response.writeHead(301, { location: "/" }).end());
  expect(await kindOf(door().fetch({ url: server.origin }))).toBe("redirect");
  expect(server.hits).toHaveLength(4);
});

test("each hop is signed anew, and the old signature and credentials stay behind", async () => {
  const server = await serve((request, response) => {
    if (request.url === "/1") return void response.writeHead(307, { location: "/2" }).end();
    response.end(JSON.stringify(request.headers));
  });
  const seen: string[] = [];
  const signed = await door().fetch({
    url: `${server.origin}/1`,
    headers: { Accept: "a/b", Signature: "for 1", Authorization: "secret", Date: "yesterday" },
    onRedirect: (next) => {
      seen.push(next);
      return { Signature: "for 2" };
    },
  });
  expect(seen).toEqual([`${server.origin}/2`]);
  const headers = JSON.parse(text(signed.body));
  expect(headers).toMatchObject({ accept: "a/b", signature: "for 2" });
  expect(headers).not.toHaveProperty("authorization");
  expect(headers).not.toHaveProperty("date");
});

test("a redirected POST, and a redirect that nobody wanted followed, are answers themselves", async () => {
  const server = await serve(chain);
  const posted = await door().fetch({
    url: `${server.origin}/1`,
    method: "POST",
    body: "x",
    maxRedirects: 3,
  });
  expect(posted.status).toBe(302);
  expect((await door().fetch({ url: `${server.origin}/1`, maxRedirects: 0 })).headers.get("location")).toBe(
    "/0",
  );
  expect(server.hits).toEqual(["/1", "/1"]);
});

/** A server that answers only when told to, and tells when it has been asked often enough. */
async function holding(): Promise<{
  server: TestServer;
  asked: (count: number) => Promise<void>;
  answer: () => void;
}> {
  const held: (() => void)[] = [];
  let onAsked = () => {};
  const server = await serve((_, response) => {
    held.push(() => void response.end("ok"));
    onAsked();
  });
  return {
    server,
    asked: (count) =>
      new Promise((resolve) => {
        onAsked = () => (held.length >= count ? resolve() : undefined);
        onAsked();
      }),
    answer: () => {
      for (const one of held.splice(0)) one();
    },
  };
}

test("four requests to a host run at once, the rest waits, and other hosts are not held up (F18)", async () => {
  const slow = await holding();
  const quick = await serve((_, response) => void response.end("quick"));
  const egress = door();
  const all = Promise.all(Array.from({ length: 10 }, () => egress.fetch({ url: slow.server.origin })));
  await slow.asked(4);
  expect((await egress.fetch({ url: quick.origin })).status).toBe(200);
  expect(slow.server.hits).toHaveLength(4);
  slow.answer();
  await slow.asked(4);
  expect(slow.server.hits).toHaveLength(8);
  slow.answer();
  await slow.asked(2);
  slow.answer();
  expect((await all).every(({ status }) => status === 200)).toBe(true);
});

test("the queue of a host is bounded, and waiting counts towards the total time", async () => {
  const slow = await holding();
  const egress = door();
  const held = Promise.allSettled(Array.from({ length: 4 }, () => egress.fetch({ url: slow.server.origin })));
  await slow.asked(4);
  expect(await kindOf(egress.fetch({ url: slow.server.origin, timeoutMs: 50 }))).toBe("timeout");
  const waiting = Promise.allSettled(
    Array.from({ length: 100 }, () => egress.fetch({ url: slow.server.origin, timeoutMs: 300 })),
  );
  expect(await kindOf(egress.fetch({ url: slow.server.origin }))).toBe("busy");
  await waiting;
  slow.answer();
  await held;
  expect(slow.server.hits).toHaveLength(4);
});

test("moderation is asked for every host on the way, with and without its port (MOD-02)", async () => {
  const target = await serve((_, response) => void response.end("x"));
  const start = await serve((_, response) => void response.writeHead(302, { location: target.origin }).end());
  const blocked = new Set([`127.0.0.1:${target.port}`]);
  const egress = door({ isBlockedHost: async (host) => blocked.has(host) });
  expect(await kindOf(egress.fetch({ url: target.origin }))).toBe("refused");
  expect(await kindOf(egress.fetch({ url: start.origin }))).toBe("refused");
  expect([target.hits.length, start.hits.length]).toEqual([0, 1]);
});

test("a caller's signal ends a request, and a closed door opens no more", async () => {
  const server = await serve(() => {});
  const egress = door();
  expect(await kindOf(egress.fetch({ url: server.origin, signal: AbortSignal.abort() }))).toBe("timeout");
  await egress.close();
  expect(await kindOf(egress.fetch({ url: server.origin }))).toBe("network");
});
