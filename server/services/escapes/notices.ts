import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { SuccessorNotice } from "../../domain/lifeboat.ts";
import { addProof, type Signed } from "../../lifeboat/proofs.ts";
import type { PhraseKeys } from "../../lifeboat/phrase.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  findMemberOfActor,
  findPredecessor,
  findSuccessor,
  insertSuccessor,
  replaceSuccessor,
  type SuccessorRow,
} from "../../store/escapes.ts";
import { findEvacuation } from "../../store/evacuations.ts";
import { listSuccessors, putSuccessors } from "../../store/launches.ts";
import { signAsMember, wholeSeconds } from "./kits.ts";

// Where somebody went, for those whom no Move reached: servers that pinned their did:key, search engines, people.

/** The order by which a member was brought over, with the proofs of the trustees; null when they came by themselves. */
export async function orderOf(tx: Db, evacuationId: number | null): Promise<Signed | null> {
  const row = evacuationId === null ? undefined : await findEvacuation(tx, evacuationId);
  return row === undefined ? null : fromJson<Signed | null>(row.document, null);
}

export type NewNotice = {
  readonly oldUri: string;
  readonly newId: ActorId;
  readonly order: Signed | null;
};

/** Keeps the notice of a member who is brought over, unless one that says the same is there already. */
export async function writeNotice(app: App, tx: Db, notice: NewNotice): Promise<void> {
  await writeNotices(app, tx, [notice], await listSuccessors(tx, [notice.oldUri]));
}

/** The same for several, of whom it was just read where they went before. */
export async function writeNotices(
  app: App,
  tx: Db,
  notices: readonly NewNotice[],
  before: readonly SuccessorRow[],
): Promise<void> {
  const known = new Map(before.map((row) => [row.old_uri, row.new_uri]));
  const now = app.clock.now();
  const rows = notices.map(({ oldUri, newId, order }) => {
    const newUri = app.uris.actor(newId);
    const document = SuccessorNotice.parse({
      type: "SuccessorNotice",
      v: 1,
      old: oldUri,
      new: newUri,
      subject: null,
      order,
      at: wholeSeconds(now),
    });
    return { old_uri: oldUri, new_uri: newUri, notice: toJson(document), created_at: now };
  });
  await putSuccessors(
    tx,
    rows.filter((row) => known.get(row.old_uri) !== row.new_uri),
  );
}

/** The notice that a person signs with their recovery phrase: nobody but them can have made it. */
export function signNotice(
  keys: PhraseKeys,
  where: { readonly oldUri: string; readonly newUri: string; readonly now: number },
): Signed {
  const at = wholeSeconds(where.now);
  const document = SuccessorNotice.parse({
    type: "SuccessorNotice",
    v: 1,
    old: where.oldUri,
    new: where.newUri,
    subject: keys.did,
    order: null,
    at,
  });
  return addProof(document, keys.signer, at);
}

/** Keeps a notice that the person signed, in the place of one that they did not. */
export async function keepSignedNotice(tx: Db, notice: Signed, now: number): Promise<void> {
  const { old, new: target } = SuccessorNotice.parse(notice);
  const row = { old_uri: old, new_uri: target, notice: toJson(notice), created_at: now };
  if (await insertSuccessor(tx, row)) return;
  const before = await findSuccessor(tx, old);
  if (before?.new_uri === target) await replaceSuccessor(tx, { ...row, created_at: before.created_at });
}

/**
 * The notice of where an old actor went, as it is served: signed by the person, or (when others decided) with the order of
 * the trustees inside and the signature of who they are now. Null: nobody of that address came here.
 */
export async function getNotice(app: App, oldUri: string): Promise<Signed | null> {
  const row = await findSuccessor(app.db, oldUri);
  if (row === undefined) return null;
  const notice = fromJson<Signed | null>(row.notice, null);
  if (notice === null || notice["proof"] !== undefined) return notice;
  const id = Number(row.new_uri.slice(row.new_uri.lastIndexOf("/") + 1));
  return await signAsMember(app, asId<ActorId>(id), notice);
}

/** From where somebody here came, for their profile: the address and the handle they had. Null: they began here. */
export type OldHome = { readonly uri: string; readonly handle: string | null; readonly at: number };

export async function findOldHome(app: App, actorId: ActorId): Promise<OldHome | null> {
  const row = await findPredecessor(app.db, app.uris.actor(actorId));
  if (row === undefined) return null;
  const member = await findMemberOfActor(app.db, actorId);
  return { uri: row.old_uri, handle: member === undefined ? null : `@${member.handle}`, at: row.created_at };
}
