// The page of what happened: what is one line, what is left out, and what it costs.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { updatePreferences } from "../../server/services/accounts/preferences.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { countUnread, listNotifications } from "../../server/services/notifications/notifications.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { changeFollow, followActor } from "../../server/services/relations/follows.ts";
import { muteActor } from "../../server/services/relations/relationships.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

const DAY = 86_400_000;

let home: TestInstance;
let ann: Member;
let bo: Member;
let cy: Member;

beforeEach(async () => {
  home = await createInstance();
  ann = await aMember(home, "ann");
  bo = await aMember(home, "bo");
  cy = await aMember(home, "cy");
});
afterEach(() => home.close());

async function lines(path = "/notifications"): Promise<readonly string[]> {
  const answer = await home.request(path, { headers: { cookie: `__Host-session=${ann.sessionToken}` } });
  const html = await answer.text();
  return [...html.matchAll(/<p id="notification-\d+">(.*?)<span class="muted">/gs)].map(([, text = ""]) =>
    text.replace(/<[^>]*>/g, "").trim(),
  );
}

const kinds = async () => {
  const viewer = await findViewer(home.app, ann.sessionToken);
  if (viewer === null) throw new Error("Ann is signed out.");
  const page = await listNotifications(home.app, viewer, {});
  return { kinds: page.items.map(({ kind }) => kind), unread: await countUnread(home.app, viewer) };
};

describe("Notifications", () => {
  test("are one line for each note and day, and by themselves where there are words", async () => {
    const note = await aNote(home, { by: ann.viewer });
    await likeNote(home.app, bo.viewer, note.id);
    await likeNote(home.app, cy.viewer, note.id);
    home.clock.advance(DAY);
    const dee = await aMember(home, "dee");
    await likeNote(home.app, dee.viewer, note.id);
    await aNote(home, { by: bo.viewer, source: "@ann one" });
    await aNote(home, { by: bo.viewer, source: "@ann two" });
    expect(await lines()).toEqual([
      "bo mentioned you",
      "bo mentioned you",
      "dee liked your note",
      "cy and bo liked your note",
    ]);
    expect(await lines("/notifications?show=likes")).toEqual([
      "dee liked your note",
      "cy and bo liked your note",
    ]);
    expect(await lines("/notifications?show=follows")).toEqual([]);
    expect(await lines("/notifications?show=toString")).toHaveLength(4);
  });

  test("come of each note of those one asked to be told of, as far as one may see them, and not of answers", async () => {
    await followActor(home.app, ann.viewer, bo.viewer.actorId);
    await changeFollow(home.app, ann.viewer, bo.viewer.actorId, { notifies: true });
    const first = await aNote(home, { by: bo.viewer });
    await aNote(home, { by: bo.viewer, visibility: "followers" });
    await aNote(home, { by: bo.viewer, visibility: "direct", source: "to nobody" });
    await aNote(home, { by: bo.viewer, replyTo: first.id });
    expect((await kinds()).kinds).toEqual(["note", "note"]);
  });

  test("that a person left out are neither shown nor counted; a mute may leave them", async () => {
    const note = await aNote(home, { by: ann.viewer });
    await likeNote(home.app, bo.viewer, note.id);
    await aNote(home, { by: cy.viewer, source: "@ann hi" });
    expect(await kinds()).toEqual({ kinds: ["mention", "like"], unread: 2 });
    await updatePreferences(home.app, ann.viewer, { hiddenNotifications: ["like", "reaction"] });
    expect(await kinds()).toEqual({ kinds: ["mention"], unread: 1 });
    await muteActor(home.app, ann.viewer, cy.viewer.actorId, { hidesNotifications: false });
    expect((await kinds()).kinds).toEqual(["mention"]);
    await muteActor(home.app, ann.viewer, cy.viewer.actorId);
    expect(await kinds()).toEqual({ kinds: [], unread: 0 });
  });
});
