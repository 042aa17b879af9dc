import { afterEach, beforeEach, expect, test } from "vitest";
import { createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
});
afterEach(() => here.close());

/** A request that comes from an address, as the listener tells it. */
async function from(ip: string, path: string, init: RequestInit = {}): Promise<Response> {
  return await here.fetch(new Request(new URL(path, here.app.config.origin), init), { ip });
}

/** Sends until the answer is another than those; gives it with how many came before. */
async function until(send: (n: number) => Promise<Response>, usual: readonly number[], most: number) {
  for (let n = 0; n < most; n++) {
    const answer = await send(n);
    if (!usual.includes(answer.status)) return { n, answer };
  }
  return { n: most, answer: null };
}

const joining = (n: number) => ({
  method: "POST",
  headers: { origin: here.app.config.origin, "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ username: `one_${n}`, password: PASSWORD, acceptedRules: "yes" }).toString(),
});

test("A thousand addresses of one IPv6 network join as one, and a /48 as twenty (RAT-02)", async () => {
  const one = await until((n) => from(`2001:db8:7:1::${n.toString(16)}`, "/join", joining(n)), [303], 1_000);
  expect([one.n, one.answer?.status]).toEqual([5, 429]);
  const many = await until(
    (n) => from(`2001:db8:9:${n.toString(16)}::1`, "/join", joining(1_000 + n)),
    [303],
    1_000,
  );
  expect([many.n, many.answer?.status]).toEqual([20, 429]);
  expect((await from("2001:db8:a::1", "/join", joining(5_000))).status).toBe(303);
});

test("Whoever is too quick is told so by 429 with the seconds to wait, never by what makes servers drop things (RAT-07)", async () => {
  const delivery = {
    method: "POST",
    headers: { "content-type": "application/activity+json" },
    body: JSON.stringify({ id: "https://else.test/1", type: "Follow", actor: "https://else.test/u" }),
  };
  const page = { headers: { accept: "text/html" } };
  const app = { headers: { accept: "application/json" } };
  for (const [name, send, usual] of [
    ["inbox", () => from("198.51.100.1", "/inbox", delivery), [400, 401]],
    ["pages", () => from("198.51.100.2", "/about", page), [200]],
    ["client API", () => from("198.51.100.3", "/api/v1/instance", app), [200]],
    ["joining", (n: number) => from("198.51.100.4", "/join", joining(n)), [303]],
  ] as const) {
    const { answer } = await until(send, usual, 2_000);
    expect([name, answer?.status]).toEqual([name, 429]);
    expect(Number(answer?.headers.get("retry-after")), name).toBeGreaterThanOrEqual(1);
    expect((await answer?.text())?.length, name).toBeLessThan(40_000);
  }
});
