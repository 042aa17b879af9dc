import { expect, test } from "vitest";
import { sql } from "kysely";
import { appendLog } from "../../server/services/moderation/log.ts";
import { compareLogs, type LogPiece, databasePieces } from "../../server/services/moderation/log-check.ts";
import { signHead } from "../../server/services/moderation/log-heads.ts";
import { keptHeads, receiveLogHead } from "../../server/services/standbys/log-heads.ts";
import { tendStandbys } from "../../server/services/standbys/upkeep.ts";
import { transaction } from "../../server/store/database.ts";
import type { TestInstance } from "../support/instance.ts";
import { aPair } from "../support/pair.ts";
import { agreements, later, paired } from "../lifeboat/standby-parts.ts";

async function write(at: TestInstance, what: string): Promise<void> {
  await transaction(at.app.db, (tx) => appendLog(at.app, tx, { kind: "decision", what, subject: "remote" }));
  await signHead(at.app);
}

async function* heads(documents: readonly unknown[]): AsyncGenerator<LogPiece> {
  for (const value of documents) yield await Promise.resolve({ type: "head", value });
}

test("a standby keeps the signed heads of its home, so that a log that is written anew is found out", async () => {
  const pair = await aPair();
  const { east, west } = pair;
  await paired(pair, east);
  const tell = async () => {
    pair.clock.advance(10 * 60_000);
    await tendStandbys(east.app);
    await later(pair);
  };
  await write(east, "suspend");
  await tell();
  await write(east, "limit");
  await tell();
  await tell();
  const kept = await keptHeads(west.app, "https://east.test");
  expect(kept.map((one) => [one.partner, one.seq, one.isContradicted])).toEqual([
    ["https://east.test", 1, false],
    ["https://east.test", 2, false],
  ]);
  const documents = kept.map(({ document }) => document);
  expect(await compareLogs(heads(documents), databasePieces(east.app))).toBeNull();

  // The owner of the home writes its log anew, with a key that signs everything.
  for (const guard of ["log_entries_changed", "log_entries_removed"])
    await sql.raw(`drop trigger ${guard}`).execute(east.app.db);
  for (const table of ["log_objects", "log_heads", "log_entries"])
    await sql.raw(`delete from ${table}`).execute(east.app.db);
  await write(east, "warn");
  await write(east, "limit");
  await tell();
  expect(await compareLogs(heads(documents), databasePieces(east.app))).toMatchObject({
    seq: 1,
    kind: "changed",
  });
  expect((await keptHeads(west.app, null)).filter((one) => one.isContradicted).map((one) => one.seq)).toEqual(
    [2, 2],
  );
});

test("what is not signed by the home, or by another one, is not kept", async () => {
  const pair = await aPair();
  const { east, west } = pair;
  await paired(pair, east);
  await write(east, "suspend");
  const head = await signHead(east.app);
  const [row] = await agreements(west);
  const signer = row?.partner_actor ?? "";
  const agreement = row?.uri ?? "";
  if (head === null) throw new Error("There is no head.");
  for (const forged of [
    { ...head, seq: 7 },
    { ...head, hash: "0".repeat(64) },
    { ...head, log: "https://elsewhere.example/moderation/log" },
    { ...head, proof: undefined },
    { ...head, proof: [] },
    { ...head, actor: "https://west.test/users/1" },
    { type: "ModerationLogHead" },
    {},
  ])
    await expect(receiveLogHead(west.app, { agreement, head: forged }, signer)).rejects.toMatchObject({
      kind: "invalid",
    });
  await expect(
    receiveLogHead(west.app, { agreement, head }, "https://mallory.test/users/1"),
  ).rejects.toMatchObject({
    kind: "not_found",
  });
  await expect(receiveLogHead(west.app, { agreement: "urn:uuid:x", head }, signer)).rejects.toMatchObject({
    kind: "not_found",
  });
  expect(await keptHeads(west.app, null)).toEqual([]);
  await receiveLogHead(west.app, { agreement, head }, signer);
  await receiveLogHead(west.app, { agreement, head }, signer);
  expect(await keptHeads(west.app, null)).toHaveLength(1);
});
