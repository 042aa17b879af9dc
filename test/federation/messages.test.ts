import { afterEach, beforeEach, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { search } from "../../server/services/search.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

let here: TestInstance;
let alice: Viewer;
let bob: Viewer;
let eve: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  bob = (await aMember(here, "bob")).viewer;
  eve = await createPeer(here, "e.test", "eve");
});
afterEach(() => here.close());

const told = async (viewer: Viewer) => (await listNotifications(here.app, viewer, {})).items;

test.each([
  [
    "Pleroma's ChatMessage",
    { type: "ChatMessage" },
    ["https://www.w3.org/ns/activitystreams", { ChatMessage: "http://litepub.social/ns#ChatMessage" }],
  ],
  [
    "Lemmy's private Note",
    { type: "Note" },
    ["https://join-lemmy.org/context.json", "https://www.w3.org/ns/activitystreams"],
  ],
])("%s is a direct note for the one it is addressed to, tag or not", async (_, change, context) => {
  const to = [here.app.uris.actor(alice.actorId)];
  const activity = {
    "@context": context,
    ...aCreate(eve, "m", { content: "<p>psst</p>", to, ...change }, { to }),
  };
  expect(await deliver(here, eve, activity)).toBe(202);
  await drain(here);
  const [item] = await told(alice);
  expect(item).toMatchObject({ kind: "mention", note: { visibility: "direct", contentHtml: "<p>psst</p>" } });
  expect(await told(bob)).toEqual([]);
  expect((await search(here.app, bob, "psst")).notes).toEqual([]);
  if (item?.note === null || item === undefined) throw new Error("nothing came");
  await aNote(here, { by: alice, source: "@eve@e.test what?", visibility: "direct", replyTo: item.note.id });
  await drain(here);
  const answer = eve.received.find((one) => one.json["type"] === "Create");
  expect(answer?.path).toBe("/users/eve/inbox");
  expect(answer?.json["object"]).toMatchObject({
    type: "Note",
    to: [eve.actorUri],
    inReplyTo: "https://e.test/notes/m",
  });
});
