import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import type { Verb } from "../../domain/policy.ts";
import { REACTION_LIMITS } from "../../domain/reaction.ts";
import { narrower, VISIBILITIES, type Visibility } from "../../domain/visibility.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  findReactionByUri,
  insertReaction,
  listOwnReactions,
  removeReaction,
} from "../../store/emoji-reactions.ts";
import { attachReply, detachReply, type InteractionRow } from "../../store/interactions.ts";
import { findNoteByUri, freeNoteId, type NoteRow, updateNote } from "../../store/notes.ts";
import {
  findAnnounceByUri,
  findLikeByUri,
  insertAnnounce,
  insertLike,
  removeAnnounce,
  removeLike,
} from "../../store/reactions.ts";
import { federate } from "../federation/federate.ts";
import { announce as tellStreams } from "../streams/announce.ts";

/** What is kept of a like or boost until its author is allowed to make it. */
export type InteractionDetail = {
  /** Of what somebody here did: its address ends in it. */
  readonly id?: number;
  /** Of a reaction; null for a plain like. */
  readonly name?: string | null;
  readonly emojiUrl?: string | null;
  /** Of a boost. */
  readonly visibility?: Visibility;
  readonly publishedAt?: number;
};

/** Makes what was allowed a fact: the reply is tied, the like counted, the boost shown, the quote drawn. Idempotent. */
export async function carryOut(app: App, tx: Db, row: InteractionRow, note: NoteRow): Promise<void> {
  const detail = fromJson<InteractionDetail>(row.detail, {});
  const facts = { uri: row.object_uri, actor_id: row.actor_id, note_id: note.id };
  switch (row.kind as Verb) {
    case "reply":
      await attachReply(tx, row.object_uri, note);
      return;
    case "quote":
      await setQuote(app, tx, row, "accepted", app.uris.quoteAuthorization(row.id));
      return;
    case "like": {
      const made = { ...facts, id: detail.id ?? app.ids.next(), created_at: app.clock.now() };
      if (typeof detail.name === "string") {
        const own = await listOwnReactions(tx, row.actor_id, note.id);
        if (own.length >= REACTION_LIMITS.perActor) return;
        await insertReaction(tx, { ...made, name: detail.name, emoji_url: detail.emojiUrl ?? null });
      } else await insertLike(tx, made);
      return;
    }
    case "announce":
      await announce(app, tx, facts, note, detail);
      return;
    default:
      return;
  }
}

async function announce(
  app: App,
  tx: Db,
  facts: { readonly uri: string; readonly actor_id: number; readonly note_id: number },
  note: NoteRow,
  detail: InteractionDetail,
): Promise<void> {
  const wished = VISIBILITIES.find((one) => one === detail.visibility) ?? "followers";
  const at = Math.min(detail.publishedAt ?? app.clock.now(), app.clock.now());
  const row = {
    ...facts,
    id: detail.id ?? (await freeNoteId(tx, () => app.ids.at(at))),
    visibility: narrower(wished, note.visibility as Visibility),
    created_at: at,
  };
  const isLocal = detail.id !== undefined;
  if (!(await insertAnnounce(tx, row, { local: isLocal }))) return;
  tellStreams(app, { type: "entry", id: row.id });
  if (!isLocal) return;
  await federate(app, tx, facts.actor_id, { type: "announce.created", announceId: asId(row.id) });
}

/** Takes back what had been allowed. */
export async function takeBack(app: App, tx: Db, row: InteractionRow): Promise<void> {
  const mine = <T extends { readonly actor_id: number; readonly note_id: number }>(found: T | undefined) =>
    found !== undefined && found.actor_id === row.actor_id && found.note_id === row.note_id
      ? found
      : undefined;
  switch (row.kind as Verb) {
    case "reply":
      await detachReply(tx, row.object_uri, row.note_id);
      return;
    case "quote":
      await setQuote(app, tx, row, "revoked", null);
      return;
    case "like": {
      const reaction = mine(await findReactionByUri(tx, row.object_uri));
      if (reaction !== undefined) await removeReaction(tx, row.actor_id, row.note_id, reaction.name);
      if (mine(await findLikeByUri(tx, row.object_uri)) !== undefined)
        await removeLike(tx, row.actor_id, row.note_id);
      return;
    }
    case "announce":
      if (mine(await findAnnounceByUri(tx, row.object_uri)) !== undefined)
        await removeAnnounce(tx, row.actor_id, row.note_id);
      return;
    default:
      return;
  }
}

/** Says on the quoting note what its quoted author decided; a note of ours is sent again, with or without the stamp. */
async function setQuote(
  app: App,
  tx: Db,
  row: InteractionRow,
  state: "accepted" | "revoked" | "rejected",
  stamp: string | null,
): Promise<void> {
  const quoting = await findNoteByUri(tx, row.object_uri);
  if (quoting === undefined || quoting.deleted_at !== null) return;
  if (quoting.actor_id !== row.actor_id || quoting.quote_id !== row.note_id) return;
  await updateNote(tx, quoting.id, { quote_state: state, quote_authorization_uri: stamp });
  if (!isSet(quoting.local)) return;
  const event = {
    type: "note.updated",
    activityId: asId<never>(app.ids.next()),
    noteId: asId<never>(quoting.id),
  } as const;
  await federate(app, tx, quoting.actor_id, event);
}

/** Says on a quote that its request was turned down. */
export async function turnDown(app: App, tx: Db, row: InteractionRow): Promise<void> {
  if (row.kind === "quote") await setQuote(app, tx, row, "rejected", null);
}
