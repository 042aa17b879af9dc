import { reactToNote, unreactToNote } from "../../../../server/services/reactions/emoji-reactions.ts";
import {
  answerFollowRequest,
  followActor,
  listFollowRequests,
  unfollowActor,
} from "../../../../server/services/relations/follows.ts";
import {
  approveInteraction,
  listInteractionRequests,
  revokeInteraction,
} from "../../../../server/services/consent/interactions.ts";
import { updateProfile } from "../../../../server/services/accounts/profile.ts";
import {
  announceNote,
  likeNote,
  unannounceNote,
  unlikeNote,
} from "../../../../server/services/reactions/reactions.ts";
import { blockActor, unblockActor } from "../../../../server/services/relations/relationships.ts";
import { addRelay } from "../../../../server/services/moderation/relays.ts";
import { reportActor } from "../../../../server/services/moderation/reports.ts";
import { aNote } from "../../../support/instance.ts";
import { drain } from "../../../support/network.ts";
import { aCreate, createPeer, deliver } from "../../peer.ts";
import type { Story, World } from "../world.ts";

export const activities: Readonly<Record<string, Story>> = {
  async follows(world) {
    const { here, alice } = world;
    const accept = await world.theOne("Accept", () => world.boFollows());
    const bo = await world.findBo();
    const follow = await world.theOne("Follow", () => followActor(here.app, alice.viewer, bo));
    const undo = await world.theOne("Undo", () => unfollowActor(here.app, alice.viewer, bo));
    return { accept, follow, "undo-follow": undo };
  },

  async followRefused(world) {
    const { here, alice } = world;
    await updateProfile(here.app, alice.viewer, { locked: true });
    await world.boFollows();
    const [asker] = (await listFollowRequests(here.app, alice.viewer, {})).items;
    if (asker === undefined) throw new Error("Nobody asks to follow.");
    const refuse = () => answerFollowRequest(here.app, alice.viewer, asker.id, "reject");
    return { reject: await world.theOne("Reject", refuse) };
  },

  async likes(world) {
    const { here, alice } = world;
    const note = await world.boPosts();
    const like = await world.theOne("Like", () => likeNote(here.app, alice.viewer, note));
    const undo = await world.theOne("Undo", () => unlikeNote(here.app, alice.viewer, note));
    const react = await world.theOne("Like", () => reactToNote(here.app, alice.viewer, note, "🍵"));
    const undoReact = await world.theOne("Undo", () => unreactToNote(here.app, alice.viewer, note, "🍵"));
    return { like, "undo-like": undo, reaction: react, "undo-reaction": undoReact };
  },

  async boosts(world) {
    const { here, alice } = world;
    const note = await world.boPosts();
    const announce = await world.theOne("Announce", () => announceNote(here.app, alice.viewer, note));
    const undo = await world.theOne("Undo", () => unannounceNote(here.app, alice.viewer, note));
    return { announce, "undo-announce": undo };
  },

  async blocks(world) {
    const { here, alice } = world;
    const bo = await world.findBo();
    const block = await world.theOne("Block", () => blockActor(here.app, alice.viewer, bo));
    const undo = await world.theOne("Undo", () => unblockActor(here.app, alice.viewer, bo));
    return { block, "undo-block": undo };
  },

  async reports(world) {
    const { here, alice } = world;
    const note = await world.boPosts();
    const command = {
      targetId: await world.findBo(),
      noteIds: [note],
      category: "spam",
      comment: "Sells tea to everybody.",
      language: "en",
      forward: true,
    } as const;
    return { flag: await world.theOne("Flag", () => reportActor(here.app, alice.viewer, command)) };
  },

  async quotes(world) {
    const { here, alice } = world;
    await world.boFollows();
    const asked = await world.boPosts({
      interactionPolicy: { canQuote: { manualApproval: "https://www.w3.org/ns/activitystreams#Public" } },
    });
    const sent = await world.sentBy(async () => {
      const note = await aNote(here, {
        by: alice.viewer,
        source: "Yes please",
        language: "en",
        quoteOf: asked,
      });
      world.name(note.id, "201");
    });
    const request = sent.find(({ type }) => type === "QuoteRequest") ?? {};
    const created = sent.find(({ type }) => type === "Create")?.["object"] as Record<string, unknown>;
    const keys = ["id", "type", "content", "quote", "quoteUri", "quoteUrl", "_misskey_quote", "tag"];
    const instrument = request["instrument"];
    return {
      "quote-request": {
        ...request,
        instrument:
          typeof instrument === "string" ? instrument : { id: created["id"], type: "Note", "…": "as served" },
      },
      quote: Object.fromEntries(keys.map((key) => [key, created[key]])),
      "update-quote": await stampedQuote(world, request),
    };
  },

  async quoted(world) {
    const { get } = world;
    await world.boFollows();
    const accept = await world.theOne("Accept", () => boAsksToQuote(world, {}));
    return { "accept-quote": accept, "quote-authorization": await get(String(accept["result"])) };
  },

  async askedFirst(world) {
    const { here, alice, get } = world;
    const quote = { automatic: "nobody", manual: "everyone" } as const;
    const reply = { automatic: "followers", manual: "everyone" } as const;
    await world.boFollows();
    await boAsksToQuote(world, { quote, reply });
    const [waiting] = (await listInteractionRequests(here.app, alice.viewer, {})).items;
    if (waiting === undefined) throw new Error("Nothing waits.");
    await world.theOne("Accept", () => approveInteraction(here.app, alice.viewer, waiting.id));
    const revoke = await world.theOne("Delete", () => revokeInteraction(here.app, alice.viewer, waiting.id));
    const { interactionPolicy } = await get(waiting.note.uri);
    return { "interaction-policy": { interactionPolicy }, "delete-authorization": revoke };
  },

  async replyAllowed(world) {
    const { here, alice, bo, aliceUri, get } = world;
    await world.boFollows();
    const reply = { automatic: "mentioned", manual: "everyone" } as const;
    const note = await aNote(here, { by: alice.viewer, source: "Ask me", language: "en", policy: { reply } });
    world.name(note.id, "201");
    const answer = aCreate(bo, "9", { inReplyTo: note.uri, cc: [aliceUri] })["object"] as Record<
      string,
      unknown
    >;
    bo.documents.set("/notes/9", { "@context": "https://www.w3.org/ns/activitystreams", ...answer });
    await world.receive({
      "@context": ["https://www.w3.org/ns/activitystreams", "https://gotosocial.org/ns"],
      id: "https://elsewhere.example/reply-requests/9",
      type: "ReplyRequest",
      object: note.uri,
      instrument: answer,
    });
    const [waiting] = (await listInteractionRequests(here.app, alice.viewer, {})).items;
    if (waiting === undefined) throw new Error("Nothing waits.");
    const accept = await world.theOne("Accept", () => approveInteraction(here.app, alice.viewer, waiting.id));
    return { "accept-reply": accept, "reply-authorization": await get(String(accept["result"])) };
  },

  async refused(world) {
    await world.boFollows();
    const quote = { automatic: "nobody", manual: "nobody" } as const;
    return { "reject-quote": await world.theOne("Reject", () => boAsksToQuote(world, { quote })) };
  },

  async relays({ here, alice }) {
    const relay = await createPeer(here, "relay.example", "relay");
    await addRelay(here.app, { url: "https://relay.example/inbox", style: "mastodon" });
    await drain(here);
    const follow = relay.received.find(({ json }) => json["type"] === "Follow")?.json ?? {};
    await deliver(here, relay, {
      id: "https://relay.example/accepts/1",
      type: "Accept",
      actor: relay.actorUri,
      object: follow["id"],
    });
    await drain(here);
    await aNote(here, { by: alice.viewer, source: "For everybody", language: "en" });
    await drain(here);
    const create = relay.received.find(({ json }) => json["type"] === "Create")?.json ?? {};
    return { "follow-relay": follow, "relayed-signature": { signature: create["signature"] } };
  },

  async litePubRelays({ here, alice }) {
    const relay = await createPeer(here, "relay.example", "relay");
    await addRelay(here.app, { url: relay.actorUri, style: "litepub" });
    await drain(here);
    const follow = relay.received.find(({ json }) => json["type"] === "Follow")?.json ?? {};
    const object = follow["id"];
    const accept = { id: "https://relay.example/accepts/1", type: "Accept", actor: relay.actorUri, object };
    await deliver(here, relay, accept);
    await drain(here);
    await aNote(here, { by: alice.viewer, source: "For everybody", language: "en" });
    await drain(here);
    const announce = relay.received.find(({ json }) => json["type"] === "Announce")?.json;
    return { "follow-litepub-relay": follow, "announce-to-relay": announce };
  },
};

