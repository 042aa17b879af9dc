import type { App } from "../../context.ts";
import type { Measure } from "../../domain/decision.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { CausewayError } from "../../errors.ts";
import { findAccountOfActor, updateAccount } from "../../store/accounts.ts";
import { type ActorRow, findActorById, updateActor } from "../../store/actors.ts";
import { listRemoteMedia } from "../../store/attachments.ts";
import { toJson } from "../../store/codec.ts";
import type { Tx } from "../../store/database.ts";
import {
  type DecisionRow,
  listForceOnActor,
  listForceOnNote,
  markActor,
  markNote,
} from "../../store/decisions.ts";
import { listNotesOfActor } from "../../store/departures.ts";
import { listFollowsWith } from "../../store/domain-actors.ts";
import { insertSevered } from "../../store/domains.ts";
import { removeFollow } from "../../store/follows.ts";
import { insertTombstone } from "../../store/inbox.ts";
import { enqueue } from "../../store/jobs.ts";
import { findNoteById, lockNote, type NoteRow } from "../../store/notes.ts";
import { countActiveOwners } from "../../store/operations.ts";
import { endAccess, tellOfProfile } from "../accounts/access.ts";
import { removeMemberWithin, removeRemoteActor } from "../accounts/departures.ts";
import { keysOfProxied } from "../media/proxy.ts";
import { removeNote } from "../notes/notes.ts";
import { removeRemoteNote } from "../notes/received-notes.ts";
import { untell } from "../notifications/notify.ts";
import { announce } from "../streams/announce.ts";
import { releaseWithin } from "./release.ts";

// What decisions do. Marks on actors and notes are never set or cleared one by one: they are worked out from all decisions
// that are in force, so that taking one back restores what was there, unless another one still asks for it.

/** Does about a note what was decided; the decision is written down already. Inside the caller's transaction. */
export async function takeMeasureOnNote(app: App, tx: Tx, note: NoteRow, measure: Measure): Promise<void> {
  if (measure !== "delete") return await settleNote(app, tx, note.id);
  const row = await lockNote(tx, note.id);
  if (row === undefined || row.deleted_at !== null) return;
  if (row.local === 1) return await removeNote(app, tx, row);
  const author = await findActorById(tx, row.actor_id);
  // So that it does not come again from its server.
  if (author !== undefined) await insertTombstone(tx, row.uri, author.uri, app.clock.now());
  await removeRemoteNote(app, tx, row);
}

/** The same about somebody as a whole. @throws conflict for the last owner */
export async function takeMeasureOnActor(app: App, tx: Tx, actor: ActorRow, measure: Measure): Promise<void> {
  if (measure === "delete" || measure === "suspend") await keepAnOwner(tx, actor.id);
  if (measure !== "delete") return await settleActor(app, tx, actor.id);
  if (actor.host === "") return await removeMemberWithin(app, tx, asId(actor.id));
  await severFollows(app, tx, actor);
  await removeRemoteActor(app, tx, actor);
}

/** An instance without an owner could not be administered by anybody. @throws conflict */
async function keepAnOwner(tx: Tx, actorId: number): Promise<void> {
  const account = await findAccountOfActor(tx, actorId);
  if (account?.role !== "owner" || account.suspended_at !== null) return;
  if ((await countActiveOwners(tx)) <= 1) throw new CausewayError("conflict", "error.owner_stays");
}

/** Makes the marks of a note agree with the decisions about it. Inside the caller's transaction. */
export async function settleNote(app: App, tx: Tx, noteId: number): Promise<void> {
  const row = await findNoteById(tx, noteId);
  if (row === undefined || row.deleted_at !== null) return;
  const force = await listForceOnNote(tx, noteId);
  const hiddenSince = sinceOf(force, "hide");
  const labels = [...new Set(force.flatMap((one) => (one.measure === "label" ? (one.label ?? []) : [])))];
  await markNote(tx, noteId, {
    sensitized_at: sinceOf(force, "sensitive"),
    labels: labels.length === 0 ? null : toJson(labels),
    // What a classifier holds waits for a moderator: nothing that ends here lets it out.
    ...(hiddenSince !== null
      ? { hidden_at: row.hidden_at ?? hiddenSince, hidden_by: "moderator" }
      : row.hidden_by === "moderator"
        ? { hidden_at: null, hidden_by: null }
        : {}),
  });
  // Nobody has heard of what waited for a moderator when it was hidden: now they do.
  if (hiddenSince === null && row.hidden_by === "moderator")
    for (const from of ["removed", "waiting"] as const)
      await releaseWithin(app, tx, noteId, { from, byId: null });
  if (hiddenSince !== null && row.hidden_at === null)
    announce(app, { type: "removed", id: row.id, noteId: row.id, actorId: row.actor_id });
  // Apps that show it hear of its words and covers at once.
  else if (hiddenSince === null) announce(app, { type: "edited", noteId: row.id });
}

