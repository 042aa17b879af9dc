import { describe, expect, test } from "vitest";
import type { ReportView } from "../../server/domain/report.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import { blockActor, muteActor } from "../../server/services/relations/relationships.ts";
import { emptyActorTraces, removeMember } from "../../server/services/accounts/departures.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { setReportState } from "../../server/services/moderation/report-closing.ts";
import { forwardReport } from "../../server/services/moderation/report-forwarding.ts";
import { listReports, reportActor } from "../../server/services/moderation/reports.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { fetchNoteId } from "../../server/services/notes/received-notes.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";
import { aPair, find, follow } from "../support/pair.ts";
import { tablesHolding } from "../support/tables.ts";
import { actorDocument, createPeer, deliver, type Peer } from "./peer.ts";

const HOUR = 3_600_000;

async function openReports(at: TestInstance): Promise<readonly ReportView[]> {
  const { owner } = at;
  if (owner === null) throw new Error("no owner");
  return (await listReports(at.app, owner, { state: "open" })).items;
}

/** A peer whose actor stands for its whole server, as those that send Flags do. */
async function aServerActor(at: TestInstance, host: string): Promise<Peer> {
  const peer = await createPeer(at, host, host);
  peer.documents.set(`/users/${host}`, { ...(await actorDocument(peer, host)), type: "Application" });
  return peer;
}

function aFlag(peer: Peer, id: string, objects: unknown, more: Record<string, unknown> = {}) {
  return {
    id: `https://${peer.host}/flags/${id}`,
    type: "Flag",
    actor: peer.actorUri,
    object: objects,
    content: "look at this",
    ...more,
  };
}

describe("a report about somebody of another server", () => {
  test("is sent by the instance actor, names actor and notes, and not the reporter", async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    await follow(pair, east, ann.viewer, "@bo@west.test");
    const note = await aNote(west, { by: bo.viewer, source: "rude" });
    await pair.settle();
    const target = await find(east, ann.viewer, "@bo@west.test");
    const noteId = await fetchNoteId(east.app, note.uri);
    await reportActor(east.app, ann.viewer, {
      targetId: target.id,
      noteIds: noteId === null ? [] : [noteId],
      category: "violation",
      comment: "这很无礼",
      language: "zh-Hans",
      forward: true,
    });
    await pair.settle();
    const [sent] = pair.network.log.filter((one) => one.body.includes('"Flag"'));
    expect(JSON.parse(sent?.body ?? "{}")).toMatchObject({
      type: "Flag",
      actor: east.app.uris.actor(await getInstanceActorId(east.app)),
      object: [target.uri, note.uri],
      content: "这很无礼",
      contentMap: { "zh-Hans": "这很无礼" },
      to: [target.uri],
    });
    expect(sent?.url).toBe(west.app.uris.inbox(bo.viewer.actorId));
    expect(sent?.body).not.toContain("ann");
    expect(sent?.body).not.toContain(String(ann.viewer.actorId));
    expect(await openReports(west)).toMatchObject([
      {
        target: { username: "bo", host: null },
        reporter: { host: "east.test", kind: "Application" },
        comment: "这很无礼",
        language: "zh-Hans",
        objectUris: [note.uri],
        state: "open",
      },
    ]);
    expect(await openReports(east)).toMatchObject([
      { target: { username: "bo", host: "west.test" }, reporter: { username: "ann" }, forwarded: true },
    ]);
  });

  test("stays here unless the reporter wishes", async () => {
    const pair = await aPair();
    const target = await find(pair.east, pair.ann.viewer, "@bo@west.test");
    await reportActor(pair.east.app, pair.ann.viewer, {
      targetId: target.id,
      noteIds: [],
      category: "spam",
      comment: "",
      forward: false,
    });
    await pair.settle();
    expect(pair.network.log.filter((one) => one.body.includes('"Flag"'))).toEqual([]);
    expect(await openReports(pair.west)).toEqual([]);
    expect(await openReports(pair.east)).toHaveLength(1);
  });
});

describe("a report that a moderator forwards later", () => {
  test("carries the words and the notes that they chose, by the instance actor, and nothing of the reporter", async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    await follow(pair, east, ann.viewer, "@bo@west.test");
    const first = await aNote(west, { by: bo.viewer, source: "rude" });
    const second = await aNote(west, { by: bo.viewer, source: "also rude" });
    await pair.settle();
    const target = await find(east, ann.viewer, "@bo@west.test");
    const noteIds = [await fetchNoteId(east.app, first.uri), await fetchNoteId(east.app, second.uri)];
    const reportId = await reportActor(east.app, ann.viewer, {
      targetId: target.id,
      noteIds: noteIds.filter((id) => id !== null),
      category: "violation",
      comment: "I am ann and this was about me",
      forward: false,
    });
    if (east.owner === null) throw new Error("no owner");
    await forwardReport(east.app, east.owner, {
      reportId,
      comment: "请看看这条帖子吧",
      objectUris: [second.uri],
    });
    await pair.settle();
    const sent = pair.network.log.filter((one) => one.body.includes('"Flag"'));
    expect(sent).toHaveLength(1);
    expect(JSON.parse(sent[0]?.body ?? "{}")).toMatchObject({
      actor: east.app.uris.actor(await getInstanceActorId(east.app)),
      object: [target.uri, second.uri],
      content: "请看看这条帖子吧",
      contentMap: { "zh-Hans": "请看看这条帖子吧" },
    });
    expect(sent[0]?.body).not.toMatch(/ann|about me/);
    expect(await openReports(west)).toMatchObject([
      { objectUris: [second.uri], languages: ["zh"], comment: "请看看这条帖子吧" },
    ]);
    expect(await openReports(east)).toMatchObject([{ forwarded: true, languages: ["und"] }]);
  });
});

