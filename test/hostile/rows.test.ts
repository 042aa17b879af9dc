// Rows of the attack tables of docs/threats.md that no other test names, one test each.

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../server/config.ts";
import { USE_LIMITS } from "../../server/domain/limits.ts";
import { createEgress } from "../../server/http/egress.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { createSetupToken } from "../../server/services/accounts/setup.ts";
import { openVault } from "../../server/vault.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { actorDocument, aCreate, createPeer, deliver, toDelivery } from "../federation/peer.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { createNetwork, drainWithFaults } from "../support/network.ts";
import { actorRow } from "../support/rows.ts";
import { giveSpareKeys } from "../support/rsa-keys.ts";
import { ROOT } from "../support/sources.ts";

let home: TestInstance | null = null;
afterEach(async () => {
  await home?.close();
  home = null;
});

const HOUR = 3_600_000;

function from(instance: TestInstance, ip: string, path: string, init: RequestInit = {}): Promise<Response> {
  const request = new Request(new URL(path, instance.app.config.origin), { redirect: "manual", ...init });
  return instance.fetch(request, { ip });
}

describe("AUZ-13: somebody with many followers here moves", () => {
  test("it is done by a job in pieces, once; a second target soon after is refused; who has moved stays moved", async () => {
    const here = (home = await createInstance({ host: "here.test" }));
    const old = await createPeer(here, "old.test", "star");
    const fresh = await createPeer(here, "new.test", "star");
    const other = await createPeer(here, "other.test", "star");
    for (const peer of [fresh, other])
      peer.documents.set("/users/star", {
        ...(await actorDocument(peer, "star")),
        alsoKnownAs: [old.actorUri],
      });
    const received = await here.app.remote.findActor(old.actorUri);
    if (received === null) throw new Error("not found");
    const starId = await receiveActor(here.app, received);
    const db = here.app.db;
    // Each of them signs its own Follow; making keys is not what is tried here.
    for (let round = 0; round < 15; round++) await giveSpareKeys(here.app);
    const ids = Array.from({ length: 55 }, (_, at) => 50_000 + at);
    await db
      .insertInto("actors")
      .values(ids.map((id) => actorRow(id, { uri: `https://here.test/users/${id}` })))
      .execute();
    const follow = (id: number) => ({
      id,
      uri: `https://here.test/follows/${id}`,
      actor_id: id,
      target_id: starId,
      state: "accepted",
      created_at: 0,
    });
    await db.insertInto("follows").values(ids.map(follow)).execute();
    const move = (target: string, id: number) => ({
      id: `https://old.test/moves/${id}`,
      type: "Move",
      actor: old.actorUri,
      object: old.actorUri,
      target,
    });
    const started = performance.now();
    expect(await deliver(here, old, move(fresh.actorUri, 1))).toBe(202);
    expect(performance.now() - started).toBeLessThan(2_000);
    const followersOf = async (uri: string) => {
      const rows = await db
        .selectFrom("follows")
        .innerJoin("actors", "actors.id", "follows.target_id")
        .select("follows.id")
        .where("actors.uri", "=", uri)
        .execute();
      return rows.length;
    };
    // The 202 promised; nothing was done yet.
    expect(await followersOf(fresh.actorUri)).toBe(0);
    await drainWithFaults(here);
    expect(await followersOf(fresh.actorUri)).toBe(55);
    here.clock.advance(HOUR);
    expect(await deliver(here, old, move(other.actorUri, 2))).toBe(202);
    await drainWithFaults(here);
    expect(await followersOf(other.actorUri)).toBe(0);
    expect(await followersOf(fresh.actorUri)).toBe(55);
  }, 60_000);
});

