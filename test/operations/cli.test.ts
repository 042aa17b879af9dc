import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { openSqlite } from "../../server/store/database.ts";
import { hashToken } from "../../server/services/accounts/sessions.ts";
import { temporaryFolder } from "../support/folders.ts";

const PASSWORD = "correct horse battery\n";

describe("causeway account", { timeout: 60_000 }, () => {
  test("makes, lists, changes, suspends and deletes accounts", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(
      await cli.run("account create alice --role owner --email Alice@Example.org --password-stdin", PASSWORD),
    ).toBe(0);
    expect(await cli.run("account create bob --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject({
      username: "bob",
      role: "member",
      password: expect.any(String) as unknown,
    });
    expect(await cli.run("account role bob moderator")).toBe(0);
    expect(await cli.run("account suspend bob")).toBe(0);
    expect(await cli.run("account list --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject([
      { username: "alice", role: "owner", email: "alice@example.org", suspended: false },
      { username: "bob", role: "moderator", email: null, suspended: true },
    ]);
    expect(await cli.run("token create bob")).toBe(1);
    expect(await cli.run("account memorial bob")).toBe(0);
    expect(await cli.run("account memorial alice")).toBe(4);
    expect(await cli.run("account unsuspend bob")).toBe(0);
    expect(await cli.run("account delete bob")).toBe(0);
    expect(await cli.run("account create bob --password-stdin", PASSWORD)).toBe(4);
  });

  test("decides about people, lists what was decided, and takes it back", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(await cli.run("account create alice --role owner --password-stdin", PASSWORD)).toBe(0);
    expect(await cli.run("account create bob --password-stdin", PASSWORD)).toBe(0);
    expect(await cli.run("moderation act @bob limit --days 7 --reason Spam --json")).toBe(0);
    const { id } = JSON.parse(cli.out()) as { readonly id: string };
    expect(await cli.run("moderation list --about bob --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject([
      { id, measure: "limit", state: "in_force", about: "@bob", facts: "Spam" },
    ]);
    expect(await cli.run(`moderation reverse ${id}`)).toBe(0);
    expect(await cli.run("moderation act @bob hide")).toBe(5);
    expect(await cli.run("moderation act @nobody warn")).toBe(3);
    expect(await cli.run("moderation act @alice suspend")).toBe(4);
    expect(await cli.run("moderation reverse x")).toBe(2);
  });

  test("ends with a sentence and a code that says which kind of fault it was", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(await cli.run("account create alice --role owner --password-stdin", PASSWORD)).toBe(0);
    expect(await cli.run("account create alice --password-stdin", PASSWORD)).toBe(4);
    expect(await cli.run("account create bob --password-stdin", "short")).toBe(5);
    expect(cli.err()).toMatch(/^password: .*12/);
    expect(await cli.run("account create Bad-Name --password-stdin", PASSWORD)).toBe(5);
    expect(await cli.run("account role nobody admin")).toBe(3);
    expect(await cli.run("account role alice member")).toBe(4);
    expect(await cli.run("account suspend alice")).toBe(4);
    expect(await cli.run("account delete alice")).toBe(4);
    expect(await cli.run("account create carol --role king")).toBe(2);
    expect(await cli.run("acount list")).toBe(2);
    expect(cli.err().split("\n").length).toBeLessThan(5);
  });

  test("a reset password ends sessions and tokens", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    await cli.run("account create alice --password-stdin", PASSWORD);
    await cli.run("token create alice");
    expect(await cli.run("account reset-password alice --password-stdin", "another long password")).toBe(0);
    const database = openSqlite(join(folder, "causeway.db"));
    expect(await database.db.selectFrom("tokens").selectAll().execute()).toEqual([]);
    await database.close();
  });
});

describe("causeway account reset-link", { timeout: 60_000 }, () => {
  test("prints a link that is kept as a hash, for an account that is there", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    await cli.run("account create alice --password-stdin", PASSWORD);
    expect(await cli.run("account reset-link nobody")).toBe(3);
    expect(await cli.run("account reset-link @alice --json")).toBe(0);
    const { url } = JSON.parse(cli.out().trim().split("\n").at(-1) ?? "") as { url: string };
    expect(url).toMatch(/^http:\/\/localhost:\d+\/password\/reset\?link=[A-Za-z0-9_-]{43}$/);
    const database = openSqlite(join(folder, "causeway.db"));
    const rows = await database.db.selectFrom("reset_links").selectAll().execute();
    expect([rows.length, url.includes(rows[0]?.token_hash ?? url)]).toEqual([1, false]);
    await database.close();
  });
});

