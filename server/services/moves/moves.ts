import type { App } from "../../context.ts";
import { type ActorView, parseHandle, PROFILE_LIMITS, type Viewer } from "../../domain/actor.ts";
import { type ActivityId, type ActorId, asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { MOVE_COOLDOWN_MS, movesAgainAt } from "../../domain/move.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import {
  type ActorRow,
  findActorByHandle,
  findActorById,
  findActorByUri,
  findActorsByUri,
  updateActor,
} from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { countDeliveriesOf } from "../../store/moves.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { takeLimit } from "../accounts/limits.ts";
import { type Proof, requireProof } from "../accounts/proof.ts";
import { isOurHost, isOurUri, receiveActor } from "../actors/actors.ts";
import { federate } from "../federation/federate.ts";
import { requestMovedRelations } from "./moved-relations.ts";
import { actorView } from "../views.ts";

const DAY = 24 * 60 * 60_000;

/** Another home of the person: by uri, and what is known here of it. */
export type OtherHome = { readonly uri: string; readonly actor: ActorView | null };

/** Everything that the moving page shows. */
export type MoveState = {
  /** Other homes that may send their followers here. */
  readonly aliases: readonly OtherHome[];
  /** Where the person moved to; null = lives here. */
  readonly movedTo: OtherHome | null;
  readonly movedAt: number | null;
  /** When a move is possible again, ms; null = now. */
  readonly againAt: number | null;
  /** Servers of followers that still have to be told, and those that could not be. Null before any move. */
  readonly progress: { readonly waiting: number; readonly failed: number } | null;
};

/** Where the person's other homes are, and how far a move is. */
export async function getMoveState(app: App, viewer: Viewer): Promise<MoveState> {
  const row = await own(app.db, viewer);
  const uris = aliasesOf(row);
  const movedTo = row.moved_to_uri;
  const known = await findActorsByUri(app.db, movedTo === null ? uris : [...uris, movedTo]);
  const home = (uri: string): OtherHome => {
    const actor = known.find((one) => one.uri === uri && one.deleted_at === null);
    return { uri, actor: actor === undefined ? null : actorView(app, actor) };
  };
  return {
    aliases: uris.map(home),
    movedTo: movedTo === null ? null : home(movedTo),
    movedAt: row.moved_at,
    againAt: movesAgainAt(row.moved_at, app.clock.now(), "ours"),
    progress: movedTo === null || row.move_id === null ? null : await countDeliveriesOf(app.db, row.move_id),
  };
}

/** Where somebody says that they live now, for their profile here; null when they have not moved. */
export async function findNewHome(app: App, actor: ActorView): Promise<OtherHome | null> {
  if (actor.movedToUri === null) return null;
  const row = await findActorByUri(app.db, actor.movedToUri);
  const isShown = row !== undefined && row.deleted_at === null && row.suspended_at === null;
  return { uri: actor.movedToUri, actor: isShown ? actorView(app, row) : null };
}

async function own(db: Db, viewer: Viewer): Promise<ActorRow> {
  const row = await findActorById(db, viewer.actorId);
  if (row === undefined) throw notFound();
  return row;
}

function aliasesOf(row: ActorRow): readonly string[] {
  return fromJson<readonly string[]>(row.also_known_as, []);
}

/**
 * Names another home of the person, so that its followers may be sent here: a handle that can be found now, or an
 * address, kept as it is when nobody answers there any more. @throws invalid with the field `alias`
 */
export async function addAlias(app: App, viewer: Viewer, text: string): Promise<void> {
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const found = await findHome(app, text);
  const uri = found?.uri ?? addressOf(text);
  if (uri === null) throw invalid({ alias: { key: "field.alias_unknown" } });
  if (uri === app.uris.actor(viewer.actorId)) throw invalid({ alias: { key: "field.alias_self" } });
  await changeAliases(app, viewer, (aliases) => {
    if (aliases.includes(uri)) return aliases;
    const max = PROFILE_LIMITS.aliases;
    if (aliases.length >= max) throw invalid({ alias: { key: "field.too_many_aliases", params: { max } } });
    return [...aliases, uri];
  });
}

/** Forgets another home of the person. Idempotent. */
export async function removeAlias(app: App, viewer: Viewer, uri: string): Promise<void> {
  await changeAliases(app, viewer, (aliases) => aliases.filter((alias) => alias !== uri));
}

async function changeAliases(
  app: App,
  viewer: Viewer,
  change: (aliases: readonly string[]) => readonly string[],
): Promise<void> {
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const before = aliasesOf(await own(tx, viewer));
    const after = change(before);
    if (after.length === before.length) return;
    await updateActor(tx, viewer.actorId, { also_known_as: toJson(after) });
    await tellProfile(app, tx, viewer.actorId);
  });
  app.wake();
}

/** An address that may be somebody's uri though nobody answers there. */
function addressOf(text: string): string | null {
  const trimmed = text.trim();
  return /^https?:\/\/\S+$/i.test(trimmed) ? safeHttpUrl(trimmed) : null;
}

