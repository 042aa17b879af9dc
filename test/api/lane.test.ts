// What apps read comes straight from the connection (api/lane.ts): nobody may be able to tell.

import { request as send, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFinder } from "../../api/lane.ts";
import { ROUTES } from "../../api/routes.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { writeSetting } from "../../server/store/settings.ts";
import { findFreePort, listen } from "../../server/ops/listen.ts";
import { aNote, createInstance, type InstanceOptions } from "../support/instance.ts";
import { aPerson, type Person, type Served } from "./client.ts";

let served: Served & { readonly close: () => Promise<void> };
/** As in client.ts, but refusals that are not in JSON are no fault here: other doors' answers are looked at, too. */
async function open(
  options: InstanceOptions = {},
): Promise<Served & { readonly close: () => Promise<void> }> {
  const port = await findFreePort();
  const host = `127.0.0.1:${port}`;
  const environment = { CAUSEWAY_ORIGIN: `http://${host}` };
  const instance = await createInstance({ ...options, host, environment });
  const { fetch: answer, deliver, sockets } = instance;
  const listener = await listen({ host: "127.0.0.1", port }, answer, deliver, sockets);
  const close = async (): Promise<void> => {
    await listener.stop(0);
    await instance.close();
  };
  return { instance, origin: `http://${host}`, close };
}

let ada: Person;
let noteId: string;
beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada", { role: "admin" });
  noteId = String((await aNote(served.instance, { by: ada.viewer, source: "One #tag, 你好" })).id);
});
afterAll(async () => served.close());

type Told = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** A request as it is, on a connection of its own. */
function raw(path: string, headers: Record<string, string> = {}, method = "GET", body = ""): Promise<Told> {
  const { hostname, port } = new URL(served.origin);
  return new Promise((done, fail) => {
    const outgoing = send({ hostname, port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () =>
        done({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

/** What differs from answer to answer, and what belongs to the connection. */
const PASSING = /^(?:x-ratelimit-.*|date|connection|keep-alive|transfer-encoding|content-length)$/;

function lasting(headers: Iterable<readonly [string, unknown]>): readonly (readonly [string, unknown])[] {
  return [...headers].filter(([name]) => !PASSING.test(name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const READS = ROUTES.filter(([method, path]) => method === "GET" && path.startsWith("/api/"));
const filled = (path: string) => path.replaceAll(/:(\w+)/g, () => noteId);

describe("A plain GET", () => {
  test.each(READS)("is answered like any other: %s %s", async (_, path, endpoint) => {
    if (endpoint.queryToken === true) return;
    const address = `${filled(path)}?limit=2&q=ada&acct=ada&id[]=${ada.viewer.actorId}`;
    for (const token of [ada.token, "nobodys", null]) {
      const headers: Record<string, string> = {
        host: new URL(served.origin).host,
        "accept-language": "es",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
      const straight = await raw(address, headers);
      const usual = await served.instance.fetch(new Request(new URL(address, served.origin), { headers }), {
        ip: "203.0.113.9",
      });
      expect([straight.status, straight.body]).toEqual([usual.status, await usual.text()]);
      expect(lasting(Object.entries(straight.headers))).toEqual(lasting(usual.headers));
      expect(straight.headers["content-length"]).toBe(String(Buffer.byteLength(straight.body)));
      expect(straight.headers["x-ratelimit-limit"]).toBe("300");
      // Nobody runs out of turns.
      served.instance.clock.advance(4_000);
    }
  });

  test("finds the endpoint that its address means, with and without a slash at the end", () => {
    const find = createFinder();
    for (const [, path, endpoint] of READS) {
      for (const address of [filled(path), `${filled(path)}/`]) {
        const found = find(address);
        if (endpoint.queryToken === true) expect(found).toBeNull();
        else expect([address, found?.endpoint === endpoint]).toEqual([address, true]);
      }
    }
    expect(find("/api/v1/lists/7/accounts")?.named).toEqual({ id: "7" });
    for (const path of ["/api/v1/accounts//statuses", "/api/v1/statuses/%31", "/api/v1/nothing", "/api/v2"])
      expect([path, find(path)]).toEqual([path, null]);
  });
});

describe("What is unusual goes the ordinary way", () => {
  test("other hosts, unknown addresses, encoded ones, bodies, HEAD", async () => {
    const { host } = new URL(served.origin);
    expect((await raw("/api/v2/instance", { host: "other.test" })).status).toBe(421);
    // Ours in another spelling.
    expect((await raw("/api/v2/instance", { host: host.replace("127.0.0.1", "127.0.0.1.") })).status).toBe(
      200,
    );
    expect(await raw("/api/v9/nothing")).toMatchObject({
      status: 404,
      body: expect.stringContaining("error") as string,
    });
    const encoded = await raw(`/api/v1/statuses/%3${noteId.slice(0, 1)}${noteId.slice(1)}`);
    expect(encoded).toMatchObject({ status: 200, body: expect.stringContaining(noteId) as string });
    expect((await raw("/api/v2/instance", { "content-length": "3" }, "GET", "x=1")).status).toBe(200);
    const head = await raw("/api/v2/instance", {}, "HEAD");
    expect([head.status, head.body, head.headers["content-type"]]).toEqual([
      200,
      "",
      "application/json; charset=utf-8",
    ]);
  });

  test("streams, which do not end", async () => {
    const abort = new AbortController();
    const response = await fetch(`${served.origin}/api/v1/streaming/user?access_token=${ada.token}`, {
      signal: abort.signal,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    abort.abort();
  });

  test("before set-up nothing is answered", async () => {
    const untouched = await open({ untouched: true });
    try {
      const response = await fetch(`${untouched.origin}/api/v2/instance`, {
        headers: { accept: "application/json" },
      });
      expect(response.status).toBe(503);
    } finally {
      await untouched.close();
    }
  });
});

describe("What is told of this server", () => {
  const title = async () => (JSON.parse((await raw("/api/v2/instance")).body) as { title: string }).title;
  const oldTitle = async () => (JSON.parse((await raw("/api/v1/instance")).body) as { title: string }).title;

  test("is true at once after a change in this process, and after a minute after one in another", async () => {
    const { app, owner, clock } = served.instance;
    if (owner === null) throw new Error("There is an owner.");
    await updateSettings(app, owner, { name: "First" });
    expect([await title(), await oldTitle()]).toEqual(["First", "First"]);
    await updateSettings(app, owner, { name: "Second" });
    expect([await title(), await oldTitle()]).toEqual(["Second", "Second"]);
    await writeSetting(app.db, "name", JSON.stringify("Third"));
    clock.advance(59_000);
    expect(await title()).toBe("Second");
    clock.advance(2_000);
    expect([await title(), await oldTitle()]).toEqual(["Third", "Third"]);
  });

  test("names its owner as they call themselves now", async () => {
    const { app, owner } = served.instance;
    if (owner === null) throw new Error("There is an owner.");
    const contact = async () =>
      (JSON.parse((await raw("/api/v2/instance")).body) as { contact: { account: { display_name: string } } })
        .contact.account.display_name;
    await contact();
    await updateProfile(app, owner, { name: "Who answers" });
    expect(await contact()).toBe("Who answers");
  });
});
