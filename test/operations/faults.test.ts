import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { expect, onTestFinished, test } from "vitest";
import { createEndpoint } from "../../server/http/endpoint.ts";
import { createBucket } from "../../server/media/bucket.ts";
import { watchDelay } from "../../server/ops/delay.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { memoryVault } from "../../server/vault.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aMember, aNote, createInstance } from "../support/instance.ts";
import { startS3 } from "../support/s3.ts";

test("a process that answered nothing for a second says so, and is late for a while after it (F33)", async () => {
  const records: LogRecord[] = [];
  configureSync({
    reset: true,
    sinks: { kept: (record) => void records.push(record) },
    loggers: [
      { category: ["causeway", "process"], sinks: ["kept"], lowestLevel: "warning" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  const delay = watchDelay();
  onTestFinished(() => {
    delay.stop();
    resetSync();
  });
  await new Promise((resume) => setTimeout(resume, 150));
  const until = performance.now() + 1_300;
  while (performance.now() < until) JSON.parse("[1]");
  await new Promise((resume) => setTimeout(resume, 50));
  expect(records.map(({ rawMessage }) => rawMessage)).toEqual(["nothing was answered for {ms} ms"]);
  expect(Number(records[0]?.properties["ms"])).toBeGreaterThan(1_000);
  expect(delay.now()).toBeGreaterThan(50);
});

test("a bucket that refuses everything: pages stay, pictures and uploads are a 503, and no row is left (F42)", async () => {
  const s3 = await startS3();
  const endpoint = createEndpoint(s3.settings.endpoint);
  const files = createBucket(s3.settings, {
    fetch: endpoint.fetch,
    now: () => 0,
    scratch: temporaryFolder(),
  });
  const here = await createInstance({ before: { files, vault: memoryVault() } });
  onTestFinished(async () => {
    await here.close();
    await endpoint.close();
    await s3.close();
  });
  const { viewer } = await aMember(here, "ann");
  const bytes = await drawLandscape(PALETTES.dawn, 4, { width: 90, height: 60 });
  const picture = await uploadImage(here.app, viewer, { bytes, alt: "The harbour" });
  const note = await aNote(here, { by: viewer, attachments: [{ id: picture.id }] });
  const rows = () => here.app.db.selectFrom("attachments").select("id").execute();
  const get = async (path: string, accept: string) =>
    (await here.request(path, { headers: { accept } })).status;
  expect(await get(picture.url, "image/*")).toBe(200);
  s3.fail(403, 1_000);
  expect(await get(picture.url, "image/*")).toBe(503);
  const page = await here.request(`/@ann/${note.id}`, { headers: { accept: "text/html" } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("The harbour");
  await expect(uploadImage(here.app, viewer, { bytes, alt: "" })).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(await rows()).toEqual([{ id: picture.id }]);
});
