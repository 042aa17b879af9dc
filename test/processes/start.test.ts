import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";
import { temporaryFolder } from "../support/folders.ts";
import { openBrowser } from "./browser.ts";
import { PASSWORD, post, setUp, signIn } from "./people.ts";
import { eventually, launchServer, restart, setupLink, startServer } from "./processes.ts";
import { findFreePort } from "../../server/ops/listen.ts";

const ACTIVITY = "application/activity+json";

describe("A server that nobody has set up", () => {
  test("prints a line for each fact that matters and a link, and answers 503 to everything else", async () => {
    const server = await startServer();
    const lines = server.output().trim().split("\n");
    expect(lines.map((line) => /^[\w-]+/.exec(line)?.[0])).toEqual([
      "Causeway",
      "Address",
      "Database",
      "Schema",
      "Role",
      "Warning",
      "Set-up",
    ]);
    expect(server.output()).toContain(`Address: ${server.origin}`);
    const pages = await Promise.all(
      ["/", "/about", "/login", "/join", "/@owner_here", "/search?q=x"].map((path) => asPage(server, path)),
    );
    for (const page of pages) expect(page).toMatchObject({ status: 503, type: "text/html; charset=UTF-8" });
    expect(pages[0]?.body).toMatch(/<h1[^>]*>[^<]+<\/h1>/);
    for (const path of ["/users/1", "/notes/1", "/.well-known/webfinger?resource=acct:a@b", "/nodeinfo/2.1"])
      expect(await bareAnswer(`${server.address}${path}`)).toEqual({ status: 503, body: "" });
    const delivery = await fetch(`${server.address}/inbox`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": ACTIVITY },
    });
    expect(delivery.status).toBe(503);
    expect((await asPage(server, "/setup?token=wrong")).status).toBe(404);
  });

  test("is set up through its link, once, and its pages answer from then on", async () => {
    const server = await startServer();
    const { pathname, search } = new URL(setupLink(server));
    const late = openBrowser(server.origin);
    const form = await late.form(`${pathname}${search}`, "/setup");
    const owner = await setUp(server, "first_here");
    expect((await owner.get("/@first_here")).text).toContain("@first_here");
    expect(await owner.get("/admin/settings")).toMatchObject({ status: 200 });

    const typed = { serverName: "Mine", username: "second_here", password: PASSWORD, joinMode: "open" };
    expect((await late.send(form, typed)).status).toBe(404);
    expect((await late.get(`${pathname}${search}`)).status).toBe(404);
    expect((await late.get("/@second_here")).status).toBe(404);
    for (const path of ["/", "/about", "/login", "/join", "/@first_here"])
      expect((await late.get(path)).status).toBe(200);
    const nodeinfo = await fetch(`${server.address}/nodeinfo/2.1`);
    expect(await nodeinfo.json()).toMatchObject({ software: { name: "causeway" } });
  });

  test("gives a wrong set-up form back with everything typed and the fault at its field", async () => {
    const server = await startServer();
    const { pathname, search } = new URL(setupLink(server));
    const browser = openBrowser(server.origin);
    const form = await browser.form(`${pathname}${search}`, "/setup");
    const page = await browser.send(form, { serverName: "Mine", username: "Not a name", password: "short" });
    expect(page.status).toBe(422);
    expect(page.html).toContain('value="Mine"');
    expect(page.html).toContain('value="Not a name"');
    expect(page.html).not.toContain('value="short"');
    expect(page.html.match(/aria-invalid="true"/g)).toHaveLength(2);
  });
});

describe("A server that cannot start", () => {
  test("reports all faults of its configuration together", async () => {
    const server = launchServer({
      CAUSEWAY_DATA: join(temporaryFolder(), "data"),
      PORT: "many",
      CAUSEWAY_ORIGIN: "ftp://example.org",
      DATABASE_URL: "mysql://root:hidden@example.org/x",
      CAUSEWAY_COLOUR: "red",
    });
    expect(await server.ended).toBe(1);
    const lines = server.errors().trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "PORT",
      "CAUSEWAY_ORIGIN",
      "DATABASE_URL",
      "CAUSEWAY_COLOUR",
    ]);
    expect(server.output()).not.toContain("hidden");
  });

  test("says in one sentence that its port is taken, and leaves the data folder free", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const address = other.address();
    const taken = String(typeof address === "object" && address !== null ? address.port : 0);
    const folder = join(temporaryFolder(), "data");
    const server = launchServer({ CAUSEWAY_DATA: folder, PORT: taken });
    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/^[A-Z].*port \d+.*\.\n$/);
    await startServer({ CAUSEWAY_DATA: folder });
  });

  test("refuses a data folder on which another server runs, which goes on", async () => {
    const first = await startServer();
    const second = launchServer({ ...first.environment, PORT: String(await findFreePort()) });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^Another Causeway runs on .*\.\n$/);
    expect((await fetch(`${first.address}/readyz`)).status).toBe(200);
  });

  test("refuses a database from a newer version and leaves it as it was", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "causeway.db");
    const database = openSqlite(path);
    await migrate(database.db);
    await database.db
      .withTables<{ kysely_migration: { name: string; timestamp: string } }>()
      .insertInto("kysely_migration")
      .values({ name: "9999-from-the-future", timestamp: "2099-01-01T00:00:00.000Z" })
      .execute();
    await database.close();
    const before = readFileSync(path);
    const server = launchServer({ CAUSEWAY_DATA: folder, PORT: String(await findFreePort()) });
    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/^This database was written by a newer version of Causeway.*\.\n$/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe("A server that ends", () => {
  test("starts again after kill -9 with everything that was there, sessions included", async () => {
    const first = await startServer();
    const owner = await setUp(first);
    const path = await post(owner, "Written before the lights went out");
    await first.kill();
    const second = await restart(first);
    expect(second.output()).not.toContain("Set-up");
    expect((await owner.get(path)).text).toContain("Written before the lights went out");
    expect((await owner.get("/settings/security")).status).toBe(200);
    await signIn(second, "owner_here");
  });

  test("finishes a slow request after SIGTERM, takes no new ones, and ends with 0", async () => {
    const server = await startServer();
    await setUp(server);
    const body = new URLSearchParams({ username: "owner_here", password: PASSWORD }).toString();
    const slow = request(`${server.address}/login`, {
      method: "POST",
      headers: {
        origin: server.origin,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": body.length,
      },
    });
    const answered = once(slow, "response");
    slow.write(body.slice(0, 10));
    // Another request that was begun later has been answered: this one is under way.
    await fetch(`${server.address}/livez`);
    server.child.kill("SIGTERM");
    await eventually(() => expect(server.output()).toContain("Stopping (SIGTERM)"));
    await eventually(() =>
      expect(fetch(`${server.address}/livez`, { headers: { connection: "close" } })).rejects.toThrow(),
    );
    expect(server.child.exitCode).toBeNull();
    slow.end(body.slice(10));
    const [response] = (await answered) as [{ readonly statusCode: number }];
    expect(response.statusCode).toBe(303);
    expect(await server.ended).toBe(0);
    expect(server.output()).toContain("Stopped.");
  });
});

async function asPage(server: { readonly address: string }, path: string) {
  const response = await fetch(`${server.address}${path}`, { headers: { accept: "text/html" } });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: await response.text(),
  };
}

async function bareAnswer(url: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(url, { headers: { accept: ACTIVITY } });
  return { status: response.status, body: await response.text() };
}
