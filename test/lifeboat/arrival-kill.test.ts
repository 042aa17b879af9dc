import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addProof } from "../../server/lifeboat/proofs.ts";
import { openSqlite } from "../../server/store/database.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startCauseway } from "../support/processes.ts";
import { aCreate, aSample } from "./sample.ts";

const NOTES = 400;

test(
  "a restore that is killed goes on where it was, and each note is there once",
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const env = { CAUSEWAY_DATA: folder, CAUSEWAY_FEDERATION: "allow-list" };
    const sample = await aSample({
      lines: (_lines, signer) =>
        Array.from({ length: NOTES }, (_, index) => {
          const { proof: _proof, ...create } = aCreate(index, signer);
          return JSON.stringify(addProof(create, signer, "2026-05-01T10:00:00Z"));
        }),
    });
    const [file, phrase] = ["lifeboat.tar", "phrase"].map((name) => join(folder, name));
    writeFileSync(file ?? "", sample.bytes);
    writeFileSync(phrase ?? "", `${sample.phrase}\n`);
    const made = startCauseway(["account", "create", "bo", "--role", "owner", "--json"], env);
    expect(await made.ended()).toBe(0);
    const words = [
      "lifeboat",
      "restore",
      file ?? "",
      "--into",
      "bo",
      "--phrase-file",
      phrase ?? "",
      "--json",
    ];
    const killed = startCauseway(words, env);
    const database = openSqlite(join(folder, "causeway.db"));
    const done = async () =>
      (await database.db.selectFrom("arrivals").select("done").execute()).at(-1)?.done ?? 0;
    while ((await done()) < 20 && killed.child.exitCode === null)
      await new Promise((next) => setTimeout(next, 5));
    killed.child.kill("SIGKILL");
    await killed.ended();
    const before = await done();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(NOTES);
    const again = startCauseway(words, env);
    expect(await again.ended()).toBe(0);
    expect(JSON.parse(again.output())).toMatchObject({ state: "done", taken: NOTES, already: 0, left: {} });
    const notes = await database.db.selectFrom("notes").select("id").execute();
    const rows = await database.db.selectFrom("arrived_notes").select("note_id").execute();
    await database.close();
    expect([notes.length, rows.length]).toEqual([NOTES, NOTES]);
  },
);
