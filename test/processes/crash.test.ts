import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Database } from "../../server/store/database.ts";
import type { Browser, Page } from "./browser.ts";
import { addFollowers } from "./followers.ts";
import { follow, join, post, setUp } from "./people.ts";
import { databaseOf, eventually, restart, type Server, startServer } from "./processes.ts";
import { type Delivery, openFront, openSink } from "./wires.ts";
import { findFreePort } from "../../server/ops/listen.ts";

describe("kill -9", { timeout: 240_000 }, () => {
  test("while people post: each note is there exactly once, with its work", async () => {
    let server = await startServer();
    const people = [await setUp(server, "ann"), await join(server, "bo")];
    const posted: string[] = [];
    let over = false;
    const writing = people.map((browser, person) =>
      inBackground(async () => {
        for (let n = 0; !over; n++) {
          const source = `Note ${n} of person ${person}`;
          await postStubbornly(browser, source, n % 2 === 0);
          posted.push(source);
        }
      }),
    );
    const moments: number[] = [];
    for (let kill = 0; kill < 5; kill++) {
      const moment = randomInt(20, 300);
      moments.push(moment);
      await new Promise((next) => setTimeout(next, moment));
      await server.kill();
      server = await restart(server);
    }
    over = true;
    await Promise.all(writing);

    const database = databaseOf(server);
    await drained(database);
    const said = `killed ${moments.join(", ")} ms after its starts`;
    const notes = await database.db.selectFrom("notes").select(["uri", "source", "id"]).execute();
    expect(notes.map(({ source }) => source).toSorted(), said).toEqual(posted.toSorted());
    expect(posted.length, said).toBeGreaterThan(people.length);
    const entries = await database.db.selectFrom("entries").select("note_id").execute();
    expect(entries.map((entry) => entry.note_id).toSorted(), said).toEqual(
      notes.map(({ id }) => id).toSorted(),
    );
    expect(await createdBy(database), said).toEqual(notes.map(({ uri }) => uri).toSorted());
    const kept = await database.db.selectFrom("idempotency").select("note_id").execute();
    expect(kept.map((row) => row.note_id).toSorted(), said).toEqual(notes.map(({ id }) => id).toSorted());
  });

  test("of a receiver: what it answered with 202 is handled, and nothing twice", async () => {
    const port = await findFreePort();
    let west: Server | null = null;
    // Before the 202 the sender does not know; after it, it may not have heard.
    const plan: ("forward" | "answer")[] = ["forward", "answer", "forward"];
    let armed: { readonly on: "forward" | "answer"; after: number } | null = null;
    const pass = (point: "forward" | "answer") => {
      if (armed?.on !== point || --armed.after > 0) return;
      armed = null;
      west?.child.kill("SIGKILL");
    };
    const front = await openFront(port, { onForward: () => pass("forward"), onAnswer: () => pass("answer") });
    west = await startServer({ PORT: String(port), CAUSEWAY_ORIGIN: front.origin });
    const east = await startServer();
    const authors = [await setUp(east, "ann"), await join(east, "amy"), await join(east, "ada")];
    const reader = await setUp(west, "bo");
    for (const name of ["ann", "amy", "ada"]) await follow(reader, `@${name}@${new URL(east.origin).host}`);
    const [there, here] = [databaseOf(east), databaseOf(west)];
    await eventually(async () => expect(await followersOn(there)).toBe(3));

    const bo = `@bo@${new URL(west.origin).host}`;
    let over = false;
    const posting = inBackground(async () => {
      for (let n = 0; !over; n++) {
        // While the receiver is down nothing more piles up; what failed is tried again as soon as it is back.
        if (armed !== null) {
          await Promise.all(authors.map((browser) => post(browser, `${bo} note ${n}`)));
          await hasten(there);
        }
        await new Promise((next) => setTimeout(next, 50));
      }
    });
    for (const on of plan) {
      armed = { on, after: 4 };
      await west.ended;
      west = await restart(west);
    }
    over = true;
    await posting;
    await eventually(async () => {
      await hasten(there);
      expect(await workOf(there)).toEqual([]);
    });
    await drained(here);

    const accepted = new Set(
      front.answers.filter(({ status }) => status === 202).map((one) => one.activityId),
    );
    expect(await here.db.selectFrom("inbox").selectAll().execute()).toEqual([]);
    const seen = await here.db.selectFrom("inbox_seen").select("key").execute();
    expect(seen).toHaveLength(accepted.size);
    const sent = await there.db.selectFrom("notes").select("uri").where("local", "=", 1).execute();
    const received = await here.db.selectFrom("notes").select(["id", "uri"]).execute();
    expect(received.map(({ uri }) => uri).toSorted()).toEqual(sent.map(({ uri }) => uri).toSorted());
    const told = await here.db
      .selectFrom("notifications")
      .select("note_id")
      .where("kind", "=", "mention")
      .execute();
    expect(told.map((row) => row.note_id).toSorted()).toEqual(received.map(({ id }) => id).toSorted());
  });

  test("of a sender in the middle of a fan-out: every inbox gets every activity, always under the same id", async () => {
    let seen = 0;
    let server = await startServer();
    // Before the 202 nobody knows whether it arrived; after it, only the sender does not know.
    const before = () => {
      if (++seen === 10 || seen === 90) server.child.kill("SIGKILL");
    };
    const after = () => {
      if (seen === 50) server.child.kill("SIGKILL");
    };
    const sinks = await Promise.all([1, 2, 3, 4].map(() => openSink(before, after)));
    const author = await setUp(server, "ann");
    const database = databaseOf(server);
    const inboxes = await addFollowers(database, sinks, 12);
    const notes = ["one", "two", "three"];
    const posting = inBackground(async () => {
      for (const note of notes) await postStubbornly(author, note, false);
    });
    for (let kill = 0; kill < 3; kill++) {
      await server.ended;
      server = await restart(server);
    }
    await posting;
    await drained(database);

    const deliveries = sinks.flatMap((sink) =>
      sink.deliveries.map((one) => ({ ...one, inbox: sink.origin + one.inbox })),
    );
    const written = await database.db.selectFrom("notes").select("uri").orderBy("id").execute();
    expect(written).toHaveLength(notes.length);
    expect(deliveries.length).toBeGreaterThan(inboxes.length * notes.length);
    for (const inbox of inboxes)
      expect(arrivalsAt(inbox, deliveries)).toEqual(written.map(({ uri }) => uri).toSorted());
    for (const { uri } of written) {
      const ids = deliveries.filter(({ objectId }) => objectId === uri).map(({ activityId }) => activityId);
      expect(new Set(ids).size).toBe(1);
    }
  });
});

