import type { App } from "../../context.ts";
import { movesAgainAt } from "../../domain/move.ts";
import { asId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { CausewayError, forbidden } from "../../errors.ts";
import type { Signed } from "../../lifeboat/proofs.ts";
import { type ActorRow, findActorById, findActorByUri, updateActor } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { hasLocalRelation } from "../../store/moves.ts";
import { listFrozenMoves } from "../../store/pinned-identities.ts";
import { isOurUri, receiveActor, requestRefresh } from "../actors/actors.ts";
import { freeze, settleMoved } from "../identities/freezing.ts";
import type { FrozenOffer } from "../identities/pins.ts";
import { isMoveProved } from "../identities/successors.ts";
import { isBlockedHost } from "../moderation/domains.ts";
import { requestMovedRelations } from "./moved-relations.ts";

const MOVES: RateRule = { name: "received-moves", limit: 12, windowMs: 3_600_000 };

/** A Move of an actor. */
export type ReceivedMove = {
  readonly actorUri: string;
  readonly targetUri: string;
  /** The actor sent it or sealed it, as the inbox made sure; else somebody says so, and the actor's did:key has to prove it. */
  readonly isOwn: boolean;
  /** As it came, for proofs over it. */
  readonly document: Signed | null;
};

/**
 * A remote actor moved. It is believed when the new home, read now at its own origin, names the old one among its other
 * names; then everybody here who followed the old one follows the new one. Of somebody whose did:key is known here it is
 * believed only if that key is behind it; else it is for their followers to decide.
 * @throws forbidden when it is not believed, remote_failed when the new home does not answer: the job is tried again.
 */
export async function receiveMove(app: App, move: ReceivedMove): Promise<void> {
  const { actorUri, targetUri } = move;
  const from = await findActorByUri(app.db, actorUri);
  if (from === undefined || from.host === "" || from.deleted_at !== null || targetUri === actorUri) return;
  if (!move.isOwn && from.did === null) throw forbidden();
  // Nobody here would notice but who looks at the profile.
  if (!(await hasLocalRelation(app.db, from.id))) return await requestRefresh(app, actorUri);
  const now = app.clock.now();
  const isAgain = from.moved_to_uri === targetUri;
  if (!isAgain && movesAgainAt(from.moved_at, now, "theirs") !== null) throw forbidden();
  // Each costs several requests to a server of the sender's choice. What others say has a share of its own. Whoever got hold of
  // somebody's seal may bring it again and again before it counts: so too many means later, not never.
  const turn = app.limiter.take(MOVES, move.isOwn ? actorUri : `${targetUri} said of ${actorUri}`);
  if (!turn.ok) throw new CausewayError("unavailable", "error.too_many");
  const to = await findHome(app, from, targetUri);
  if (!(await isProved(app, from, to, move))) return await askFollowers(app, from, to, move);
  await transaction(app.db, async (tx) => {
    await updateActor(tx, asId(from.id), { moved_to_uri: to.uri, moved_at: now });
    await settleMoved(tx, from);
    await requestMovedRelations(app, tx, from.id, to.id);
  });
  app.wake();
}

/** Whoever was never seen with a did:key needs no proof by one. */
async function isProved(
  app: App,
  from: ActorRow,
  to: ActorRow,
  { document }: ReceivedMove,
): Promise<boolean> {
  const { did } = from;
  return did === null || (await isMoveProved(app, { did, from, to, document }));
}

async function askFollowers(app: App, from: ActorRow, to: ActorRow, { isOwn }: ReceivedMove): Promise<void> {
  if (!isOwn) throw forbidden();
  await transaction(app.db, (tx) => freeze(app, tx, from, "move", { kind: "move", target: to.uri }));
  app.wake();
}

/** Looked at again at once; the rest an hour later. */
const RECHECKS = 50;

/**
 * Looks again at moves about which followers still have to decide: somebody whom others brought over may have come since, and
 * have signed with their recovery phrase where they are. Done every hour, by jobs.
 */
export async function requestRechecks(app: App): Promise<void> {
  const ids = await listFrozenMoves(app.db, RECHECKS);
  for (const actorId of ids)
    await enqueue(app.db, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "recheck-move",
      payload: { actorId },
      dedupeKey: `recheck-move:${actorId}`,
      lane: 2,
    });
  if (ids.length > 0) app.wake();
}

/** Believes a doubted move if the did:key is behind it now; the job behind `recheck-move`. */
export async function recheckMove(app: App, actorId: number): Promise<void> {
  const from = await findActorById(app.db, actorId);
  const offer = fromJson<FrozenOffer | null>(from?.frozen_offer ?? null, null);
  if (from === undefined || offer?.kind !== "move") return;
  try {
    await receiveMove(app, { actorUri: from.uri, targetUri: offer.target, isOwn: false, document: null });
  } catch (error) {
    // Nothing new, or nobody answers: in an hour again.
    if (!(error instanceof CausewayError)) throw error;
  }
}

/** The new home, if it says that it is one and has not moved itself. */
async function findHome(app: App, from: ActorRow, targetUri: string): Promise<ActorRow> {
  const to = isOurUri(app, targetUri)
    ? await findActorByUri(app.db, targetUri)
    : await readHome(app, targetUri);
  if (to === undefined || to.deleted_at !== null || to.uri !== targetUri) throw forbidden();
  const knowsIt = fromJson<readonly string[]>(to.also_known_as, []).includes(from.uri);
  if (!knowsIt || to.moved_to_uri !== null) throw forbidden();
  return to;
}

async function readHome(app: App, targetUri: string): Promise<ActorRow | undefined> {
  if (await isBlockedHost(app, new URL(targetUri).host)) return undefined;
  const received = await app.remote.findActor(targetUri);
  if (received === null) throw new CausewayError("remote_failed", "error.remote_failed");
  return await findActorById(app.db, await receiveActor(app, received));
}
