import { expect, test } from "vitest";
import { createApp } from "../../server/app.ts";
import { giveConsent } from "../../server/services/standbys/consents.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { startOver } from "../../server/services/standbys/replication.ts";
import { tendStandbys } from "../../server/services/standbys/upkeep.ts";
import { aMember, aNote } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
import { aPair, type Pair } from "../support/pair.ts";
import { outage } from "../support/trio.ts";
import { agreements, bytesKept, later, members, records, replicated } from "./standby-parts.ts";

const HOUR = 3_600_000;

async function withNote(pair: Pair): Promise<number> {
  const id = await replicated(pair);
  await aNote(pair.east, { by: pair.ann.viewer, source: "A heron" });
  await later(pair);
  return id;
}

/** Answers of west from now on, changed by `change`. */
function lying(pair: Pair, change: (json: Record<string, unknown>) => unknown): void {
  pair.network.join("west.test", async (request) => {
    const response = await pair.west.fetch(request, { ip: "198.51.100.7" });
    if (!request.url.includes("/standby/")) return response;
    const json = (await response.json()) as Record<string, unknown>;
    return Response.json(change(json), { status: response.status });
  });
}

test("a standby that lies about what it has, or names accounts of others, stops replication and is seen", async () => {
  const pair = await aPair();
  const { east, ann } = pair;
  await withNote(pair);
  lying(pair, (json) => ({ ...json, head: "0".repeat(64) }));
  await aNote(east, { by: ann.viewer, source: "Another" });
  await later(pair);
  expect((await agreements(east))[0]?.fault).toBe("head");
  lying(pair, (json) => ({
    ...json,
    members: [
      {
        actor: east.app.uris.actor(ann.viewer.actorId),
        uri: "https://evil.test/users/1",
        handle: "a@evil.test",
      },
    ],
  }));
  await aNote(east, { by: ann.viewer, source: "And another" });
  await later(pair);
  expect((await agreements(east))[0]?.fault).toBe("uri");
  const [consent] = await east.database.db.selectFrom("standby_consents").selectAll().execute();
  expect(consent?.standby_uri).toMatch(/^https:\/\/west\.test\/users\/\d+$/);
  lying(pair, (json) => json);
  await aNote(east, { by: ann.viewer, source: "All is well again" });
  await later(pair);
  expect((await agreements(east))[0]?.fault).toBeNull();
  expect(await records(pair.west)).toHaveLength(4);
});

test("an owner who has looked starts over, wherever the standby stands", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const id = await withNote(pair);
  // The standby has lost its place for good: a number and a hash that nobody here knows.
  await west.database.db
    .updateTable("standby_agreements")
    .set({ head: "1".repeat(64) })
    .execute();
  await west.database.db.deleteFrom("standby_records").execute();
  await aNote(east, { by: ann.viewer, source: "Another" });
  await later(pair);
  expect((await agreements(east))[0]?.fault).toBe("head");
  await startOver(east.app, id);
  await later(pair);
  expect((await agreements(east))[0]).toMatchObject({ fault: null, cursor: null });
  expect(await records(west)).toHaveLength(2);
});

test("whatever breaks on the way, in the end both sides have the same", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await withNote(pair);
  let turn = 0;
  pair.network.join("west.test", async (request) => {
    turn += 1;
    if (turn % 3 === 0) throw new Error("It never arrived.");
    const response = await west.fetch(request, { ip: "198.51.100.7" });
    if (turn % 4 === 0) throw new Error("The answer never arrived.");
    return turn % 7 === 0 ? new Response("busy", { status: 503 }) : response;
  });
  const uris = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const note = await aNote(east, { by: ann.viewer, source: `Round ${round}` });
    uris.add(note.uri);
    if (round % 3 === 2) {
      await deleteNote(east.app, ann.viewer, note.id);
      uris.delete(note.uri);
    }
    pair.clock.advance(30_000);
    await drainWithFaults(east, west);
  }
  pair.network.join("west.test", (request) => west.fetch(request, { ip: "198.51.100.7" }));
  await tendStandbys(east.app);
  pair.clock.advance(60_000);
  await drainWithFaults(east, west);
  const kept = new Set((await records(west)).map((row) => row.object_uri));
  expect(kept.isSupersetOf(uris)).toBe(true);
  expect(kept.size).toBe(uris.size + 1);
  const [home] = await agreements(east);
  const [standby] = await agreements(west);
  expect(home).toMatchObject({ fault: null, seq: standby?.seq, head: standby?.head });
  const bytes = await bytesKept(west);
  expect(standby?.bytes).toBe(bytes);
});

