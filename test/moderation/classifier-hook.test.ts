// The classifier hook against a real HTTP server on this machine that hangs, lies, floods, redirects and breaks.

import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createEgress } from "../../server/http/egress.ts";
import { setHook, removeHook, viewHook } from "../../server/services/moderation/hook-settings.ts";
import { listHeld } from "../../server/services/moderation/holds.ts";
import { listReports } from "../../server/services/moderation/reports.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { eachDatabase } from "../support/databases.ts";
import { drain } from "../support/network.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";

const SECRET = "a secret of sixteen letters or more";
const HOLD = {
  labels: [{ name: "spam", score: 0.9 }],
  suggest: "hold",
  model: "watcher-2",
  reason: "looks bad",
};

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

type Asked = { readonly body: string; readonly headers: IncomingMessage["headers"] };
type Answer = (response: ServerResponse, asked: Asked) => void;

/** A program that looks at notes; `answer` may be changed while it runs. */
async function aProgram() {
  const asked: Asked[] = [];
  const program = { asked, answer: json(HOLD) as Answer, url: "" };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { body: Buffer.concat(chunks).toString("utf8"), headers: request.headers };
      asked.push(one);
      program.answer(response, one);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  program.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/look`;
  return program;
}

function json(body: unknown, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

eachDatabase((_, open) => {
  const start = async () => {
    const egress = createEgress({ allowPrivateAddresses: true, userAgent: "Causeway test" });
    onTestFinished(async () => await egress.close());
    const instance = await createInstance({ database: await open(), http: egress });
    opened.push(instance);
    const { app, owner } = instance;
    if (owner === null) throw new Error("Every instance here is set up.");
    const { viewer: mei } = await aMember(instance, "mei");
    const program = await aProgram();
    await setHook(app, owner, { url: program.url, secret: SECRET, enabled: true });
    const post = async (change: Partial<Parameters<typeof aNote>[1]> = {}) =>
      await aNote(instance, {
        by: mei,
        source: "look at this https://a.example/",
        language: "en",
        ...change,
      });
    return { instance, app, owner, mei, program, post };
  };

  it("is asked with a signature before anybody hears of a note, and may hold it", async () => {
    const { app, owner, program, post } = await start();
    const note = await post();
    expect(note.hidden).toBe(true);
    const [asked] = program.asked;
    if (asked === undefined) throw new Error("It was asked.");
    const timestamp = String(asked.headers["causeway-timestamp"]);
    const mac = createHmac("sha256", SECRET).update(`${timestamp}.${asked.body}`).digest("hex");
    expect(asked.headers["causeway-signature"]).toBe(`v1=${mac}`);
    expect(JSON.parse(asked.body)).toMatchObject({
      v: 1,
      object: { id: note.uri, type: "note", lang: "en", media: [] },
      actor: { local: true, ageDays: 0 },
      context: { links: ["https://a.example/"], mentions: 0 },
    });
    const [held] = (await listHeld(app, owner, { limit: 5, language: null })).items;
    expect(held).toMatchObject({ source: "watcher-2", labels: HOLD.labels, reason: "looks bad" });
  });

  it("never sees what is not for everybody", async () => {
    const { program, post } = await start();
    for (const visibility of ["followers", "direct"] as const)
      expect((await post({ visibility })).hidden).toBe(false);
    expect(program.asked).toEqual([]);
  });

  it("only reports when it says so, and nothing happens when it finds nothing", async () => {
    const { app, owner, program, post } = await start();
    program.answer = json({ suggest: "none" });
    expect((await post()).hidden).toBe(false);
    program.answer = json({ ...HOLD, suggest: "limit" });
    expect((await post()).hidden).toBe(false);
    const { items } = await listReports(app, owner, { limit: 5 });
    expect(items).toHaveLength(1);
    expect(items[0]?.comment).toContain("watcher-2");
  });

  describe("when it does not answer sensibly", () => {
    const bad: Readonly<Record<string, Answer>> = {
      "says nothing that can be read": json("<html>"),
      "asks for more than it may": json({ ...HOLD, suggest: "delete" }),
      "gives scores that are none": json({ ...HOLD, labels: [{ name: "x", score: 7 }] }),
      "gives a thousand labels": json({
        ...HOLD,
        labels: Array.from({ length: 1_000 }, () => ({ name: "x", score: 1 })),
      }),
      breaks: json(HOLD, 500),
      "says that nothing is there": json(HOLD, 204),
      "points somewhere else": (response) => {
        response.writeHead(307, { location: "http://169.254.169.254/" });
        response.end();
      },
      "hangs up": (response) => void response.socket?.destroy(),
      "never stops": (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () =>
          void (response.destroyed || response.write(" ".repeat(65_536), () => setImmediate(more)));
        more();
      },
    };
    it("posts as if it were not there, whatever it does", async () => {
      const { instance, program, post } = await start();
      for (const [what, answer] of Object.entries(bad)) {
        program.answer = answer;
        // Past any rest that it was given.
        instance.clock.advance(3_600_000);
        expect((await post()).hidden, what).toBe(false);
      }
      expect(program.asked).toHaveLength(Object.keys(bad).length);
    });

    it("is waited for three seconds, and left alone after five failures until its rest is over", async () => {
      const { instance, app, owner, program, post } = await start();
      program.answer = () => undefined;
      const before = performance.now();
      expect((await post()).hidden).toBe(false);
      expect(performance.now() - before).toBeLessThan(6_000);
      program.answer = json("", 500);
      for (let count = 0; count < 6; count++) await post();
      expect(program.asked).toHaveLength(5);
      expect(await viewHook(app, owner)).toMatchObject({ faults: 5, fault: "status" });
      program.answer = json(HOLD);
      instance.clock.advance(61_000);
      expect((await post()).hidden).toBe(true);
      expect(await viewHook(app, owner)).toMatchObject({ faults: 0, restsUntil: null });
    }, 20_000);
  });

  it("looks at notes of other servers after they were stored, and may hide them", async () => {
    const { instance, app, owner, mei, program } = await start();
    const zoe = await aRemoteActor(instance, "zoe");
    const change = { publishedAt: instance.clock.now(), mentionUris: [app.uris.actor(mei.actorId)] };
    const id = await receiveNote(app, aReceivedNote(zoe, "one", change), "delivered");
    if (id === null) throw new Error("It is for somebody here.");
    expect((await viewNote(app, mei, id)).id).toBe(id);
    expect(program.asked).toEqual([]);
    await drain(instance);
    await expect(viewNote(app, mei, id)).rejects.toMatchObject({ kind: "not_found" });
    expect((await viewNote(app, owner, id)).hidden).toBe(true);
  });

  it("is set by administrators alone, keeps its secret to itself, and can be taken away", async () => {
    const { app, owner, mei, program, post } = await start();
    await expect(
      setHook(app, mei, { url: program.url, secret: SECRET, enabled: true }),
    ).rejects.toMatchObject({
      kind: "forbidden",
    });
    for (const typed of [
      { url: "ftp://a.example/", secret: SECRET },
      { url: "", secret: SECRET },
      { url: "https://a.example/", secret: "short" },
      { url: "https://b.example/", secret: "" },
    ])
      await expect(setHook(app, owner, { ...typed, enabled: true })).rejects.toMatchObject({
        kind: "invalid",
      });
    expect(JSON.stringify(await viewHook(app, owner))).not.toContain(SECRET);
    const stored = await app.db
      .selectFrom("settings")
      .select("value")
      .where("name", "=", "classifierHook")
      .execute();
    expect(JSON.stringify(stored)).not.toContain(SECRET);
    await setHook(app, owner, { url: program.url, secret: "", enabled: false });
    expect((await post()).hidden).toBe(false);
    await removeHook(app, owner);
    expect(await viewHook(app, owner)).toBeNull();
    expect(program.asked).toEqual([]);
  });
});
