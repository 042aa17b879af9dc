import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Poll } from "../../api/entities/status.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, open, type Person, type Served } from "./client.ts";

const HOUR = 3_600_000;

let served: Served & { close(): Promise<void> };
let ada: Person;
let bo: Person;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
});
afterAll(async () => await served.close());

async function aPoll(multiple = false, visibility: "public" | "direct" = "public"): Promise<string> {
  const poll = { options: ["tea", "coffee", "water"], multiple, expiresInMs: HOUR };
  return String((await aNote(served.instance, { by: ada.viewer, source: "What?", poll, visibility })).id);
}

describe("A poll", () => {
  test("is read and voted in by masto and megalodon", async () => {
    const [one, many] = [await aPoll(), await aPoll(true)];
    expect(await bo.masto.v1.polls.$select(one).fetch()).toMatchObject({ voted: false, ownVotes: [] });
    const voted = await bo.masto.v1.polls.$select(one).votes.create({ choices: [1] });
    expect(voted).toMatchObject({ voted: true, ownVotes: [1], votesCount: 1, votersCount: 1 });
    const { data } = await bo.megalodon.votePoll(many, [0, 2]);
    expect(data.options.map((option) => option.votes_count)).toEqual([1, 0, 1]);
    expect((await bo.megalodon.getPoll(many)).data.voted).toBe(true);
    const stranger = await ask(served, "GET", `/api/v1/polls/${one}`);
    expect(Poll.parse(stranger.json)).not.toHaveProperty("voted");
  });

  test("takes no second vote, none of its author, none for what is no option, and none when it is over", async () => {
    const id = await aPoll();
    const vote = async (who: Person, choices: unknown) =>
      (await who.ask("POST", `/api/v1/polls/${id}/votes`, { choices })).status;
    expect(await vote(ada, [0])).toBe(422);
    expect(await vote(bo, [7])).toBe(422);
    expect(await vote(bo, [-1])).toBe(422);
    expect(await vote(bo, ["tea"])).toBe(422);
    expect(await vote(bo, [0, 1])).toBe(422);
    expect(await vote(bo, [])).toBe(422);
    expect(await vote(bo, { a: 1 })).toBe(422);
    expect(await vote(bo, "0")).toBe(200);
    expect(await vote(bo, [1])).toBe(422);
    served.instance.clock.advance(2 * HOUR);
    const sam = await aPerson(served, "sam");
    expect(await vote(sam, [1])).toBe(422);
    expect(await sam.masto.v1.polls.$select(id).fetch()).toMatchObject({ expired: true, voted: false });
  });

  test("that is not for somebody, or is none, is not there", async () => {
    const hidden = await aPoll(false, "direct");
    const plain = String((await aNote(served.instance, { by: ada.viewer, source: "no poll" })).id);
    const unknown = await bo.ask("GET", "/api/v1/polls/5");
    for (const id of [hidden, plain]) {
      expect((await bo.ask("GET", `/api/v1/polls/${id}`)).json).toEqual(unknown.json);
      expect((await bo.ask("POST", `/api/v1/polls/${id}/votes`, { choices: [0] })).status).toBe(404);
    }
  });
});
