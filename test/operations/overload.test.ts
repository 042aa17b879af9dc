import { expect, test } from "vitest";
import { createOverload } from "../../server/ops/overload.ts";
import { createSay } from "../../web/say.ts";

const FULL = {
  delivery: { inFlight: 0, delayMs: 1 },
  visitor: { inFlight: 0, delayMs: 1 },
  member: { inFlight: 1, delayMs: 1 },
};
const answered = () => Promise.resolve(new Response("answered"));

function request(path: string, init: RequestInit = {}): Request {
  return new Request(new URL(path, "https://home.test"), init);
}

test("who is turned away hears when to come again, in their language and format, and no work was done (F29)", async () => {
  const overload = createOverload(
    createSay(() => 0),
    FULL,
  );
  let worked = 0;
  const go = () => {
    worked++;
    return answered();
  };
  const page = await overload.fetch(
    request("/explore", { headers: { accept: "text/html", "accept-language": "zh-CN" } }),
    go,
  );
  expect([page.status, page.headers.get("retry-after"), page.headers.get("refresh")]).toEqual([
    503,
    "5",
    "5",
  ]);
  expect(await page.text()).toContain("请过几秒再试");
  const app = await overload.fetch(request("/api/v1/timelines/public"), go);
  expect(app.status).toBe(503);
  expect(await app.json()).toEqual({ error: expect.stringContaining("few seconds") });
  const delivery = await overload.deliver({ method: "POST", header: () => null }, () => {
    worked++;
    return Promise.resolve({ status: 202, headers: {} });
  });
  expect(delivery).toEqual({ status: 503, headers: { "retry-after": "30" } });
  // A form that was sent must not come again by itself.
  const form = await overload.fetch(
    request("/join", { method: "POST", headers: { accept: "text/html" }, body: "x" }),
    go,
  );
  expect([form.status, form.headers.get("refresh")]).toEqual([503, null]);
  expect(worked).toBe(0);
});

test("what tells how the machine is goes through always, members as long as they have places", async () => {
  const overload = createOverload(
    createSay(() => 0),
    FULL,
  );
  for (const path of ["/livez", "/readyz", "/metrics", "/static/main.css"])
    expect((await overload.fetch(request(path), answered)).status).toBe(200);
  const signedIn = { headers: { cookie: "__Host-session=x", accept: "text/html" } };
  const { promise: held, resolve: answer } = Promise.withResolvers<Response>();
  const first = overload.fetch(request("/home", signedIn), () => held);
  expect((await overload.fetch(request("/home", signedIn), answered)).status).toBe(503);
  answer(new Response("late"));
  expect((await first).status).toBe(200);
  expect((await overload.fetch(request("/home", signedIn), answered)).status).toBe(200);
});

test("a place is free again after a fault, and a storage that is away is a 503 for servers too (F13)", async () => {
  const overload = createOverload(
    createSay(() => 0),
    { ...FULL, delivery: { inFlight: 1, delayMs: 1 } },
  );
  const away = () => Promise.reject(Object.assign(new Error("terminating"), { code: "57P01" }));
  const delivery = { method: "POST", header: () => null };
  for (let n = 0; n < 3; n++)
    expect(await overload.deliver(delivery, away)).toEqual({ status: 503, headers: { "retry-after": "10" } });
  await expect(overload.deliver(delivery, () => Promise.reject(new Error("ours")))).rejects.toThrow("ours");
});
