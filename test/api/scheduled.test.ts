import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ScheduledStatus } from "../../api/entities/scheduled.ts";
import { isoTime } from "../../server/context.ts";
import { publishDue } from "../../server/services/notes/scheduled.ts";
import { testClock } from "../support/app.ts";
import { aPerson, open, type Person, type Served } from "./client.ts";

const HOUR = 3_600_000;

let served: Served & { close(): Promise<void> };
let ada: Person;
let bo: Person;

beforeAll(async () => {
  // megalodon leaves out what it thinks is over, so the time has to be the real one.
  served = await open({ clock: testClock(Date.now()) });
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
});
afterAll(async () => await served.close());

function inMs(ms: number): string {
  return isoTime(served.instance.clock.now() + ms);
}

async function wait(who: Person, body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const made = await who.ask("POST", "/api/v1/statuses", {
    status: "Later",
    scheduled_at: inMs(HOUR),
    ...body,
  });
  return ScheduledStatus.parse(made.json).id;
}

describe("A status that waits", () => {
  test("is kept with all that it will be, moved, and posted at its time", async () => {
    const poll = { options: ["a", "b"], expires_in: 3600 };
    const id = await wait(ada, { spoiler_text: "cw", visibility: "private", poll });
    const kept = await ada.masto.v1.scheduledStatuses.$select(id).fetch();
    expect(kept).toMatchObject({
      scheduledAt: inMs(HOUR),
      params: { text: "Later", spoilerText: "cw", visibility: "private", poll: { expiresIn: "3600" } },
      mediaAttachments: [],
    });
    const moved = await ada.megalodon.scheduleStatus(id, inMs(2 * HOUR));
    expect(moved.data.scheduled_at).toBe(inMs(2 * HOUR));
    served.instance.clock.advance(3 * HOUR);
    await publishDue(served.instance.app);
    expect((await ada.ask("GET", `/api/v1/scheduled_statuses/${id}`)).status).toBe(404);
    const home = await ada.masto.v1.timelines.home.list({ limit: 1 });
    expect(home[0]).toMatchObject({ spoilerText: "cw", visibility: "private" });
  });

  test("by megalodon; one whose time is over is posted at once, one too soon is refused", async () => {
    const made = await ada.megalodon.postStatus("mega", { scheduled_at: inMs(HOUR) });
    expect(made.data).toHaveProperty("scheduled_at");
    expect((await ada.megalodon.getScheduledStatuses()).data[0]?.params.text).toBe("mega");
    const at = async (scheduled_at: unknown) =>
      await ada.ask("POST", "/api/v1/statuses", { status: "when?", scheduled_at });
    expect((await at(inMs(60_000))).status).toBe(422);
    expect((await at([inMs(HOUR)])).status).toBe(422);
    expect((await at(inMs(400 * 24 * HOUR))).status).toBe(422);
    expect((await at(inMs(-HOUR))).json).toHaveProperty("content");
    const empty = await ada.ask("POST", "/api/v1/statuses", { status: "", scheduled_at: inMs(HOUR) });
    expect(empty.status).toBe(422);
  });

  test("comes once for one key, page by page, and goes when it is deleted", async () => {
    const sam = await aPerson(served, "sam");
    const key = { "idempotency-key": "later-1" };
    const body = { status: "Once", scheduled_at: inMs(HOUR) };
    const one = await sam.ask("POST", "/api/v1/statuses", body, key);
    expect((await sam.ask("POST", "/api/v1/statuses", body, key)).json).toEqual(one.json);
    expect((await sam.ask("POST", "/api/v1/statuses", { ...body, status: "Other" }, key)).status).toBe(422);
    const ids = [ScheduledStatus.parse(one.json).id, await wait(sam), await wait(sam)];
    const walked: string[] = [];
    for await (const page of sam.masto.v1.scheduledStatuses.list({ limit: 2 }))
      walked.push(...page.map(({ id }) => id));
    expect(walked).toEqual(ids.toReversed());
    expect((await sam.megalodon.cancelScheduledStatus(ids[0] ?? "")).status).toBe(200);
    const rest = await sam.ask("GET", "/api/v1/scheduled_statuses");
    expect(z.array(ScheduledStatus).parse(rest.json)).toHaveLength(2);
  });

  test("is nobody else's", async () => {
    const id = await wait(ada);
    const unknown = await bo.ask("GET", "/api/v1/scheduled_statuses/9");
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? { scheduled_at: inMs(HOUR) } : undefined;
      const { status, json } = await bo.ask(method, `/api/v1/scheduled_statuses/${id}`, body);
      expect([method, status, json]).toEqual([method, 404, unknown.json]);
    }
    expect((await ada.ask("PUT", `/api/v1/scheduled_statuses/${id}`, { scheduled_at: inMs(1) })).status).toBe(
      422,
    );
    expect((await ada.ask("PUT", `/api/v1/scheduled_statuses/${id}`)).status).toBe(422);
  });
});
