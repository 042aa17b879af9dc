import type { RequestListener } from "node:http";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { createEgress, type Egress, type EgressOptions } from "../../server/http/egress.ts";
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
  const egress = createEgress({ allowPrivateAddresses: true, userAgent: "Causeway/1.0", ...options });
  open.push(egress);
  return egress;
}

test("a film is handed on while it comes, in the part that was asked for, without coding", async () => {
  const server = await serve((request, response) => {
    response.writeHead(206, { "content-type": "video/mp4", "content-range": "bytes 1-3/9" });
    response.write(`${request.headers.range} ${request.headers["accept-encoding"]} `);
    setTimeout(() => response.end("end"), 20);
  });
  const found = await door().stream({
    url: server.origin,
    headers: { range: "bytes=1-3", cookie: "a=b" },
    maxBytes: 100,
  });
  expect([found.status, found.headers.get("content-range")]).toEqual([206, "bytes 1-3/9"]);
  expect(await new Response(found.body).text()).toBe("bytes=1-3 identity end");
});

test("more than was allowed breaks the stream, and so does who goes away (MED-08)", async () => {
  let closed = 0;
  const server = await serve((_request, response) => {
    response.on("close", () => (closed += 1));
    const drip = () => {
      while (response.write(Buffer.alloc(65_536)));
      response.once("drain", drip);
    };
    drip();
  });
  const endless = await door().stream({ url: server.origin, maxBytes: 1_000_000 });
  await expect(new Response(endless.body).arrayBuffer()).rejects.toMatchObject({ kind: "too_large" });
  const left = await door().stream({ url: server.origin, maxBytes: 1_000_000 });
  await left.body.cancel();
  await expect.poll(() => closed).toBe(2);
});

test("private addresses are refused, also behind a redirect, and redirects are counted (SSR-05)", async () => {
  const strict = door({ allowPrivateAddresses: false });
  for (const url of ["https://127.0.0.1/", "http://there.test/", "https://localhost/", "file:///etc/passwd"])
    await expect(strict.stream({ url, maxBytes: 10 })).rejects.toMatchObject({ kind: "refused" });
  const server = await serve((request, response) => {
    response.writeHead(302, { location: request.url === "/out" ? "gopher://x/" : "/round" });
    response.end();
  });
  await expect(door().stream({ url: `${server.origin}/out`, maxBytes: 10 })).rejects.toMatchObject({
    kind: "refused",
  });
  await expect(door().stream({ url: server.origin, maxBytes: 10 })).rejects.toMatchObject({
    kind: "redirect",
  });
  const blocked = door({ isBlockedHost: () => true });
  await expect(blocked.stream({ url: server.origin, maxBytes: 10 })).rejects.toMatchObject({
    kind: "refused",
  });
});

test("a film that nobody reads any more gives its place back after two minutes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let closed = 0;
  const server = await serve((_request, response) => {
    response.on("close", () => (closed += 1));
    response.writeHead(200, { "content-type": "video/mp4" });
    for (let i = 0; i < 100; i += 1) response.write(Buffer.alloc(65_536));
  });
  const film = await door().stream({ url: server.origin, maxBytes: 10_000_000 });
  const reader = film.body.getReader();
  await reader.read();
  await new Promise<void>((turn) => setImmediate(turn));
  vi.advanceTimersByTime(121_000);
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toMatchObject({ kind: "timeout" });
  vi.useRealTimers();
  await expect.poll(() => closed).toBe(1);
});

test("a host holds at most sixteen films, and each gives its place back", async () => {
  const server = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "video/mp4" });
    response.write("x");
  });
  const egress = door();
  const request = { url: server.origin, maxBytes: 10 };
  const playing = await Promise.all(Array.from({ length: 16 }, () => egress.stream(request)));
  await expect(egress.stream(request)).rejects.toMatchObject({ kind: "busy" });
  await playing[0]?.body.cancel();
  const next = await egress.stream(request);
  await Promise.all([...playing.slice(1), next].map((one) => one.body.cancel()));
});