describe("a Flag of another server", () => {
  test("says its language, or its letters do; of a thousand things that it names fifty count", async () => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const note = await aNote(east, {
      by: ann.viewer,
      source: "ほんとうにひどいことを書いた",
      language: "ja",
    });
    const uris = [
      east.app.uris.actor(ann.viewer.actorId),
      note.uri,
      ...Array.from({ length: 998 }, (_, index) => `https://far.test/notes/${index}`),
    ];
    const flag = aFlag(peer, "1", uris, {
      content: "Mira esto, por favor",
      contentMap: { es: "Mira esto, por favor" },
    });
    expect(await deliver(east, peer, flag)).toBe(202);
    await deliver(
      east,
      peer,
      aFlag(peer, "2", [...uris.slice(2), note.uri], { content: "x", contentMap: { "not a tag": "x" } }),
    );
    await east.worker.drain();
    expect(await openReports(east)).toMatchObject([
      { languages: ["es", "ja"], language: "es", objectUris: [note.uri] },
    ]);
  });

  test("tells staff, also those who muted whom it is about, and never the reported", async () => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const mod = (await aMember(east, "moda", { role: "moderator" })).viewer;
    await muteActor(east.app, mod, ann.viewer.actorId);
    expect(await deliver(east, peer, aFlag(peer, "1", [ann.viewer.actorId].map(east.app.uris.actor)))).toBe(
      202,
    );
    await east.worker.drain();
    const kinds = async (viewer: typeof mod) =>
      (await listNotifications(east.app, viewer, {})).items.map((one) => [one.kind, one.actor.username]);
    expect(await kinds(mod)).toEqual([["report", "ann"]]);
    expect(east.owner === null ? null : await kinds(east.owner)).toEqual([["report", "ann"]]);
    expect(await kinds(ann.viewer)).toEqual([]);
  });

  test("about a moderator is told to the other ones alone", async () => {
    const { east } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const mod = (await aMember(east, "moda", { role: "moderator" })).viewer;
    await deliver(east, peer, aFlag(peer, "1", east.app.uris.actor(mod.actorId)));
    await east.worker.drain();
    expect((await listNotifications(east.app, mod, {})).items).toEqual([]);
    expect((await listReports(east.app, mod, { state: "open" })).items).toEqual([]);
    const [report] = await openReports(east);
    if (report === undefined) throw new Error("no report");
    await expect(setReportState(east.app, mod, { reportId: report.id, state: "resolved" })).rejects.toThrow();
    expect(await openReports(east)).toHaveLength(1);
  });

  test("counts once, and keeps only what is the reported member's", async () => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const own = await aNote(east, { by: ann.viewer });
    const other = await aNote(east, { by: (await aMember(east, "carol")).viewer });
    const annUri = east.app.uris.actor(ann.viewer.actorId);
    const flag = aFlag(peer, "1", [annUri, own.uri, other.uri, "https://far.test/notes/9"]);
    await deliver(east, peer, flag);
    await deliver(east, peer, flag);
    await east.worker.drain();
    expect((await openReports(east)).map((one) => one.objectUris)).toEqual([[own.uri]]);
  });

  test.each([
    ["Mastodon", (actor: string, note: string) => ({ object: [actor, note] }), "look at this"],
    [
      "Misskey",
      (actor: string) => ({ object: actor, content: "Note: x\n-----\nspam" }),
      "Note: x\n-----\nspam",
    ],
    ["Lemmy", (_: string, note: string) => ({ object: note, content: undefined, summary: "rude" }), "rude"],
    [
      "Pleroma",
      (actor: string, note: string) => ({
        object: [
          actor,
          { type: "Note", id: note, content: "<p>copied</p>", actor: { id: actor, type: "Person" } },
        ],
      }),
      "look at this",
    ],
    [
      "a server that writes markup",
      (actor: string) => ({
        object: [actor],
        content: "<p>one &amp; two</p>",
        contentMap: { de: "<p>one &amp; two</p>" },
      }),
      "one & two",
    ],
  ])("is read as %s writes it", async (_name, shape, comment) => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const note = await aNote(east, { by: ann.viewer });
    const flag = { ...aFlag(peer, "1", []), ...shape(east.app.uris.actor(ann.viewer.actorId), note.uri) };
    expect(await deliver(east, peer, flag)).toBe(202);
    await east.worker.drain();
    expect(await openReports(east)).toMatchObject([{ target: { username: "ann" }, comment }]);
  });

  test("may name a collection of the member, as Mastodon 4.6 does", async () => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const uri = "https://east.test/collections/7";
    const texts = { name: "People", summary: "", language: null, tag: null };
    const flags = { sensitive: 0, discoverable: 1, created_at: 1, updated_at: 1 } as const;
    await east.database.db
      .insertInto("collections")
      .values({ id: 7, uri, actor_id: ann.viewer.actorId, ...texts, ...flags })
      .execute();
    await deliver(east, peer, aFlag(peer, "1", [east.app.uris.actor(ann.viewer.actorId), uri]));
    await east.worker.drain();
    expect((await openReports(east)).map((one) => one.objectUris)).toEqual([[uri]]);
  });

  test("about nobody of ours, or nothing, leaves no trace", async () => {
    const { east } = await aPair();
    const peer = await aServerActor(east, "far.test");
    for (const [index, object] of [
      [],
      ["https://far.test/users/x"],
      [peer.actorUri],
      [east.app.uris.actor(1)],
    ].entries())
      await deliver(east, peer, aFlag(peer, String(index), object));
    await deliver(east, peer, aFlag(peer, "i", [east.app.uris.actor(await getInstanceActorId(east.app))]));
    await east.worker.drain();
    expect(await openReports(east)).toEqual([]);
  });

  test("keeps at most 5,000 characters of text, and at most 60 an hour come from one host", async () => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const object = east.app.uris.actor(ann.viewer.actorId);
    for (let index = 0; index < 64; index++) {
      await deliver(east, peer, aFlag(peer, String(index), object, { content: "字".repeat(6_000) }));
      if (index % 32 === 31) east.clock.advance(60_000);
    }
    await east.worker.drain();
    const { n } = await east.database.db
      .selectFrom("reports")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(Number(n)).toBeGreaterThanOrEqual(60);
    expect(Number(n)).toBeLessThan(63);
    expect([...((await openReports(east))[0]?.comment ?? "")]).toHaveLength(5_000);
    east.clock.advance(HOUR);
    await deliver(east, peer, aFlag(peer, "late", object));
    await east.worker.drain();
    expect((await openReports(east))[0]?.comment).toBe("look at this");
  });

  test("of a blocked host is refused, and blocks between people do not keep a report away", async () => {
    const { east, ann } = await aPair();
    const peer = await aServerActor(east, "far.test");
    const object = east.app.uris.actor(ann.viewer.actorId);
    await deliver(east, peer, aFlag(peer, "1", object));
    await east.worker.drain();
    const reporter = await findActorIdByUri(east.app, peer.actorUri);
    if (reporter === null) throw new Error("no reporter");
    await blockActor(east.app, ann.viewer, reporter);
    await deliver(east, peer, aFlag(peer, "2", object));
    await east.worker.drain();
    expect(await openReports(east)).toHaveLength(2);
  });
});

