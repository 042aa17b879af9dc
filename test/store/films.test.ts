import { expect, test } from "vitest";
import { addMedia, findOwnMedia } from "../../server/services/media/uploads.ts";
import { READY } from "../../server/services/media/attachments.ts";
import { type AttachmentRow, insertAttachment } from "../../server/store/attachments.ts";
import type { Db } from "../../server/store/database.ts";
import {
  failFilm,
  findUnreadyFilm,
  type FinishedFilm,
  finishFilm,
  updateCaptions,
  writeFilmProgress,
} from "../../server/store/films.ts";
import {
  advanceUpload,
  findUpload,
  insertUpload,
  knownUploadFiles,
  listUploads,
  removeRestingUploads,
} from "../../server/store/uploads.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance } from "../support/instance.ts";
import { storeActor } from "../support/rows.ts";

const DONE: FinishedFilm = {
  file: "f.mp4",
  kind: "audio",
  mediaType: "audio/mp4",
  width: null,
  height: null,
  durationMs: 5,
  size: 6,
  digest: "z",
  sha256: "0".repeat(64),
  animated: false,
  still: null,
};

async function aWaiting(db: Db, id: number, change: Partial<AttachmentRow> = {}): Promise<void> {
  await insertAttachment(db, {
    ...READY,
    id,
    actor_id: 1,
    note_id: null,
    position: 0,
    kind: "video",
    file: null,
    remote_url: null,
    media_type: "video/mp4",
    alt: "",
    width: null,
    height: null,
    blurhash: null,
    focus_x: null,
    focus_y: null,
    cover_url: null,
    duration_ms: null,
    digest: null,
    size: 1,
    created_at: 1,
    state: "waiting",
    progress: 0,
    source_file: "s.bin",
    ...change,
  });
}

eachDatabase((_name, open) => {
  test("a film is worked on once: who comes later finds nothing to do, and a chosen cover stays", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    await aWaiting(db, 10, { cover_file: "mine.webp" });
    await writeFilmProgress(db, 10, 40);
    expect(await findUnreadyFilm(db, 10)).toMatchObject({ state: "working", progress: 40 });
    const still = { file: "s.webp", blurhash: "L", variants: "[]" };
    expect(await finishFilm(db, { id: 10, source: "other.bin", hasCover: false }, DONE)).toBe(false);
    expect(await finishFilm(db, { id: 10, source: "s.bin", hasCover: true }, { ...DONE, still })).toBe(true);
    expect(await finishFilm(db, { id: 10, source: "s.bin", hasCover: true }, DONE)).toBe(false);
    expect(await failFilm(db, { id: 10, source: "s.bin" }, "film.fault_broken")).toBe(false);
    await writeFilmProgress(db, 10, 90);
    expect(await findUnreadyFilm(db, 10)).toBeNull();
    const row = await db.selectFrom("attachments").selectAll().where("id", "=", 10).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ state: "ready", progress: 100, kind: "audio", cover_file: "mine.webp" });
    expect(await updateCaptions(db, 1, 10, { before: "[]", after: "[1]" })).toBe(true);
    expect(await updateCaptions(db, 1, 10, { before: "[]", after: "[2]" })).toBe(false);
    expect(await updateCaptions(db, 2, 10, { before: "[1]", after: "[2]" })).toBe(false);
  });

  test("pieces of an upload count once, and what rests is swept with the name of its file", async () => {
    const instance = await createInstance({ database: await open() });
    const { db } = instance.app;
    const { viewer } = await aMember(instance, "alice");
    const row = (id: number, at: number) => ({
      id,
      account_id: viewer.accountId,
      name: "x",
      media_type: "",
      size: 100,
      received: 0,
      file: `${id}.part`,
      created_at: at,
      updated_at: at,
    });
    await insertUpload(db, row(1, 50));
    await insertUpload(db, row(2, 10));
    expect(await advanceUpload(db, 1, { from: 0, to: 60, now: 70 })).toBe(true);
    expect(await advanceUpload(db, 1, { from: 0, to: 60, now: 70 })).toBe(false);
    expect(await findUpload(db, viewer.accountId, 1)).toMatchObject({ received: 60, updated_at: 70 });
    expect(await findUpload(db, viewer.accountId + 1, 1)).toBeNull();
    expect((await listUploads(db, viewer.accountId)).map(({ id }) => id)).toEqual([2, 1]);
    expect(await knownUploadFiles(db, ["1.part", "9.part"])).toEqual(new Set(["1.part"]));
    expect(await removeRestingUploads(db, 60, 10)).toEqual(["2.part"]);
    await instance.stop(0);
  });

  test("the job of a film runs to its end", async () => {
    const instance = await createInstance({ database: await open() });
    const { viewer } = await aMember(instance, "alice");
    const noFilm = Uint8Array.from([0x1a, 0x45, 0xdf, 0xa3, ...new Uint8Array(900)]);
    const { id } = await addMedia(instance.app, viewer, { name: "x", bytes: noFilm });
    await instance.worker.drain({ failFast: true });
    expect(await findOwnMedia(instance.app, viewer, id)).toMatchObject({
      state: "failed",
      fault: "film.fault_broken",
    });
    await instance.stop(0);
  });
});
