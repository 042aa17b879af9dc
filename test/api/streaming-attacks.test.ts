import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openEvents } from "../../api/streaming/events.ts";
import { createRegistry } from "../../api/streaming/registry.ts";
import { createSockets } from "../../api/streaming/sockets.ts";
import { endConnection, listConnections } from "../../server/services/clients/connections.ts";
import { suspendAccount } from "../../server/services/operations/operations.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, serve, type Served, tokenOf } from "./client.ts";
import { openEar, readEvents } from "./listening.ts";

describe("Streams end", () => {
  test("within 5 s when their token is revoked or their account suspended, and others go on", async () => {
    const served = await serve();
    const { app } = served.instance;
    const ada = await aPerson(served, "ada");
    const bob = await aPerson(served, "bob");
    const other = await tokenOf(served, "ada");
    const [revoked, kept, suspended] = await Promise.all([
      openEar(served, "?stream=user", { token: other }),
      openEar(served, "?stream=user", { token: ada.token }),
      openEar(served, "?stream=user", { token: bob.token }),
    ]);
    const events = await readEvents(served, `/api/v1/streaming/user?access_token=${other}`);
    const newest = (await listConnections(app, ada.viewer)).toSorted((a, b) => b.id - a.id)[0];
    if (newest === undefined) throw new Error("There is no token.");
    const startedAt = performance.now();
    await endConnection(app, ada.viewer, newest.id);
    await suspendAccount(app, { username: "bob" });
    expect(await Promise.all([revoked.ended, suspended.ended])).toEqual([1008, 1008]);
    await events.ends();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await aNote(served.instance, { by: ada.viewer, source: "Still here" });
    await kept.hears(({ event }) => event === "update");
  });

  test("also when the token is taken away behind our back", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    const ear = await openEar(served, "?stream=user", { token: ada.token });
    await served.instance.app.db.deleteFrom("tokens").execute();
    const startedAt = performance.now();
    expect(await ear.ended).toBe(1008);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("with 1001 when the server stops, and nobody is let in any more", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    const ear = await openEar(served, "?stream=user", { token: ada.token });
    const events = await readEvents(served, `/api/v1/streaming/user?access_token=${ada.token}`);
    await served.instance.sockets.stop();
    expect(await ear.ended).toBe(1001);
    await expect(openEar(served, "?stream=user", { token: ada.token })).rejects.toThrow("503");
    await served.instance.stop(0);
    await events.ends();
  });
});

