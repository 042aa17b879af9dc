import { expect, test } from "vitest";
import { listArrivals } from "../../server/services/arrivals/arrivals.ts";
import {
  arriveFromReplica,
  arriveWithPhrase,
  findSealedReplica,
} from "../../server/services/arrivals/replica.ts";
import { findViewerOfAccount } from "../../server/services/accounts/viewers.ts";
import { newPhrase } from "../../server/lifeboat/phrase.ts";
import { addMedia } from "../../server/services/media/uploads.ts";
import { search } from "../../server/services/search.ts";
import { activateMember } from "../../server/services/standbys/activation.ts";
import { transaction } from "../../server/store/database.ts";
import { asId } from "../../server/domain/ids.ts";
import { aMember, aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair } from "../support/pair.ts";
import { aPhrase } from "./arrival-scene.ts";
import { anEscape } from "./escape-scene.ts";
import { kill } from "./peers/disasters.ts";
import { later, members, replicated } from "./standby-parts.ts";
import sharp from "sharp";

test("at a launch the public notes that a standby kept become notes of the account that waited, and the phrase opens the rest", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const phrase = await aPhrase(east, ann.viewer);
  await replicated(pair);
  const bytes = await sharp({ create: { width: 20, height: 20, channels: 3, background: "#0c0" } })
    .png()
    .toBuffer();
  const picture = await addMedia(east.app, ann.viewer, { name: "green.png", bytes, alt: "Green" });
  const first = await aNote(east, { by: ann.viewer, source: "first", attachments: [{ id: picture.id }] });
  pair.clock.advance(1_000);
  const second = await aNote(east, { by: ann.viewer, source: "second", replyTo: first.id });
  const sealed = await aNote(east, { by: ann.viewer, source: "heron", visibility: "followers" });
  await later(pair);
  await later(pair);
  pair.network.leave("east.test");
  pair.clock.advance(86_400_000);
  const [member] = await members(west);
  const memberId = member?.id ?? 0;
  const actorId = await transaction(west.app.db, (tx) => activateMember(west.app, tx, memberId));
  await arriveFromReplica(west.app, memberId);
  await arriveFromReplica(west.app, memberId);
  await drain(west);
  const found = async (uri: string) => (await search(west.app, null, uri, { resolve: false })).notes[0];
  const copy = await found(first.uri);
  expect(copy).toMatchObject({ publishedAt: first.publishedAt, local: true, author: { id: actorId } });
  expect(copy?.attachments).toMatchObject([{ alt: "Green", width: 20 }]);
  expect((await found(second.uri))?.replyTo?.id).toBe(copy?.id);
  const rows = await west.app.db.selectFrom("arrivals").selectAll().execute();
  expect(rows).toMatchObject([{ source: "replica", state: "done", ground: "agreement", actor_id: actorId }]);
  expect(JSON.parse(rows[0]?.report ?? "{}")).toMatchObject({ taken: 2, left: { sealed: 1 } });
  // The person comes for their account.
  const guest = await aMember(west, "cora");
  await west.app.db
    .updateTable("accounts")
    .set({ actor_id: actorId })
    .where("id", "=", guest.viewer.accountId)
    .execute();
  const viewer = await findViewerOfAccount(west.app, asId(guest.viewer.accountId));
  if (viewer === null) throw new Error("the account is there");
  expect(await findSealedReplica(west.app, viewer)).toMatchObject({ notes: 1 });
  await expect(arriveWithPhrase(west.app, viewer, newPhrase())).rejects.toMatchObject({ kind: "invalid" });
  await arriveWithPhrase(west.app, viewer, phrase);
  await drain(west);
  const [latest] = await listArrivals(west.app, viewer);
  expect(latest).toMatchObject({ state: "done", report: { taken: 1, already: 2, left: {} } });
  expect((await search(west.app, viewer, sealed.uri, { resolve: false })).notes[0]).toMatchObject({
    visibility: "followers",
    publishedAt: sealed.publishedAt,
  });
  expect(await found(sealed.uri)).toBeUndefined();
  const kept = JSON.stringify(await west.app.db.selectFrom("arrivals").selectAll().execute());
  expect(kept).not.toMatch(/AGE-SECRET|"secret":"/);
});

test("a launch takes the notes along by itself, and the account shows the Move that its old self signed", async () => {
  const escape = await anEscape();
  const ann = await escape.member("ann");
  await escape.seal();
  const create = {
    "@context": "https://www.w3.org/ns/activitystreams",
    type: "Create",
    id: `${ann.oldUri}/1#create`,
    actor: ann.oldUri,
    object: {
      type: "Note",
      id: `https://${escape.home.host}/notes/1`,
      attributedTo: ann.oldUri,
      to: ["https://www.w3.org/ns/activitystreams#Public"],
      content: "<p>From before</p>",
      published: "2025-01-01T00:00:00Z",
    },
  };
  await escape.standby.app.db
    .insertInto("standby_records")
    .values({
      agreement_id: escape.agreementId,
      object_uri: create.object.id,
      actor_uri: ann.oldUri,
      kind: "public",
      body: JSON.stringify(create),
      seq: 1,
      size: 1,
    })
    .execute();
  kill(escape.network, escape.home.host);
  await escape.launch(ann);
  const get = async (path: string) => {
    const headers = { accept: "application/activity+json" };
    return (await (await escape.standby.request(path, { headers })).json()) as Record<string, unknown>;
  };
  const actor = await get(`/users/${ann.newId}`);
  const migration = await get(new URL(String(actor["migration"])).pathname);
  expect(migration).toMatchObject({ totalItems: 1, migrationComplete: true });
  const moves = await get(new URL(String(actor["moves"])).pathname);
  expect(moves["orderedItems"]).toMatchObject([{ type: "Move", object: ann.oldUri, target: ann.newUri }]);
  const notes = await escape.standby.app.db.selectFrom("notes").selectAll().execute();
  expect(notes).toMatchObject([{ actor_id: ann.newId, published_at: Date.UTC(2025, 0, 1), local: 1 }]);
});
