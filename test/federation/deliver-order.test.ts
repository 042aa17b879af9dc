import { describe, expect, test } from "vitest";
import { objectUriOf } from "../../federation/delivery/deliver.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
import { answerAs } from "./peer.ts";
import { aSender, HOUR, MINUTE, toldTo } from "./senders.ts";

eachDatabase((_, open) => {
  describe("what one person says to one inbox", () => {
    test("arrives in the order it was said, however much waits", async () => {
      const { instance, mei, aFollower, pass } = await aSender(await open());
      const far = await aFollower("far.test");
      instance.network.leave("far.test");
      const expected = Array.from({ length: 45 }, (_unused, n) => `Create n${n}`);
      for (let n = 0; n < 45; n++) await aNote(instance, { by: mei, source: `n${n}` });
      await drainWithFaults(instance);
      instance.network.join("far.test", (request) => answerAs(far, request));
      await pass(3 * HOUR);
      // Those that were tried while it was away come when their own time has come; the others in order.
      const told = toldTo(far);
      expect(told.toSorted()).toEqual(expected.toSorted());
      const tried = 5;
      const untried = told.filter((text) => expected.indexOf(text) >= tried);
      expect(untried).toEqual(expected.slice(tried));
    });

    test("about one note never overtakes: a change and a deletion wait for the note that is tried again", async () => {
      const { instance, app, mei, aFollower, pass } = await aSender(await open());
      const far = await aFollower("far.test");
      far.inboxStatus = 503;
      const note = await aNote(instance, { by: mei, source: "first" });
      await drainWithFaults(instance);
      far.received.length = 0;
      far.inboxStatus = 202;
      instance.clock.advance(1);
      await editNote(app, mei, { noteId: note.id, source: "second" });
      await aNote(instance, { by: mei, source: "another" });
      await drainWithFaults(instance);
      // Others to the same inbox go on.
      expect(toldTo(far)).toEqual(["Create another"]);
      await pass(2 * MINUTE, MINUTE);
      expect(toldTo(far).slice(1)).toEqual(["Create first", "Update second"]);
    });

    test("about one note stays in order through several failures and what is said meanwhile", async () => {
      const { instance, app, mei, aFollower, pass } = await aSender(await open());
      const far = await aFollower("far.test");
      far.inboxStatus = 500;
      const note = await aNote(instance, { by: mei, source: "one" });
      await drainWithFaults(instance);
      for (const source of ["two", "three"]) {
        instance.clock.advance(2 * MINUTE);
        await editNote(app, mei, { noteId: note.id, source });
        await drainWithFaults(instance);
      }
      far.received.length = 0;
      far.inboxStatus = 202;
      await pass(12 * HOUR);
      expect(toldTo(far)).toEqual(["Create one", "Update two", "Update three"]);
    });

    test("is not sent any more once the note is deleted, and the deletion is, at once", async () => {
      const { instance, app, mei, aFollower, pass, counts } = await aSender(await open());
      const far = await aFollower("far.test");
      far.inboxStatus = 503;
      const note = await aNote(instance, { by: mei, source: "regretted" });
      await drainWithFaults(instance);
      await editNote(app, mei, { noteId: note.id, source: "mended" });
      await drainWithFaults(instance);
      far.received.length = 0;
      far.inboxStatus = 202;
      await deleteNote(app, mei, note.id);
      await drainWithFaults(instance);
      expect(toldTo(far)).toEqual(["Delete"]);
      await pass(HOUR);
      expect(toldTo(far)).toEqual(["Delete"]);
      expect(await counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test("does not wait for what somebody else says there", async () => {
      const { instance, mei, aFollower } = await aSender(await open());
      const far = await aFollower("far.test");
      const { viewer: ben } = await aMember(instance, "ben");
      await aFollower("far.test", "zoe", ben);
      let first = true;
      instance.network.join("far.test", async (request) => {
        const json = (await request.json()) as Record<string, unknown>;
        if (first) {
          first = false;
          return new Response(null, { status: 503 });
        }
        far.received.push({ path: "/inbox", headers: request.headers, json });
        return new Response(null, { status: 202 });
      });
      await aNote(instance, { by: mei, source: "from mei" });
      await aNote(instance, { by: ben, source: "from ben" });
      await drainWithFaults(instance);
      expect(toldTo(far)).toEqual(["Create from ben"]);
    });
  });
});

describe("what an activity is about", () => {
  test("is the thing at the end of it", () => {
    const follow = {
      type: "Follow",
      id: "https://a.test/f",
      actor: "https://a.test/u",
      object: "https://b.test/v",
    };
    const note = { type: "Note", id: "https://a.test/n", attributedTo: "https://a.test/u" };
    const by = { actor: "https://a.test/u" };
    expect(objectUriOf({ ...by, type: "Create", object: note })).toBe("https://a.test/n");
    expect(objectUriOf({ ...by, type: "Delete", object: "https://a.test/n" })).toBe("https://a.test/n");
    expect(objectUriOf(follow)).toBe("https://b.test/v");
    expect(objectUriOf({ ...by, type: "Undo", object: follow })).toBe("https://b.test/v");
    expect(objectUriOf({ ...by, type: "Flag", object: ["https://b.test/v", "https://b.test/n"] })).toBe(
      "https://b.test/v",
    );
    expect(objectUriOf({ ...by, type: "Question" })).toBeNull();
  });
});