function sinceOf(force: readonly DecisionRow[], measure: Measure): number | null {
  return force.find((one) => one.measure === measure)?.created_at ?? null;
}

/** Makes the marks of an actor agree with the decisions about them. Inside the caller's transaction. */
export async function settleActor(app: App, tx: Tx, actorId: number): Promise<void> {
  const row = await findActorById(tx, actorId);
  if (row === undefined || row.deleted_at !== null) return;
  const force = await listForceOnActor(tx, actorId);
  const limitedSince = sinceOf(force, "limit");
  await markActor(tx, actorId, {
    sensitized_at: sinceOf(force, "sensitive"),
    ...(limitedSince !== null
      ? { limited_at: row.limited_at ?? limitedSince, limited_by: "moderator" }
      : row.limited_by === "moderator"
        ? { limited_at: null, limited_by: null }
        : {}),
  });
  const suspendedSince = sinceOf(force, "suspend");
  if (suspendedSince !== null) await suspend(app, tx, row);
  else if (row.suspended_by === "moderator") await liftSuspension(app, tx, row);
  // A rule about its whole server may hold beneath what was decided about it alone.
  if (row.host !== "" && limitedSince === null && row.limited_by === "moderator")
    await applyRulesOf(app, tx, row.host);
}

async function suspend(app: App, tx: Tx, row: ActorRow): Promise<void> {
  if (row.suspended_by === "moderator" && row.suspended_at !== null) return;
  const now = app.clock.now();
  await markActor(tx, row.id, { suspended_at: row.suspended_at ?? now, suspended_by: "moderator" });
  if (row.host !== "") {
    await severFollows(app, tx, row);
    return await forgetMedia(app, tx, row);
  }
  const account = await findAccountOfActor(tx, row.id);
  if (account !== undefined) {
    await updateAccount(tx, account.id, { suspended_at: account.suspended_at ?? now });
    await endAccess(app, tx, account.id);
  }
  await tellOfProfile(app, tx, asId(row.id));
}

/** Lets somebody in again, whatever kept them out but a rule about their server. Inside the caller's transaction. */
export async function liftSuspension(app: App, tx: Tx, row: ActorRow): Promise<void> {
  await markActor(tx, row.id, { suspended_at: null, suspended_by: null });
  if (row.host !== "") return await applyRulesOf(app, tx, row.host);
  const account = await findAccountOfActor(tx, row.id);
  if (account !== undefined) await updateAccount(tx, account.id, { suspended_at: null });
  await updateActor(tx, asId<ActorId>(row.id), { memorial: 0 });
  await tellOfProfile(app, tx, asId(row.id));
}

/** The job makes what is stored agree with the rules about the server (domains-apply.ts). */
async function applyRulesOf(app: App, tx: Tx, host: string): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "apply-domains",
    payload: { host },
    orderingKey: "apply-domains",
    lane: 1,
  });
}

/** Ends follows between one remote actor and members, either way, and writes them down for the members concerned. */
async function severFollows(app: App, tx: Tx, actor: ActorRow): Promise<void> {
  for (const follow of await listFollowsWith(tx, [actor.id])) {
    const isFollower = follow.actor_id === actor.id;
    const memberId = isFollower ? follow.target_id : follow.actor_id;
    await removeFollow(tx, follow.actor_id, follow.target_id);
    await untell(tx, {
      kinds: ["follow", "follow_request", "follow_accepted"],
      to: memberId,
      actorId: actor.id,
    });
    if (follow.state !== "accepted") continue;
    await insertSevered(tx, [
      {
        id: app.ids.next(),
        host: actor.host,
        actor_id: memberId,
        remote_id: actor.id,
        direction: isFollower ? "follower" : "following",
        created_at: app.clock.now(),
      },
    ]);
  }
}

/** Newest notes whose pictures are let go at once; what is older leaves the cache by its age. */
const NOTES_FORGOTTEN = 1_000;

async function forgetMedia(app: App, tx: Tx, actor: ActorRow): Promise<void> {
  const notes = await listNotesOfActor(tx, actor.id, NOTES_FORGOTTEN);
  const pictures = [actor.avatar, actor.header].filter((url) => url !== null);
  const urls = [
    ...pictures,
    ...(await listRemoteMedia(
      tx,
      notes.map((note) => note.id),
    )),
  ];
  if (urls.length === 0) return;
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "forget-proxied",
    payload: { keys: keysOfProxied(app, urls) },
    lane: 2,
  });
}
