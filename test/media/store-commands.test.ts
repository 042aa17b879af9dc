import { existsSync, utimesSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { runCommand } from "../../server/cli/program.ts";
import { createEndpoint } from "../../server/http/endpoint.ts";
import { createBucket } from "../../server/media/bucket.ts";
import { createFiles, placeOf } from "../../server/media/files.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type S3Server, startS3 } from "../support/s3.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const names = Array.from({ length: 5 }, (_, i) => `${i}bcdefghijklmnopqrstuvwx.webp`);

async function bucket(): Promise<S3Server> {
  const s3 = await startS3("social/");
  open.push(s3);
  return s3;
}

function environmentOf({ settings }: S3Server): Record<string, string> {
  return {
    CAUSEWAY_S3_ENDPOINT: settings.endpoint,
    CAUSEWAY_S3_BUCKET: settings.bucket,
    CAUSEWAY_S3_REGION: settings.region,
    CAUSEWAY_S3_ACCESS_KEY: settings.accessKey,
    CAUSEWAY_S3_SECRET_KEY: settings.secretKey,
    CAUSEWAY_S3_PREFIX: settings.prefix,
  };
}

function terminalOn(folder: string, environment: Readonly<Record<string, string>> = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const never = () => Promise.reject(new Error("not here"));
  return {
    async run(line: string): Promise<number> {
      out.length = 0;
      err.length = 0;
      const terminal = {
        env: { CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "http://localhost:1", ...environment },
        print: (text: string) => void out.push(text),
        warn: (text: string) => void err.push(text),
        isInteractive: false,
        readInput: async () => "",
      };
      return await runCommand(line.split(" "), terminal, { serve: never, demo: never });
    },
    out: () => out.join("\n"),
    err: () => err.join("\n"),
  };
}

describe("causeway media move", () => {
  test("carries every file over, goes on where it stopped, and back again", async () => {
    const [s3, folder] = [await bucket(), temporaryFolder()];
    const disk = createFiles(join(folder, "media"));
    for (const [i, name] of names.entries()) await disk.write(name, new Uint8Array(i + 1));
    const cli = terminalOn(folder, environmentOf(s3));
    s3.fail(403, 3, `PUT /pictures/social/${placeOf(names[3] ?? "")}`);
    expect(await cli.run("media move --to s3")).toBe(1);
    expect(cli.err()).toMatch(
      /^Stopped after \d files: The bucket answered 403 \(Fault\)\. Run the same command again/,
    );
    const there = s3.objects.size;
    expect(there).toBeLessThan(5);
    expect(await cli.run("media move --to s3")).toBe(1);
    expect(await cli.run("media move --to s3")).toBe(1);
    expect(await cli.run("media move --to s3")).toBe(0);
    expect([s3.objects.size, await disk.usage()]).toEqual([5, 0]);
    expect(s3.objects.get(`social/${placeOf(names[4] ?? "")}`)).toHaveLength(5);

    expect(await cli.run("media move --to disk --keep --json")).toBe(0);
    expect(JSON.parse(cli.out())).toEqual({ moved: 5, bytes: 15, skipped: 0 });
    expect([s3.objects.size, await disk.usage()]).toEqual([5, 15]);
    expect(await cli.run("media move --to disk")).toBe(0);
    expect(cli.out()).toBe("Moved 0 files, 0 bytes; 5 were there already.");
    expect([s3.objects.size, await disk.usage()]).toEqual([0, 15]);
  });

  test("does not take half a file for a whole one", async () => {
    const [s3, folder] = [await bucket(), temporaryFolder()];
    const disk = createFiles(join(folder, "media"));
    await disk.write(names[0] ?? "", new Uint8Array(9));
    s3.objects.set(`social/${placeOf(names[0] ?? "")}`, Buffer.alloc(4));
    expect(await terminalOn(folder, environmentOf(s3)).run("media move --to s3")).toBe(0);
    expect(s3.objects.get(`social/${placeOf(names[0] ?? "")}`)).toHaveLength(9);
  });

  test("says what is missing without a bucket", async () => {
    const cli = terminalOn(temporaryFolder());
    expect(await cli.run("media move --to s3")).toBe(2);
    expect(cli.err()).toContain("CAUSEWAY_S3_ENDPOINT");
    expect(await cli.run("media move --to moon")).toBe(2);
  });
});

describe("causeway media verify and prune", { timeout: 60_000 }, () => {
  test("name what is missing, and remove what nothing names", async () => {
    const folder = temporaryFolder();
    const cli = terminalOn(folder);
    expect(await cli.run("migrate up")).toBe(0);
    expect(await cli.run("account create ann")).toBe(0);
    expect(await cli.run("media verify")).toBe(0);
    expect(cli.out()).toBe("All 0 files are there.");
    const [avatar = "", stray = "", fresh = ""] = names;
    await sqlite(folder, `UPDATE actors SET avatar = '${avatar}' WHERE username = 'ann'`);
    expect(await cli.run("media verify")).toBe(1);
    expect(cli.out()).toBe(`missing  ${avatar}  (profile @ann)`);
    const disk = createFiles(join(folder, "media"));
    for (const name of [avatar, stray, fresh]) await disk.write(name, new Uint8Array(3));
    for (const name of [avatar, stray]) utimesSync(join(folder, "media", placeOf(name)), 1, 1);
    expect(await cli.run("media verify")).toBe(0);
    expect(await cli.run("media prune --dry-run")).toBe(0);
    expect(cli.out()).toBe("Would remove 1 files, 3 bytes, that nothing names.");
    expect(existsSync(join(folder, "media", placeOf(stray)))).toBe(true);
    expect(await cli.run("media prune")).toBe(0);
    expect(existsSync(join(folder, "media", placeOf(stray)))).toBe(false);
    for (const name of [avatar, fresh]) expect(existsSync(join(folder, "media", placeOf(name)))).toBe(true);
  });
});

describe("with a bucket", { timeout: 60_000 }, () => {
  test("doctor says whether it can be written and read, and leaves nothing behind", async () => {
    const [s3, folder] = [await bucket(), temporaryFolder()];
    const cli = terminalOn(folder, environmentOf(s3));
    expect(await cli.run("doctor")).toBe(0);
    expect(cli.out()).toContain("ok    files: the bucket pictures at http://127.0.0.1");
    expect(s3.objects.size).toBe(0);
    const wrong = terminalOn(folder, { ...environmentOf(s3), CAUSEWAY_S3_SECRET_KEY: "guessed" });
    expect(await wrong.run("doctor")).toBe(1);
    expect(wrong.out()).toMatch(
      /fail {2}files: .* cannot be used: The bucket answered 403 \(SignatureDoesNotMatch\)/,
    );
    expect(wrong.out()).not.toContain("guessed");
  });

  test("a backup says that it does not hold the files", async () => {
    const [s3, folder, elsewhere] = [await bucket(), temporaryFolder(), temporaryFolder()];
    const cli = terminalOn(folder, environmentOf(s3));
    expect(await cli.run("migrate up")).toBe(0);
    expect(await cli.run("account create ann")).toBe(0);
    const endpoint = createEndpoint(s3.settings.endpoint);
    open.push(endpoint);
    await createBucket(s3.settings, { fetch: endpoint.fetch, now: () => 0, scratch: folder }).write(
      names[0] ?? "",
      new Uint8Array(1),
    );
    expect(await cli.run(`backup --to ${join(elsewhere, "b.tar.gz")}`)).toBe(0);
    expect(cli.err()).toContain("Uploaded files are in the bucket pictures");
    expect(cli.err()).toContain("not in this archive");
    await mkdir(join(folder, "media"), { recursive: true });
    expect(await readdir(join(folder, "media"))).toEqual([]);
  });

  test("half a configuration is a fault, and no secret is printed", async () => {
    const s3 = await bucket();
    const { CAUSEWAY_S3_SECRET_KEY: secret = "", ...rest } = environmentOf(s3);
    const cli = terminalOn(temporaryFolder(), rest);
    expect(await cli.run("config")).toBe(1);
    expect(cli.err()).toContain("CAUSEWAY_S3_SECRET_KEY");
    const whole = terminalOn(temporaryFolder(), environmentOf(s3));
    expect(await whole.run("config")).toBe(0);
    expect(whole.out()).not.toContain(secret);
    expect(whole.out()).not.toContain(s3.settings.accessKey);
    for (const [name, value] of [
      ["CAUSEWAY_S3_ENDPOINT", "ftp://x"],
      ["CAUSEWAY_S3_ENDPOINT", "https://user:pass@x"],
      ["CAUSEWAY_S3_ENDPOINT", "https://x/bucket"],
      ["CAUSEWAY_S3_PREFIX", "../up"],
      ["CAUSEWAY_PROXY_CACHE", "much"],
    ] as const)
      expect(await terminalOn(temporaryFolder(), { ...environmentOf(s3), [name]: value }).run("config")).toBe(
        1,
      );
  });
});

async function sqlite(folder: string, statement: string): Promise<void> {
  const { default: Database } = await import("better-sqlite3");
  const database = new Database(join(folder, "causeway.db"));
  try {
    database.exec(statement);
  } finally {
    database.close();
  }
}
