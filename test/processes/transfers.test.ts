import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folders.ts";
import { setUp } from "./people.ts";
import { databaseOf, eventually, restart, runCommand, startServer } from "./processes.ts";

const ROWS = 900;

describe("kill -9", { timeout: 240_000 }, () => {
  test("while a file is worked off: each of its rows is done once, and it ends", async () => {
    let server = await startServer();
    await setUp(server, "ann");
    const file = join(temporaryFolder(), "blocked_domains.csv");
    writeFileSync(file, Array.from({ length: ROWS }, (_, at) => `s${at}.example\n`).join(""));
    const database = databaseOf(server);
    const state = async () => {
      const row = await database.db.selectFrom("transfers").selectAll().executeTakeFirstOrThrow();
      return { ...row, looked: row.done + row.already + row.failed };
    };
    const brought = await runCommand(server.environment, ["account", "import", "ann", file, "--merge"]);
    expect(brought).toMatchObject({ code: 0, err: "" });
    const killedAt: number[] = [];
    for (const part of [0.1, 0.4, 0.7]) {
      await eventually(async () => expect((await state()).looked).toBeGreaterThan(part * ROWS));
      await server.kill();
      killedAt.push((await state()).looked);
      // A lease of the dead process would be waited for; it is not what this is about.
      await database.db
        .updateTable("jobs")
        .set({ lease_until: null, run_at: 0 })
        .where("kind", "=", "transfer")
        .execute();
      server = await restart(server);
    }
    await eventually(async () => expect((await state()).state).toBe("done"));
    const said = `killed after ${killedAt.join(", ")} rows`;
    expect(await state(), said).toMatchObject({ looked: ROWS, failed: 0 });
    const hidden = await database.db.selectFrom("personal_domain_blocks").select("host").execute();
    expect(new Set(hidden.map(({ host }) => host)).size, said).toBe(ROWS);
    expect(killedAt[0], said).toBeLessThan(ROWS);
  });
});
