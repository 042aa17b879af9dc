import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { asId, type InteractionId, type NoteId } from "../../domain/ids.ts";
import type { NoteView, Page, PageRequest } from "../../domain/note.ts";
import { type OwnPolicy, readOwnPolicy, type Verb } from "../../domain/policy.ts";
import { notFound } from "../../errors.ts";
import { findAccount, updateAccount } from "../../store/accounts.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  decideInteraction,
  findInteraction,
  findInteractionById,
  findNotesByUris,
  type InteractionRow,
  listInteractionsOf,
} from "../../store/interactions.ts";
import { findNoteById, updateNote } from "../../store/notes.ts";
import { federate } from "../federation/federate.ts";
import { carryOut, type InteractionDetail, takeBack, turnDown } from "./interaction-effects.ts";
import { untell } from "../notifications/notify.ts";
import { toCursor, toPage } from "../pages.ts";
import { policyColumn } from "./policies.ts";
import { actorViews, visibleNoteViews } from "../views.ts";

/** A request as its author sees it. */
export type InteractionView = {
  readonly id: InteractionId;
  readonly verb: Verb;
  readonly actor: ActorView;
  /** The note that it is about. */
  readonly note: NoteView;
  /** The reply or the quoting note, if there is one. */
  readonly object: NoteView | null;
  /** The emoji of a reaction. */
  readonly reaction: string | null;
  readonly at: number;
};

/** What waits for the person's answer, newest first. */
export async function listInteractionRequests(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<InteractionView>> {
  const cursor = toCursor(request);
  const found = await listInteractionsOf(app.db, viewer.actorId, "pending", cursor);
  return await toPage(found, cursor, (rows) => drawAll(app, viewer, rows));
}

async function drawAll(
  app: App,
  viewer: Viewer,
  rows: readonly InteractionRow[],
): Promise<readonly InteractionView[]> {
  const views = await actorViews(
    app,
    rows.map((row) => row.actor_id),
  );
  const actors = new Map(views.map((actor) => [actor.id as number, actor]));
  const objects = await findNotesByUris(
    app.db,
    rows.map((row) => row.object_uri),
  );
  const notes = await visibleNoteViews(app, viewer, [
    ...rows.map((row) => row.note_id),
    ...objects.map((row) => row.id),
  ]);
  const byId = new Map(notes.map((note) => [note.id as number, note]));
  const byUri = new Map(notes.map((note) => [note.uri, note]));
  return rows.flatMap((row) => {
    const actor = actors.get(row.actor_id);
    const note = byId.get(row.note_id);
    if (actor === undefined || note === undefined) return [];
    const view: InteractionView = {
      id: asId(row.id),
      verb: row.kind as Verb,
      actor,
      note,
      object: byUri.get(row.object_uri) ?? null,
      reaction: fromJson<InteractionDetail>(row.detail, {}).name ?? null,
      at: row.created_at,
    };
    return [view];
  });
}

/** The person allows what somebody asked for. Idempotent. @throws not_found */
export async function approveInteraction(app: App, viewer: Viewer, id: InteractionId): Promise<void> {
  await decide(app, viewer, id, { from: ["pending"], state: "accepted" }, async (tx, row) => {
    const note = await findNoteById(tx, row.note_id);
    if (note === undefined || note.deleted_at !== null) return;
    await carryOut(app, tx, row, note);
    await tell(app, tx, row, "interaction.accepted");
  });
}

/** The person says no to what somebody asked for. Idempotent. @throws not_found */
export async function denyInteraction(app: App, viewer: Viewer, id: InteractionId): Promise<void> {
  await decide(app, viewer, id, { from: ["pending"], state: "rejected" }, async (tx, row) => {
    await turnDown(app, tx, row);
    await tell(app, tx, row, "interaction.rejected");
  });
}

/** The person takes consent back: the stamp is gone, and everybody who may have read it is told. @throws not_found */
export async function revokeInteraction(app: App, viewer: Viewer, id: InteractionId): Promise<void> {
  await decide(app, viewer, id, { from: ["accepted"], state: "revoked" }, async (tx, row) => {
    await takeBack(app, tx, row);
    await untell(tx, { kinds: [row.kind as Verb], to: viewer.actorId, actorId: row.actor_id });
    await tell(app, tx, row, "interaction.revoked");
  });
}

/** The person takes their note out of somebody's quote of it. @throws not_found */
export async function revokeQuote(app: App, viewer: Viewer, quotingId: NoteId): Promise<void> {
  const quoting = await findNoteById(app.db, quotingId);
  if (quoting === undefined || quoting.quote_id === null) throw notFound();
  const row = await findInteraction(app.db, "quote", quoting.uri, quoting.quote_id);
  if (row === undefined) throw notFound();
  await revokeInteraction(app, viewer, asId(row.id));
}

async function decide(
  app: App,
  viewer: Viewer,
  id: InteractionId,
  change: { readonly from: readonly string[]; readonly state: string },
  then: (tx: Db, row: InteractionRow) => Promise<void>,
): Promise<void> {
  const found = await findInteractionById(app.db, id);
  if (found === undefined || found.author_id !== viewer.actorId) throw notFound();
  await transaction(app.db, async (tx) => {
    const row = await decideInteraction(tx, id, { ...change, now: app.clock.now() });
    if (row === undefined) return;
    await untell(tx, {
      kinds: ["interaction_request"],
      to: viewer.actorId,
      actorId: row.actor_id,
      noteId: row.note_id,
    });
    await then(tx, row);
  });
  app.wake();
}

async function tell(
  app: App,
  tx: Db,
  row: InteractionRow,
  type: "interaction.accepted" | "interaction.rejected" | "interaction.revoked",
): Promise<void> {
  await federate(app, tx, row.author_id, {
    type,
    activityId: asId(app.ids.next()),
    interactionId: asId(row.id),
  });
}

/** Who may answer, boost and quote what the person writes, unless a note says otherwise. */
export async function findStandardPolicy(app: App, viewer: Viewer): Promise<OwnPolicy> {
  const account = await findAccount(app.db, viewer.accountId);
  return readOwnPolicy(fromJson<unknown>(account?.policy ?? null, null));
}

/** Chooses who may answer, boost and quote what the person will write. */
export async function setStandardPolicy(app: App, viewer: Viewer, policy: Partial<OwnPolicy>): Promise<void> {
  const before = await findStandardPolicy(app, viewer);
  await updateAccount(app.db, viewer.accountId, { policy: toJson(readOwnPolicy(policy, before)) });
}

/** Who may answer, boost and quote a note of the person's. @throws not_found */
export async function findNotePolicy(app: App, viewer: Viewer, noteId: NoteId): Promise<OwnPolicy> {
  const note = await findNoteById(app.db, noteId);
  if (note === undefined || note.deleted_at !== null || note.actor_id !== viewer.actorId) throw notFound();
  return readOwnPolicy(fromJson<unknown>(note.policy, null));
}

/** Changes who may answer, boost and quote a note of the person's; what was allowed stays. @throws not_found */
export async function setNotePolicy(
  app: App,
  viewer: Viewer,
  noteId: NoteId,
  policy: Partial<OwnPolicy>,
): Promise<void> {
  const note = await findNoteById(app.db, noteId);
  if (note === undefined || note.deleted_at !== null || note.actor_id !== viewer.actorId) throw notFound();
  await transaction(app.db, async (tx) => {
    await updateNote(tx, noteId, { policy: policyColumn(policy, note.policy) });
    await federate(app, tx, viewer.actorId, {
      type: "note.updated",
      activityId: asId(app.ids.next()),
      noteId,
    });
  });
  app.wake();
}
