import { onTestFinished } from "vitest";
import { makeStatement } from "../../server/lifeboat/identity.ts";
import { keysOfPhrase, newPhrase, type PhraseKeys } from "../../server/lifeboat/phrase.ts";
import { receiveActor, requestRefresh } from "../../server/services/actors/actors.ts";
import { decideFrozen, type FrozenDecision, listFrozen } from "../../server/services/identities/frozen.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { type ActorRow, findActorByUri } from "../../server/store/actors.ts";
import type { Database } from "../../server/store/database.ts";
import { actorDocument, createPeer, deliver, type Peer } from "../federation/peer.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
import { followsOf } from "./follows.ts";

const DAY = 86_400_000;
type Json = Record<string, unknown>;

/**
 * Ann lives on old.test and has a recovery phrase; alice and bob, who live here, may come to follow her. `old` is her server as
 * it is now: a test may put another in its place. What changes later is believed when her did:key is behind it, and is else for
 * alice and bob to decide.
 */
export type PinnedScene = {
  readonly here: TestInstance;
  readonly alice: Member;
  readonly bob: Member;
  old: Peer;
  readonly home: Peer;
  readonly ann: PhraseKeys;
  counter: number;
  phrase(): Promise<PhraseKeys>;
  settle(): Promise<void>;
  /** Now, in whole seconds. */
  iso(): string;
  /** The document of a peer's actor as it is with its keys now, and a statement by each of some did:keys. */
  publish(peer: Peer, signers: readonly PhraseKeys[], more?: Json): Promise<void>;
  follows(who: Member): Promise<void>;
  /** Alice and bob follow ann, who has her statement. */
  known(): Promise<void>;
  row(): Promise<ActorRow>;
  /** Ann's profile is read again, some time later. */
  refresh(): Promise<void>;
  /** Somebody has ann's domain now, with keys of their own. */
  seized(more?: Json, signers?: readonly PhraseKeys[]): Promise<void>;
  told(who: Member): Promise<readonly string[]>;
  texts(who: Member): Promise<readonly string[]>;
  decide(who: Member, decision: FrozenDecision): Promise<void>;
  /** Both look at what there is to decide before either of them decides. */
  decideAtOnce(
    who: readonly Member[],
    decision: FrozenDecision,
  ): Promise<readonly PromiseSettledResult<void>[]>;
  /** How far the follow of ann's old account is. */
  follow(who: Member): Promise<string | undefined>;
};

/** Sets the scene; nobody follows anybody yet. */
export async function aPinnedScene(database?: Database): Promise<PinnedScene> {
  const here = await createInstance({ host: "here.test", ...(database === undefined ? {} : { database }) });
  onTestFinished(() => here.close());
  const s: PinnedScene = {
    here,
    alice: await aMember(here, "alice"),
    bob: await aMember(here, "bob"),
    old: await createPeer(here, "old.test", "ann"),
    home: await createPeer(here, "new.test", "ann"),
    ann: await phrase(),
    counter: 0,
    phrase,
    settle: () => drainWithFaults(here),
    iso: () => new Date(here.clock.now()).toISOString().replace(/\.\d+Z/, "Z"),
    async publish(peer, signers, more = {}) {
      const attachment = [
        { type: "PropertyValue", name: "Site", value: "https://x.test" },
        ...signers.map((keys) => makeStatement(keys, peer.actorUri, s.iso())),
      ];
      peer.documents.set("/users/ann", { ...(await actorDocument(peer, "ann")), attachment, ...more });
    },
    follows: (who) => followAnn(s, who),
    async known() {
      await s.publish(s.old, [s.ann]);
      await s.follows(s.alice);
      await s.follows(s.bob);
    },
    async row() {
      const found = await findActorByUri(here.app.db, s.old.actorUri);
      if (found === undefined) throw new Error("ann is not known");
      return found;
    },
    async refresh() {
      here.clock.advance(DAY);
      await requestRefresh(here.app, s.old.actorUri);
      await s.settle();
    },
    async seized(more = {}, signers = []) {
      await s.old.rotate();
      await s.publish(s.old, signers, more);
    },
    told: async (who) => (await listNotifications(here.app, who.viewer, {})).items.map((item) => item.kind),
    texts: async (who) =>
      (await homeTimeline(here.app, who.viewer, {})).items.map((item) => item.note.contentHtml),
    async decide(who, decision) {
      await (
        await seenBy(who)
      )(decision);
      await s.settle();
    },
    async decideAtOnce(who, decision) {
      const decisions = await Promise.all(who.map(seenBy));
      const outcomes = await Promise.allSettled(decisions.map((decide) => decide(decision)));
      await s.settle();
      return outcomes;
    },
    follow: async (who) => (await followsOf(here, who.viewer))[s.old.actorUri],
  };
  /** What somebody is shown now, as the decision that they would send. */
  async function seenBy(who: Member): Promise<(decision: FrozenDecision) => Promise<void>> {
    const [view] = await listFrozen(here.app, who.viewer);
    if (view === undefined) throw new Error("nothing to decide");
    return (decision) => decideFrozen(here.app, who.viewer, view.actor.id, { decision, stamp: view.stamp });
  }
  await s.settle();
  return s;
}

async function followAnn(s: PinnedScene, who: Member): Promise<void> {
  const { app } = s.here;
  const received = await app.remote.findActor(s.old.actorUri);
  if (received === null) throw new Error("nobody there");
  await followActor(app, who.viewer, await receiveActor(app, received));
  await s.settle();
  const follow = s.old.received.findLast((one) => one.json["type"] === "Follow");
  const accept = { id: `${s.old.actorUri}/accepts/${++s.counter}`, type: "Accept", actor: s.old.actorUri };
  await deliver(s.here, s.old, { ...accept, object: follow?.json["id"] });
  await s.settle();
}

async function phrase(): Promise<PhraseKeys> {
  const keys = await keysOfPhrase(newPhrase());
  if (keys === null) throw new Error("no phrase");
  return keys;
}
