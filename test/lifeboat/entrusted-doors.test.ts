import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { openSqlite } from "../../server/store/database.ts";
import { snapshotTo } from "../../server/store/snapshot.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, PASSWORD } from "../support/instance.ts";
import { aLostHome, bringKeys, keysAt, type LostHome } from "./lost-backup.ts";

// The two doors to the keys of a lost home: the command, and the page of those who run the standby.

async function run(folder: string, ...words: readonly string[]) {
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "https://standby.test" },
    isInteractive: false,
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (err += `${line}\n`),
    readInput: async () => await Promise.resolve(""),
  };
  const never = async () => await Promise.reject(new Error("Not in this test."));
  const code = await runCommand(words, terminal, { serve: never, demo: never });
  return { code, out, err };
}

/** A standby on disk, as a command finds it beside the server. */
async function onDisk(lost: LostHome): Promise<string> {
  const folder = lost.config.dataDir;
  await snapshotTo(lost.standby.app.db, join(folder, "causeway.db"));
  return folder;
}

describe("causeway launch keys", () => {
  test("says of each member what became of their key, and of the others how many there are", async () => {
    const lost = await aLostHome();
    await lost.member("ann");
    await lost.settle();
    const backup = await lost.backup();
    await lost.member("bea");
    await aMember(lost.home, "carol");
    await lost.settle();
    const folder = await onDisk(lost);
    const first = await run(folder, "launch", "keys", backup, "--home", "home.test");
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toMatch(/ann@home\.test +taken/);
    expect(first.out).toMatch(/bea@home\.test +not in this backup/);
    expect(first.out).toContain("1 key was taken; 1 of 2 members of https://home.test have one here now.");
    // The owner of the home, who never agreed; Carol came after the backup.
    expect(first.out).toContain("1 other in this backup did not agree: no key of theirs was opened.");
    const again = JSON.parse(
      (await run(folder, "launch", "keys", backup, "--home", "https://home.test", "--json")).out,
    );
    expect(again).toMatchObject({
      home: "https://home.test",
      others: 1,
      members: [
        { handle: "ann@home.test", outcome: "here" },
        { handle: "bea@home.test", outcome: "missing" },
      ],
    });
    const { db, close } = openSqlite(join(folder, "causeway.db"));
    const rows = await db
      .selectFrom("keys")
      .innerJoin("actors", "actors.id", "keys.actor_id")
      .select(["keys.sealed_private", "actors.username"])
      .where("actors.host", "!=", "")
      .execute();
    await close();
    expect(rows.map(({ username }) => username)).toEqual(["ann"]);
    for (const { out, err } of [first, { out: JSON.stringify(again), err: "" }])
      expect(out + err).not.toMatch(/BEGIN|"d":|eyJ/);
    const [status] = JSON.parse((await run(folder, "launch", "status", "--json")).out);
    expect(status).toMatchObject({ home: "https://home.test", state: "none", keys: 1 });
    const forgotten = await run(folder, "launch", "forget-keys", "--home", "home.test");
    expect(forgotten.out).toContain("1 key was forgotten.");
  });

  test("refuses a home that nobody expects, what is no backup, and a call without a home, each with its exit code", async () => {
    const lost = await aLostHome();
    await lost.member("ann");
    const backup = await lost.backup();
    const folder = await onDisk(lost);
    const stranger = await run(folder, "launch", "keys", backup, "--home", "other.test");
    expect([stranger.code, stranger.err]).toEqual([3, expect.stringContaining("no standby agreement")]);
    expect((await run(folder, "launch", "keys", join(folder, "none"), "--home", "home.test")).code).toBe(3);
    const noBackup = await run(folder, "launch", "keys", join(folder, "causeway.db"), "--home", "home.test");
    expect(noBackup.code).toBe(1);
    expect(noBackup.err).not.toContain(" at ");
    expect((await run(folder, "launch", "keys", backup)).code).toBe(2);
    const noFile = ["launch", "keys", backup, "--home", "home.test", "--secret-file", join(folder, "none")];
    expect((await run(folder, ...noFile)).code).toBe(3);
    expect(await keysAt(lost)).toEqual([]);
  });
});

async function browser({ standby }: LostHome, username: string) {
  const signed = await signIn(standby.app, { username, password: PASSWORD, ip: "203.0.113.9", agent: "" });
  if (signed.state !== "signed_in") throw new Error("There is no second step.");
  const cookie = `__Host-session=${signed.sessionToken}`;
  const headers = {
    cookie,
    origin: standby.app.config.origin,
    "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded",
  };
  return {
    get: async (path: string) => await (await standby.request(path, { headers: { cookie } })).text(),
    post: (fields: Record<string, string>) =>
      standby.request("/admin/launch", {
        method: "POST",
        headers,
        body: new URLSearchParams({
          csrf: csrfToken(standby.app, signed.sessionToken),
          ...fields,
        }).toString(),
      }),
  };
}

describe("the page of those who run the standby", () => {
  test("says how many keys are here and how more are brought, and forgets them; everybody sees that they are here", async () => {
    const lost = await aLostHome();
    for (const name of ["ann", "bob"]) await lost.member(name);
    await lost.settle();
    const owner = await browser(lost, "owner_here");
    const before = await owner.get("/admin/launch");
    expect(before).toContain("0 of 2 members have their key here.");
    expect(before).toContain("causeway launch keys backup.tar.gz --home home.test");
    expect(before).not.toContain("Forget the keys");
    await bringKeys(lost, await lost.backup());
    const page = await owner.get("/admin/launch");
    expect(page).toContain("2 of 2 members have their key here.");
    expect(page).toContain("2 keys were brought");
    const community = `/lifeboat/${lost.agreementUri.replace("urn:uuid:", "")}`;
    const sentence = "The keys of 2 members were brought here from a backup";
    expect(await (await lost.standby.request(community)).text()).toContain(sentence);
    expect((await owner.post({ do: "forget", agreement: "urn:uuid:nobody" })).status).toBe(404);
    const gone = await owner.post({ do: "forget", agreement: lost.agreementUri });
    expect([gone.status, gone.headers.get("location")]).toEqual([303, "/admin/launch?done=yes"]);
    expect(await keysAt(lost)).toEqual([]);
    const after = await owner.get("/admin/launch");
    expect(after).toContain("2 keys were forgotten");
    expect(after).toContain("@owner_here");
    expect(await (await lost.standby.request(community)).text()).not.toContain("from a backup");
  });

  test("is not there for members and moderators", async () => {
    const lost = await aLostHome();
    await lost.member("ann");
    await lost.settle();
    await bringKeys(lost, await lost.backup());
    for (const [name, role] of [
      ["mo", "moderator"],
      ["mel", "member"],
    ] as const) {
      await aMember(lost.standby, name, { role });
      const who = await browser(lost, name);
      expect((await who.post({ do: "forget", agreement: lost.agreementUri })).status).toBe(404);
      expect(await who.get("/admin/launch")).not.toContain("home.test");
    }
    expect(await keysAt(lost)).toHaveLength(1);
  });
});
