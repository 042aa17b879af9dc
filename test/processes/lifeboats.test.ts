import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCapabilities } from "../../server/capabilities.ts";
import { parseConfig } from "../../server/config.ts";
import { idAt } from "../../server/domain/ids.ts";
import { verifyLifeboat } from "../../server/lifeboat/read-archive.ts";
import { requestLifeboat } from "../../server/services/lifeboats/lifeboats.ts";
import { findOwner } from "../../server/services/lifeboats/owners.ts";
import { openSqlite, transaction } from "../../server/store/database.ts";
import { noteRow } from "../support/rows.ts";
import { setUp } from "./people.ts";
import { databaseOf, eventually, restart, type Server, startServer } from "./processes.ts";

const NOTES = 1_500;

/** Asks for a lifeboat beside the server, which does the work; its row's id. */
async function askFor(server: Server, username: string): Promise<number> {
  const parsed = parseConfig(server.environment);
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(server.folder, "causeway.db"));
  const { app, close } = await openCapabilities({ config: parsed.config, database });
  try {
    const owner = await findOwner(app, username);
    await transaction(app.db, async (tx) => {
      for (let index = 0; index < NOTES; index += 1) {
        const id = idAt(app.clock.now() - (NOTES - index) * 1_000);
        const uri = app.uris.note(id);
        await tx
          .insertInto("notes")
          .values(noteRow(id, owner.actorId, { uri, url: uri }))
          .execute();
      }
    });
    return await requestLifeboat(app, owner, {
      closing: "passphrase",
      passphrase: "correct horse battery staple",
      followersOnly: true,
      followers: false,
      keys: false,
      phrase: "",
    });
  } finally {
    await close();
    await database.close();
  }
}

describe("kill -9", { timeout: 240_000 }, () => {
  test("while a lifeboat is made: no half file is left under a name, and the next try makes it whole", async () => {
    let server = await startServer();
    await setUp(server, "ann");
    const id = await askFor(server, "ann");
    const database = databaseOf(server);
    const row = async () =>
      await database.db.selectFrom("lifeboats").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    const folder = join(server.folder, "lifeboats");
    const named = async () => (await readdir(folder)).filter((name) => name !== "making");
    for (let round = 0; round < 2; round += 1) {
      await eventually(async () => {
        const tries = await readdir(join(folder, "making"));
        expect(tries.length).toBeGreaterThan(round);
        const files = await readdir(join(folder, "making", tries[0] ?? ""));
        expect(files).toContain("activitypub-outbox.ndjson");
      });
      await server.kill();
      expect(await named()).toEqual([]);
      expect((await row()).state).toBe("making");
      // A lease of the dead process would be waited for; it is not what this is about.
      await database.db
        .updateTable("jobs")
        .set({ lease_until: null, run_at: 0 })
        .where("kind", "=", "lifeboat")
        .execute();
      server = await restart(server);
    }
    await eventually(async () => expect((await row()).state).toBe("ready"));
    const [name] = await named();
    expect(name).toBe((await row()).file);
    const checked = await verifyLifeboat(join(folder, name ?? ""), {
      passphrase: "correct horse battery staple",
    });
    expect(checked.notes).toBe(NOTES);
  });
});
