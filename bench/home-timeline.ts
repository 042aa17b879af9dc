import { idAt } from "../server/domain/ids.ts";
import { type Database, transaction } from "../server/store/database.ts";
import { homeEntries } from "../server/store/home.ts";
import { actorRow, noteRow } from "../test/support/rows.ts";
import { percentiles, printTable, sample, seeded, slope } from "./measure.ts";

/** How many write what timelines are made of; their ids begin with 1. */
export const AUTHORS = 2_000;
const START = Date.UTC(2026, 0, 1);
const LIMIT = 20;

/**
 * Who reads: an ordinary person, one whose followees never post, and, reported but without a mark, one who follows
 * everybody there is.
 */
const READERS = [
  {
    name: "150 follows",
    id: 900_001,
    marked: true,
    follows: (random: () => number) => pick(random, 150, 1, AUTHORS),
  },
  {
    name: "5 silent follows",
    marked: true,
    id: 900_002,
    follows: () => [800_001, 800_002, 800_003, 800_004, 800_005],
  },
  {
    name: "2,000 follows",
    marked: false,
    id: 900_003,
    follows: () => Array.from({ length: AUTHORS }, (_, i) => i + 1),
  },
] as const;

function pick(random: () => number, count: number, from: number, to: number): readonly number[] {
  const found = new Set<number>();
  while (found.size < count) found.add(from + Math.floor(random() * (to - from + 1)));
  return [...found];
}

/** Fills an empty, migrated database with `notes` notes of Zipf-like authors, and with the readers. */
export async function seedTimeline(database: Database, from: number, to: number): Promise<void> {
  const random = seeded(from + 1);
  if (from === 0) await seedPeople(database, random);
  const CHUNK = 500;
  for (let at = from; at < to; at += CHUNK) {
    const count = Math.min(CHUNK, to - at);
    const rows = Array.from({ length: count }, (_, i) =>
      note(at + i, Math.floor(AUTHORS * random() ** 2) + 1),
    );
    await transaction(database.db, async (tx) => {
      await tx.insertInto("notes").values(rows).execute();
      await tx.insertInto("entries").values(rows.map(entry)).execute();
    });
  }
}

async function seedPeople(database: Database, random: () => number): Promise<void> {
  const ids = [
    ...Array.from({ length: AUTHORS }, (_, i) => i + 1),
    800_001,
    800_002,
    800_003,
    800_004,
    800_005,
  ];
  const people = [...ids, ...READERS.map((reader) => reader.id)];
  await transaction(database.db, async (tx) => {
    for (let i = 0; i < people.length; i += 200)
      await tx
        .insertInto("actors")
        .values(people.slice(i, i + 200).map(actor))
        .execute();
    for (const reader of READERS) {
      const targets = reader.follows(random);
      for (let i = 0; i < targets.length; i += 500)
        await tx
          .insertInto("follows")
          .values(targets.slice(i, i + 500).map((target) => follow(reader.id, target)))
          .execute();
    }
  });
}

function actor(id: number) {
  return actorRow(id, { host: "bench.test" });
}

function follow(actorId: number, targetId: number) {
  const id = actorId * 10_000 + targetId;
  return {
    id,
    uri: `https://bench.test/f/${id}`,
    actor_id: actorId,
    target_id: targetId,
    state: "accepted",
    created_at: 0,
  };
}

function note(index: number, actorId: number) {
  const at = START + index * 1000;
  return noteRow(idAt(at), actorId, {
    local: 0,
    visibility: index % 10 === 0 ? "followers" : "public",
    language: "en",
    content_html: "<p>A note about the sea, the harbour and the boats that lie in it. 海边的小船和港口。</p>",
    published_at: at,
    received_at: at,
  });
}

function entry(row: ReturnType<typeof note>) {
  return {
    id: row.id,
    actor_id: row.actor_id,
    note_id: row.id,
    announce: 0 as const,
    visibility: row.visibility,
    local: 0 as const,
    reply: 0 as const,
  };
}

/** p99 of the first home page at each size, and how it grows. Sizes ascend; the database is filled as they do. */
export async function benchHomeTimeline(
  name: string,
  database: Database,
  sizes: readonly number[],
): Promise<boolean> {
  const found = new Map<string, [number, number][]>();
  const rows: string[][] = [["reader", "notes", "p50 ms", "p99 ms", "samples"]];
  let filled = 0;
  for (const size of sizes) {
    await seedTimeline(database, filled, size);
    filled = size;
    if (database.pool !== null) await database.pool.query("vacuum analyze");
    for (const reader of READERS) {
      const now = START + size * 1000;
      const samples = await sample(400, () => homeEntries(database.db, reader.id, { limit: LIMIT }, now));
      const { p50, p99, n } = percentiles(samples);
      rows.push([reader.name, size.toLocaleString("en"), p50.toFixed(2), p99.toFixed(2), String(n)]);
      found.set(reader.name, [...(found.get(reader.name) ?? []), [size, p99]]);
    }
  }
  printTable(`Home timeline, first page of ${LIMIT}, ${name}`, rows);
  let flat = true;
  for (const { name: reader, marked } of READERS) {
    const growth = slope(found.get(reader) ?? []);
    if (marked && growth > 0.15) flat = false;
    const mark = marked ? "at most 0.15" : "reported only";
    console.log(`  ${reader}: slope of log(p99) over log(notes) ${growth.toFixed(3)} (${mark})`);
  }
  return flat;
}