/** Begins something that is awaited later; its fault is not lost when the test ends before that. */
function inBackground(work: () => Promise<void>): Promise<void> {
  const begun = work();
  begun.catch(() => undefined);
  return begun;
}

/** Posts as somebody does who tries again until the server says that it is done; half the notes by way of a draft. */
async function postStubbornly(browser: Browser, source: string, asDraft: boolean): Promise<void> {
  let form = await stubbornly(() => browser.form("/compose", "/compose"));
  if (asDraft) {
    const saved = await stubbornly(() => browser.send(form, { source, action: "save" }));
    form = await stubbornly(() => browser.form(saved.location ?? "", "/compose"));
  }
  const page: Page = await stubbornly(() => browser.send(form, { source, action: "post" }));
  expect([page.status, page.location], page.text).toEqual([303, expect.stringContaining("#note-")]);
}

/** Does it again while nobody answers. A fault that is no broken connection is the test's. */
async function stubbornly<T>(attempt: () => Promise<T>): Promise<T> {
  return await eventually(async () => {
    try {
      return { value: await attempt() };
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return { error };
    }
  }).then((done) => {
    if ("error" in done) throw done.error;
    return done.value;
  });
}

/** Waits until no work is left, also what was meant for later. Nothing may have been given up. */
async function drained(database: Database): Promise<void> {
  await eventually(async () => {
    await hasten(database);
    expect(await workOf(database)).toEqual([]);
  });
}

/** What waits to be done, is being done, or was given up. */
async function workOf({ db }: Database) {
  const jobs = await db.selectFrom("jobs").select(["kind", "dead_at", "fault"]).execute();
  const deliveries = await db.selectFrom("deliveries").select(["inbox", "dead_at", "fault"]).execute();
  return [...jobs, ...deliveries];
}

/** The notes of which a Create was written down, each as often as it was. */
async function createdBy(database: Database): Promise<readonly string[]> {
  const rows = await database.db.selectFrom("activities").select("body").execute();
  return rows
    .map(
      ({ body }) => JSON.parse(body) as { readonly type: string; readonly object: { readonly id: string } },
    )
    .filter(({ type }) => type === "Create")
    .map(({ object }) => object.id)
    .toSorted();
}

async function followersOn(database: Database): Promise<number> {
  return (await database.db.selectFrom("follows").select("id").where("state", "=", "accepted").execute())
    .length;
}

/** Lets the time pass that a sender waits before it tries a host again. */
async function hasten(database: Database): Promise<void> {
  const well = { failures: 0, failing_since: null, retry_at: null, opened_at: null };
  await database.db.updateTable("deliveries").set({ run_at: 0 }).execute();
  await database.db.updateTable("jobs").set({ run_at: 0 }).where("lease_until", "is", null).execute();
  await database.db
    .updateTable("hosts")
    .set({ ...well, due_at: 0 })
    .where("due_at", "is not", null)
    .where("lease_owner", "is", null)
    .execute();
}

/** What an inbox got, repetitions left out. */
function arrivalsAt(inbox: string, deliveries: readonly Delivery[]): readonly string[] {
  return [
    ...new Set(deliveries.filter((one) => one.inbox === inbox).map(({ objectId }) => objectId)),
  ].toSorted();
}
