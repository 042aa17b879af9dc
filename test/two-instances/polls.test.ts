import { describe, expect, it } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import type { NewPoll } from "../../server/domain/poll.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { endPolls, refreshTallies, votePoll } from "../../server/services/notes/polls.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote } from "../support/instance.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";

const HOUR = 3_600_000;
const POLL: NewPoll = { options: ["Tea", "咖啡", "<Water>"], multiple: false, expiresInMs: HOUR };

/** A poll of bo in the west, as ann sees it in the east. */
async function aPoll(pair: Pair, change: Partial<NewPoll> = {}) {
  await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
  const poll = { ...POLL, ...change };
  const original = await aNote(pair.west, { by: pair.bo.viewer, source: "What would you like?", poll });
  await pair.settle();
  const [entry] = (await homeTimeline(pair.east.app, pair.ann.viewer, {})).items;
  if (entry === undefined) throw new Error("the poll did not come");
  const there = async () => (await viewNote(pair.west.app, pair.bo.viewer, original.id)).poll;
  const here = async () => (await viewNote(pair.east.app, pair.ann.viewer, entry.note.id)).poll;
  return { original, copy: entry.note, here, there };
}

const votes = (poll: { readonly options: readonly { readonly votes: number }[] } | null) =>
  poll?.options.map((option) => option.votes);
const told = async (pair: Pair, side: "east" | "west") => {
  const viewer = side === "east" ? pair.ann.viewer : pair.bo.viewer;
  return (await listNotifications(pair[side].app, viewer, {})).items.map((item) => item.kind);
};

