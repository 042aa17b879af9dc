import { expect, onTestFinished, test } from "vitest";
import { giveConsent, withdrawConsent } from "../../server/services/standbys/consents.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { testClock } from "../support/app.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance } from "../support/instance.ts";
import { createNetwork, drain } from "../support/network.ts";
import { agreements, bytesKept, later, members, paired, records } from "./standby-parts.ts";

test("two servers on PostgreSQL agree, replicate, follow deletions, and forget who withdraws", async () => {
  const clock = testClock();
  const network = createNetwork();
  const [a, b] = [await createPostgresDatabase(), await createPostgresDatabase()];
  const east = await createInstance({ host: "east.test", network, clock, database: a.database });
  const west = await createInstance({ host: "west.test", network, clock, database: b.database });
  onTestFinished(async () => {
    await east.stop(0);
    await west.stop(0);
    await a.drop();
    await b.drop();
  });
  const ann = await aMember(east, "ann");
  const pair = { clock, west, settle: () => drain(east, west) };
  const id = await paired(pair, east);
  const notes: NoteView[] = [];
  for (let number = 0; number < 8; number += 1)
    notes.push(await aNote(east, { by: ann.viewer, source: `Note ${number}` }));
  await pair.settle();
  await giveConsent(east.app, ann.viewer, id);
  await pair.settle();
  expect(await records(west)).toHaveLength(8);
  expect((await members(west))[0]?.keys).not.toBeNull();
  expect((await agreements(west))[0]?.bytes).toBe(await bytesKept(west));
  const [first] = notes;
  if (first !== undefined) await deleteNote(east.app, ann.viewer, first.id);
  await later(pair);
  expect(await records(west)).toHaveLength(7);
  await withdrawConsent(east.app, ann.viewer, id);
  await later(pair);
  expect(await members(west)).toEqual([]);
  expect((await agreements(west))[0]).toMatchObject({ bytes: 0, state: "agreed" });
});
