import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import { confirmPhrase, offerPhrase } from "../../server/services/identities/phrases.ts";
import { LIFEBOAT_FOLDER } from "../../server/services/lifeboats/lifeboats.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { freeze } from "../../server/services/identities/freezing.ts";
import { notify } from "../../server/services/notifications/notify.ts";
import { beginImport } from "../../server/services/transfers/import.ts";
import { findActorById } from "../../server/store/actors.ts";
import { toJson } from "../../server/store/codec.ts";
import { transaction } from "../../server/store/database.ts";
import type { TestInstance } from "../support/instance.ts";
import { type Arrived, fillArrivals } from "./sample-arrivals.ts";
import { fillStandbys, type Standbys } from "./sample-standbys.ts";
import { aRemoteActor } from "./sample-remote.ts";

/** What outlives a server: of ada, where nothing else is said. */
export type Boats = Standbys & {
  /** Files that were brought, by how far they are. */
  readonly imports: Readonly<Record<"review" | "running" | "stopped" | "done", number>>;
  readonly arrivals: Arrived;
};

const DAY = 86_400_000;

/** Lifeboats, lists from elsewhere, arrivals, standbys, launches, and people whose keys changed. */
export async function fillLifeboats(instance: TestInstance, ada: Viewer): Promise<Boats> {
  const standbys = await fillStandbys(instance, ada);
  await giveIdentity(instance, ada);
  await makeLifeboats(instance, ada);
  const imports = await bringLists(instance, ada);
  const arrivals = await fillArrivals(instance, ada, imports);
  await freezePeople(instance, ada);
  return { ...standbys, imports, arrivals };
}

async function giveIdentity({ app }: TestInstance, ada: Viewer): Promise<void> {
  const { words, ticket, asked } = await offerPhrase(app, ada);
  const typed = Object.fromEntries(asked.map((place) => [place, words[place - 1] ?? ""]));
  await confirmPhrase(app, ada, { ticket, typed });
}

/** One in each state. */
async function makeLifeboats({ app }: TestInstance, ada: Viewer): Promise<void> {
  const now = app.clock.now();
  const folder = join(app.config.dataDir, LIFEBOAT_FOLDER);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "sample.tar.age"), Buffer.alloc(64));
  const rows = [
    { state: "removed", closing: "open", size: 21_400_000 },
    { state: "failed", closing: "passphrase", fault: "lifeboat.fault_room" },
    { state: "ready", closing: "phrase", size: 48_300_000, file: "sample.tar.age" },
    { state: "making", closing: "phrase", done: 320, total: 1_204 },
  ];
  for (const [at, { state, closing, size, file, fault, done, total }] of rows.entries())
    await app.db
      .insertInto("lifeboats")
      .values({
        id: app.ids.next(),
        account_id: ada.accountId,
        seq: at + 1,
        state,
        options: toJson({ closing, followersOnly: true, followers: false, keys: false }),
        file: file ?? null,
        size: size ?? null,
        manifest_hash: null,
        previous: null,
        done: done ?? 0,
        total: total ?? 0,
        fault: fault ?? null,
        created_at: now - (rows.length - at) * 2 * DAY,
        finished_at: state === "making" ? null : now - (rows.length - at) * 2 * DAY + 60_000,
      })
      .execute();
}

/** Files in each state; the last one with rows that failed. */
async function bringLists({ app }: TestInstance, ada: Viewer): Promise<Boats["imports"]> {
  const bring = async (name: string, text: string) =>
    await beginImport(app, ada, { name, bytes: new TextEncoder().encode(text), kind: null });
  const people = "Account address,Show boosts,Notify on new posts,Languages\n";
  const review = await bring(
    "blocked_accounts.csv",
    "Account address\nloud@spam.example\nrude@lake.example\n",
  );
  const running = await bring(
    "following_accounts.csv",
    people +
      [
        "lin,true,false,",
        "mei@hill.test,true,false,",
        'ines@lake.example,true,true,"en, zh"',
        "otto@slow.example,true,false,",
      ].join("\n"),
  );
  const stopped = await bring("blocked_domains.csv", "ads.example\nspam.example\nnoise.example\n");
  const done = await bring(
    "following_accounts.csv",
    people +
      [
        "wen,true,false,",
        "lin,true,false,",
        "gone@away.example,true,false,",
        "loud@spam.example,true,false,",
      ].join("\n"),
  );
  await settle(app, running, "running", ["already", "done", "waiting", "waiting"]);
  await settle(app, stopped, "stopped", ["done", "waiting", "waiting"]);
  await settle(app, done, "done", ["already", "done", "failed", "failed"]);
  return { review, running, stopped, done };
}

async function settle(
  { db, clock }: TestInstance["app"],
  id: number,
  state: "running" | "stopped" | "done",
  rows: readonly ("waiting" | "done" | "already" | "failed")[],
): Promise<void> {
  const count = (which: string) => rows.filter((one) => one === which).length;
  for (const [at, row] of rows.entries())
    await db
      .updateTable("transfer_rows")
      .set({
        state: row,
        message:
          row !== "failed"
            ? null
            : toJson({ key: at % 2 === 0 ? "transfer_row.not_found" : "transfer_row.blocked_server" }),
      })
      .where("transfer_id", "=", id)
      .where("position", "=", at + 1)
      .execute();
  await db
    .updateTable("transfers")
    .set({
      state,
      mode: "merge",
      done: count("done"),
      already: count("already"),
      failed: count("failed"),
      finished_at: state === "done" ? clock.now() : null,
    })
    .where("id", "=", id)
    .execute();
}

/** Two people whom ada follows: one with other keys, one who is said to have moved. */
async function freezePeople({ app }: TestInstance, ada: Viewer): Promise<void> {
  const offers = [
    ["noor", "نور", "key", { kind: "identity", pin: { did: null, did_statement: null, did_keys: null } }],
    ["otto", "Otto am See", "move", { kind: "move", target: "https://hill.test/users/mei" }],
  ] as const;
  for (const [name, display, reason, offer] of offers) {
    const actorId = await receiveActor(app, aRemoteActor(name, { name: display }));
    await app.db
      .insertInto("follows")
      .values({
        id: app.ids.next(),
        uri: app.uris.activity(app.ids.next()),
        actor_id: ada.actorId,
        target_id: actorId,
        state: "accepted",
        created_at: app.clock.now(),
      })
      .execute();
    await transaction(app.db, async (tx) => {
      const row = await findActorById(tx, actorId);
      if (row === undefined) throw new Error(`${name} is not there.`);
      await freeze(app, tx, row, reason, offer);
      await notify(app, tx, { kind: "frozen", to: [ada.actorId], actorId: asId(row.id) });
    });
  }
}