const QUOTE_TERMS = {
  QuoteRequest: "https://w3id.org/fep/044f#QuoteRequest",
  QuoteAuthorization: "https://w3id.org/fep/044f#QuoteAuthorization",
  quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
};

type Policy = NonNullable<Parameters<typeof aNote>[1]["policy"]>;

/** What is sent once Bo agreed to be quoted. */
async function stampedQuote(world: World, request: Readonly<Record<string, unknown>>) {
  const { bo } = world;
  const stamp = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://gotosocial.org/ns", QUOTE_TERMS],
    id: "https://elsewhere.example/stamps/5",
    type: "QuoteAuthorization",
    attributedTo: bo.actorUri,
    interactingObject: (request["instrument"] as Record<string, unknown>)["id"],
    interactionTarget: request["object"],
  };
  bo.documents.set("/stamps/5", stamp);
  const update = await world.theOne("Update", () =>
    world.receive({
      id: "https://elsewhere.example/accepts/5",
      type: "Accept",
      object: request["id"],
      result: stamp.id,
    }),
  );
  const { id, type, updated, quote, quoteAuthorization } = update["object"] as Record<string, unknown>;
  return { ...update, object: { id, type, updated, quote, quoteAuthorization, "…": "as served" } };
}

/** Bo has written a note that quotes one of Alice's, and asks for her consent. */
async function boAsksToQuote(world: World, policy: Policy): Promise<void> {
  const { here, alice, bo } = world;
  const note = await aNote(here, { by: alice.viewer, source: "Quote me", language: "en", policy });
  world.name(note.id, "201");
  const quoting = aCreate(bo, "8", { quote: note.uri })["object"] as Record<string, unknown>;
  bo.documents.set("/notes/8", { "@context": "https://www.w3.org/ns/activitystreams", ...quoting });
  await world.receive({
    "@context": ["https://www.w3.org/ns/activitystreams", QUOTE_TERMS],
    id: "https://elsewhere.example/quote-requests/8",
    type: "QuoteRequest",
    object: note.uri,
    instrument: quoting,
  });
}
