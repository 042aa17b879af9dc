import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Files } from "../../server/context.ts";
import { createEndpoint } from "../../server/http/endpoint.ts";
import { createBucket } from "../../server/media/bucket.ts";
import { createFiles, isFileName, memoryFiles } from "../../server/media/files.ts";
import { type S3Server, startS3 } from "../support/s3.ts";

const NAME = "abcdefghijklmnopqrstuvwx.webp";
const FILM = "bbcdefghijklmnopqrstuvwx.mp4";
const MIB = 1024 * 1024;
const folders: string[] = [];
const open: { close(): Promise<void> }[] = [];
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "causeway-files-test-"));
  folders.push(path);
  return path;
}

async function bucket(prefix = "", now = () => 0): Promise<{ readonly s3: S3Server; readonly files: Files }> {
  const s3 = await startS3(prefix);
  const endpoint = createEndpoint(s3.settings.endpoint);
  open.push(endpoint, s3);
  return {
    s3,
    files: createBucket(s3.settings, { fetch: endpoint.fetch, now, scratch: join(folder(), "scratch") }),
  };
}

async function bytesOf(files: Files, name: string, range?: { start: number; end: number }) {
  const found = await files.open(name, range);
  return found === null
    ? null
    : { size: found.size, bytes: [...new Uint8Array(await new Response(found.stream).arrayBuffer())] };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.each([
  ["on disk", async () => createFiles(folder())],
  ["in memory", async () => memoryFiles()],
  ["in a bucket", async () => (await bucket()).files],
  ["in a folder of a bucket", async () => (await bucket("social/media/")).files],
] as const)("files %s", (_name, make) => {
  test("come back as they were written, and are gone once removed", async () => {
    const files = await make();
    expect([await files.read(NAME), await files.size(NAME), await files.open(NAME)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(await files.withPath(NAME, async () => "there")).toBeNull();
    await files.write(NAME, new Uint8Array([1, 2, 3]));
    expect([...((await files.read(NAME)) ?? [])]).toEqual([1, 2, 3]);
    expect(await files.size(NAME)).toBe(3);
    expect(await files.usage()).toBe(3);
    await files.remove(NAME);
    await files.remove(NAME);
    expect([await files.read(NAME), await files.size(NAME)]).toEqual([null, null]);
  });

  test("are opened whole or in part, and read where a path is needed", async () => {
    const files = await make();
    await files.write(FILM, new Uint8Array([0, 1, 2, 3, 4, 5]));
    expect(await bytesOf(files, FILM)).toEqual({ size: 6, bytes: [0, 1, 2, 3, 4, 5] });
    expect(await bytesOf(files, FILM, { start: 2, end: 3 })).toEqual({ size: 6, bytes: [2, 3] });
    expect(await bytesOf(files, FILM, { start: 4, end: 99 })).toEqual({ size: 6, bytes: [4, 5] });
    expect(await bytesOf(files, FILM, { start: 6, end: 99 })).toEqual({ size: 6, bytes: [] });
    let seen = "";
    const read = await files.withPath(FILM, async (path) => {
      seen = path;
      return [...readFileSync(path)];
    });
    expect(read).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen).toMatch(/\.mp4$/);
  });

  test("are taken over from a path of this machine, which is gone then", async () => {
    const files = await make();
    const path = join(folder(), "made");
    writeFileSync(path, "film");
    await files.take(FILM, path);
    expect(existsSync(path)).toBe(false);
    expect(Buffer.from((await files.read(FILM)) ?? []).toString()).toBe("film");
    await expect(files.take(NAME, path)).rejects.toThrow();
    expect(await files.read(NAME)).toBeNull();
  });

  test("are listed, however many", async () => {
    const files = await make();
    const names = Array.from({ length: 5 }, (_, i) => `${i}bcdefghijklmnopqrstuvwx.avif`);
    for (const [i, name] of names.entries()) await files.write(name, new Uint8Array(i));
    const listed = (await all(files.list())).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(listed.map(({ name, size }) => [name, size])).toEqual(names.map((name, i) => [name, i]));
    expect(await files.usage()).toBe(10);
  });

  test("have no other names than the ones made here", async () => {
    const files = await make();
    for (const name of [
      "../../etc/passwd",
      "short.webp",
      "abcdefghijklmnopqrstuvwx.svg",
      "abcdefghijklmnopqrstuvwx.html",
      "a/bcdefghijklmnopqrstuvw.webp",
      `${"a".repeat(200)}.webp`,
    ]) {
      expect(isFileName(name)).toBe(false);
      await expect(files.write(name, new Uint8Array())).rejects.toThrow("name");
      expect([await files.read(name), await files.size(name), await files.open(name)]).toEqual([
        null,
        null,
        null,
      ]);
    }
  });
});

describe("files on disk", () => {
  test("leave nothing half-written behind", async () => {
    const path = folder();
    const files = createFiles(path);
    await Promise.all([
      files.write(NAME, new Uint8Array(10)),
      files.write(NAME.replace("a", "b"), new Uint8Array(20)),
    ]);
    expect(readdirSync(join(path, "incoming"))).toEqual([]);
    expect(readdirSync(path).toSorted()).toEqual(["ab", "bb", "incoming"]);
    expect(await files.usage()).toBe(30);
  });

  test("that a process left half-written are swept, those that are being written are not", async () => {
    const path = folder();
    const files = createFiles(path);
    await files.write(NAME, new Uint8Array(10));
    for (const name of ["old", "new"]) writeFileSync(join(path, "incoming", name), "");
    utimesSync(join(path, "incoming", "old"), 1_000, 1_000);
    expect(await files.sweep(2_000_000)).toBe(1);
    expect(readdirSync(join(path, "incoming"))).toEqual(["new"]);
    expect(await files.usage()).toBe(10);
  });

  test("close when whoever reads them goes away", async () => {
    const files = createFiles(folder());
    await files.write(NAME, new Uint8Array(MIB));
    for (let i = 0; i < 50; i += 1) {
      const found = await files.open(NAME);
      const reader = found?.stream.getReader();
      await reader?.read();
      await reader?.cancel();
    }
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(100);
  });
});

describe("files in a bucket", () => {
  test("are signed for its secret, and refused with another", async () => {
    const { s3, files } = await bucket();
    await files.write(NAME, new Uint8Array([1]));
    expect([...s3.objects.keys()]).toEqual([`ab/${NAME}`]);
    const endpoint = createEndpoint(s3.settings.endpoint);
    open.push(endpoint);
    const wrong = createBucket(
      { ...s3.settings, secretKey: "guessed" },
      { fetch: endpoint.fetch, now: () => 0, scratch: folder() },
    );
    await expect(wrong.write(NAME, new Uint8Array([2]))).rejects.toMatchObject({ kind: "unavailable" });
    await expect(wrong.read(NAME)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(wrong.remove(NAME)).rejects.toMatchObject({ kind: "unavailable" });
    expect([...(s3.objects.get(`ab/${NAME}`) ?? [])]).toEqual([1]);
  });

  test("go in pieces of 8 MiB when they are large, and are there only once they are whole", async () => {
    const { s3, files } = await bucket("in/");
    const path = join(folder(), "film");
    const bytes = Buffer.alloc(17 * MIB, 1);
    bytes.fill(2, 8 * MIB, 16 * MIB);
    writeFileSync(path, bytes);
    await files.take(FILM, path);
    expect(s3.objects.get(`in/bb/${FILM}`)?.equals(bytes)).toBe(true);
    expect(s3.largest()).toBe(8 * MIB);
    expect(s3.unfinished.size).toBe(0);
  });

  test("that could not be sent whole are not there, and their pieces neither", async () => {
    const { s3, files } = await bucket();
    const path = join(folder(), "film");
    writeFileSync(path, Buffer.alloc(9 * MIB));
    s3.fail(403, 3, "partNumber=2");
    await expect(files.take(FILM, path)).rejects.toMatchObject({ kind: "unavailable" });
    expect([s3.objects.size, s3.unfinished.size, existsSync(path)]).toEqual([0, 0, true]);
  });

  test("are tried again when the store stumbles, three times", async () => {
    const { s3, files } = await bucket();
    s3.fail(503, 2);
    await files.write(NAME, new Uint8Array([1]));
    expect(s3.log).toHaveLength(3);
    s3.fail(500, 3);
    await expect(files.read(NAME)).rejects.toMatchObject({ kind: "unavailable" });
    await s3.close();
    await expect(files.read(NAME)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("that were given up long ago in the middle are swept", async () => {
    const { s3, files } = await bucket();
    s3.unfinished.set("left", { key: `bb/${FILM}`, parts: new Map() });
    s3.unfinished.set("not-ours", { key: "somebody/else.mp4", parts: new Map() });
    expect(await files.sweep(0)).toBe(0);
    expect(await files.sweep(Date.UTC(2021, 0))).toBe(1);
    expect([...s3.unfinished.keys()]).toEqual(["not-ours"]);
  });

  test("are counted once an hour, and other things in the bucket are left alone", async () => {
    let now = 0;
    const { s3, files } = await bucket("", () => now);
    s3.objects.set("notes.txt", Buffer.alloc(100));
    s3.objects.set(`zz/${NAME}`, Buffer.alloc(100));
    await files.write(NAME, new Uint8Array(7));
    expect(await files.usage()).toBe(7);
    const asked = s3.log.length;
    expect(await files.usage()).toBe(7);
    expect(s3.log).toHaveLength(asked);
    now += 3_600_001;
    await files.usage();
    expect(s3.log.length).toBeGreaterThan(asked);
  });
});

test("the way to the bucket leads nowhere else", async () => {
  const s3 = await startS3();
  const endpoint = createEndpoint("http://127.0.0.1:9");
  open.push(endpoint, s3);
  await expect(
    endpoint.fetch({ url: `${s3.settings.endpoint}/pictures/`, method: "GET", headers: {} }),
  ).rejects.toMatchObject({ kind: "refused" });
  expect(s3.log).toEqual([]);
});
