import type { App } from "../../context.ts";
import { movesAgainAt } from "../../domain/move.ts";
import { asId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { CausewayError, forbidden } from "../../errors.ts";
import { type ActorRow, findActorById, findActorByUri, updateActor } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { hasLocalRelation } from "../../store/moves.ts";
import { isOurUri, receiveActor, requestRefresh } from "../actors/actors.ts";
import { isBlockedHost } from "../moderation/domains.ts";
import { requestMovedRelations } from "./moved-relations.ts";

const MOVES: RateRule = { name: "received-moves", limit: 12, windowMs: 3_600_000 };

/** A Move that an actor sent of itself; the inbox made sure that it is its own. */
export type ReceivedMove = { readonly actorUri: string; readonly targetUri: string };

/**
 * A remote actor moved. It is believed when the new home, read now at its own origin, names the old one among its other
 * names; then everybody here who followed the old one follows the new one.
 * @throws forbidden when it is not believed, remote_failed when the new home does not answer: the job is tried again.
 */
export async function receiveMove(app: App, { actorUri, targetUri }: ReceivedMove): Promise<void> {
  const from = await findActorByUri(app.db, actorUri);
  if (from === undefined || from.host === "" || from.deleted_at !== null || targetUri === actorUri) return;
  // Nobody here would notice but who looks at the profile.
  if (!(await hasLocalRelation(app.db, from.id))) return await requestRefresh(app, actorUri);
  const now = app.clock.now();
  const isAgain = from.moved_to_uri === targetUri;
  if (!isAgain && movesAgainAt(from.moved_at, now, "theirs") !== null) throw forbidden();
  // Each costs several requests to a server of the sender's choice.
  if (!app.limiter.take(MOVES, actorUri).ok) throw new CausewayError("too_many", "error.too_many");
  const to = await findHome(app, from, targetUri);
  await transaction(app.db, async (tx) => {
    await updateActor(tx, asId(from.id), { moved_to_uri: to.uri, moved_at: now });
    await requestMovedRelations(app, tx, from.id, to.id);
  });
  app.wake();
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
