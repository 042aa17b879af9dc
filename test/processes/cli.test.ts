import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashToken } from "../../server/services/accounts/sessions.ts";
import { openBrowser } from "./browser.ts";
import { PASSWORD, post, setUp, signIn } from "./people.ts";
import { databaseOf, runCommand, type Server, startServer } from "./processes.ts";

describe("The command line, while the server runs,", { timeout: 240_000 }, () => {
  test("makes accounts that can sign in at once, lists them and gives them roles", async () => {
    const server = await startServer();
    await setUp(server);
    const created = await run(
      server,
      "account create carol --role moderator --password-stdin",
      `${PASSWORD}\n`,
    );
    expect(created).toMatchObject({ code: 0, err: "" });
    const carol = await signIn(server, "carol");
    expect((await carol.get("/@carol")).status).toBe(200);

    const [listed, taken, wrong] = await Promise.all([
      run(server, "account list --json"),
      run(server, "account create carol --password-stdin", PASSWORD),
      run(server, "account create dave --password-stdin", "short"),
    ]);
    expect(JSON.parse(listed.out)).toMatchObject([
      { username: "owner_here", role: "owner", suspended: false },
      { username: "carol", role: "moderator", email: null, suspended: false },
    ]);
    expect([taken.code, wrong.code]).toEqual([4, 5]);
    for (const { out, err } of [taken, wrong]) expect([out, err]).toEqual(["", oneSentence]);

    expect(await run(server, "account role carol admin --json")).toMatchObject({ code: 0, err: "" });
    const asked = (await carol.get("/admin/settings")).location ?? "";
    expect(asked, "a new role wants a new proof").toBe("/confirm?then=%2Fadmin%2Fsettings");
    await carol.submit(asked, "/confirm", { confirm_password: PASSWORD });
    expect((await carol.get("/admin/settings")).status).toBe(200);
    expect((await run(server, "account list")).out).toMatch(/^carol +admin +active/m);
  });

  test("ends sessions by a new password or a suspension, and lets nobody back after a deletion", async () => {
    const server = await startServer();
    const owner = await setUp(server);
    const given = await run(server, "account create erin --json");
    const { password } = JSON.parse(given.out) as { readonly password: string };
    const erin = await signIn(server, "erin", password);
    const path = await post(erin, "I was here");
    const next = "quite another horse battery";

    expect((await run(server, "account reset-password erin --password-stdin", next)).code).toBe(0);
    expect((await erin.get("/settings/security")).status).not.toBe(200);
    const again = await signIn(server, "erin", next);
    expect((await run(server, "account suspend erin")).code).toBe(0);
    expect((await again.get("/settings/security")).status).not.toBe(200);
    // They get as far as the reasons and their appeal.
    const out = await signIn(server, "erin", next);
    expect((await out.get("/settings/security")).status).not.toBe(200);
    expect((await out.get("/suspended")).status).toBe(200);
    expect((await owner.get(path)).status).toBe(404);
    expect((await run(server, "account unsuspend erin")).code).toBe(0);
    await signIn(server, "erin", next);

    expect((await run(server, "account delete erin --json")).code).toBe(0);
    await expect(signIn(server, "erin", next)).rejects.toThrow(/answered with/);
    expect([404, 410]).toContain((await owner.get("/@erin")).status);
  });

  test("hands out tokens, invites and the set-up link, each alone on the last line", async () => {
    const server = await startServer();
    const link = await run(server, "setup-link");
    expect(link).toMatchObject({ code: 0, err: "" });
    expect(server.output()).toContain(lastLine(link.out));
    await setUp(server);
    expect(await run(server, "setup-link")).toMatchObject({ code: 4, out: "", err: oneSentence });

    const [token, invite, wrongScope] = await Promise.all([
      run(server, ["token", "create", "owner_here", "--scopes", "read write follow push"]),
      run(server, "invite create --uses 2 --json"),
      run(server, "token create owner_here --scopes everything"),
    ]);
    expect(lastLine(token.out)).toMatch(/^[\w-]{43}$/);
    const rows = await databaseOf(server).db.selectFrom("tokens").select(["token_hash", "scopes"]).execute();
    expect(rows).toEqual([{ token_hash: hashToken(lastLine(token.out)), scopes: "read write follow push" }]);
    const { url } = JSON.parse(invite.out) as { readonly url: string };
    expect((await openBrowser(server.origin).get(new URL(url).pathname)).status).toBe(200);
    expect([wrongScope.code, wrongScope.err]).toEqual([5, oneSentence]);
  });

  test("backs the server up, and a restored one starts with every note; a folder with anything in it is refused", async () => {
    const server = await startServer();
    const owner = await setUp(server);
    const path = await post(owner, "Kept in a safe place");
    const archive = join(dirname(server.folder), "backup.tar.gz");
    const made = await run(server, ["backup", "--to", archive]);
    expect([made.code, made.err, statSync(archive).mode & 0o777]).toEqual([0, "", 0o600]);
    await post(owner, "Written after the backup");
    const before = readdirSync(server.folder).toSorted();
    const refused = await run(server, ["restore", archive]);
    expect([refused.code, refused.err]).toEqual([4, oneSentence]);
    expect(readdirSync(server.folder).toSorted()).toEqual(before);
    await server.kill();

    const folder = join(dirname(server.folder), "restored");
    const environment = { ...server.environment, CAUSEWAY_DATA: folder };
    const restored = await runCommand(environment, ["restore", archive, "--json"]);
    expect([restored.code, restored.err]).toEqual([0, ""]);
    expect(JSON.parse(restored.out)).toMatchObject({ origin: server.origin });
    const second = await startServer(environment);
    expect(second.output()).not.toContain("Set-up");
    // The same person, with the same cookie: key and sessions came along.
    expect((await owner.get(path)).text).toContain("Kept in a safe place");
    expect((await owner.get("/@owner_here")).text).not.toContain("Written after the backup");
    const found = await owner.get("/search?q=safe");
    expect(found.text).toContain("Kept in a safe place");
    await post(await signIn(second, "owner_here"), "Life goes on");
  });

  test("tells the state of schema and server, and explains itself", async () => {
    const server = await startServer();
    await setUp(server);
    const [status, up, doctor, help, unknown] = await Promise.all([
      run(server, "migrate status --json"),
      run(server, "migrate up"),
      run(server, "doctor --json"),
      run(server, "token create --help"),
      run(server, "acount list"),
    ]);
    expect(JSON.parse(status.out)).toMatchObject({
      pending: [],
      unknown: [],
      applied: expect.any(Array) as unknown,
    });
    expect([up.code, up.out]).toEqual([0, "The schema is up to date.\n"]);
    const findings = JSON.parse(doctor.out) as readonly {
      readonly subject: string;
      readonly state: string;
    }[];
    expect(findings.filter(({ state }) => state === "fail")).toEqual([]);
    expect(doctor.code).toBe(0);
    expect(findings.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(["schema", "jobs", "secret key"]),
    );
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("Usage: causeway token create");
    expect([unknown.code, unknown.out]).toEqual([2, ""]);

    await server.kill();
    const folder = join(dirname(server.folder), "new");
    const environment = { ...server.environment, CAUSEWAY_DATA: folder };
    const fresh = await runCommand(environment, ["migrate", "up"]);
    expect([fresh.code, fresh.out]).toEqual([0, expect.stringContaining("0001-initial")]);
    expect(existsSync(join(folder, "causeway.db"))).toBe(true);
    const faulty = await runCommand({ ...environment, PORT: "many" }, ["account", "list"]);
    expect([faulty.code, faulty.err]).toEqual([1, expect.stringMatching(/^PORT .*\.\n$/)]);
  });
});

const oneSentence = expect.stringMatching(/^[^\n]+\.\n$/) as unknown;

/** Runs a command with the environment of a server, as its operator would in another terminal. */
async function run(server: Server, command: string | readonly string[], input?: string) {
  const args = typeof command === "string" ? command.split(" ") : command;
  return await runCommand(server.environment, args, input);
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