describe("Hostile clients", () => {
  test("may send what they want: each fault is told, the tenth ends the connection, and nothing else happens", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    const frames = [
      "",
      "null",
      "[]",
      "12",
      "{",
      '{"type":"subscribe"}',
      '{"type":"subscribe","stream":{}}',
      '{"type":"subscribe","stream":["user"]}',
      '{"type":"subscribe","stream":"__proto__"}',
      '{"type":"subscribe","stream":"constructor"}',
      '{"type":"subscribe","stream":"list","list":"1 or 1=1"}',
      '{"type":"subscribe","stream":"list","list":"99999999999999999999"}',
      '{"type":"subscribe","stream":"hashtag","tag":"\\u0000"}',
      '{"type":"subscribe","stream":"hashtag","tag":["a","b"]}',
      `{"type":"subscribe","stream":"${"x".repeat(2000)}"}`,
      '{"type":"delete","stream":"user"}',
      '{"__proto__":{"type":"subscribe"},"stream":"user"}',
      '{"type":"unsubscribe","stream":"hashtag"}',
      "\u0000\ud800",
      `${"[".repeat(5_000)}`,
    ];
    const sent = Array.from({ length: 100 }, (_, index) => frames[index % frames.length] ?? "");
    const ear = await openEar(served, "?stream=user", { token: ada.token });
    for (const frame of sent) ear.order(frame);
    expect(await ear.ended).toBe(1008);
    expect(ear.heard.every(({ error, status }) => error !== undefined && status !== 500)).toBe(true);
    const binary = await openEar(served, "?stream=user", { token: ada.token });
    binary.socket.send(Buffer.alloc(1_000, 255));
    await binary.hears(({ status }) => status === 422);
    binary.socket.send("x".repeat(20_000));
    expect(await binary.ended).toBe(1009);
    const again = await openEar(served, "?stream=user", { token: ada.token });
    await aNote(served.instance, { by: ada.viewer, source: "Unharmed" });
    await again.hears(({ event }) => event === "update");
  });

  test("open no more than twenty streams for an account; what is closed makes room", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    const ears = await Promise.all(
      Array.from({ length: 20 }, () => openEar(served, "?stream=user", { token: ada.token })),
    );
    await expect(openEar(served, "?stream=user", { token: ada.token })).rejects.toThrow("429");
    const events = await readEvents(served, `/api/v1/streaming/user?access_token=${ada.token}`);
    expect(events.status).toBe(429);
    ears[0]?.socket.close();
    await vi.waitFor(async () => {
      const ear = await openEar(served, "?stream=user", { token: ada.token });
      expect(ear.socket.readyState).toBe(ear.socket.OPEN);
    }, 5_000);
  });

  test("that read nothing are cut when a megabyte waits for them", async () => {
    const served = await serve();
    const registry = createRegistry(served.instance.app);
    const body = await openEvents(registry, { holder: null, ip: "203.0.113.9" }, { stream: "public" });
    const [connection] = registry.listeners();
    for (let n = 0; n < 3; n++)
      connection?.outlet.send({ stream: ["public"], event: "update", payload: "x".repeat(600 * 1024) });
    expect(registry.size).toBe(0);
    await expect(new Response(body).text()).rejects.toThrow();
  });

  test("that stop reading their socket are cut at a megabyte, and nothing is kept for them", async () => {
    const served = await serve();
    const { app } = served.instance;
    const ada = await aPerson(served, "ada");
    const registry = createRegistry(app);
    const sockets = createSockets(app, registry, ({ key }) => key);
    const server = createServer().on("upgrade", (...upgrade) => sockets.upgrade(...upgrade));
    await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
    onTestFinished(async () => {
      await sockets.stop();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const headers = { host: new URL(served.origin).host };
    const open = () =>
      openEar({ origin: `http://127.0.0.1:${port}` }, "?stream=user", { token: ada.token, headers });
    const [deaf, awake] = [await open(), await open()];
    deaf.socket.pause();
    // What the system itself keeps for a connection comes on top: some megabytes, however many.
    const frame = { stream: ["user"], event: "delete", payload: "x".repeat(100 * 1024) };
    let sent = 0;
    for (; registry.size === 2 && sent < 1_000; sent++) {
      for (const { outlet } of registry.listeners()) outlet.send(frame);
      await awake.hears(() => awake.heard.length > sent);
    }
    expect(sent).toBeGreaterThan(10);
    expect(sent).toBeLessThan(1_000);
    expect(registry.size).toBe(1);
    for (const { outlet } of registry.listeners()) outlet.send({ ...frame, payload: "still here" });
    await awake.hears(({ payload }) => payload === "still here");
    deaf.socket.resume();
    // 1006: cut, not taken leave of (RFC 6455, 7.1.5).
    expect(await deaf.ended).toBe(1006);
    expect(deaf.heard.length).toBeLessThanOrEqual(sent);
  });

  test("of other pages learn nothing from cookies, and other upgrades are plain requests", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    await expect(
      openEar(served, "?stream=user", { headers: { cookie: `__Host-session=${ada.sessionToken}` } }),
    ).rejects.toThrow("401");
    const answer = await rawRequest(served, [
      "GET /api/v1/streaming/user HTTP/1.1",
      `Host: ${new URL(served.origin).host}`,
      "Connection: Upgrade, close",
      "Upgrade: h2c",
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized/);
    const bare = await rawRequest(served, [
      "GET /api/v1/streaming?stream=user HTTP/1.1",
      `Host: ${new URL(served.origin).host}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
    ]);
    expect(bare).toMatch(/^HTTP\/1\.1 401/);
  });

  test("who are blocked hear nothing of who blocked them, also when they are connected already", async () => {
    const served = await serve();
    const { app } = served.instance;
    const [ada, bob] = [await aPerson(served, "ada"), await aPerson(served, "bob")];
    await followActor(app, ada.viewer, bob.viewer.actorId);
    const ear = await openEar(served, "?stream=user", { token: ada.token });
    ear.order({ type: "subscribe", stream: "public" });
    await bob.ask("POST", `/api/v1/accounts/${ada.viewer.actorId}/block`);
    await aNote(served.instance, { by: bob.viewer, source: "Not for Ada" });
    await aNote(served.instance, { by: ada.viewer, source: "From Ada" });
    await ear.hears(({ payload }) => payload?.includes("From Ada") === true);
    expect(ear.heard.some(({ payload }) => payload?.includes("Not for Ada") === true)).toBe(false);
  });
});

async function rawRequest({ origin }: Served, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("utf8");
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk));
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await new Promise<void>((done) => socket.once("close", () => done()));
  return text;
}
