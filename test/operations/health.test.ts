import { describe, expect, onTestFinished, test } from "vitest";
import { createInstance, type InstanceOptions } from "../support/instance.ts";

describe("Health", () => {
  test("/livez answers before set-up and under any host name", async () => {
    const instance = await open({ untouched: true });
    const response = await instance.fetch(new Request("http://127.0.0.1:3000/livez"), { ip: "127.0.0.1" });
    expect(response.status).toBe(200);
  });

  test("/readyz names what is not ready", async () => {
    const instance = await open();
    const before = await instance.request("/readyz");
    expect([before.status, await before.json()]).toEqual([503, { status: "not ready", failed: ["worker"] }]);
    await instance.start();
    expect((await instance.request("/readyz")).status).toBe(200);
    await instance.database.close();
    const after = await instance.request("/readyz");
    expect(after.status).toBe(503);
    expect(await after.json()).toMatchObject({ failed: expect.arrayContaining(["database"]) as unknown });
  });
});

describe("/metrics", () => {
  const TOKEN = "a token for prometheus";

  test("answers loopback with counters of this instance", async () => {
    const instance = await open();
    await instance.request("/livez");
    const response = await ask(await open(), "127.0.0.1");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).not.toContain('route="health"');
    const own = await (await ask(instance, "::1")).text();
    expect(own).toContain(
      'causeway_http_request_duration_seconds_count{route="health",method="GET",status="2xx"} 1',
    );
    for (const name of [
      "causeway_jobs{",
      "causeway_delivery_hosts{",
      "causeway_database_bytes ",
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_seconds",
    ])
      expect(own).toContain(name);
  });

  test("refuses strangers, and a proxy on this machine that asks for them", async () => {
    const instance = await open();
    expect((await ask(instance, "203.0.113.9")).status).toBe(403);
    expect((await ask(instance, "127.0.0.1", { "x-forwarded-for": "203.0.113.9" })).status).toBe(403);
  });

  test("answers the right bearer token from anywhere and no other", async () => {
    const instance = await open({ environment: { CAUSEWAY_METRICS_TOKEN: TOKEN.replaceAll(" ", "-") } });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await ask(instance, "203.0.113.9", bearer("a-token-for-prometheus"))).status).toBe(200);
    expect((await ask(instance, "203.0.113.9", bearer("a-token-for-somebody-else"))).status).toBe(403);
    const closed = await open();
    expect((await ask(closed, "203.0.113.9", bearer("null"))).status).toBe(403);
  });

  test("counts what the inbox refused", async () => {
    const instance = await open();
    await instance.request("/inbox", {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/activity+json" },
    });
    expect(await (await ask(instance, "127.0.0.1")).text()).toMatch(
      /causeway_inbox_total\{outcome="(?:malformed|unsigned)"\} 1/,
    );
  });
});

async function open(options: InstanceOptions = {}) {
  const instance = await createInstance(options);
  onTestFinished(() => instance.close());
  return instance;
}

async function ask(
  instance: Awaited<ReturnType<typeof open>>,
  ip: string,
  headers: Record<string, string> = {},
) {
  return await instance.fetch(new Request("http://127.0.0.1:3000/metrics", { headers }), { ip });
}
