import { expect, it } from "vitest";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import { reactToNote, unreactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import {
  approveInteraction,
  denyInteraction,
  listInteractionRequests,
  revokeQuote,
} from "../../server/services/consent/interactions.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";

const ASK = { automatic: "nobody", manual: "everyone" } as const;
const ASKS: OwnPolicy = { reply: ASK, like: ASK, announce: ASK, quote: ASK };

eachDatabase((_, open) => {
  async function start() {
    const instance = await createInstance({ database: await open() });
    const ann = (await aMember(instance, "ann")).viewer;
    const bo = (await aMember(instance, "bo")).viewer;
    return { instance, app: instance.app, ann, bo };
  }

  it("lets everything wait that the author wants to be asked for, and makes it what it is once allowed", async () => {
    const { instance, app, ann, bo } = await start();
    const note = await aNote(instance, { by: ann, source: "Ask me", policy: ASKS });
    await likeNote(app, bo, note.id);
    await announceNote(app, bo, note.id);
    await reactToNote(app, bo, note.id, "🔥");
    await aNote(instance, { by: bo, source: "May I?", replyTo: note.id });
    const quote = await aNote(instance, { by: bo, source: "Look", quoteOf: note.id });
    const before = await viewNote(app, ann, note.id);
    expect(before).toMatchObject({ likesCount: 0, announcesCount: 0, repliesCount: 0, reactions: [] });
    expect((await viewNote(app, bo, quote.id)).quote).toMatchObject({ state: "pending", note: null });
    expect((await viewNote(app, ann, quote.id)).quote?.note?.id).toBe(note.id);
    const asked = (await listInteractionRequests(app, ann, {})).items;
    expect(asked.map((one) => one.verb)).toEqual(["quote", "reply", "like", "announce", "like"]);
    await expect(approveInteraction(app, bo, asked[0]?.id ?? (0 as never))).rejects.toMatchObject({
      kind: "not_found",
    });
    for (const one of asked) await approveInteraction(app, ann, one.id);
    for (const one of asked) await approveInteraction(app, ann, one.id);
    expect(await viewNote(app, ann, note.id)).toMatchObject({
      likesCount: 1,
      announcesCount: 1,
      repliesCount: 1,
      reactions: [{ name: "🔥", count: 1 }],
    });
    expect((await viewNote(app, bo, quote.id)).quote).toMatchObject({
      state: "accepted",
      note: { id: note.id },
    });
    expect((await homeTimeline(app, bo, {})).items.filter((one) => one.announcedBy !== null)).toHaveLength(1);
  });

  it("keeps away what was denied, and lets it be asked for no second time", async () => {
    const { instance, app, ann, bo } = await start();
    const note = await aNote(instance, { by: ann, source: "Ask me", policy: ASKS });
    const quote = await aNote(instance, { by: bo, source: "Look", quoteOf: note.id });
    const [one] = (await listInteractionRequests(app, ann, {})).items;
    if (one === undefined) throw new Error("no request");
    await denyInteraction(app, ann, one.id);
    await approveInteraction(app, ann, one.id);
    expect((await viewNote(app, bo, quote.id)).quote).toMatchObject({ state: "rejected", note: null });
  });

  it("shows an allowed quote to whoever may see what is quoted, until consent is taken back", async () => {
    const { instance, app, ann, bo } = await start();
    const note = await aNote(instance, { by: ann, source: "Soup" });
    const quote = await aNote(instance, { by: bo, source: "Look", quoteOf: note.id });
    expect((await viewNote(app, null, quote.id)).quote?.note?.id).toBe(note.id);
    await expect(revokeQuote(app, bo, quote.id)).rejects.toMatchObject({ kind: "not_found" });
    await revokeQuote(app, ann, quote.id);
    expect((await viewNote(app, null, quote.id)).quote).toMatchObject({ state: "revoked", note: null });
  });

  it("hides a quoted note from those whom its author blocks", async () => {
    const { blockActor } = await import("../../server/services/relations/relationships.ts");
    const { instance, app, ann, bo } = await start();
    const cyn = (await aMember(instance, "cyn")).viewer;
    const note = await aNote(instance, { by: ann, source: "Soup" });
    const quote = await aNote(instance, { by: bo, source: "Look", quoteOf: note.id });
    await blockActor(app, ann, cyn.actorId);
    expect((await viewNote(app, cyn, quote.id)).quote).toMatchObject({ state: "accepted", note: null });
  });

  it("ties a remote answer to a note that wants to be asked only after a yes", async () => {
    const { instance, app, ann } = await start();
    const eve = await aRemoteActor(instance, "eve");
    const note = await aNote(instance, { by: ann, source: "Ask me", policy: { reply: ASK } });
    await receiveNote(app, aReceivedNote(eve, "answer", { inReplyToUri: note.uri }), "delivered");
    expect((await viewThread(app, ann, note.id)).replies).toEqual([]);
    const [one] = (await listInteractionRequests(app, ann, {})).items;
    if (one === undefined) throw new Error("no request");
    await approveInteraction(app, ann, one.id);
    expect((await viewThread(app, ann, note.id)).replies).toHaveLength(1);
  });

  it("counts reactions with the same emoji together, and knows one's own", async () => {
    const { instance, app, ann, bo } = await start();
    const note = await aNote(instance, { by: ann, source: "Soup" });
    for (const who of [ann, bo]) await reactToNote(app, who, note.id, "❤");
    await reactToNote(app, bo, note.id, "❤️");
    expect((await viewNote(app, bo, note.id)).reactions).toEqual([
      { name: "❤️", url: null, count: 2, mine: true },
    ]);
    await unreactToNote(app, bo, note.id, "❤");
    expect((await viewNote(app, bo, note.id)).reactions).toMatchObject([{ count: 1, mine: false }]);
  });
});
