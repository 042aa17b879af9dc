import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { workOnFilm } from "../../server/services/media/film-job.ts";
import { canFilm } from "../../server/services/media/films.ts";
import { addMedia, findOwnMedia } from "../../server/services/media/uploads.ts";
import { findUnreadyFilm } from "../../server/store/films.ts";
import { aFilm } from "../support/films.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let home: TestInstance;
let alice: Member;
let data: string;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "causeway-data-"));
  home = await createInstance({ environment: { CAUSEWAY_DATA: data } });
  alice = await aMember(home, "alice");
});

afterEach(async () => {
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

async function small(): Promise<Uint8Array> {
  return await aFilm({
    in: "webm",
    video: { codec: "vp8", width: 160, height: 120 },
    audio: { codec: "opus" },
  });
}

function leftovers(): readonly string[] {
  const folder = join(data, "working");
  return existsSync(folder) ? readdirSync(folder) : [];
}

const TRY = { createdAt: 0, signal: new AbortController().signal };

describe("An uploaded film", () => {
  test("waits, is worked on, and is ready with a still, sizes and a digest; what was uploaded is gone", async () => {
    const added = await addMedia(home.app, alice.viewer, {
      name: "IMG_1.webm",
      bytes: await small(),
      alt: " A pier ",
    });
    expect(added).toMatchObject({ kind: "video", state: "waiting", progress: 0, alt: "A pier" });
    const source = (await findUnreadyFilm(home.app.db, added.id))?.source_file ?? "";
    expect(await home.app.files.read(source)).not.toBeNull();
    await home.worker.drain({ failFast: true });
    const ready = await findOwnMedia(home.app, alice.viewer, added.id);
    expect(ready).toMatchObject({
      state: "ready",
      progress: 100,
      mediaType: "video/mp4",
      width: 160,
      height: 120,
    });
    expect(ready?.url).toMatch(/^\/media\/[\w-]{32}\.mp4$/);
    expect(ready?.coverUrl).toMatch(/^\/media\/[\w-]+\.webp$/);
    expect(ready?.blurhash).not.toBeNull();
    const film = await home.app.files.read(ready?.url.slice(7) ?? "");
    expect(film?.length).toBe(ready?.size);
    expect(await home.app.files.read(source)).toBeNull();
    expect(leftovers()).toEqual([]);
  });

  test("that cannot be played fails with a sentence, and nothing of it stays", async () => {
    const broken = (await small()).slice(0, 700);
    const added = await addMedia(home.app, alice.viewer, { name: "x.webm", bytes: broken });
    const source = (await findUnreadyFilm(home.app.db, added.id))?.source_file ?? "";
    await home.worker.drain({ failFast: true });
    const failed = await findOwnMedia(home.app, alice.viewer, added.id);
    expect(failed?.state).toBe("failed");
    expect(failed?.fault).toMatch(/^film\.fault_(?:broken|empty)$/);
    expect(await home.app.files.read(source)).toBeNull();
    expect(leftovers()).toEqual([]);
  });

  test("begun by a process that was killed is begun anew, and is made once", async () => {
    const added = await addMedia(home.app, alice.viewer, { name: "x.webm", bytes: await small() });
    // A first try that never came to its end: the row says "working" and its folder holds half a film.
    const stopped = new AbortController();
    const first = workOnFilm(home.app, added.id, { ...TRY, attempt: 1, signal: stopped.signal });
    stopped.abort(new Error("killed"));
    await expect(first).rejects.toThrow("killed");
    expect(await findOwnMedia(home.app, alice.viewer, added.id)).toMatchObject({ state: "working" });
    await workOnFilm(home.app, added.id, { ...TRY, attempt: 2 });
    const ready = await findOwnMedia(home.app, alice.viewer, added.id);
    expect(ready?.state).toBe("ready");
    const usage = await home.app.files.usage();
    await home.worker.drain({ failFast: true });
    expect(await findOwnMedia(home.app, alice.viewer, added.id)).toEqual(ready);
    expect(await home.app.files.usage()).toBeLessThan(usage);
  });

  test("worked on twice at the same time is kept once, whole", async () => {
    const added = await addMedia(home.app, alice.viewer, { name: "x.webm", bytes: await small() });
    await Promise.all([1, 2].map((attempt) => workOnFilm(home.app, added.id, { ...TRY, attempt })));
    await home.worker.drain({ failFast: true });
    const ready = await findOwnMedia(home.app, alice.viewer, added.id);
    const files = [ready?.url, ready?.coverUrl, ...(ready?.variants.map(({ url }) => url) ?? [])];
    for (const url of files) expect(await home.app.files.size((url ?? "").slice(7))).toBeGreaterThan(0);
    expect(leftovers()).toEqual([]);
  });

  test("that brings the process down again and again is given up", async () => {
    const added = await addMedia(home.app, alice.viewer, { name: "x.webm", bytes: await small() });
    await workOnFilm(home.app, added.id, { ...TRY, attempt: 4 });
    expect(await findOwnMedia(home.app, alice.viewer, added.id)).toMatchObject({
      state: "failed",
      fault: "film.too_heavy",
    });
  });

  test("deleted meanwhile leaves nothing", async () => {
    const added = await addMedia(home.app, alice.viewer, { name: "x.webm", bytes: await small() });
    await home.app.db.deleteFrom("attachments").where("id", "=", added.id).execute();
    await home.worker.drain({ failFast: true });
    expect(await findOwnMedia(home.app, alice.viewer, asId(added.id))).toBeNull();
    expect(leftovers()).toEqual([]);
  });

  test("is somebody's own: nobody else can look at how it is", async () => {
    const bob = await aMember(home, "bob");
    const added = await addMedia(home.app, alice.viewer, { name: "x.webm", bytes: await small() });
    expect(await findOwnMedia(home.app, bob.viewer, added.id)).toBeNull();
  });
});

describe("A server", () => {
  test("that takes no films says so and still takes pictures", async () => {
    const plain = await createInstance({ environment: { CAUSEWAY_FILMS: "off", CAUSEWAY_DATA: data } });
    expect(canFilm(plain.app)).toBe(false);
    expect(canFilm(home.app)).toBe(true);
    const carol = await aMember(plain, "carol");
    await expect(
      addMedia(plain.app, carol.viewer, { name: "x.webm", bytes: await small() }),
    ).rejects.toMatchObject({
      kind: "invalid",
      fields: { file: { key: "film.not_here" } },
    });
    await plain.close();
  });

  test("refuses what is larger than it takes, and what is neither picture, film nor sound", async () => {
    const tiny = await createInstance({ environment: { CAUSEWAY_FILM_SIZE: "1 KiB", CAUSEWAY_DATA: data } });
    const carol = await aMember(tiny, "carol");
    const add = async (bytes: Uint8Array) => await addMedia(tiny.app, carol.viewer, { name: "x.mp4", bytes });
    await expect(add(await small())).rejects.toMatchObject({ fields: { file: { key: "film.too_large" } } });
    await expect(add(new TextEncoder().encode("<svg onload=alert(1)>"))).rejects.toMatchObject({
      kind: "invalid",
    });
    expect(await tiny.app.db.selectFrom("attachments").selectAll().execute()).toEqual([]);
    expect(await tiny.app.files.usage()).toBe(0);
    await tiny.close();
  });
});
