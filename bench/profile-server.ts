import { createServer } from "node:http";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import sharp from "sharp";
import { createApp, type Instance } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import type { Viewer } from "../server/domain/actor.ts";
import { listen, findFreePort } from "../server/ops/listen.ts";
import { findViewer } from "../server/services/accounts/sessions.ts";
import { completeSetUp, createSetupToken } from "../server/services/accounts/setup.ts";
import { uploadImage } from "../server/services/media/attachments.ts";
import { createNote } from "../server/services/notes/notes.ts";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";

// The serving side of the profile benchmark, a process of its own: a whole Causeway with somebody's profile, or a bare Hono
// that answers with a page that it was given.

const NOTES = 60;
const WORDS =
  "潮水表 The tide table for the week is up; come to the jetty at seven and bring a lantern. #harbour #潮汐 ".repeat(
    2,
  );

/** What the parent sends: the page that the bare server is to answer with, or nothing, to be told of the processor. */
export type Order = { readonly page?: string };
/** Processor time of this process so far, µs. */
export type Spent = { readonly cpu: number };

const [kind = "causeway", folder = "."] = process.argv.slice(2);

async function openCauseway(): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}` });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const instance = await createApp({ config: parsed.config, database });
  const viewer = await openOwner(instance);
  await writeNotes(instance, viewer);
  await listen(
    { host: "127.0.0.1", port },
    (request, info) => instance.fetch(request, info),
    instance.deliver,
  );
  return port;
}

async function openOwner(instance: Instance): Promise<Viewer> {
  const token = (await createSetupToken(instance.app)) ?? "";
  const { sessionToken } = await completeSetUp(instance.app, token, {
    serverName: "Bench",
    username: "bench_owner",
    password: "a long enough password",
    languages: ["en"],
    joinMode: "open",
  });
  const viewer = await findViewer(instance.app, sessionToken);
  if (viewer === null) throw new Error("Nobody signed in.");
  return viewer;
}

/** As people write: every third with a picture, every fourth an answer. */
async function writeNotes({ app }: Instance, viewer: Viewer): Promise<void> {
  const picture = await sharp({ create: { width: 900, height: 600, channels: 3, background: "#27a" } })
    .png()
    .toBuffer();
  for (let i = 0; i < NOTES; i++) {
    const upload = i % 3 === 0 ? await uploadImage(app, viewer, { bytes: picture, alt: "The jetty" }) : null;
    await createNote(app, viewer, {
      source: `${i} ${WORDS}`,
      visibility: "public",
      language: i % 2 === 0 ? "en" : "zh-Hans",
      attachments: upload === null ? [] : [{ id: upload.id }],
    });
  }
}

function openBare(): Promise<number> {
  const site = new Hono();
  site.get("*", (c) => c.html(held.page));
  const server = createServer(getRequestListener(site.fetch, { overrideGlobalObjects: false }));
  return new Promise((ready) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      ready(typeof address === "object" && address !== null ? address.port : 0);
    }),
  );
}

const held = { page: "" };
process.on("message", (order: Order) => {
  held.page = order.page ?? held.page;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system } satisfies Spent);
});
process.on("disconnect", () => process.exit(0));
const port = kind === "causeway" ? await openCauseway() : await openBare();
process.send?.({ port });
