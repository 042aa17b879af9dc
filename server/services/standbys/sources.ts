import type { App } from "../../context.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import { fromJson } from "../../store/codec.ts";
import {
  findFreshKit,
  findIdentityFor,
  findUnlistedFollowers,
  findUnwalked,
  findWaitingSegment,
  listFollowerUris,
  walkNotes,
} from "../../store/standby-segments.ts";
import {
  type AgreementRow,
  type ChangeRow,
  type ConsentRow,
  findAgreementByUri,
  findConsents,
  listChanges,
} from "../../store/standbys.ts";
import { type FederatedNote, noteForFederation } from "../federation/federated-notes.ts";
import { termsOf } from "./agreements.ts";

// At the home: what there is to tell a standby, in portions.

type Json = Readonly<Record<string, unknown>>;

/** Who somebody is beyond this server. */
export type MemberIdentity = { readonly statement: Json; readonly recipient: string };

/** How often the followers of those who approve them are looked at, ms. */
const FOLLOWERS_MS = 6 * 3_600_000;

/** More are not told of: whoever has so many does not approve each of them. */
const MOST_FOLLOWERS = 200_000;

/** The person's did:key and recipient; null without a recovery phrase. */
export async function memberIdentity(app: App, actorId: ActorId): Promise<MemberIdentity | null> {
  const row = await findIdentityFor(app.db, actorId);
  return row === null ? null : { statement: fromJson<Json>(row.statement, {}), recipient: row.recipient };
}

/** Changes that wait, oldest first, and the consent of each one's member; null for who takes part no more. */
export async function changesToTell(
  app: App,
  agreement: AgreementRow,
  limit: number,
): Promise<readonly (ChangeRow & { readonly consent: ConsentRow | null })[]> {
  const rows = await listChanges(app.db, agreement.id, limit);
  const given = await findConsents(app.db, agreement.id, [...new Set(rows.map((row) => row.actor_id))]);
  const byActor = new Map(given.map((one) => [one.actor_id, one]));
  return rows.map((row) => ({ ...row, consent: byActor.get(row.actor_id) ?? null }));
}

/** A portion of what a member wrote before; `done` when it is the last. */
export type Walk = {
  readonly actorId: ActorId;
  readonly noteIds: readonly number[];
  readonly done: boolean;
};

/** The next portion of a member whose notes were not all told; `from` goes on where an earlier portion ended. Null: none is left. */
export async function nextWalk(
  app: App,
  agreement: AgreementRow,
  from: { readonly actorId: number; readonly walkedId: number } | null,
  limit: number,
): Promise<Walk | null> {
  const place = from ?? (await findUnwalked(app.db, agreement.id, 0));
  if (place === null) return null;
  const notes = await walkNotes(app.db, place.actorId, {
    after: place.walkedId,
    limit,
    // Whoever begins anew may have missed the end of some.
    withGone: agreement.restarted_at !== null,
  });
  return {
    actorId: asId(place.actorId),
    noteIds: notes.map((note) => note.id),
    done: notes.length < limit,
  };
}

/** Where the walk goes on after a member. */
export async function walkAfter(
  app: App,
  agreement: AgreementRow,
  actorId: number,
): Promise<{ readonly actorId: number; readonly walkedId: number } | null> {
  return await findUnwalked(app.db, agreement.id, actorId);
}

/** A kit that the standby does not have yet, of a member after this one. */
export async function nextKit(app: App, agreement: AgreementRow, after: number) {
  const row = await findFreshKit(app.db, agreement.id, after);
  return row === null ? null : { ...row, kit: fromJson<Json>(row.kit, {}) };
}

/** Somebody who approves their followers, with who they are; of members after this one. */
export async function nextFollowers(app: App, agreement: AgreementRow, after: number) {
  const row = await findUnlistedFollowers(app.db, agreement.id, {
    before: app.clock.now() - FOLLOWERS_MS,
    after,
  });
  return row === null ? null : { ...row, uris: await listFollowerUris(app.db, row.actorId, MOST_FOLLOWERS) };
}

/** A note for followers whose files a standby may have sealed, and to whom. */
export type SealableNote = { readonly note: FederatedNote; readonly recipient: string };

/**
 * The note of a member who takes part in an agreement with this partner, if notes for followers are in it. Null for anything
 * else: whoever asks learns nothing of what there is.
 */
export async function findSealable(
  app: App,
  asked: { readonly agreement: string; readonly partnerUri: string; readonly noteId: NoteId },
): Promise<SealableNote | null> {
  const row = await findAgreementByUri(app.db, asked.agreement, "home");
  if (row === undefined || row.state !== "agreed" || row.partner_actor !== asked.partnerUri) return null;
  if (!termsOf(row).scope.includes("followers")) return null;
  const note = await noteForFederation(app, asked.noteId);
  if (note === null || !note.local || note.deleted || note.visibility !== "followers") return null;
  const [consent] = await findConsents(app.db, row.id, [note.actorId]);
  const identity = consent === undefined ? null : await memberIdentity(app, note.actorId);
  return identity === null ? null : { note, recipient: identity.recipient };
}

/** The segment that is to be sent next. */
export async function waitingSegment(app: App, agreement: AgreementRow) {
  return await findWaitingSegment(app.db, agreement.id);
}