test("PRV-16: what a member wrote in reports goes with them, that they reported stays", async () => {
  const { east, ann } = await aPair();
  const carol = (await aMember(east, "carol")).viewer;
  const report = { noteIds: [], category: "spam", comment: "my own words", forward: false } as const;
  await reportActor(east.app, ann.viewer, { ...report, targetId: carol.actorId });
  await removeMember(east.app, ann.viewer.actorId);
  await emptyActorTraces(east.app, ann.viewer.actorId);
  expect(await tablesHolding(east.database.db, "my own words")).toEqual([]);
  expect(await openReports(east)).toMatchObject([{ target: { username: "carol" }, comment: "" }]);
});

describe("the list of reports", () => {
  test("is for staff alone, and a report is closed and opened again", async () => {
    const { east, ann } = await aPair();
    const carol = await aMember(east, "carol");
    await reportActor(east.app, ann.viewer, {
      targetId: carol.viewer.actorId,
      noteIds: [],
      category: "spam",
      comment: "ads",
      forward: true,
    });
    await expect(listReports(east.app, carol.viewer, { state: "open" })).rejects.toThrow();
    const [report] = await openReports(east);
    if (report === undefined || east.owner === null) throw new Error("no report");
    expect(report).toMatchObject({ category: "spam", forwarded: false, reporter: { username: "ann" } });
    await setReportState(east.app, east.owner, { reportId: report.id, state: "resolved" });
    expect(await openReports(east)).toEqual([]);
    await setReportState(east.app, east.owner, { reportId: report.id, state: "open" });
    expect(await openReports(east)).toHaveLength(1);
  });
});