describe("causeway token and invite", { timeout: 60_000 }, () => {
  test("a token is alone on the last line and only its hash is kept", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    await cli.run("account create alice --password-stdin", PASSWORD);
    expect(await cli.run('token create alice --scopes "read write"')).toBe(0);
    const token = cli.out().trim().split("\n").at(-1) ?? "";
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await cli.run("token create alice --scopes everything")).toBe(5);
    expect(await cli.run("token create nobody")).toBe(3);
    const database = openSqlite(join(folder, "causeway.db"));
    const rows = await database.db.selectFrom("tokens").select(["token_hash", "scopes"]).execute();
    expect(rows).toEqual([{ token_hash: hashToken(token), scopes: "read write" }]);
    await database.close();
  });

  test("an invite link is alone on the last line", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(await cli.run("invite create --uses 3 --days 2")).toBe(0);
    expect(cli.out().trim().split("\n").at(-1)).toMatch(/^http:\/\/localhost:3000\/join\/\S+$/);
    expect(await cli.run("invite create --uses none")).toBe(2);
  });
});

describe("causeway domain", { timeout: 60_000 }, () => {
  test("blocks and unblocks by canonical name, never the own one", async () => {
    const cli = terminalOn(temporaryFolder(), { CAUSEWAY_ORIGIN: "https://social.here.example" });
    expect(await cli.run("domain block https://Bücher.Example")).toBe(0);
    expect(await cli.run("domain block xn--bcher-kva.example")).toBe(4);
    expect(await cli.run("domain list --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject([{ domain: "xn--bcher-kva.example" }]);
    expect(await cli.run("domain block here.example")).toBe(5);
    expect(await cli.run("domain block not/a/domain")).toBe(5);
    expect(await cli.run("domain unblock bücher.example")).toBe(0);
    expect(await cli.run("domain unblock bücher.example")).toBe(3);
  });

  test("allows domains, apart from the blocked ones", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(await cli.run("domain allow Friend.Example")).toBe(0);
    expect(await cli.run("domain allow friend.example")).toBe(4);
    expect(await cli.run("domain list --json")).toBe(0);
    expect(JSON.parse(cli.out())).toEqual([]);
    expect(await cli.run("domain allowed --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject([{ domain: "friend.example" }]);
    expect(await cli.run("domain disallow friend.example --json")).toBe(0);
    expect(JSON.parse(cli.out())).toEqual({ domain: "friend.example", allowed: false });
    expect(await cli.run("domain disallow friend.example")).toBe(3);
  });
});

describe("causeway relay and report", { timeout: 60_000 }, () => {
  test("a relay is asked once, listed and left", async () => {
    const cli = terminalOn(temporaryFolder(), { CAUSEWAY_ORIGIN: "https://social.here.example" });
    await cli.run("account create alice --role owner --password-stdin", PASSWORD);
    expect(await cli.run("relay list")).toBe(0);
    expect(cli.out()).toBe("No relay is asked.\n");
    expect(await cli.run("relay add https://relay.example/inbox")).toBe(0);
    expect(await cli.run("relay add https://relay.example/inbox")).toBe(4);
    expect(await cli.run("relay add not-an-address")).toBe(5);
    expect(await cli.run("relay add https://relay.example/inbox --style pigeon")).toBe(2);
    expect(await cli.run("relay list --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject([
      { inbox: "https://relay.example/inbox", actor: null, style: "mastodon", state: "pending" },
    ]);
    expect(await cli.run("relay remove https://relay.example/inbox")).toBe(0);
    expect(await cli.run("relay remove https://relay.example/inbox")).toBe(3);
  });

  test("reports are listed, and unknown ones are not found", async () => {
    const cli = terminalOn(temporaryFolder());
    await cli.run("account create alice --role owner --password-stdin", PASSWORD);
    expect(await cli.run("report list")).toBe(0);
    expect(cli.out()).toBe("No reports.\n");
    expect(await cli.run("report list --resolved --json")).toBe(0);
    expect(JSON.parse(cli.out())).toEqual([]);
    expect(await cli.run("report resolve 12345")).toBe(3);
    expect(await cli.run("report reopen twelve")).toBe(2);
  });
});

describe("causeway emoji", { timeout: 60_000 }, () => {
  test("adds a picture under a name with or without colons, lists it and takes it out of use", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    await cli.run("account create alice --role owner --password-stdin", PASSWORD);
    const file = join(folder, "cat.png");
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } }).toFile(file);
    expect(await cli.run(`emoji add :cat: ${file} --json`)).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject({
      name: "cat",
      url: expect.stringMatching(/^\/media\//) as unknown,
    });
    expect(await cli.run("emoji list")).toBe(0);
    expect(cli.out()).toMatch(/^:cat: {2}\/media\//);
    expect(await cli.run(`emoji add cat ${folder}/missing.png`)).toBe(3);
    expect(await cli.run(`emoji add cat ${join(folder, "causeway.db")}`)).toBe(5);
    expect(await cli.run(`emoji add two-words ${file}`)).toBe(2);
    expect(await cli.run("emoji remove cat")).toBe(0);
    expect(await cli.run("emoji remove cat")).toBe(3);
    expect(await cli.run("emoji list")).toBe(0);
    expect(cli.out()).toBe("There are no custom emoji.\n");
  });
});

describe("causeway config, migrate, doctor and setup-link", { timeout: 60_000 }, () => {
  test("config masks secrets", async () => {
    const cli = terminalOn(temporaryFolder(), { DATABASE_URL: "postgres://me:hidden@127.0.0.1:1/x" });
    expect(await cli.run("config --json")).toBe(0);
    expect(cli.out()).not.toContain("hidden");
    expect(JSON.parse(cli.out())).toMatchObject({
      DATABASE_URL: { value: "********", source: "environment" },
    });
  });

  test("a fault of the configuration is told by every command", async () => {
    const cli = terminalOn(temporaryFolder(), { PORT: "many" });
    expect(await cli.run("account list")).toBe(1);
    expect(cli.err()).toContain("PORT");
    expect(await cli.run("doctor")).toBe(1);
    expect(cli.out()).toMatch(/^fail {2}configuration: PORT/);
  });

  test("migrate and doctor tell a new folder from a finished one", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(await cli.run("doctor")).toBe(0);
    expect(cli.out()).toContain("warn  database");
    expect(await cli.run("migrate status")).toBe(3);
    expect(await cli.run("account list")).toBe(3);
    expect(cli.err()).toContain("There is no instance in");
    expect(await cli.run("migrate up")).toBe(0);
    expect(await cli.run("migrate status --json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject({ pending: [], unknown: [] });
    expect(await cli.run("setup-link")).toBe(0);
    const link = cli.out();
    expect(await cli.run("setup-link")).toBe(0);
    expect(cli.out()).toBe(link);
    expect(await cli.run("doctor --json")).toBe(0);
    const findings = JSON.parse(cli.out()) as { subject: string; state: string }[];
    expect(findings.find((finding) => finding.subject === "schema")?.state).toBe("ok");
  });

  test("--help of every command ends with 0", async () => {
    const cli = terminalOn(temporaryFolder());
    for (const command of [
      "",
      "account create",
      "token create",
      "invite create",
      "domain block",
      "domain allow",
      "relay add",
      "report list",
      "backup",
      "restore",
      "doctor",
    ]) {
      expect(await cli.run(`${command} --help`)).toBe(0);
      expect(cli.out()).toContain("Usage: causeway");
    }
  });
});

/** A terminal on a data folder; `out` and `err` are of the last command. */
function terminalOn(folder: string, env: Readonly<Record<string, string>> = {}) {
  let [out, err, input] = ["", "", ""];
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder, ...env },
    isInteractive: false,
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (err += `${line}\n`),
    readInput: async () => input,
  };
  const never = async () => {
    throw new Error("Not in this test.");
  };
  return {
    out: () => out,
    err: () => err,
    run: async (line: string, typed = "") => {
      [out, err, input] = ["", "", typed];
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
      return await runCommand(words, terminal, { serve: never, demo: never });
    },
  };
}