test("an answer that is lost, a standby that is away, a process that dies: nothing is lost and nothing told twice", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await withNote(pair);
  // The segment is taken, and the home never hears of it.
  pair.network.join("west.test", async (request) => {
    await west.fetch(request, { ip: "198.51.100.7" });
    throw new Error("The connection broke.");
  });
  await aNote(east, { by: ann.viewer, source: "Taken, not answered" });
  pair.clock.advance(30_000);
  await drainWithFaults(east);
  expect((await agreements(east))[0]?.fault).toBe("unreachable");
  expect(await records(west)).toHaveLength(2);
  const back = outage(pair, west);
  await aNote(east, { by: ann.viewer, source: "While nobody answers" });
  pair.clock.advance(30_000);
  await drainWithFaults(east);
  back();
  pair.clock.advance(5 * 60_000);
  await aNote(east, { by: ann.viewer, source: "Afterwards" });
  await later(pair);
  expect(await records(west)).toHaveLength(4);
  const [home] = await agreements(east);
  const [standby] = await agreements(west);
  expect(home).toMatchObject({ fault: null, seq: standby?.seq, head: standby?.head });
});

test("a standby that was restored from an older backup is told everything again, and forgets who left meanwhile", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const id = await withNote(pair);
  const eve = await aMember(east, "eve");
  await giveConsent(east.app, eve.viewer, id);
  await pair.settle();
  await aNote(east, { by: eve.viewer, source: "Eve was here" });
  await later(pair);
  const [old] = await agreements(west);
  const { withdrawConsent } = await import("../../server/services/standbys/consents.ts");
  const [noteOfEve] = (await records(west)).filter((row) => row.actor_uri.endsWith(`/${eve.viewer.actorId}`));
  const [rowOfEve] = (await members(west)).filter((row) => row.handle.startsWith("eve"));
  await withdrawConsent(east.app, eve.viewer, id);
  await aNote(east, { by: ann.viewer, source: "Lost by the standby" });
  await later(pair);
  // As the backup had it.
  const { db } = west.database;
  if (rowOfEve === undefined || noteOfEve === undefined) throw new Error("Eve took part");
  await db.insertInto("standby_members").values(rowOfEve).execute();
  await db.insertInto("standby_records").values(noteOfEve).execute();
  await db.deleteFrom("standby_records").where("body", "like", "%Lost by the standby%").execute();
  await db
    .updateTable("standby_agreements")
    .set({ seq: old?.seq ?? 0, head: old?.head ?? null, bytes: old?.bytes ?? 0 })
    .execute();
  pair.clock.advance(2 * HOUR);
  await aNote(east, { by: ann.viewer, source: "Told after" });
  await later(pair);
  await later(pair);
  const kept = await records(west);
  expect(kept.map((row) => row.actor_uri.endsWith(`/${ann.viewer.actorId}`))).toEqual([true, true, true]);
  expect((await members(west)).map((row) => row.handle)).toEqual(["ann@east.test"]);
  expect((await agreements(east))[0]).toMatchObject({ fault: null, cursor: null });
});

test("a home that was restored from an older backup goes on where the standby stands", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await withNote(pair);
  const [old] = await agreements(east);
  const segments = await east.database.db.selectFrom("standby_segments").selectAll().execute();
  await aNote(east, { by: ann.viewer, source: "After the backup" });
  await later(pair);
  const { db } = east.database;
  await db.deleteFrom("standby_segments").execute();
  await db
    .insertInto("standby_segments")
    .values([...segments])
    .execute();
  await db
    .updateTable("standby_agreements")
    .set({ seq: old?.seq ?? 0, head: old?.head ?? null })
    .execute();
  pair.clock.advance(2 * HOUR);
  await aNote(east, { by: ann.viewer, source: "After the restore" });
  await later(pair);
  await later(pair);
  expect(await records(west)).toHaveLength(3);
  const [standby] = await agreements(west);
  expect((await agreements(east))[0]).toMatchObject({ fault: null, seq: standby?.seq, head: standby?.head });
});

test("a home that is killed while a segment is on its way goes on when it is started again", async () => {
  const pair = await aPair();
  const { east, west, ann, network, clock } = pair;
  await withNote(pair);
  await aNote(east, { by: ann.viewer, source: "On its way" });
  clock.advance(30_000);
  // The standby takes it, and the process that sent it ends before the answer is there.
  const { promise: taken, resolve: isTaken } = Promise.withResolvers<void>();
  network.join("west.test", async (request) => {
    await west.fetch(request, { ip: "198.51.100.7" });
    isTaken();
    return await new Promise<Response>(() => undefined);
  });
  east.worker.drain().catch(() => undefined);
  await taken;
  network.join("west.test", (request) => west.fetch(request, { ip: "198.51.100.7" }));
  const { app, database } = east;
  const { config, files, cache, vault, passwords } = app;
  const parts = { config, database, clock, files, cache, vault, passwords, http: network.http() };
  const reborn = await createApp(parts);
  network.join("east.test", (request) => reborn.fetch(request, { ip: "198.51.100.7" }));
  await aNote(reborn, { by: ann.viewer, source: "After the restart" });
  clock.advance(HOUR);
  await tendStandbys(reborn.app);
  await drainWithFaults(reborn, west);
  clock.advance(60_000);
  await drainWithFaults(reborn, west);
  expect(await records(west)).toHaveLength(3);
  const [home] = await agreements(east);
  const [standby] = await agreements(west);
  expect(home).toMatchObject({ fault: null, seq: standby?.seq, head: standby?.head });
  await reborn.stop(0);
});
