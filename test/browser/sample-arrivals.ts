import type { Viewer } from "../../server/domain/actor.ts";
import { type ArrivalReport, type ArrivalState, EMPTY_REPORT } from "../../server/domain/arrival.ts";
import { newArrival } from "../../server/services/arrivals/records.ts";
import { insertArrival } from "../../server/store/arrivals.ts";
import { toJson } from "../../server/store/codec.ts";
import type { TestInstance } from "../support/instance.ts";

/** Lifeboats that somebody brought, by how far they are; `proved` is one under review that is surely theirs. */
export type Arrived = Readonly<Record<ArrivalState | "proved", number>>;

const OLD = "https://old.hill.test/users/ada";
const INSIDE: ArrivalReport["inside"] = {
  notes: 1_204,
  media: 318,
  bytes: 482_000_000,
  made: "2026-05-30T08:00:00Z",
  lists: ["follows", "lists", "mutes", "bookmarks"],
  followersOnly: true,
};

/** One lifeboat in each state. */
export async function fillArrivals(
  { app }: TestInstance,
  ada: Viewer,
  imports: { readonly done: number; readonly running: number },
): Promise<Arrived> {
  const report: ArrivalReport = { ...EMPTY_REPORT, inside: INSIDE };
  const counted: ArrivalReport = {
    ...report,
    taken: 1_190,
    already: 3,
    left: { direct: 9, too_long: 1, foreign: 1 },
    media: { taken: 317, left: 1 },
    faults: [
      { uri: `${OLD}/statuses/116550000000000001`, reason: "direct" },
      { uri: `${OLD}/statuses/116550000000000002`, reason: "media" },
    ],
    profile: "taken",
    lists: { follows: imports.done, mutes: imports.running },
  };
  const known = { actor_uri: OLD, handle: "@ada@old.hill.test", size: 512_000_000, received: 512_000_000 };
  const add = async (
    state: ArrivalState,
    more: Omit<Partial<Parameters<typeof newArrival>[2]>, "source" | "state"> = {},
  ): Promise<number> => {
    const row = newArrival(app, ada.actorId, { source: "lifeboat", state, ...known, ...more });
    await insertArrival(app.db, row);
    return Number(row.id);
  };
  const at = { total: 1_204, ground: "phrase" };
  return {
    coming: await add("coming", { received: 96_000_000, handle: null, actor_uri: null }),
    sealed: await add("sealed", { handle: null, actor_uri: null }),
    checking: await add("checking", { handle: null, actor_uri: null }),
    review: await add("review", { report: toJson(report) }),
    proved: await add("review", { report: toJson(report), ground: "phrase" }),
    arriving: await add("arriving", {
      ...at,
      done: 431,
      report: toJson({ ...counted, taken: 426, lists: {} }),
    }),
    resting: await add("resting", {
      ...at,
      done: 431,
      report: toJson({ ...counted, taken: 426, lists: {} }),
      fault: toJson({ key: "lifeboat.fault_room" }),
    }),
    done: await add("done", { ...at, done: 1_204, report: toJson(counted) }),
    failed: await add("failed", {
      fault: toJson({ key: "lifeboat_fault.altered", params: { file: "activitypub/outbox.ndjson" } }),
    }),
    undoing: await add("undoing", { ...at, done: 700, report: toJson(counted) }),
    undone: await add("undone", {
      ...at,
      done: 1_204,
      report: toJson({ ...counted, undone: { notes: 1_190, told: 14 } }),
    }),
  };
}
