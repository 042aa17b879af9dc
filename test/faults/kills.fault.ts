import { expect, test } from "vitest";
import { setUp } from "../processes/people.ts";
import { databaseOf, restart, startServer } from "../processes/processes.ts";
import { aToken, postAsApp, sourcesIn } from "./people.ts";
import { seeded } from "./seed.ts";

const KILLS = 20;

test("kill -9 at seeded moments while an app posts with a key: each post is there once, with its work (F01, F41)", async () => {
  const random = seeded(1);
  let server = await startServer();
  await setUp(server, "ann");
  const token = await aToken(server, "ann");
  const answered: string[] = [];
  let over = false;
  const posting = (async () => {
    for (let n = 0; !over; n++) {
      const text = `Post ${n}`;
      // Again and again under the same key, until somebody says what became of it.
      for (let tries = 0; ; tries++) {
        const answer = await postAsApp(server, token, text, `key-${n}`);
        if (answer.status === 200) break;
        if (tries > 1_000) throw new Error(`${text}: ${answer.status}`);
        await new Promise((resume) => setTimeout(resume, 20));
      }
      answered.push(text);
    }
  })();
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resume) => setTimeout(resume, 5 + random() * 250));
    await server.kill();
    server = await restart(server);
  }
  over = true;
  await posting;
  const database = databaseOf(server);
  expect(await sourcesIn(database)).toEqual(answered.toSorted());
  const { db } = database;
  const notes = (await db.selectFrom("notes").select("id").execute()).map((row) => row.id).toSorted();
  const entries = (await db.selectFrom("entries").select("note_id").execute()).map((row) => row.note_id);
  expect(entries.toSorted()).toEqual(notes);
  console.log(`  ${KILLS} kills, ${answered.length} posts, each there once`);
});
