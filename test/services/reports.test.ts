import { afterEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { Measure } from "../../server/domain/decision.ts";
import { asId, type NoteId, type ReportId } from "../../server/domain/ids.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { getInstanceActorId, getSettings, updateSettings } from "../../server/services/accounts/settings.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { findMembers, viewMember } from "../../server/services/administration/members.ts";
import { listRules, ruleFor } from "../../server/services/instance/instance.ts";
import { decide, reverseDecision } from "../../server/services/moderation/decisions.ts";
import {
  listModerators,
  moderatedLanguages,
  setModeratedLanguages,
} from "../../server/services/moderation/moderators.ts";
import { setReportState } from "../../server/services/moderation/report-closing.ts";
import { forwardReport } from "../../server/services/moderation/report-forwarding.ts";
import { languageOf, languagesOf } from "../../server/services/moderation/report-languages.ts";
import { viewReportPage } from "../../server/services/moderation/report-page.ts";
import { tendReports } from "../../server/services/moderation/report-routing.ts";
import { listOwnReports } from "../../server/services/moderation/report-views.ts";
import {
  assignReport,
  commentReport,
  reportComments,
  reviseReport,
} from "../../server/services/moderation/report-work.ts";
import {
  listAllReports,
  listReports,
  receiveReport,
  reportActor,
  reportLanguages,
  viewReport,
} from "../../server/services/moderation/reports.ts";
import { statementOf } from "../../server/services/moderation/statements.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { countingDatabase } from "../support/counting.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { aReceivedActor } from "../support/remote.ts";

const HOUR = 3_600_000;

eachDatabase((_, open) => {
  const opened: TestInstance[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.stop(0)));
  });

  const start = async () => {
    const here = await createInstance({ host: "here.test", database: await open() });
    opened.push(here);
    const { app, owner } = here;
    if (owner === null) throw new Error("no owner");
    const member = async (name: string, role?: "moderator" | "admin") =>
      (await aMember(here, name, role === undefined ? {} : { role })).viewer;
    const ann = await member("ann");
    const bea = await member("bea");
    const mod = await member("moda", "moderator");
    const other = await member("other", "moderator");
    const report = (by: Viewer, about: Viewer, more: Partial<Parameters<typeof reportActor>[2]> = {}) =>
      reportActor(app, by, {
        targetId: about.actorId,
        noteIds: [],
        category: "other",
        comment: "Look at this, please",
        forward: false,
        ...more,
      });
    /** Who of the staff hears of reports, about whom, how often. */
    const told = async (who: Viewer, kind = "report") =>
      (await listNotifications(app, who, { only: [kind as "report"] })).items.map(
        (one) => one.actor.username,
      );
    return { here, app, owner, ann, bea, mod, other, member, report, told };
  };
  type Start = Awaited<ReturnType<typeof start>>;

  const act = async ({ app, mod, bea }: Start, reportId: ReportId, measure: Measure = "warn") => {
    const statement = await statementOf(
      app,
      { measure, isReported: true },
      {
        ground: "rules",
        groundText: "Be kind.",
        explanation: "It was not.",
        facts: "Rude words.",
        category: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
      },
    );
    return await decide(app, mod, { measure, actorId: bea.actorId, reportId, statement });
  };

  describe("the languages of a report", () => {
    test("are those of its words and of the notes it names, as far as letters or authors tell", async () => {
      const { here, app, ann, bea, mod, report } = await start();
      const note = await aNote(here, { by: bea, source: "这是一条很没有礼貌的帖子", language: "zh-Hans" });
      const plain = await aNote(here, { by: bea, source: "Una nota muy fea", language: "es" });
      const id = await report(ann, bea, { noteIds: [note.id, plain.id], language: "en" });
      expect(await viewReport(app, mod, id)).toMatchObject({ languages: ["en", "es", "zh"], language: "en" });
      // The form says English, the letters say otherwise.
      const second = await report(ann, bea, { comment: "这个人一直在骂别人", language: "en" });
      expect(await viewReport(app, mod, second)).toMatchObject({ languages: ["zh"] });
      // Who says nothing writes in a language of their own, the first that the letters allow.
      const polyglot = { ...ann, languages: ["zh-Hans", "ar", "es", "en"] };
      const guessed = await report(polyglot, bea, { comment: "Mira lo que dice esta persona" });
      expect(await viewReport(app, mod, guessed)).toMatchObject({ languages: ["es"], language: "es" });
      const third = await report(ann, bea, { comment: "" });
      expect(await viewReport(app, mod, third)).toMatchObject({ languages: ["und"], language: null });
      expect(await reportLanguages(app, mod, "open")).toEqual([
        { language: "en", found: 1 },
        { language: "es", found: 2 },
        { language: "und", found: 1 },
        { language: "zh", found: 2 },
      ]);
      const inChinese = await listReports(app, mod, { state: "open", languages: ["zh"] });
      expect(inChinese.items.map((one) => one.id)).toEqual([second, id]);
      expect((await listReports(app, mod, { state: "open", languages: [] })).items).toEqual([]);
    });

    test("follow the letters where the tag is nonsense or cannot be", () => {
      expect(languageOf({ text: "ok", language: "zz-not a tag" })).toBeNull();
      expect(languageOf({ text: "これは日本語の文章です", language: null })).toBe("ja");
      expect(languageOf({ text: "Plain words in Latin letters", language: "ar" })).toBeNull();
      expect(languageOf({ text: "Plain words", language: "pt-BR" })).toBe("pt-BR");
      expect(languagesOf([])).toEqual(["und"]);
    });
  });

  describe("a new report", () => {
    test("is told to those who judge in its languages, to all of them when nobody does", async () => {
      const { app, owner, ann, bea, mod, other, report, told } = await start();
      await setModeratedLanguages(app, mod, ["zh-Hans", "ja"]);
      await setModeratedLanguages(app, other, ["en"]);
      expect(await moderatedLanguages(app, mod)).toEqual(["zh-Hans", "ja"]);
      await report(ann, bea, { comment: "这个人一直在骂别人" });
      expect([await told(mod), await told(other), await told(owner)]).toEqual([["bea"], [], []]);
      await report(ann, mod, { comment: "Ceci est du français", language: "fr" });
      expect([await told(mod), await told(other), await told(owner)]).toEqual([["bea"], ["moda"], ["moda"]]);
      const staff = await listModerators(app, owner);
      expect(staff.map((one) => [one.actor.username, one.languages]).toSorted()).toEqual([
        ["moda", ["zh-Hans", "ja"]],
        ["other", ["en"]],
        ["owner_here", []],
      ]);
      await expect(setModeratedLanguages(app, ann, ["en"])).rejects.toMatchObject({ kind: "forbidden" });
      await expect(setModeratedLanguages(app, mod, ["no tag at all"])).rejects.toMatchObject({
        kind: "invalid",
      });
    });

    test("is told to everybody once nobody has taken it for as long as the owner set", async () => {
      const { here, app, owner, ann, bea, mod, other, report, told } = await start();
      await setModeratedLanguages(app, mod, ["en"]);
      const id = await report(ann, bea, { language: "en" });
      const taken = await report(bea, ann, { language: "en" });
      await assignReport(app, mod, { reportId: taken, toSelf: true });
      here.clock.advance(4 * HOUR - 1_000);
      await tendReports(app);
      expect([await told(other), await told(owner)]).toEqual([[], []]);
      here.clock.advance(2_000);
      await tendReports(app);
      expect([await told(other), await told(owner)]).toEqual([["bea"], ["bea"]]);
      expect((await viewReport(app, mod, id)).toldAllAt).toBe(app.clock.now());
      // Once, whoever looks again.
      await tendReports(app);
      expect(await told(other)).toEqual(["bea"]);
      await updateSettings(app, owner, { reportHours: 0 });
      await assignReport(app, mod, { reportId: taken, toSelf: false });
      await tendReports(app);
      expect(await told(other)).toEqual(["ann", "bea"]);
    });

    test("is refused for oneself, for the server itself, in too many words, and beyond thirty a day", async () => {
      const { here, app, owner, ann, bea, mod, report, told } = await start();
      await expect(report(ann, ann, {})).rejects.toMatchObject({ key: "error.report_self" });
      const server = await getInstanceActorId(app);
      await expect(report(ann, bea, { targetId: server })).rejects.toMatchObject({ kind: "not_found" });
      await expect(report(ann, bea, { targetId: asId(12_345) })).rejects.toMatchObject({ kind: "not_found" });
      await expect(report(ann, bea, { comment: "字".repeat(5_001) })).rejects.toMatchObject({
        fields: { comment: { key: "field.too_long" } },
      });
      expect((await listReports(app, mod, { state: "open" })).items).toEqual([]);
      for (let index = 0; index < 30; index++) await report(ann, bea, {});
      await expect(report(ann, bea, {})).rejects.toMatchObject({ kind: "too_many" });
      // One line for each of the staff, however many there are.
      expect([await told(mod), await told(owner)]).toEqual([["bea"], ["bea"]]);
      here.clock.advance(24 * HOUR);
      await report(ann, bea, {});
      // Nobody is left to be told of this one: it is there for the operator.
      await report(bea, owner, {});
      await tendReports(app);
      expect((await listAllReports(app, "open", 1)).map((one) => one.target.username)).toEqual([
        "owner_here",
      ]);
    });

    test("about an owner is for administrators, about staff for the others, and never for the reporter", async () => {
      const { app, owner, ann, mod, other, member, report, told } = await start();
      const chief = await member("chief", "admin");
      const id = await report(ann, owner, {});
      expect([await told(mod), await told(chief), await told(owner)]).toEqual([[], ["owner_here"], []]);
      for (const who of [mod, owner]) {
        await expect(viewReport(app, who, id)).rejects.toMatchObject({ kind: "not_found" });
        expect((await listReports(app, who, { state: "open" })).items).toEqual([]);
        await expect(commentReport(app, who, { reportId: id, comment: "x" })).rejects.toMatchObject({
          kind: "not_found",
        });
        expect(await reportLanguages(app, who, "open")).toEqual([]);
      }
      expect((await listReports(app, chief, { state: "open" })).items).toHaveLength(1);
      await report(mod, other, {});
      expect([await told(mod), await told(other)]).toEqual([[], []]);
      // The lists of members say no more.
      const reported = { words: "", state: "reported", sort: "old", role: "all", page: 1 } as const;
      const names = async (who: Viewer) =>
        (await findMembers(app, who, reported)).members.map((one) => one.actor.username);
      expect([await names(other), await names(mod), await names(chief), await names(owner)]).toEqual([
        [],
        ["other"],
        ["owner_here", "other"],
        ["other"],
      ]);
      expect((await viewMember(app, other, "other")).reports.open).toBe(0);
      expect((await viewMember(app, mod, "owner_here")).reports.open).toBe(0);
      expect((await viewMember(app, mod, "other")).reports.open).toBe(1);
      expect(await told(chief)).toEqual(["other", "owner_here"]);
    });
  });

  describe("the work on a report", () => {
    test("is taken, left, talked about, and sifted by hands, kind, origin and age", async () => {
      const at = await start();
      const { here, app, ann, bea, mod, other, report } = at;
      const id = await report(ann, bea, { category: "spam" });
      here.clock.advance(2 * HOUR);
      const server = aReceivedActor("far.test", { kind: "Application" });
      await receiveActor(app, server);
      await receiveReport(app, {
        uri: "https://far.test/flags/1",
        actorUri: server.uri,
        objectUris: [app.uris.actor(ann.actorId)],
        content: "look",
        language: null,
      });
      const ids = async (sieve: Omit<Parameters<typeof listReports>[2], "state">) =>
        (await listReports(app, mod, { state: "open", ...sieve })).items.map((one) => one.target.username);
      expect(await ids({ origin: "here" })).toEqual(["bea"]);
      expect(await ids({ origin: "elsewhere" })).toEqual(["ann"]);
      expect(await ids({ category: "spam" })).toEqual(["bea"]);
      expect(await ids({ writtenBefore: app.clock.now() - HOUR })).toEqual(["bea"]);
      await assignReport(app, mod, { reportId: id, toSelf: true });
      expect(await ids({ assigneeId: mod.actorId })).toEqual(["bea"]);
      expect(await ids({ assigneeId: null })).toEqual(["ann"]);
      expect(await ids({ assigneeId: other.actorId })).toEqual([]);
      await reviseReport(app, mod, { reportId: id, category: "legal" });
      expect([await ids({ category: "spam" }), await ids({ category: "legal" })]).toEqual([[], ["bea"]]);
      await expect(reviseReport(app, mod, { reportId: id, ruleIds: ["9"] })).rejects.toMatchObject({
        kind: "invalid",
      });
      await commentReport(app, mod, { reportId: id, comment: " I know them. \r\n" });
      await commentReport(app, other, { reportId: id, comment: "<script>" });
      expect(await reportComments(app, mod, id)).toMatchObject([
        { by: { username: "moda" }, comment: "I know them." },
        { by: { username: "other" }, comment: "<script>" },
      ]);
      await expect(commentReport(app, mod, { reportId: id, comment: " \n" })).rejects.toMatchObject({
        fields: { word: { key: "field.required" } },
      });
      await expect(
        commentReport(app, mod, { reportId: id, comment: "x".repeat(2_001) }),
      ).rejects.toMatchObject({
        fields: { word: { key: "field.too_long" } },
      });
      await expect(reportComments(app, ann, id)).rejects.toMatchObject({ kind: "forbidden" });
      await removeMember(app, other.actorId);
      expect((await listReports(app, mod, { state: "open", assigneeId: mod.actorId })).items).toHaveLength(1);
    });

    test("can hold several decisions, stays open meanwhile, and tells the reporter only what came of it", async () => {
      const at = await start();
      const { app, ann, mod, bea, report, told } = at;
      const id = await report(ann, bea, {});
      await expect(
        setReportState(app, mod, { reportId: id, state: "resolved", outcome: "acted" }),
      ).rejects.toMatchObject({ fields: { outcome: { key: "field.nothing_decided" } } });
      await act(at, id, "warn");
      await act(at, id, "sensitive");
      const page = await viewReportPage(app, mod, id);
      expect(page.report.state).toBe("open");
      expect(page.decisions.map((one) => one.measure)).toEqual(["sensitive", "warn"]);
      expect(page.mayAct).toBe(true);
      // What was before is beside a report, of both sides, and nothing about whoever reads.
      const back = await viewReportPage(app, mod, await report(bea, ann, {}));
      expect(back.reporter.decisions.map((one) => one.measure)).toEqual(["sensitive", "warn"]);
      expect(back.reporter.reports.map((one) => one.id)).toEqual([id]);
      expect(back.target).toMatchObject({ open: 1, all: 1, reports: [], decisions: [] });
      await report(ann, mod, {});
      const own = await viewReportPage(app, mod, await report(mod, ann, {}));
      expect(own.reporter).toMatchObject({ reports: [], decisions: [] });
      await setReportState(app, mod, { reportId: id, state: "resolved" });
      const [line] = (await listNotifications(app, ann, { only: ["report_closed"] })).items;
      expect(line).toMatchObject({ closed: { outcome: "acted", target: { username: "bea" } }, report: null });
      expect(line?.actor.username).not.toBe("moda");
      expect(await told(bea, "report_closed")).toEqual([]);
      const mine = (await listOwnReports(app, ann, {})).items.find((one) => one.id === id);
      expect(Object.keys(mine ?? {}).toSorted()).toEqual(
        // prettier-ignore
        ["category", "comment", "createdAt", "forwarded", "id", "language", "outcome", "resolvedAt", "state", "target"],
      );
      expect((await listOwnReports(app, bea, {})).items).toMatchObject([{ target: { username: "ann" } }]);
      // Closing it twice tells nobody twice; opened again it waits again.
      await setReportState(app, mod, { reportId: id, state: "resolved", outcome: "none" });
      expect((await viewReport(app, mod, id)).outcome).toBe("acted");
      await setReportState(app, mod, { reportId: id, state: "open" });
      expect(await viewReport(app, mod, id)).toMatchObject({ outcome: null, resolvedBy: null });
    });

    test("what was taken back is no deed, and of somebody who is gone nothing waits", async () => {
      const at = await start();
      const { app, owner, ann, bea, mod, report } = at;
      const id = await report(ann, bea, {});
      const decision = await act(at, id, "sensitive");
      await reverseDecision(app, owner, decision);
      await setReportState(app, mod, { reportId: id, state: "resolved" });
      expect((await viewReport(app, mod, id)).outcome).toBe("none");
      const open = await report(ann, bea, {});
      const decided = await report(ann, bea, {});
      await act(at, decided, "warn");
      await removeMember(app, bea.actorId);
      await tendReports(app);
      const [second, first] = (await listOwnReports(app, ann, {})).items;
      expect(first).toMatchObject({ id: open, outcome: "gone", target: null, state: "resolved" });
      expect(second).toMatchObject({ id: decided, outcome: "acted", target: null });
      await expect(report(ann, bea, {})).rejects.toMatchObject({ kind: "not_found" });
    });

    test("leaves a line for each step in the audit log, without anybody's words", async () => {
      const { app, ann, bea, mod, report } = await start();
      const id = await report(ann, bea, { comment: "my own words" });
      await assignReport(app, mod, { reportId: id, toSelf: true });
      await commentReport(app, mod, { reportId: id, comment: "secret remark" });
      await setReportState(app, mod, { reportId: id, state: "resolved", outcome: "handled" });
      await setReportState(app, mod, { reportId: id, state: "open" });
      const lines = await app.db.selectFrom("audit_entries").selectAll().orderBy("seq").execute();
      const own = lines.filter((line) => line.subject === `report ${id}`);
      expect(own.map((line) => line.what)).toEqual([
        "report.assigned",
        "report.commented",
        "report.resolved",
        "report.reopened",
      ]);
      expect(JSON.stringify(lines)).not.toMatch(/my own words|secret remark/);
    });
  });

  describe("the notes on the page of a report", () => {
    test("are those that the moderator may see, and those that a member shows them", async () => {
      const { here, app, ann, bea, mod, report } = await start();
      const open = await aNote(here, { by: bea, source: "for all" });
      const letter = await aNote(here, { by: bea, source: "@ann only you", visibility: "direct" });
      const secret = await aNote(here, { by: bea, source: "not for ann", visibility: "direct" });
      const id = await report(ann, bea, { noteIds: [open.id, letter.id, secret.id] });
      const page = await viewReportPage(app, mod, id);
      expect(page.notes.map((note) => note.id)).toEqual([open.id, letter.id]);
      expect([...page.shownByReporter]).toEqual([letter.id]);
      // What another server names is shown only as far as the moderator may see it.
      const server = aReceivedActor("far.test", { kind: "Application" });
      await receiveActor(app, server);
      await receiveReport(app, {
        uri: "https://far.test/flags/2",
        actorUri: server.uri,
        objectUris: [secret.uri, open.uri],
        content: "",
        language: null,
      });
      const [flag] = (await listReports(app, mod, { state: "open", origin: "elsewhere" })).items;
      if (flag === undefined) throw new Error("no report");
      expect((await viewReportPage(app, mod, flag.id)).notes.map((note) => note.id)).toEqual([open.id]);
    });
  });

  test("a report of somebody elsewhere is forwarded once, later, with the words that a moderator chose", async () => {
    const { app, ann, mod } = await start();
    const target = await receiveActor(app, aReceivedActor("eve"));
    if (target === null) throw new Error("no actor");
    const id = await reportActor(app, ann, {
      targetId: target,
      noteIds: [],
      category: "spam",
      comment: "I am ann",
      forward: false,
    });
    const command = { reportId: id, comment: "Advertising", objectUris: ["https://far.test/other"] };
    await expect(forwardReport(app, ann, command)).rejects.toMatchObject({ kind: "forbidden" });
    await forwardReport(app, mod, command);
    await expect(forwardReport(app, mod, command)).rejects.toMatchObject({ kind: "conflict" });
    expect(await viewReport(app, mod, id)).toMatchObject({ forwarded: true, forwardedAt: app.clock.now() });
  });

  describe("the rules", () => {
    test("are written in each language of the community, as many in each, and read in one's own", async () => {
      const { app, owner } = await start();
      const rules = "1. Be kind.\n2. No spam.";
      await expect(
        updateSettings(app, owner, { rules, rulesIn: { "zh-Hans": "友善待人。" } }),
      ).rejects.toMatchObject({
        fields: { "rules-zh-Hans": { key: "field.rules_count", params: { count: 1, wanted: 2 } } },
      });
      await updateSettings(app, owner, { rules, rulesIn: { "zh-Hans": "1. 友善待人。\n2. 不要发广告。" } });
      const [first, second] = await listRules(app);
      expect(first).toEqual({ id: 1, text: "Be kind.", translations: { "zh-Hans": "友善待人。" } });
      if (second === undefined) throw new Error("no rule");
      expect(ruleFor(second, ["zh-CN"], "en")).toEqual({ text: "不要发广告。", language: "zh-Hans" });
      expect(ruleFor(second, ["ar"], "en")).toEqual({ text: "No spam.", language: "en" });
      expect((await getSettings(app)).reportHours).toBe(4);
      for (const reportHours of [-1, 169, 1.5, Number.NaN])
        await expect(updateSettings(app, owner, { reportHours })).rejects.toMatchObject({ kind: "invalid" });
    });
  });
});

