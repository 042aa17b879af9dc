import { expect, test } from "vitest";
import { attachmentViews, uploadImage } from "../../server/services/media/attachments.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { listAttachments } from "../../server/store/attachments.ts";
import { aMember, aNote } from "../support/instance.ts";
import { aPair, follow } from "../support/pair.ts";
import { PNG } from "./app.ts";

test("who leaves takes every file along: pictures in all sizes, avatar, header, uploads nobody saw (PRV-16)", async () => {
  const { west, clock, settle } = await aPair();
  const before = await west.app.files.usage();
  const { viewer } = await aMember(west, "leaver");
  await updateProfile(west.app, viewer, { avatar: PNG, header: PNG });
  const posted = await uploadImage(west.app, viewer, { bytes: PNG });
  await uploadImage(west.app, viewer, { bytes: PNG });
  await aNote(west, { by: viewer, attachments: [{ id: posted.id }] });
  expect(await west.app.files.usage()).toBeGreaterThan(before);
  await removeMember(west.app, viewer.actorId);
  await settle();
  clock.advance(61 * 60_000);
  await settle();
  expect(await west.app.files.usage()).toBe(before);
});

test("a note that is deleted elsewhere takes the copies of its pictures along, in both sizes (MED-07)", async () => {
  const pair = await aPair();
  const { east, west, bo } = pair;
  await follow(pair, east, pair.ann.viewer, "@bo@west.test");
  const { id } = await uploadImage(west.app, bo.viewer, { bytes: PNG });
  const note = await aNote(west, { by: bo.viewer, attachments: [{ id }] });
  await pair.settle();
  const { id: copy } = await east.app.db
    .selectFrom("notes")
    .select("id")
    .where("uri", "=", note.uri)
    .executeTakeFirstOrThrow();
  const [picture] = attachmentViews(east.app, await listAttachments(east.app.db, [copy]));
  const urls = (picture?.variants ?? []).map((variant) => variant.url);
  expect(urls).toHaveLength(2);
  const before = await east.app.cache.usage();
  for (const url of urls) expect((await east.request(url)).status).toBe(200);
  expect(await east.app.cache.usage()).toBeGreaterThan(before);
  await deleteNote(west.app, bo.viewer, note.id);
  await pair.settle();
  expect(await east.app.cache.usage()).toBe(before);
  expect(await east.app.db.selectFrom("proxied").select("url").where("size", ">", 0).execute()).toEqual([]);
  // Its address still holds; there is nothing behind it any more.
  for (const url of urls) expect((await east.request(url)).status).toBe(404);
});
