import { afterEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { FilterAction, FilterContext } from "../../server/domain/filter.ts";
import { updatePreferences } from "../../server/services/accounts/preferences.ts";
import { preferencesOf } from "../../server/services/accounts/sessions.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import {
  changeFilter,
  createFilter,
  deleteFilter,
  filterNote,
  getFilter,
  listFilters,
} from "../../server/services/filters/filters.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { listMutedPeople } from "../../server/services/relations/muted-people.ts";
import { muteActor } from "../../server/services/relations/relationships.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline, profileTimeline, tagTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";

const HOUR = 3_600_000;
const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    await followActor(instance.app, mei, li.actorId);
    return { instance, app: instance.app, mei, li };
  };
  const command = (
    keyword: string,
    contexts: readonly FilterContext[],
    action: FilterAction,
    expiresInMs: number | null = null,
  ) => ({ title: "", contexts, action, keywords: [{ keyword, wholeWord: true }], expiresInMs });
  const home = async (app: TestInstance["app"], who: Viewer) =>
    (await homeTimeline(app, who, {})).items.map(({ note }) => note);

  describe("filters", () => {
    it("close, leave out, or take the pictures away where they look, and nowhere else", async () => {
      const { instance, app, mei, li } = await start();
      await createFilter(app, mei, command("football", ["home"], "warn"));
      await createFilter(app, mei, command("giveaway", ["home"], "hide"));
      await createFilter(app, mei, command("spiders", ["home", "account"], "blur"));
      for (const source of ["Football tonight", "A GIVEAWAY!", "Many spiders", "Plain"])
        await aNote(instance, { by: li, source });
      await aNote(instance, { by: mei, source: "My own football" });
      const shown = (await home(app, mei)).map(({ contentHtml, filtered, sensitive }) => [
        contentHtml.replace(/<[^>]*>/g, ""),
        filtered && {
          title: filtered.title,
          action: filtered.action,
          keywords: filtered.matches[0]?.keywords,
        },
        sensitive,
      ]);
      expect(shown).toEqual([
        ["My own football", null, false],
        ["Plain", null, false],
        ["Many spiders", { title: "spiders", action: "blur", keywords: ["spiders"] }, true],
        ["Football tonight", { title: "football", action: "warn", keywords: ["football"] }, false],
      ]);
      const profile = (await profileTimeline(app, mei, li.actorId, {})).items.map(
        ({ note }) => note.filtered?.action ?? null,
      );
      expect(profile).toEqual([null, "blur", null, null]);
      // Filters are nobody else's.
      expect((await home(app, li)).every(({ filtered }) => filtered === null)).toBe(true);
    });

    it("look at warnings, tags, descriptions, poll options and what is quoted", async () => {
      const { instance, app, mei, li } = await start();
      await createFilter(app, mei, command("spoiler", ["home", "public"], "warn"));
      const poll = { options: ["yes", "a spoiler"], multiple: false, expiresInMs: HOUR };
      const quoted = await aNote(instance, { by: li, source: "the spoiler itself" });
      await aNote(instance, { by: li, source: "x", summary: "Spoiler ahead" });
      await aNote(instance, { by: li, source: "see #spoiler" });
      await aNote(instance, { by: li, source: "which?", poll });
      await aNote(instance, { by: li, source: "look", quoteOf: quoted.id });
      const [quoting, ...others] = await home(app, mei);
      expect(others.map(({ filtered }) => filtered?.title)).toEqual(Array(4).fill("spoiler"));
      expect([quoting?.filtered, quoting?.quote?.note?.filtered?.title]).toEqual([null, "spoiler"]);
      expect((await tagTimeline(app, mei, "spoiler", {})).items[0]?.note.filtered?.title).toBe("spoiler");
    });

    it("put replies apart and leave notifications out, but never the note that somebody opens", async () => {
      const { instance, app, mei, li } = await start();
      await createFilter(app, mei, command("giveaway", ["thread", "notifications"], "hide"));
      const root = await aNote(instance, { by: li, source: "a giveaway" });
      await aNote(instance, { by: li, source: "giveaway again, @mei", replyTo: root.id });
      await aNote(instance, { by: li, source: "hello @mei", replyTo: root.id });
      const thread = await viewThread(app, mei, root.id);
      expect(thread.note.filtered).toBeNull();
      expect([thread.replies.length, thread.hidden.length]).toEqual([1, 1]);
      expect((await listNotifications(app, mei, {})).items.filter(({ note }) => note !== null).length).toBe(
        1,
      );
    });

    it("can be about single notes, end by themselves, and go with their owner", async () => {
      const { instance, app, mei, li } = await start();
      const note = await aNote(instance, { by: li, source: "no words at all" });
      const other = await aNote(instance, { by: li, source: "another" });
      const hidden = await aNote(instance, { by: li, source: "secret", visibility: "followers" });
      const { viewer: tom } = await aMember(instance, "tom");
      const id = await createFilter(
        app,
        mei,
        { title: "Not now", contexts: ["home"], action: "warn", keywords: [], expiresInMs: HOUR },
        note.id,
      );
      await filterNote(app, mei, id, other.id);
      await filterNote(app, mei, id, other.id);
      const titles = async () => (await home(app, mei)).map(({ filtered }) => filtered?.title ?? null);
      expect(await titles()).toEqual([null, "Not now", "Not now"]);
      expect((await getFilter(app, mei, id)).notesCount).toBe(2);
      const own = await createFilter(app, tom, command("x", ["home"], "warn"));
      await expect(filterNote(app, tom, own, hidden.id)).rejects.toMatchObject({ kind: "not_found" });
      await expect(filterNote(app, tom, id, note.id)).rejects.toMatchObject({ kind: "not_found" });
      await deleteNote(app, li, other.id);
      expect((await getFilter(app, mei, id)).notesCount).toBe(1);
      instance.clock.advance(HOUR + 1);
      expect(await titles()).toEqual([null, null]);
      await removeMember(app, mei.actorId);
      for (const table of ["filters", "filter_keywords", "filter_notes"] as const) {
        const rows = await app.db.selectFrom(table).select("id").execute();
        expect(rows.length, table).toBe(table === "filter_notes" ? 0 : 1);
      }
    });

    it("are their owner's alone to see, change and remove, and have limits", async () => {
      const { app, mei, li } = await start();
      const id = await createFilter(app, mei, command("a", ["home"], "warn"));
      await expect(getFilter(app, li, id)).rejects.toMatchObject({ kind: "not_found" });
      await expect(changeFilter(app, li, id, command("b", ["home"], "hide"))).rejects.toMatchObject({
        kind: "not_found",
      });
      await deleteFilter(app, li, id);
      const empty = {
        title: "x",
        contexts: [],
        action: "burn",
        keywords: [{ keyword: " ", wholeWord: true }],
      };
      await expect(createFilter(app, mei, empty)).rejects.toMatchObject({
        fields: { keywords: {}, contexts: {}, action: {} },
      });
      await changeFilter(app, mei, id, {
        ...command("Ｂ", ["thread", "home"], "hide"),
        expiresInMs: undefined,
      });
      expect(await listFilters(app, mei)).toMatchObject([
        { title: "Ｂ", contexts: ["home", "thread"], action: "hide", expiresAt: null },
      ]);
      for (let index = 1; index < 60; index++)
        await createFilter(app, mei, command(`w${index}`, ["home"], "warn"));
      await expect(createFilter(app, mei, command("z", ["home"], "warn"))).rejects.toMatchObject({
        key: "error.filter_limit",
      });
    });
  });

  describe("muted people", () => {
    it("are listed with the end of their mute until it has come", async () => {
      const { instance, app, mei, li } = await start();
      await muteActor(app, mei, li.actorId, { forMs: HOUR });
      const until = instance.clock.now() + HOUR;
      expect((await listMutedPeople(app, mei, {})).items).toMatchObject([
        { actor: { username: "li" }, expiresAt: until, hidesNotifications: true },
      ]);
      instance.clock.advance(HOUR);
      expect((await listMutedPeople(app, mei, {})).items).toEqual([]);
    });
  });

  describe("preferences", () => {
    it("keep what differs from the usual, and two changes at once do not undo each other", async () => {
      const { app, mei } = await start();
      await Promise.all([
        updatePreferences(app, mei, { theme: "dark", openMedia: true }),
        updatePreferences(app, mei, { shortcuts: true, autoplay: undefined }),
      ]);
      await updatePreferences(app, mei, { openMedia: false });
      const { preferences } = await app.db
        .selectFrom("accounts")
        .select("preferences")
        .where("id", "=", mei.accountId)
        .executeTakeFirstOrThrow();
      expect(JSON.parse(preferences)).toEqual({ theme: "dark", shortcuts: true });
      expect(preferencesOf(preferences)).toMatchObject({ theme: "dark", autoplay: true, openMedia: false });
    });
  });
});
