import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { openSqlite } from "../../server/store/database.ts";
import { temporaryFolder } from "../support/folders.ts";

/** A terminal on a data folder; `out` and `err` are of the last command. */
function terminalOn(folder: string, isInteractive = false) {
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder },
    isInteractive,
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (err += `${line}\n`),
    readInput: async () => await Promise.resolve("correct horse battery\n"),
  };
  const never = async () => await Promise.reject(new Error("Not in this test."));
  return {
    out: () => out,
    err: () => err,
    run: async (...words: readonly string[]) => {
      [out, err] = ["", ""];
      return await runCommand(words, terminal, { serve: never, demo: never });
    },
  };
}

describe("causeway account", { timeout: 60_000 }, () => {
  test("export writes all files for their owner alone, and never over others", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    await cli.run("account", "create", "alice", "--role", "owner", "--password-stdin");
    const to = join(folder, "out", "alice");
    expect(await cli.run("account", "export", "alice", "--to", to)).toBe(0);
    const file = join(to, "following_accounts.csv");
    expect(readFileSync(file, "utf8")).toBe("Account address,Show boosts,Notify on new posts,Languages\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(to, "custom_filters.json"), "utf8")).toContain('"custom_filters": []');
    expect(await cli.run("account", "export", "alice", "--to", to)).toBe(4);
    expect(cli.err()).toContain("is there already");
    expect(await cli.run("account", "export", "nobody", "--to", join(folder, "no"))).toBe(3);
    expect(existsSync(join(folder, "no"))).toBe(false);
    expect(await cli.run("account", "export", "alice")).toBe(2);
  });

  test("import leaves the work to the server, and says what it would take away before it does", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    await cli.run("account", "create", "alice", "--role", "owner", "--password-stdin");
    const file = join(folder, "blocked_domains.csv");
    writeFileSync(file, "bad.example\nworse.example\n");
    expect(await cli.run("account", "import", "alice", file)).toBe(2);
    expect(await cli.run("account", "import", "alice", file, "--merge", "--overwrite")).toBe(2);
    expect(await cli.run("account", "import", "alice", join(folder, "none.csv"), "--merge")).toBe(3);
    expect(await cli.run("account", "import", "nobody", file, "--merge")).toBe(3);
    expect(await cli.run("account", "import", "alice", file, "--merge", "--kind", "lists")).toBe(5);
    expect(await cli.run("account", "import", "alice", file, "--merge", "--kind", "likes")).toBe(2);
    expect(await cli.run("account", "import", "alice", file, "--merge", "--json")).toBe(0);
    expect(JSON.parse(cli.out())).toMatchObject({
      kind: "domains",
      state: "running",
      total: 2,
      mode: "merge",
    });

    const database = openSqlite(join(folder, "causeway.db"));
    const jobs = await database.db.selectFrom("jobs").select("kind").where("kind", "=", "transfer").execute();
    expect(jobs).toHaveLength(1);
    const { actor_id } = await database.db
      .selectFrom("accounts")
      .select("actor_id")
      .executeTakeFirstOrThrow();
    await database.db
      .insertInto("personal_domain_blocks")
      .values({ id: 1, actor_id, host: "old.example", created_at: 0 })
      .execute();
    await database.close();

    const person = terminalOn(folder, true);
    expect(await person.run("account", "import", "alice", file, "--overwrite")).toBe(2);
    expect(person.err()).toContain("would take 1 thing away");
    expect(await person.run("account", "import", "alice", file, "--overwrite", "--yes")).toBe(0);
    expect(await cli.run("account", "imports", "alice", "--json")).toBe(0);
    // What was not agreed to is not kept; what goes is a row of its own.
    expect(JSON.parse(cli.out())).toMatchObject([
      { mode: "overwrite", state: "running", total: 3 },
      { mode: "merge", state: "running", total: 2 },
    ]);
    expect(await cli.run("account", "imports", "alice")).toBe(0);
    expect(cli.out()).toMatch(/^ID +KIND +STATE/);
  });
});
