import { expect, onTestFinished, test } from "vitest";
import { aMember, aNote, createInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver } from "./peer.ts";

test("all that is only kept for a while is lost: nothing happens twice, and what comes and goes after it does (F15)", async () => {
  const here = await createInstance({ host: "here.test" });
  onTestFinished(here.close);
  const { viewer } = await aMember(here, "alice");
  const peer = await createPeer(here, "a.test");
  const { db } = here.app;
  const follow = {
    id: `${peer.actorUri}/f`,
    type: "Follow",
    actor: peer.actorUri,
    object: here.app.uris.actor(viewer.actorId),
  };
  const uri = `${peer.actorUri}/1`;
  const tag = [{ type: "Mention", href: follow.object, name: "@alice@here.test" }];
  const object = { id: uri, type: "Note", attributedTo: peer.actorUri, content: "Once", tag };
  const to = ["https://www.w3.org/ns/activitystreams#Public", follow.object];
  const create = { id: `${uri}/create`, type: "Create", actor: peer.actorUri, to, object: { ...object, to } };
  const count = async () =>
    [
      await db.selectFrom("follows").select("id").execute(),
      await db.selectFrom("notes").select("id").where("uri", "=", uri).execute(),
      await db.selectFrom("notifications").select("id").execute(),
    ].map((rows) => rows.length);
  for (const activity of [follow, create]) expect(await deliver(here, peer, activity)).toBe(202);
  // Also before what is waiting was done.
  await db.deleteFrom("kv").execute();
  await drain(here);
  const before = await count();
  expect(before.slice(0, 2)).toEqual([1, 1]);
  await db.deleteFrom("kv").execute();
  for (const activity of [follow, create]) expect(await deliver(here, peer, activity)).toBe(202);
  await drain(here);
  expect(await count()).toEqual(before);
  peer.received.length = 0;
  await aNote(here, { by: viewer });
  await drain(here);
  expect(peer.received.map(({ json }) => json["type"])).toEqual(["Create"]);
});