test("the page of a report, the queue and one's own reports cost as many statements for twelve things as for one", async () => {
  const counting = await countingDatabase();
  const here = await createInstance({ host: "here.test", database: counting.database });
  const { app, owner } = here;
  if (owner === null) throw new Error("no owner");
  const ann = (await aMember(here, "ann")).viewer;
  const counts: number[][] = [];
  for (const count of [1, 12]) {
    const bea = (await aMember(here, `bea${count}`)).viewer;
    const noteIds: NoteId[] = [];
    for (let index = 0; index < count; index++)
      noteIds.push((await aNote(here, { by: bea, source: `@ann ${index}`, visibility: "direct" })).id);
    const report = { targetId: bea.actorId, category: "spam", comment: "look", forward: false } as const;
    for (let index = 1; index < count; index++) await reportActor(app, ann, { ...report, noteIds: [] });
    const id = await reportActor(app, ann, { ...report, noteIds });
    for (let index = 0; index < count; index++)
      await commentReport(app, owner, { reportId: id, comment: String(index) });
    counts.push([
      await counting.statementsOf(() => viewReportPage(app, owner, id)),
      await counting.statementsOf(() => listReports(app, owner, { state: "open", languages: ["und"] })),
      await counting.statementsOf(() => listOwnReports(app, ann, {})),
    ]);
  }
  expect(counts[1]).toEqual(counts[0]);
  await here.close();
});
