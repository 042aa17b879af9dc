// What the public log and the audit log promise. Test files of this folder may import anything.

import { sql } from "kysely";
import { afterEach, expect, test } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { GENESIS, type LogEntry, withoutPeople } from "../../server/domain/moderation-log.ts";
import { audit } from "../../server/services/moderation/audit.ts";
import { exportAuditLines, foldAudit, verifyAudit } from "../../server/services/moderation/audit-views.ts";
import { appendLog, digestOfObject } from "../../server/services/moderation/log.ts";
import {
  compareLogs,
  headerOf,
  type LogPiece,
  pieceOf,
  verifyLog,
  verifyLogFile,
} from "../../server/services/moderation/log-check.ts";
import { logKey, signHead } from "../../server/services/moderation/log-heads.ts";
import { readSigner } from "../../server/services/moderation/log-proof.ts";
import {
  annotateLine,
  exportLog,
  forgetLoggedObjects,
  listLog,
} from "../../server/services/moderation/log-views.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { dialectOf, transaction } from "../../server/store/database.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";

const DAY = 86_400_000;

eachDatabase((name, open) => {
  const running: TestInstance[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop(0);
  });
  const start = async () => {
    const home = await createInstance({ database: await open() });
    running.push(home);
    return home;
  };
  const write = async (home: TestInstance, entry: Partial<LogEntry> = {}) =>
    await transaction(home.app.db, (tx) =>
      appendLog(home.app, tx, { kind: "decision", what: "suspend", subject: "remote", ...entry }),
    );
  const unguarded = async (home: TestInstance, statement: string) => {
    const { db } = home.app;
    if (dialectOf(db) === "postgres")
      await sql
        .raw(`do $$ begin set local session_replication_role = replica; ${statement}; end $$`)
        .execute(db);
    else {
      const guards = await sql<{
        name: string;
        sql: string;
      }>`select name, sql from sqlite_master where type = 'trigger'`.execute(db);
      for (const guard of guards.rows) await sql.raw(`drop trigger ${guard.name}`).execute(db);
      await sql.raw(statement).execute(db);
      for (const guard of guards.rows) await sql.raw(guard.sql).execute(db);
    }
  };
  const fileOf = async (home: TestInstance) => {
    const lines: unknown[] = [];
    for await (const line of exportLog(home.app)) lines.push(JSON.parse(line));
    return lines;
  };

  test("lines have no gaps and name each other, even when many transactions write at once", async () => {
    const home = await start();
    const numbers = await Promise.all(Array.from({ length: 20 }, () => write(home)));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(await verifyLog(home.app)).toMatchObject({ fault: null, summary: { lines: 20, heads: 0 } });
    const rows = await home.app.db.selectFrom("log_entries").selectAll().orderBy("seq").execute();
    expect(rows[0]?.previous).toBe(GENESIS);
    expect(rows.slice(1).map((row) => row.previous)).toEqual(rows.slice(0, -1).map((row) => row.hash));
  });

  test("a transaction that fails leaves no line and no gap", async () => {
    const home = await start();
    await expect(
      transaction(home.app.db, async (tx) => {
        await appendLog(home.app, tx, { kind: "wave", what: "wave", subject: "many" });
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await write(home)).toBe(1);
  });

  test("the database refuses to change or remove lines of either log (ADM-04)", async () => {
    const { app, ...home } = await start();
    await write({ app, ...home });
    await transaction(app.db, (tx) => audit(app, tx, null, { what: "role.changed", subject: "ada" }));
    for (const statement of [
      "update log_entries set body = 'x'",
      "delete from log_entries",
      "update audit_entries set who = 'x'",
      "delete from audit_entries",
    ])
      await expect(sql.raw(statement).execute(app.db), statement).rejects.toThrow(/append-only/);
    expect((await verifyLog(app)).fault).toBeNull();
    expect((await verifyAudit(app)).fault).toBeNull();
  });

  test("a changed, removed or cut off line is named, though the guards of the database were taken away", async () => {
    const home = await start();
    for (let count = 0; count < 6; count += 1) await write(home);
    await signHead(home.app);
    const before = await fileOf(home);
    await unguarded(home, "update log_entries set body = replace(body, 'suspend', 'warn') where seq = 3");
    expect((await verifyLog(home.app)).fault).toMatchObject({ seq: 3, kind: "changed" });
    expect(await compareLogs(piecesOf(before), piecesOf(await fileOf(home)))).toMatchObject({ seq: 3 });
    await unguarded(home, "delete from log_entries where seq = 2");
    expect((await verifyLog(home.app)).fault).toMatchObject({ seq: 2, kind: "missing" });
    await unguarded(home, "delete from log_entries where seq > 1");
    expect((await verifyLog(home.app)).fault).toMatchObject({ seq: 2, kind: "missing" });
    expect(await compareLogs(piecesOf(before), piecesOf(await fileOf(home)))).toMatchObject({ seq: 2 });
  });

  test("a log that was written anew does not fit the heads that were signed before", async () => {
    const home = await start();
    await write(home);
    await write(home);
    await signHead(home.app);
    const kept = (await fileOf(home)).filter((one) => JSON.stringify(one).includes("ModerationLogHead"));
    await unguarded(home, "delete from log_objects");
    await unguarded(home, "delete from log_entries");
    await write(home);
    await write(home, { what: "warn" });
    expect((await verifyLog(home.app)).fault).toMatchObject({ seq: 2, kind: "head" });
    await unguarded(home, "delete from log_heads");
    expect((await verifyLog(home.app)).fault).toBeNull();
    // Whoever kept a head still sees it.
    expect(await compareLogs(piecesOf(kept), piecesOf(await fileOf(home)))).toMatchObject({ seq: 2 });
  });

  test("a head is signed for new lines, and once a day without", async () => {
    const home = await start();
    expect(await signHead(home.app)).toBeNull();
    await write(home);
    const first = await signHead(home.app);
    expect(await signHead(home.app)).toEqual(first);
    home.clock.advance(DAY);
    const second = await signHead(home.app);
    expect(second).not.toEqual(first);
    expect(second).toMatchObject({ type: "ModerationLogHead", seq: 1, hash: first?.["hash"] });
  });

  test("an exported file is verified with nothing but the server's key", async () => {
    const home = await start();
    for (let count = 0; count < 3; count += 1) await write(home);
    await signHead(home.app);
    await write(home);
    const file = await fileOf(home);
    const { key } = await logKey(home.app);
    expect(headerOf(file[0])).toMatchObject({ key, log: "https://home.test/moderation/log" });
    const signer = readSigner(key);
    expect(await verifyLogFile(piecesOf(file), signer)).toMatchObject({
      fault: null,
      summary: { lines: 4, heads: 1, signed: 3 },
    });
    const other = await createInstance({ host: "other.test" });
    expect(await verifyLogFile(piecesOf(file), readSigner((await logKey(other.app)).key))).toMatchObject({
      fault: { kind: "signature" },
    });
    await other.close();
    const response = await home.request(new URL(String(headerOf(file[0])?.actor)).pathname, {
      headers: { accept: "application/activity+json" },
    });
    expect(await verifyLogFile(piecesOf(file), readSigner(await response.text()))).toMatchObject({
      fault: null,
    });
    const forged = file.map(
      (one) => JSON.parse(JSON.stringify(one).replace(/"at":"2026/, '"at":"2025')) as unknown,
    );
    expect((await verifyLogFile(piecesOf(forged), signer)).fault).toMatchObject({ seq: 1, kind: "changed" });
  });

  test("no line names a person, and what it is about is linked only while everybody may see it", async () => {
    const home = await start();
    const { viewer } = await aMember(home, "zebrafish");
    const note = await aNote(home, { by: viewer, source: "hello" });
    const seq = await write(home, {
      what: "label",
      subject: "note",
      object: note.uri,
      host: "zebrafish.example",
      ground: "Rule 3, broken by @zebrafish@home.test",
      comment: "see https://home.test/@zebrafish/1 and @zebrafish",
    });
    const pages = async () => {
      const found = [];
      for (const path of [
        "/moderation/log",
        "/moderation/log.atom",
        "/moderation/log.ndjson",
        `/moderation/log/${seq}`,
      ])
        found.push(await (await home.request(path)).text());
      return found.join("\n");
    };
    expect(await pages()).not.toContain("zebrafish");
    expect(await pages()).toContain(`/moderation/log/${seq}/object`);
    const way = await home.request(`/moderation/log/${seq}/object`, { headers: { accept: "text/html" } });
    expect([way.status, way.headers.get("location")]).toEqual([303, `/@zebrafish/${note.id}`]);
    const shown = (await listLog(home.app, {})).lines[0];
    expect(shown?.line.objectDigest).toBe(digestOfObject(shown?.salt ?? "", note.uri));
    await deleteNote(home.app, viewer, asId(note.id));
    expect(await pages()).not.toContain("/object");
    await forgetLoggedObjects(home.app);
    expect(await home.app.db.selectFrom("log_objects").selectAll().execute()).toEqual([]);
    expect((await home.request(`/moderation/log/${seq}/object`)).status).toBe(404);
    expect((await verifyLog(home.app)).fault).toBeNull();
  });

  test("a note that only followers read is never linked", async () => {
    const home = await start();
    const { viewer } = await aMember(home, "ada");
    const note = await aNote(home, { by: viewer, visibility: "followers" });
    const seq = await write(home, { subject: "note", object: note.uri });
    expect((await listLog(home.app, {})).lines[0]?.salt).toBeNull();
    expect((await home.request(`/moderation/log/${seq}/object`)).status).toBe(404);
  });

  test("a correction is a new line about the old one, and only administrators write one", async () => {
    const home = await start();
    const seq = await write(home);
    const moderator = await aMember(home, "marie", { role: "moderator" });
    await expect(annotateLine(home.app, moderator.viewer, { seq, comment: "x" })).rejects.toMatchObject({
      kind: "forbidden",
    });
    if (home.owner === null) throw new Error("no owner");
    const added = await annotateLine(home.app, home.owner, { seq, comment: " It was a mistake. " });
    const { lines } = await listLog(home.app, { kind: "note" });
    expect(lines.map(({ line }) => line)).toMatchObject([
      { seq: added, about: seq, comment: "It was a mistake.", subject: "remote" },
    ]);
    expect((await verifyLog(home.app)).fault).toBeNull();
    const [line] = await home.app.db
      .selectFrom("audit_entries")
      .selectAll()
      .where("what", "=", "log.corrected")
      .execute();
    expect(line).toMatchObject({ who: "owner_here", subject: String(seq) });
  });

  test("the log is filtered by kind and month", async () => {
    const home = await start();
    await write(home);
    await write(home, { kind: "domain", subject: "server", host: "bad.example" });
    home.clock.advance(40 * DAY);
    await write(home);
    const seqs = async (request: Parameters<typeof listLog>[1]) =>
      (await listLog(home.app, request)).lines.map(({ line }) => line.seq);
    expect(await seqs({})).toEqual([3, 2, 1]);
    expect(await seqs({ kind: "decision" })).toEqual([3, 1]);
    expect(await seqs({ month: "2026-06" })).toEqual([2, 1]);
    expect(await seqs({ month: "2026-07", kind: "domain" })).toEqual([]);
    expect(await seqs({ before: 2 })).toEqual([1]);
    await expect(listLog(home.app, { month: "2026-13" })).rejects.toMatchObject({ kind: "not_found" });
    expect((await listLog(home.app, { kind: "domain" })).lines[0]?.line.host).toBe("bad.example");
  });

  test("the audit log forges no second line, folds after a year and still verifies", async () => {
    const home = await start();
    const { app } = home;
    await transaction(app.db, (tx) =>
      audit(app, tx, home.owner, {
        what: "role.changed",
        subject: "a\n2\u001b[31m\u202e admin",
        detail: { to: "x\ny" },
      }),
    );
    const subject = (
      await app.db
        .selectFrom("audit_entries")
        .select("subject")
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst()
    )?.subject;
    expect(subject).toBe("a 2 [31m  admin");
    const count = (await verifyAudit(app)).lines;
    home.clock.advance(400 * DAY);
    await transaction(app.db, (tx) => audit(app, tx, null, { what: "emoji.added" }));
    await foldAudit(app);
    expect(await verifyAudit(app)).toEqual({ lines: 1, folded: count, fault: null });
    await transaction(app.db, (tx) => audit(app, tx, null, { what: "emoji.added" }));
    await write(home);
    await signHead(app);
    expect((await verifyAudit(app)).fault).toBeNull();
    await expect(sql`delete from audit_entries`.execute(app.db)).rejects.toThrow(/append-only/);
    await unguarded(home, "update audit_entries set subject = 'nobody'");
    expect((await verifyAudit(app)).fault).toMatchObject({ seq: count + 1 });
    await unguarded(home, "delete from audit_entries");
    expect((await verifyAudit(app)).fault).toMatchObject({ seq: count + 1 });
  });

  test("an audit log that was written anew does not fit the signed heads", async () => {
    const home = await start();
    const { app } = home;
    await transaction(app.db, (tx) => audit(app, tx, null, { what: "emoji.added", subject: "cat" }));
    await write(home);
    await signHead(app);
    await unguarded(home, "delete from audit_entries");
    const count = (await app.db.selectFrom("log_heads").selectAll().execute()).length;
    expect(count).toBe(1);
    await transaction(app.db, (tx) => audit(app, tx, null, { what: "emoji.added", subject: "dog" }));
    expect((await verifyAudit(app)).fault).not.toBeNull();
    const lines = [];
    for await (const line of exportAuditLines(app)) lines.push(line);
    expect(lines).toHaveLength(2);
  });

  test(`is spelled the same by ${name}`, () => {
    expect(withoutPeople("by @ada@home.test, a@b; see https://x.example/users/ada/1 there")).toBe(
      "by @…, @…; see … there",
    );
  });
});

async function* piecesOf(file: readonly unknown[]): AsyncGenerator<LogPiece> {
  for (const value of file) {
    const piece = pieceOf(value);
    if (piece !== null) yield await Promise.resolve(piece);
  }
}