/** Somebody by handle, uri or page, read now at their own server; null when nobody is found. */
async function findHome(app: App, text: string): Promise<ActorRow | null> {
  const trimmed = text.trim();
  const address = addressOf(trimmed);
  const handle = address === null ? parseHandle(trimmed) : null;
  if (address === null && handle === null) return null;
  const local = await findLocal(app, address, handle);
  if (local !== undefined) return local;
  const received = await app.remote.findActor(address ?? trimmed);
  if (received === null) return null;
  return (await findActorById(app.db, await receiveActor(app, received))) ?? null;
}

/** Undefined: not one of our addresses. Null: one of ours, where nobody is. */
async function findLocal(
  app: App,
  address: string | null,
  handle: ReturnType<typeof parseHandle>,
): Promise<ActorRow | null | undefined> {
  if (address !== null && !isOurUri(app, address)) return undefined;
  if (handle !== null && handle.host !== null && !isOurHost(app, handle.host)) return undefined;
  const page = address === null ? null : /^\/@([a-z0-9_]{1,30})\/?$/i.exec(new URL(address).pathname);
  const name = handle?.username ?? page?.[1];
  const row =
    name === undefined
      ? await findActorByUri(app.db, address ?? "")
      : await findActorByHandle(app.db, name.toLowerCase(), "");
  return row === undefined || row.deleted_at !== null || row.host !== "" ? null : row;
}

/**
 * Moves the person to another home, after a proof of who they are: followers here and elsewhere are sent there, the profile says
 * so, and the account here can do little more than move back. @throws invalid with fields, too_many
 */
export async function moveAccount(
  app: App,
  viewer: Viewer,
  command: Proof & { readonly target: string },
): Promise<void> {
  await requireProof(app, viewer, command);
  takeLimit(app, USE_LIMITS.moves, String(viewer.actorId));
  const target = await checkedTarget(app, viewer, command.target);
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const fault = ownFault(app, await own(tx, viewer));
    if (fault !== null) throw invalid({ target: fault });
    await updateActor(tx, viewer.actorId, { moved_to_uri: target.uri, moved_at: app.clock.now() });
    await tellProfile(app, tx, viewer.actorId);
    await sendMove(app, tx, viewer.actorId, target);
  });
  app.wake();
}

async function checkedTarget(app: App, viewer: Viewer, text: string): Promise<ActorRow> {
  const row = await own(app.db, viewer);
  const before = ownFault(app, row);
  if (before !== null) throw invalid({ target: before });
  const target = await findHome(app, text);
  const fault = target === null ? "field.move_not_found" : targetFault(row, target);
  if (target === null || fault !== null)
    throw invalid({ target: { key: fault ?? "field.move_not_found", params: { uri: row.uri } } });
  return target;
}

/** Why the person cannot move now, or null. */
function ownFault(app: App, row: ActorRow): Message | null {
  if (row.moved_to_uri !== null) return { key: "field.move_done" };
  const againAt = movesAgainAt(row.moved_at, app.clock.now(), "ours");
  if (againAt === null) return null;
  const days = Math.ceil((againAt - app.clock.now()) / DAY);
  return { key: "field.move_cooldown", params: { count: days, days: MOVE_COOLDOWN_MS.ours / DAY } };
}

/** Why somebody cannot be the new home, or null. */
function targetFault(row: ActorRow, target: ActorRow): string | null {
  if (target.id === row.id) return "field.move_self";
  if (target.moved_to_uri !== null) return "field.move_moved";
  return aliasesOf(target).includes(row.uri) ? null : "field.move_no_alias";
}

/** Tells the followers of a move once more, for servers that did not take it. @throws conflict before any move, too_many */
export async function resendMove(app: App, viewer: Viewer): Promise<void> {
  const row = await own(app.db, viewer);
  const target = row.moved_to_uri === null ? undefined : await findActorByUri(app.db, row.moved_to_uri);
  if (target === undefined) throw new CausewayError("conflict", "error.not_moved");
  takeLimit(app, USE_LIMITS.moves, String(viewer.actorId));
  await transaction(app.db, (tx) => sendMove(app, tx, viewer.actorId, target));
  app.wake();
}

/** Ends a move, after a proof of who the person is: the profile is at home again. Followers do not come back by themselves. */
export async function moveBack(app: App, viewer: Viewer, proof: Proof): Promise<void> {
  await requireProof(app, viewer, proof);
  await transaction(app.db, async (tx) => {
    if ((await own(tx, viewer)).moved_to_uri === null) return;
    await updateActor(tx, viewer.actorId, { moved_to_uri: null, move_id: null });
    await tellProfile(app, tx, viewer.actorId);
  });
  app.wake();
}

async function sendMove(app: App, tx: Db, actorId: ActorId, target: ActorRow): Promise<void> {
  const activityId: ActivityId = asId(app.ids.next());
  await updateActor(tx, actorId, { move_id: activityId });
  await federate(app, tx, actorId, { type: "actor.moved", activityId, actorId, targetUri: target.uri });
  await requestMovedRelations(app, tx, actorId, target.id);
}

/** Tells other servers that the person's profile changed, inside the caller's transaction. */
async function tellProfile(app: App, tx: Db, actorId: ActorId): Promise<void> {
  await federate(app, tx, actorId, {
    type: "actor.updated",
    activityId: asId(app.ids.next()),
    actorId,
  });
}
