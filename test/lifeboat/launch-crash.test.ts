import { expect, test } from "vitest";
import { createApp } from "../../server/app.ts";
import { requestLaunches } from "../../server/services/escapes/launch.ts";
import { UNCERTAIN_MS } from "../../server/services/escapes/ledger.ts";
import { getProgress } from "../../server/services/escapes/progress.ts";
import { transaction } from "../../server/store/database.ts";
import { memoryDatabase } from "../support/databases.ts";
import { anEscape } from "./escape-scene.ts";
import { kill, settleAll } from "./peers/disasters.ts";
import type { Emulator } from "./peers/emulator.ts";

const MINUTE = 60_000;
const KINDS = ["mastodon", "misskey", "hollo", "ghost"] as const;

/** From now on the server does not answer deliveries: those that it takes all the same, and those that it never sees. */
function silence(join: (host: string, answer: Emulator["answer"]) => void, peer: Emulator, takes: boolean) {
  const heard = Promise.withResolvers<void>();
  join(peer.host, async (request) => {
    if (request.method !== "POST") return await peer.answer(request);
    if (takes) await peer.answer(request);
    heard.resolve();
    return await new Promise<Response>(() => undefined);
  });
  return heard.promise;
}

test.each([0, 1, 2, 3])(
  "the standby dies while server %i is told: the next process ends the launch, and nobody is told twice who heard",
  { timeout: 60_000 },
  async (at) => {
    const databases = [await memoryDatabase(), await memoryDatabase()] as const;
    const escape = await anEscape({ databases });
    const { network, clock } = escape;
    const peers = [];
    for (const kind of KINDS) peers.push(await escape.peer(kind));
    const members = [];
    for (const name of ["ann", "bob", "cy"]) members.push(await escape.member(name));
    for (const { oldUri } of members) for (const peer of peers) await peer.follow(oldUri, 2);
    await escape.seal();
    kill(network, escape.home.host);
    const victim = peers[at % peers.length];
    if (victim === undefined) throw new Error("There are four.");
    const takes = at % 2 === 0;
    const heard = silence((host, answer) => network.join(host, answer), victim, takes);
    const { app } = escape.standby;
    const ids = members.map(({ memberId }) => memberId);
    await transaction(app.db, (tx) => requestLaunches(app, tx, ids, null));
    // Dies with the request under way: this promise is never settled.
    escape.standby.worker.drain({ failFast: false }).catch(() => undefined);
    await heard;
    network.join(victim.host, (request) => victim.answer(request));
    const { config, files, cache, vault, passwords } = app;
    const http = network.http();
    const database = databases[1];
    const parts = { config, files, cache, vault, passwords, http, clock, database };
    const next = await createApp(parts);
    network.join(escape.standby.host, (request) => next.fetch(request, { ip: "198.51.100.7" }));
    // Leases of the dead process end; what it began is waited for.
    for (const ms of [3 * MINUTE, UNCERTAIN_MS, UNCERTAIN_MS, 20 * MINUTE]) {
      clock.advance(ms);
      await settleAll([next], peers);
    }
    for (const { newUri, oldUri, memberId } of members) {
      for (const peer of peers) {
        expect([peer.kind, peer.acceptedBy(newUri).length]).toEqual([peer.kind, 2]);
        const told = peer.deliveries.filter(({ actor, type }) => actor === oldUri && type !== "Accept");
        const moves = told.filter(({ body }) => body.includes(newUri));
        expect([peer.kind, moves.length]).toEqual([peer.kind, 1]);
      }
      expect(await getProgress(next.app, { memberId })).toMatchObject({ answered: 4, waiting: 0, lost: 0 });
    }
    await next.stop(0);
  },
);
