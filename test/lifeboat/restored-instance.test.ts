import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createApp, type Instance } from "../../server/app.ts";
import type { Config } from "../../server/config.ts";
import { systemClock } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { writeBackup } from "../../server/ops/backup.ts";
import { prepareFolder } from "../../server/ops/folder.ts";
import { openDatabase } from "../../server/ops/open-database.ts";
import { restoreBackup } from "../../server/ops/restore.ts";
import { createPasswords } from "../../server/passwords.ts";
import { createAccount } from "../../server/services/accounts/accounts.ts";
import { completeSetUp, createSetupToken } from "../../server/services/accounts/setup.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { findRelationship } from "../../server/services/actors/actors.ts";
import { createNote, deleteNote } from "../../server/services/notes/notes.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { migrate } from "../../server/store/migrate.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aMember, createInstance, testConfig } from "../support/instance.ts";
import { createNetwork, drain, type Network } from "../support/network.ts";
import { find } from "../support/pair.ts";

const PASSWORD = "correct horse battery";
const passwords = createPasswords({ cost: { memoryCost: 1024, timeCost: 1, parallelism: 1 } });

type Server = Instance & { readonly config: Config; stopAll(): Promise<void> };

/** East, on a folder of its own as a real server is. */
async function start(folder: string, network: Network): Promise<Server> {
  const config = testConfig({ CAUSEWAY_ORIGIN: "https://east.test", CAUSEWAY_DATA: folder });
  await prepareFolder(folder);
  const database = await openDatabase(config, 0);
  await migrate(database.db);
  const instance = await createApp({ config, database, passwords, http: network.http() });
  network.join("east.test", (request) => instance.fetch(request, { ip: "198.51.100.7" }));
  let stopped = false;
  const stopAll = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    network.leave("east.test");
    await instance.stop(0);
    await database.close();
  };
  onTestFinished(stopAll);
  return { ...instance, config, stopAll };
}

async function member(server: Server, username: string): Promise<Viewer> {
  const known = await server.app.db
    .selectFrom("actors")
    .select("id")
    .where("username", "=", username)
    .where("host", "=", "")
    .executeTakeFirst();
  if (known === undefined) await createAccount(server.app, { username, password: PASSWORD });
  const session = await signIn(server.app, { username, password: PASSWORD, ip: "203.0.113.9", agent: "" });
  const viewer = session.state === "signed_in" ? await findViewer(server.app, session.sessionToken) : null;
  if (viewer === null) throw new Error(`${username} could not sign in.`);
  return viewer;
}

test("a lost server comes back on a new machine: peers notice nothing, and what was deleted stays deleted", async () => {
  const network = createNetwork();
  const folder = temporaryFolder();
  const west = await createInstance({
    host: "west.test",
    network,
    clock: { ...systemClock, advance: () => undefined },
  });
  onTestFinished(() => west.close());
  const east = await start(join(folder, "east"), network);
  await completeSetUp(east.app, (await createSetupToken(east.app)) ?? "", {
    serverName: "East",
    username: "owner_here",
    password: PASSWORD,
    languages: ["en"],
    joinMode: "open",
  });
  const ann = await member(east, "ann");
  const leaver = await member(east, "leaver");
  const bo = (await aMember(west, "bo")).viewer;
  const annAtWest = await find(west, bo, "@ann@east.test");
  await followActor(west.app, bo, annAtWest.id);
  await followActor(west.app, bo, (await find(west, bo, "@leaver@east.test")).id);
  await drain(east, west);
  const post = (source: string) => createNote(east.app, ann, { source, visibility: "public" });
  const kept = await post("stays");
  const doomed = await post("will be taken back");
  await createNote(east.app, leaver, { source: "I was here", visibility: "public" });
  await drain(east, west);

  const archive = join(folder, "backup.tar.gz");
  await writeBackup(east.config, archive);
  await deleteNote(east.app, ann, doomed.id);
  await removeMember(east.app, leaver.actorId);
  const lost = await post("written after the backup");
  await drain(east, west);
  await east.stopAll();

  // The journal was copied off the machine; somebody tried to add to the copy.
  const [month = ""] = readdirSync(join(folder, "east", "deletions"));
  const journal = join(folder, "east", "deletions", month);
  expect(readFileSync(journal, "utf8")).toContain(doomed.uri);
  appendFileSync(journal, `${JSON.stringify({ kind: "note", uri: kept.uri, at: 1, mac: "AAAA" })}\n{"kind":`);
  const before = network.log.length;
  await restoreBackup(
    testConfig({ CAUSEWAY_ORIGIN: "https://east.test", CAUSEWAY_DATA: join(folder, "new") }),
    archive,
    join(folder, "east", "deletions"),
  );
  const again = await start(join(folder, "new"), network);
  await drain(again, west);

  const document = (uri: string) =>
    again.fetch(new Request(uri, { headers: { accept: "application/activity+json" } }), {
      ip: "203.0.113.9",
    });
  expect((await document(kept.uri)).status).toBe(200);
  expect((await document(doomed.uri)).status).toBe(410);
  expect((await document(again.app.uris.actor(leaver.actorId))).status).toBe(410);
  const deletes = network.log.slice(before).filter(({ body }) => body.includes('"type":"Delete"'));
  expect(deletes.map(({ status }) => status)).toEqual([202, 202]);
  expect(deletes.map(({ body }) => body).join()).toContain(doomed.uri);

  const annAgain = await member(again, "ann");
  const next = await createNote(again.app, annAgain, { source: "back again", visibility: "public" });
  expect(next.id).toBeGreaterThan(lost.id);
  await drain(again, west);
  const home = (await homeTimeline(west.app, bo, {})).items.map(({ note }) => note.contentHtml);
  expect(home.join()).toContain("back again");
  expect(home.join()).not.toContain("taken back");
  expect(await findRelationship(west.app, bo, annAtWest.id)).toMatchObject({ following: "accepted" });
  // Signatures fit the keys that West knows: it never asked for them again.
  const asked = network.log.slice(before).filter(({ url }) => url.includes("/users/"));
  expect(asked.filter(({ method }) => method === "GET")).toEqual([]);
});
