import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSqlite } from "../../server/store/database.ts";
import { setUp } from "./people.ts";
import { type Server, startServer } from "./processes.ts";

const TOKEN = "a-token-for-prometheus";

describe("A running server", { timeout: 240_000 }, () => {
  test("says that it lives and is ready, under any host name, before and after set-up", async () => {
    const server = await startServer();
    const ask = async (path: string) => {
      const response = await fetch(`http://localhost:${new URL(server.address).port}${path}`);
      return [response.status, await response.json()];
    };
    expect(await ask("/livez")).toEqual([200, { status: "alive" }]);
    expect(await ask("/readyz")).toEqual([200, { status: "ready" }]);
    await setUp(server);
    expect(await ask("/readyz")).toEqual([200, { status: "ready" }]);
  });

  test("answers a fault of its own with a page that tells nothing of its inside, and lives on", async () => {
    const server = await startServer();
    const other = openSqlite(join(server.folder, "causeway.db"));
    await other.db.schema.alterTable("settings").renameTo("settings_away").execute();
    await other.close();
    const page = await fetch(`${server.address}/`);
    expect(page.status).toBe(500);
    expect(await page.text()).not.toMatch(/settings|sqlite|node_modules/i);
    expect((await fetch(`${server.address}/livez`)).status).toBe(200);
  });

  test("shows its counters to loopback and to whoever has the token, and to nobody else", async () => {
    const server = await startServer({ CAUSEWAY_METRICS_TOKEN: TOKEN });
    await setUp(server);
    const own = await metrics(server, {});
    expect(own.status).toBe(200);
    expect(own.text).toMatch(/^causeway_http_request_duration_seconds_count\{.*\} [1-9]/m);
    expect(own.text).toContain("causeway_jobs{");
    // What a proxy on this machine says when somebody from elsewhere asks through it.
    const elsewhere = { "x-forwarded-for": "203.0.113.9" };
    expect((await metrics(server, elsewhere)).status).toBe(403);
    expect((await metrics(server, { ...elsewhere, authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await metrics(server, { ...elsewhere, authorization: "Bearer wrong" })).status).toBe(403);
    expect((await metrics(server, { authorization: "Bearer wrong" })).status).toBe(403);
  });
});

async function metrics(server: Server, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${server.address}/metrics`, { headers });
  return { status: response.status, text: await response.text() };
}
