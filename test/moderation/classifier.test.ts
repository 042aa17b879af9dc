import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { NoteId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import {
  createRule,
  deleteRule,
  listRules,
  type NewRule,
  tryRule,
  turnRule,
} from "../../server/services/moderation/classifier-rules.ts";
import { appealDecision, judgeAppeal, listAppeals } from "../../server/services/moderation/appeals.ts";
import { listOwnDecisions } from "../../server/services/moderation/decision-views.ts";
import { decide, reverseDecision } from "../../server/services/moderation/decisions.ts";
import { NO_REASONS, statementOf } from "../../server/services/moderation/statements.ts";
import {
  countHeld,
  heldLanguages,
  listHeld,
  releaseHeld,
  removeHeld,
  reportHeld,
} from "../../server/services/moderation/holds.ts";
import { listReports } from "../../server/services/moderation/reports.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { receiveNote, receiveNoteUpdate } from "../../server/services/notes/received-notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { localTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { drain } from "../support/network.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const MINUTE = 60_000;
const WORDS: NewRule = {
  name: "Coins",
  kind: "words",
  lines: "free coins\n免费硬币",
  numbers: {},
  suggestion: "hold",
  label: "spam",
};

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app, owner } = instance;
    if (owner === null) throw new Error("Every instance here is set up.");
    const { viewer: guard } = await aMember(instance, "guard", { role: "moderator" });
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    const rule = async (change: Partial<NewRule> = {}) => {
      const id = await createRule(app, owner, { ...WORDS, ...change });
      await turnRule(app, owner, id, "on");
      return id;
    };
    const held = async () => (await listHeld(app, guard, { limit: 20, language: null })).items;
    const outgoing = async () => {
      const jobs = await app.db.selectFrom("deliveries").select("id").execute();
      return jobs.length;
    };
    const heard = async () =>
      (await listNotifications(app, li, { limit: 20 })).items.filter((one) => one.kind === "mention").length;
    const local = async () => (await localTimeline(app, li, { limit: 20 })).items.map(({ id }) => id);
    return { instance, app, owner, guard, mei, li, rule, held, outgoing, heard, local };
  };
  const spam = "@li look: free coins";

  describe("a held note", () => {
    it("is seen by its author and staff alone, and nobody is told of it", async () => {
      const { instance, app, guard, mei, li, rule, held, heard, local } = await start();
      await rule();
      const note = await aNote(instance, { by: mei, source: spam });
      expect(note.hidden).toBe(true);
      await drain(instance);
      expect(await heard()).toBe(0);
      expect(await local()).not.toContain(note.id);
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
      await expect(viewNote(app, null, note.id)).rejects.toMatchObject({ kind: "not_found" });
      expect((await viewNote(app, mei, note.id)).id).toBe(note.id);
      expect(await held()).toMatchObject([{ source: "rules", reason: "Coins", isNew: true }]);
      expect(await countHeld(app, guard)).toBe(1);
    });

    it("is told once when it is released, however many press", async () => {
      const { instance, app, guard, owner, mei, rule, held, heard, local } = await start();
      await rule();
      const note = await aNote(instance, { by: mei, source: spam });
      instance.clock.advance(60 * MINUTE);
      const [one] = await held();
      const both = await Promise.allSettled([
        releaseHeld(app, guard, one?.id ?? 0),
        releaseHeld(app, owner, one?.id ?? 0),
      ]);
      expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      await drain(instance);
      expect(await heard()).toBe(1);
      expect(await local()).toContain(note.id);
      expect((await viewNote(app, null, note.id)).publishedAt).toBe(instance.clock.now());
      expect(await held()).toEqual([]);
    });

    it("stays hidden by a decision that says a machine found it, and comes out when an appeal is granted", async () => {
      const { instance, app, guard, owner, mei, li, rule, held, heard } = await start();
      await rule();
      const note = await aNote(instance, { by: mei, source: spam });
      const [one] = await held();
      await removeHeld(app, guard, one?.id ?? 0, { facts: "Spam.", language: "en" });
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
      const [decision] = (await listOwnDecisions(app, mei, { limit: 5 })).items;
      expect(decision).toMatchObject({
        measure: "hide",
        statement: { automatedDetection: true, decisionFacts: "Spam." },
      });
      expect(decision?.statement.automatedDecision).toBe("AUTOMATED_DECISION_NOT_AUTOMATED");
      if (decision === undefined) throw new Error("There is a decision.");
      await appealDecision(app, mei, { decisionId: decision.id, comment: "No.", language: "en" });
      const [appeal] = (await listAppeals(app, owner, { limit: 5, open: true })).items;
      if (appeal === undefined) throw new Error("There is an appeal.");
      await judgeAppeal(app, owner, { appealId: appeal.id, outcome: "overturned", answer: "Right." });
      expect((await viewNote(app, li, note.id)).id).toBe(note.id);
      await drain(instance);
      expect(await heard()).toBe(1);
    });

    it("can be deleted by its author, and other servers never hear of it", async () => {
      const { instance, app, mei, rule, held, outgoing } = await start();
      await rule();
      const note = await aNote(instance, { by: mei, source: spam });
      await deleteNote(app, mei, note.id);
      await drain(instance);
      expect(await held()).toEqual([]);
      expect(await outgoing()).toBe(0);
    });

    it("goes on waiting when it is edited, and an edit can make a note wait", async () => {
      const { instance, app, guard, mei, li, rule, held } = await start();
      await rule();
      const first = await aNote(instance, { by: mei, source: spam });
      await editNote(app, mei, { noteId: first.id, source: "quite harmless" });
      expect(await held()).toHaveLength(1);
      const second = await aNote(instance, { by: mei, source: "harmless" });
      await editNote(app, mei, { noteId: second.id, source: "免费硬币" });
      await expect(viewNote(app, li, second.id)).rejects.toMatchObject({ kind: "not_found" });
      const waiting = await held();
      expect(waiting.map(({ isNew }) => isNew)).toEqual([false, true]);
      await releaseHeld(app, guard, waiting[0]?.id ?? 0);
      expect((await viewNote(app, li, second.id)).id).toBe(second.id);
    });

    it("can be reported without being shown, and is judged by nobody who wrote it", async () => {
      const { instance, app, guard, owner, rule, held, li } = await start();
      await rule();
      const note = await aNote(instance, { by: guard, source: spam });
      expect(await held()).toEqual([]);
      const [one] = (await listHeld(app, owner, { limit: 5, language: null })).items;
      await expect(releaseHeld(app, guard, one?.id ?? 0)).rejects.toMatchObject({ kind: "not_found" });
      await expect(releaseHeld(app, li, one?.id ?? 0)).rejects.toMatchObject({ kind: "forbidden" });
      await reportHeld(app, owner, one?.id ?? 0);
      const { items } = await listReports(app, owner, { limit: 5 });
      expect(items).toHaveLength(1);
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
    });

    it("comes back to its author's readers when a moderator hid it meanwhile and then took that back", async () => {
      const { instance, app, guard, mei, li, rule, held, heard } = await start();
      await rule();
      const note = await aNote(instance, { by: mei, source: spam });
      const what = { measure: "hide", noteId: note.id, isReported: false } as const;
      const reasons = {
        ground: "rules",
        groundText: "",
        explanation: "",
        facts: "",
        category: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
      } as const;
      const id = await decide(app, guard, {
        measure: "hide",
        actorId: mei.actorId,
        noteId: note.id,
        statement: await statementOf(app, what, reasons),
      });
      expect(await held()).toEqual([]);
      await reverseDecision(app, guard, id);
      expect((await viewNote(app, li, note.id)).id).toBe(note.id);
      await drain(instance);
      expect(await heard()).toBe(1);
    });
  });

  describe("rules", () => {
    const meets = async (
      change: Partial<NewRule>,
      sources: readonly Partial<Parameters<typeof aNote>[1]>[],
    ) => {
      const { instance, mei, rule } = await start();
      await rule(change);
      const notes: NoteView[] = [];
      for (const note of sources) notes.push(await aNote(instance, { by: mei, ...note }));
      return notes.map((note) => note.hidden);
    };

    it("find words however they are spelled, in every field", async () => {
      const found = await meets({}, [
        { source: "FREE\u200b CO\u00adINS now" },
        { source: "ｆｒｅｅ coins" },
        { source: "free **coins**" },
        { source: "hello", summary: "free coins" },
        { source: "hello", poll: { options: ["free coins", "no"], multiple: false, expiresInMs: 3_600_000 } },
        { source: "hello", title: "Free coins" },
        { source: "freely coins" },
        { source: "carefree coinsmith" },
      ]);
      expect(found).toEqual([true, true, true, true, true, true, false, false]);
    });

    it("find patterns, links, and alike notes", async () => {
      expect(
        await meets({ kind: "pattern", lines: "\\bwin\\s+\\d{3,}\\s*€" }, [
          { source: "You WIN 1000 €!" },
          { source: "win 10 €" },
        ]),
      ).toEqual([true, false]);
      expect(
        await meets({ kind: "link", lines: "bad.example" }, [
          { source: "see https://shop.BAD.example./x" },
          { source: "see https://notbad.example/" },
        ]),
      ).toEqual([true, false]);
      const text = (name: string) => ({ source: `@${name} come and see my very nice page today 55` });
      expect(
        await meets({ kind: "rate", lines: "", numbers: { count: 3, minutes: 10 } }, [
          text("a"),
          text("b"),
          { source: "something else that has nothing to do with it" },
          text("c"),
        ]),
      ).toEqual([false, false, false, true]);
    });

    it("hold newcomers with links, and leave private notes alone", async () => {
      const numbers = { days: 2, links: 1, mentions: 0 };
      expect(
        await meets({ kind: "newcomer", lines: "", numbers }, [
          { source: "see https://a.example/" },
          { source: "no link" },
          { source: "see https://a.example/", visibility: "followers" },
          { source: "@li see https://a.example/", visibility: "direct" },
        ]),
      ).toEqual([true, false, false, false]);
    });

    it("know files by what was uploaded, whatever was made of them", async () => {
      const { instance, app, mei, li, rule } = await start();
      const bytes = new Uint8Array(await drawLandscape(PALETTES.dawn, 4, { width: 64, height: 64 }));
      await rule({ kind: "hash", lines: createHash("sha256").update(bytes).digest("hex").toUpperCase() });
      const bad = await uploadImage(app, mei, { bytes, alt: "a hill" });
      const other = new Uint8Array(await drawLandscape(PALETTES.dawn, 5, { width: 64, height: 64 }));
      const good = await uploadImage(app, li, { bytes: other, alt: "a hill" });
      expect((await aNote(instance, { by: mei, attachments: [{ id: bad.id }] })).hidden).toBe(true);
      expect((await aNote(instance, { by: li, attachments: [{ id: good.id }] })).hidden).toBe(false);
    });

    it("only report when that is all they ask for", async () => {
      const { instance, app, guard, mei, rule } = await start();
      await rule({ suggestion: "limit" });
      const note = await aNote(instance, { by: mei, source: spam });
      expect(note.hidden).toBe(false);
      await editNote(app, mei, { noteId: note.id, source: `${spam}!` });
      const { items } = await listReports(app, guard, { limit: 5 });
      expect(items).toHaveLength(1);
      expect(items[0]?.comment).toContain("Coins");
      const what = { measure: "sensitive", noteId: note.id, isReported: true } as const;
      await decide(app, guard, {
        ...what,
        actorId: mei.actorId,
        reportId: items[0]?.id,
        statement: await statementOf(app, what, NO_REASONS),
      });
      const [decision] = (await listOwnDecisions(app, mei, { limit: 5 })).items;
      expect(decision?.statement.automatedDetection).toBe(true);
      const lines = await app.db.selectFrom("log_entries").select("body").execute();
      expect(JSON.parse(lines.at(-1)?.body ?? "{}")).toMatchObject({ what: "sensitive", automated: true });
    });

    it("are tried before they work, and count what they meet", async () => {
      const { instance, app, owner, mei, li } = await start();
      await aNote(instance, { by: mei, source: spam });
      await aNote(instance, { by: li, source: "quiet" });
      await aNote(instance, { by: li, source: "free coins", visibility: "followers" });
      const id = await createRule(app, owner, WORDS);
      expect(await tryRule(app, owner, id)).toMatchObject({ looked: 2, met: 1 });
      expect((await aNote(instance, { by: mei, source: spam })).hidden).toBe(false);
      await turnRule(app, owner, id, "on");
      expect((await aNote(instance, { by: mei, source: spam })).hidden).toBe(true);
      expect((await listRules(app, owner))[0]?.hits).toBe(1);
      await turnRule(app, owner, id, "off");
      expect((await aNote(instance, { by: mei, source: spam })).hidden).toBe(false);
      await deleteRule(app, owner, id);
      expect(await listRules(app, owner)).toEqual([]);
    });

    it("are refused with a sentence when they make no sense", async () => {
      const { app, owner, guard } = await start();
      const bad: readonly Partial<NewRule>[] = [
        { name: "" },
        { label: "" },
        { kind: "toString" },
        { suggestion: "delete" },
        { lines: "" },
        { lines: "x" },
        { kind: "pattern", lines: "(" },
        { kind: "pattern", lines: "a*" },
        { kind: "pattern", lines: "(a{99}){99}" },
        { kind: "pattern", lines: "(?=a)" },
        { kind: "pattern", lines: "(a)\\1" },
        { kind: "link", lines: "not a host" },
        { kind: "hash", lines: "abc" },
        { kind: "rate", numbers: { count: 1, minutes: 5 } },
        { kind: "newcomer", numbers: { days: Number.NaN, links: 0, mentions: 0 } },
        { lines: "word\n".repeat(2_001) },
      ];
      for (const change of bad)
        await expect(createRule(app, owner, { ...WORDS, ...change })).rejects.toMatchObject({
          kind: "invalid",
        });
      await expect(createRule(app, guard, WORDS)).rejects.toMatchObject({ kind: "forbidden" });
      expect(await listRules(app, owner)).toEqual([]);
    });

    it("make a report of a profile of another server, once a day", async () => {
      const { instance, app, guard, rule } = await start();
      await rule();
      await aRemoteActor(instance, "zoe", { bioHtml: "<p>Get free coins</p>" });
      await drain(instance);
      await aRemoteActor(instance, "zoe", { bioHtml: "<p>Get more free coins</p>" });
      await drain(instance);
      const { items } = await listReports(app, guard, { limit: 5 });
      expect(items.map((one) => one.target.username)).toEqual(["zoe"]);
    });

    it("make a report of a profile, and nothing more", async () => {
      const { instance, app, guard, mei, rule } = await start();
      await rule();
      await updateProfile(app, mei, { bioSource: "Get free coins here" });
      await drain(instance);
      const { items } = await listReports(app, guard, { limit: 5 });
      expect(items).toHaveLength(1);
      expect(items[0]?.target.id).toBe(mei.actorId);
    });
  });

  describe("notes of other servers", () => {
    const remote = async () => {
      const all = await start();
      const { app, guard } = all;
      const actor = await aRemoteActor(all.instance, "zoe");
      const change = { publishedAt: all.instance.clock.now(), mentionUris: [app.uris.actor(all.li.actorId)] };
      const receive = async (html: string): Promise<NoteId> => {
        const note = aReceivedNote(actor, "one", { ...change, contentHtml: html });
        const id = await receiveNote(app, note, "delivered");
        if (id === null) throw new Error("It is for somebody here.");
        return id;
      };
      return { ...all, actor, receive, guard, change };
    };

    it("wait before anybody here hears of them, and are told when they are released", async () => {
      const { app, guard, li, rule, held, heard, receive } = await remote();
      await rule();
      const id = await receive("<p>free <b>co</b>ins</p>");
      await expect(viewNote(app, li, id)).rejects.toMatchObject({ kind: "not_found" });
      expect(await heard()).toBe(0);
      const [one] = await held();
      await releaseHeld(app, guard, one?.id ?? 0);
      expect((await viewNote(app, li, id)).id).toBe(id);
      expect(await heard()).toBe(1);
    });

    it("are hidden by an edit that meets a rule", async () => {
      const { instance, app, li, rule, held, receive, actor, change } = await remote();
      await rule();
      const id = await receive("<p>fine</p>");
      instance.clock.advance(MINUTE);
      const updatedAt = instance.clock.now();
      const contentHtml = "<p>free coins</p>";
      await receiveNoteUpdate(app, aReceivedNote(actor, "one", { ...change, contentHtml, updatedAt }));
      await expect(viewNote(app, li, id)).rejects.toMatchObject({ kind: "not_found" });
      expect(await held()).toMatchObject([{ isNew: false }]);
    });
  });

  it("shows what waits by language", async () => {
    const { instance, app, guard, mei, rule } = await start();
    await rule();
    await aNote(instance, { by: mei, source: "free coins", language: "en-GB" });
    await aNote(instance, { by: mei, source: "免费硬币", language: "zh-Hans" });
    expect(await heldLanguages(app, guard)).toEqual([
      { language: "en", found: 1 },
      { language: "zh", found: 1 },
    ]);
    const page = await listHeld(app, guard, { limit: 5, language: "zh" });
    expect(page.items).toHaveLength(1);
  });
});