describe("polls over the wire", () => {
  it("come as polls with their options and end", async () => {
    const pair = await aPair();
    const { copy } = await aPoll(pair);
    expect(copy).toMatchObject({ kind: "Question", contentHtml: "<p>What would you like?</p>" });
    expect(copy.poll).toEqual({
      multiple: false,
      options: ["Tea", "咖啡", "<Water>"].map((title) => ({ title, votes: 0, own: false })),
      endsAt: pair.clock.now() + HOUR,
      closed: false,
      votersCount: 0,
      votesCount: 0,
      voted: false,
      mayVote: true,
    });
  });

  it("take one vote from each person, show it as no note, and tell how they stand a minute later", async () => {
    const pair = await aPair();
    const { copy, here, there, original } = await aPoll(pair);
    await votePoll(pair.east.app, pair.ann.viewer, copy.id, [1]);
    await pair.settle();
    expect(votes(await there())).toEqual([0, 1, 0]);
    expect((await there())?.votersCount).toBe(1);
    expect(await here()).toMatchObject({ voted: true, mayVote: false, votersCount: 1 });
    expect((await viewNote(pair.west.app, pair.bo.viewer, original.id)).repliesCount).toBe(0);
    expect(await told(pair, "west")).toEqual(["follow"]);
    await expect(votePoll(pair.east.app, pair.ann.viewer, copy.id, [0])).rejects.toMatchObject({
      kind: "conflict",
    });
    const { viewer: cy } = await aMember(pair.west, "cy");
    await votePoll(pair.west.app, cy, original.id, [0]);
    await pair.settle();
    expect(votes(await here())).toEqual([0, 1, 0]);
    pair.clock.advance(61_000);
    await pair.settle();
    expect(votes(await here())).toEqual([1, 1, 0]);
    const updates = pair.network.log.filter(({ body }) => body.includes('"Update"'));
    expect(updates).toHaveLength(1);
  });

  it("take several answers where they allow it, from one person", async () => {
    const pair = await aPair();
    const { copy, there } = await aPoll(pair, { multiple: true });
    await votePoll(pair.east.app, pair.ann.viewer, copy.id, [0, 2]);
    await pair.settle();
    expect(await there()).toMatchObject({ votersCount: 1, votesCount: 2, multiple: true });
    expect(votes(await there())).toEqual([1, 0, 1]);
  });

  it("tell nobody but the author who voted for what", async () => {
    const pair = await aPair();
    const { copy } = await aPoll(pair);
    await votePoll(pair.east.app, pair.ann.viewer, copy.id, [1]);
    await pair.settle();
    const [vote] = pair.network.log.filter(
      ({ body }) => body.includes('"name":"咖啡"') && body.includes("inReplyTo"),
    );
    const activity = JSON.parse(vote?.body ?? "{}");
    expect(vote?.url).toBe(pair.west.app.uris.inbox(pair.bo.viewer.actorId));
    expect(activity).toMatchObject({
      type: "Create",
      to: [pair.west.app.uris.actor(pair.bo.viewer.actorId)],
      object: {
        type: "Note",
        name: "咖啡",
        attributedTo: pair.east.app.uris.actor(pair.ann.viewer.actorId),
        to: [pair.west.app.uris.actor(pair.bo.viewer.actorId)],
      },
    });
    expect(activity.object.content).toBeUndefined();
    const served = await pair.east.request(new URL(activity.id).pathname);
    expect(served.status).toBe(404);
  });

  it("end: late votes are refused on both sides, and everybody who took part is told once", async () => {
    const pair = await aPair();
    const { copy, here, there, original } = await aPoll(pair);
    await votePoll(pair.east.app, pair.ann.viewer, copy.id, [2]);
    await pair.settle();
    pair.clock.advance(HOUR + 1);
    const { viewer: cy } = await aMember(pair.east, "cy");
    await expect(votePoll(pair.east.app, cy, copy.id, [0])).rejects.toMatchObject({ kind: "conflict" });
    expect(await endPolls(pair.west.app)).toBe(1);
    expect(await endPolls(pair.west.app)).toBe(0);
    await pair.settle();
    expect(await endPolls(pair.east.app)).toBe(0);
    expect(await here()).toMatchObject({ closed: true });
    expect(votes(await here())).toEqual([0, 0, 1]);
    expect(await told(pair, "west")).toEqual(["poll", "follow"]);
    expect(await told(pair, "east")).toEqual(["poll", "follow_accepted"]);
    const question = await pair.west.request(`/notes/${original.id}`, {
      headers: { accept: "application/activity+json" },
    });
    expect(await question.json()).toMatchObject({
      type: "Question",
      closed: expect.any(String),
      votersCount: 1,
    });
    expect((await there())?.closed).toBe(true);
  });

  it("are asked how they stand when somebody looks and the tallies are old", async () => {
    const pair = await aPair();
    const { copy, here, original } = await aPoll(pair);
    const { viewer: cy } = await aMember(pair.west, "cy");
    await votePoll(pair.west.app, cy, original.id, [0]);
    await refreshTallies(pair.east.app, copy.id);
    await pair.east.worker.drain({ failFast: true });
    expect(votes(await here())).toEqual([0, 0, 0]);
    pair.clock.advance(5 * 60_000 + 1);
    await refreshTallies(pair.east.app, copy.id);
    await pair.east.worker.drain({ failFast: true });
    expect(votes(await here())).toEqual([1, 0, 0]);
  });

  it("of followers alone take no votes from others", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const poll = await aNote(pair.west, {
      by: pair.bo.viewer,
      poll: POLL,
      visibility: "followers",
      source: "?",
    });
    await pair.settle();
    const [entry] = (await homeTimeline(pair.east.app, pair.ann.viewer, {})).items;
    const { viewer: cy } = await aMember(pair.east, "cy");
    await expect(votePoll(pair.east.app, cy, asId(entry?.note.id ?? 0), [0])).rejects.toMatchObject({
      kind: "not_found",
    });
    await votePoll(pair.east.app, pair.ann.viewer, asId(entry?.note.id ?? 0), [0]);
    await pair.settle();
    expect(votes((await viewNote(pair.west.app, pair.bo.viewer, poll.id)).poll)).toEqual([1, 0, 0]);
  });
});
