import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/folders.ts";
import { setUp } from "../processes/people.ts";
import { databaseOf, eventually, restart, runCommand, startServer } from "../processes/processes.ts";
import { aToken, postAsApp, sourcesIn } from "./people.ts";

test("a data folder that fills up: what was answered is kept, the rest is refused with a time, and it ends by itself (F09)", async () => {
  const disk = smallDisk(48);
  const server = await startServer({ CAUSEWAY_DATA: join(disk, "data") });
  const browser = await setUp(server, "ann");
  const token = await aToken(server, "ann");
  const kept: string[] = [];
  const say = async (text: string) => {
    const answer = await postAsApp(server, token, text, text);
    if (answer.status === 200) kept.push(text);
    return answer;
  };
  expect((await say("before")).status).toBe(200);
  const ballast = fill(disk);
  let refused = await say("full 0");
  for (let n = 1; n < 2_000 && refused.status === 200; n++)
    refused = await say(`full ${n} ${"x".repeat(4_000)}`);
  expect([refused.status, refused.retryAfter]).toEqual([503, "300"]);
  // Nobody is kept from reading, and the form comes back with what was typed.
  expect((await browser.get("/home")).status).toBe(200);
  expect((await browser.get("/@ann")).status).toBe(200);
  const typed = `not lost ${"y".repeat(4_500)}`;
  const form = await browser.form("/compose", "/compose");
  const page = await browser.send(form, { source: typed, action: "post" });
  if (page.status === 303) kept.push(typed);
  else expect([page.status, page.html.includes("not lost")]).toEqual([503, true]);
  const picture = await fetch(`${server.address}/api/v2/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: formOf(new Blob([PIXEL], { type: "image/png" })),
  });
  expect([200, 422, 503]).toContain(picture.status);
  await picture.text();
  expect((await browser.get("/readyz")).status).toBe(200);

  rmSync(ballast);
  await eventually(async () => expect((await say("after")).status).toBe(200));
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  const again = await restart(server);
  expect(await sourcesIn(databaseOf(again))).toEqual(kept.toSorted());
  const doctor = await runCommand(again.environment, ["doctor", "--json"]);
  expect(doctor.out).not.toContain("malformed");
  await again.kill();
});

/** Takes all room but a little; returns what to remove. */
function fill(disk: string): string {
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, "");
  const { bavail, bsize } = statfsSync(disk);
  const room = Number(bavail) * Number(bsize);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, room - 256 * 1024), 1));
  return ballast;
}

/**
 * A file system of `mib` in memory. Mounting needs root: without it there is none, and this test fails and says so rather
 * than pass over it.
 */
function smallDisk(mib: number): string {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=0777`, "tmpfs", folder]);
  if (mounted.status === 0) {
    onTestFinished(() => void spawnSync("umount", ["-l", folder]));
    return folder;
  }
  throw new Error(
    `No small disk could be made: ${mounted.stderr.toString().trim()}. Run npm run test:faults as root, or in a container with CAP_SYS_ADMIN.`,
  );
}

function formOf(file: Blob): FormData {
  const form = new FormData();
  form.append("file", file, "dot.png");
  return form;
}

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