describe("SSR-10: the search tells nothing about ports inside", () => {
  test("an open and a closed port, a name and an address, are the same answer, and nobody connects", async () => {
    const hits: number[] = [];
    const open: Server = createServer((socket) => {
      hits.push(socket.remotePort ?? 0);
      socket.destroy();
    });
    await new Promise<void>((ready) => open.listen(0, "127.0.0.1", ready));
    const egress = createEgress({
      allowPrivateAddresses: false,
      userAgent: "test",
      isBlockedHost: () => Promise.resolve(false),
      resolve: () => Promise.resolve(["127.0.0.1"]),
    });
    onTestFinished(async () => {
      await egress.close();
      open.close();
    });
    const here = (home = await createInstance({ host: "here.test", network: createNetwork(), http: egress }));
    await aMember(here, "bob");
    const { token } = await createToken(here.app, { username: "bob", scopes: ["read"], name: "test" });
    const address = open.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const answers: string[] = [];
    const times: number[] = [];
    for (const url of [
      `https://127.0.0.1:${port}/users/x`,
      "https://127.0.0.1:9/users/x",
      "https://127.0.0.1/users/x",
      "https://10.0.0.1/users/x",
      `https://inside.example:${port}/users/x`,
      "https://inside.example/users/x",
      "https://printer.local/users/x",
    ]) {
      here.clock.advance(60_000);
      const path = `/api/v2/search?resolve=true&q=${encodeURIComponent(url)}`;
      const began = performance.now();
      const response = await from(here, "203.0.113.9", path, {
        headers: { authorization: `Bearer ${token}` },
      });
      answers.push(`${response.status} ${await response.text()}`);
      times.push(performance.now() - began);
    }
    expect(new Set(answers).size).toBe(1);
    expect(Math.max(...times)).toBeLessThan(1_000);
    expect(hits).toEqual([]);
  });
});

describe("OAU-05: apps that register themselves", () => {
  test("are counted by address, named in at most sixty letters, as text, and told when to come again", async () => {
    const here = (home = await createInstance());
    const register = (name: string, ip = "203.0.113.50") =>
      from(here, ip, "/api/v1/apps", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ client_name: name, redirect_uris: "https://app.test/back" }),
      });
    const statuses: number[] = [];
    for (let count = 0; count < USE_LIMITS.apps.limit + 5; count++)
      statuses.push((await register("Tusk")).status);
    expect(statuses.slice(0, USE_LIMITS.apps.limit).every((status) => status === 200)).toBe(true);
    expect(statuses.slice(USE_LIMITS.apps.limit)).toEqual([429, 429, 429, 429, 429]);
    expect(Number((await register("Tusk")).headers.get("retry-after"))).toBeGreaterThan(0);
    for (const name of ["x".repeat(61), "y".repeat(1_000_000), "", "\u200B\u202E"])
      expect([413, 422]).toContain((await register(name, "203.0.113.51")).status);
    const script = await register("<script>alert(1)</script>", "203.0.113.51");
    const { client_id: id } = (await script.json()) as { readonly client_id: string };
    const bob = await aMember(here, "bob");
    const query = new URLSearchParams({
      client_id: id,
      redirect_uri: "https://app.test/back",
      response_type: "code",
      scope: "read",
    });
    const page = await from(here, "203.0.113.52", `/oauth/authorize?${query.toString()}`, {
      headers: { cookie: `__Host-session=${bob.sessionToken}`, accept: "text/html" },
    });
    const text = await page.text();
    expect(text).toContain("&lt;script&gt;alert(1)");
    expect(text).not.toContain("<script>alert(1)");
    expect(text).toContain("app.test");
  });
});

describe("RAT-04: there is no mail to bomb anybody with", () => {
  test("no part of this server can send mail, and codes for a new password are tried seldom for one account from anywhere", async () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    expect(Object.keys(dependencies).filter((name) => /mail|smtp|sendgrid|postmark/i.test(name))).toEqual([]);
    const here = (home = await createInstance());
    await aMember(here, "bob");
    const statuses: number[] = [];
    for (let count = 0; count < USE_LIMITS.resetByAccount.limit + 10; count++) {
      const body = new URLSearchParams({
        username: "bob",
        code: `wrong-${count}`,
        next: "another good password",
      });
      const answer = await from(here, `198.51.${count}.1`, "/password/reset", {
        method: "POST",
        headers: { origin: here.app.config.origin, "sec-fetch-site": "same-origin", accept: "text/html" },
        body,
      });
      statuses.push(answer.status);
    }
    const refused = statuses.filter((status) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(new Set(statuses.slice(-10))).toEqual(new Set([429]));
  });
});

describe("RAT-07: who comes too often is told when to come again", () => {
  test("a good server that floods hears 429 with a time, never a refusal for good, and is heard again then", async () => {
    const here = (home = await createInstance({ host: "here.test" }));
    const eve = await createPeer(here, "e.test", "eve");
    const bob = await aMember(here, "bob");
    const mention = { tag: [{ type: "Mention", href: here.app.uris.actor(bob.viewer.actorId) }] };
    const answers: Response[] = [];
    for (let count = 0; count < 1_300 && answers.at(-1)?.status !== 429; count++) {
      const request = await toDelivery(here, eve, aCreate(eve, `n${count % 5}`, mention));
      answers.push(await here.fetch(request, { ip: "192.0.2.1" }));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 429]));
    const wait = Number(answers.at(-1)?.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    here.clock.advance(wait * 1_000);
    expect(await deliver(here, eve, aCreate(eve, "late", mention))).toBe(202);
    await drainWithFaults(here);
    const notes = await here.app.db
      .selectFrom("notes")
      .select("uri")
      .where("uri", "=", "https://e.test/notes/late")
      .execute();
    expect(notes).toHaveLength(1);
  }, 60_000);
});

