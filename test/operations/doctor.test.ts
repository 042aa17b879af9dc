import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { Finding } from "../../server/domain/chore.ts";
import { publicChecks } from "../../server/ops/doctor-public.ts";
import { aMember, testConfig } from "../support/instance.ts";
import { open, type Served } from "../api/client.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function findingsOf(
  origin: string,
  page: string | null,
  env: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, Finding["state"]>>> {
  const config = testConfig({ CAUSEWAY_ORIGIN: origin, CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes", ...env });
  const found: Finding[] = [];
  for (const [, check] of publicChecks(config, page)) found.push(...[await check()].flat());
  expect(found.every(({ text }) => text.length > 5)).toBe(true);
  return Object.fromEntries(found.map(({ subject, state }) => [subject, state]));
}

async function aProxy(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  closing.push(() => new Promise((closed) => server.close(() => closed())));
  closing.push(() => Promise.resolve(server.closeAllConnections()));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

test("a server that is reached as it is has nothing to mend", async () => {
  const served: Served & { close(): Promise<void> } = await open();
  closing.push(() => served.close());
  const ann = await aMember(served.instance, "ann");
  // The clock of the tests stands in another year; that of the machine is what the doctor goes by.
  const states = await findingsOf(served.origin, served.instance.app.uris.actor(ann.viewer.actorId));
  expect(states).toEqual({
    name: "ok",
    proxy: "ok",
    streams: "ok",
    "public clock": "ok",
    visitors: "ok",
    caches: "ok",
  });
});

test("a proxy that takes little, loses headers, mixes up kinds and lives in the past is told by name", async () => {
  const origin = await aProxy((request, response) => {
    const isLarge = Number(request.headers["content-length"] ?? 0) > 1_000_000;
    response.writeHead(isLarge ? 413 : 200, {
      "content-type": "text/html",
      "content-security-policy": "default-src 'none'",
      date: "Mon, 01 Jan 2024 00:00:00 GMT",
    });
    response.end();
  });
  expect(
    await findingsOf(origin, `${origin}/users/1`, { CAUSEWAY_TRUSTED_PROXIES: "0.0.0.0/0" }),
  ).toMatchObject({
    proxy: "fail",
    streams: "warn",
    "public clock": "warn",
    visitors: "fail",
    caches: "fail",
  });
});