eachDatabase((_kind, open) => {
  test("ADM-05: of two who open the set-up page at once one is the owner; then the page is gone", async () => {
    const here = (home = await createInstance({ untouched: true, database: await open() }));
    const token = (await createSetupToken(here.app)) ?? "";
    const race = await Promise.all(
      ["first", "second", "third", "fourth"].map((username) =>
        from(here, "203.0.113.9", "/setup", {
          method: "POST",
          headers: { origin: here.app.config.origin, "sec-fetch-site": "same-origin", accept: "text/html" },
          body: new URLSearchParams({
            token,
            serverName: "Mine",
            username,
            password: "correct horse battery",
            languages: "en",
            joinMode: "open",
          }),
        }),
      ),
    );
    expect(race.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(race.filter(({ status }) => status === 404)).toHaveLength(3);
    const accounts = await here.app.db.selectFrom("accounts").select("role").execute();
    expect(accounts).toEqual([{ role: "owner" }]);
    for (const path of ["/setup", `/setup?token=${token}`])
      expect((await here.request(path)).status).toBe(404);
    expect(await createSetupToken(here.app)).toBeNull();
  });
});

describe("ADM-07: secrets", () => {
  test("a key that others may read, and a key that is none, end the start with a sentence", async () => {
    const folder = mkdtempSync(join(tmpdir(), "causeway-secret-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "secret.key");
    await openVault(folder);
    const key = readFileSync(path, "utf8");
    for (const mode of [0o644, 0o640 | 0o020, 0o604, 0o666]) {
      chmodSync(path, mode);
      await expect(openVault(folder)).rejects.toThrow(/chmod 600/);
    }
    chmodSync(path, 0o600);
    for (const text of ["", "changeme", "secret", "0".repeat(42), `${key.trim()}AAAA`]) {
      writeFileSync(path, text, { mode: 0o600 });
      await expect(openVault(folder)).rejects.toThrow(/not a key/);
    }
  });

  test("there is no default to forget: short tokens are faults, and a fault never repeats a secret", () => {
    for (const env of [
      { CAUSEWAY_METRICS_TOKEN: "changeme" },
      { DATABASE_URL: "mysql://root:hunter2secret@db/x" },
    ]) {
      const parsed = parseConfig(env);
      expect(parsed.ok).toBe(false);
      if (!parsed.ok) expect(parsed.faults.join()).not.toMatch(/changeme|hunter2secret/);
    }
  });

  test("no command takes a secret as a word of its own line, where every user of the machine could read it", async () => {
    const programs: Command[] = [];
    const terminal = { print: () => undefined, warn: () => undefined, env: {} };
    for (const file of readdirSync(join(ROOT, "server", "cli")).filter((name) => name.endsWith(".ts"))) {
      const made = (await import(join(ROOT, "server", "cli", file))) as Readonly<Record<string, unknown>>;
      for (const [name, add] of Object.entries(made))
        if (/^add\w+Commands$/.test(name) && typeof add === "function") {
          // A program for each: some add to a group that another one makes.
          const program = new Command("causeway");
          (add as (one: Command, two: unknown) => void)(program, terminal);
          programs.push(program);
        }
    }
    const found: string[] = [];
    const walk = (command: Command, path: string): void => {
      for (const { long, flags } of command.options)
        if (
          /pass|phrase|secret|token|private-key|pin\b/i.test(long ?? "") &&
          /[<[]/.test(flags) &&
          !/-file|-stdin/.test(long ?? "")
        )
          found.push(`${path} ${flags}`);
      for (const argument of command.registeredArguments)
        if (/pass|phrase|secret|token|pin\b/i.test(argument.name()))
          found.push(`${path} <${argument.name()}>`);
      for (const sub of command.commands) walk(sub, `${path} ${sub.name()}`);
    };
    for (const program of programs) walk(program, "causeway");
    expect(programs.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });
});
