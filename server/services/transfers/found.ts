import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { CausewayError, type Message } from "../../errors.ts";
import { type ActorRow, findActorByHandle, findActorById, findRemoteActor } from "../../store/actors.ts";
import { findFollow } from "../../store/follows.ts";
import { findNoteByUri, findVisibleNotes } from "../../store/notes.ts";
import { isOurUri, receiveActor } from "../actors/actors.ts";
import { isBlockedHost } from "../moderation/domains.ts";
import { fetchNoteId } from "../notes/received-notes.ts";
import { ownNoteId } from "../search.ts";
import type { Named } from "./subjects.ts";

const MINUTE = 60_000;
/** Look-ups elsewhere for one person's files. */
const BY_MEMBER: RateRule = { name: "transfer-look-ups", limit: 60, windowMs: MINUTE };
/** Look-ups at one server for all files: a third of what it is asked for at most (`fetchHost`), since each takes three requests. */
const BY_HOST: RateRule = { name: "transfer-host", limit: 12, windowMs: MINUTE };
/** New follows of people elsewhere: each is a request to their server, and nobody's queue is to be filled by one file. */
const FOLLOWS: RateRule = { name: "transfer-follows", limit: 120, windowMs: MINUTE };
/** A server whose turns are used up is left alone for this long at least, so that its rows are not looked at one by one. */
const PAUSE_MS = 20_000;

/** What asking another server came to. */
export type Found<T> =
  | { readonly type: "found"; readonly value: T }
  /** `never`: another try changes nothing. */
  | { readonly type: "never"; readonly why: Message }
  /** Nobody there, or no answer: one looks the same as the other from here. */
  | { readonly type: "nothing" }
  /** It was not asked yet. `host` null = this member's turns are used up. */
  | { readonly type: "later"; readonly host: string | null; readonly delayMs: number };

/** What came of a row. */
export type Applied = {
  readonly state: "done" | "already";
  readonly targetId: number | null;
  /** What was not as the file has it, though the row counts. */
  readonly message?: Message | undefined;
};

/** Takes a turn for asking a server; null when it may be asked now. */
function takeTurn(app: App, actorId: number, host: string): Found<never> | null {
  const own = app.limiter.take(BY_MEMBER, String(actorId));
  if (!own.ok) return { type: "later", host: null, delayMs: own.retryAfterMs };
  const theirs = app.limiter.take(BY_HOST, host);
  if (theirs.ok) return null;
  return { type: "later", host, delayMs: Math.max(PAUSE_MS, theirs.retryAfterMs) };
}

/** Somebody by handle: stored here, or asked for at their server in turn. */
export async function findNamed(app: App, actorId: number, named: Named): Promise<Found<ActorRow>> {
  const stored =
    named.host === ""
      ? await findActorByHandle(app.db, named.username.toLowerCase(), "")
      : await findRemoteActor(app.db, named.username, named.host);
  if (named.host !== "" && (await isBlockedHost(app, named.host)))
    return never("transfer_row.blocked_server");
  if (stored !== undefined && stored.deleted_at === null)
    return stored.suspended_at === null ? { type: "found", value: stored } : never("transfer_row.suspended");
  if (named.host === "") return never("transfer_row.nobody_here");
  if (stored !== undefined) return never("transfer_row.left");
  return takeTurn(app, actorId, named.host) ?? (await ask(app, named));
}

/** Takes a turn for following somebody elsewhere; null when it may be done now, or is done already. */
export async function takeFollowTurn(
  app: App,
  actorId: number,
  actor: ActorRow,
): Promise<Found<never> | null> {
  if (actor.host === "" || (await findFollow(app.db, actorId, actor.id)) !== undefined) return null;
  const turn = app.limiter.take(FOLLOWS, String(actorId));
  return turn.ok ? null : { type: "later", host: null, delayMs: turn.retryAfterMs };
}

async function ask(app: App, { username, host }: Named): Promise<Found<ActorRow>> {
  const received = await app.remote.findActor(`${username}@${host}`);
  if (received === null) return { type: "nothing" };
  try {
    const row = await findActorById(app.db, await receiveActor(app, received));
    return row === undefined || row.suspended_at !== null
      ? never("transfer_row.suspended")
      : { type: "found", value: row };
  } catch (error) {
    if (!(error instanceof CausewayError) || error.kind !== "forbidden") throw error;
    return never("transfer_row.blocked_server");
  }
}

/** A note by its address that the person may see: stored here, or asked for at its server in turn. */
export async function findNoted(app: App, viewer: Viewer, uri: string): Promise<Found<NoteId>> {
  if (!URL.canParse(uri)) return never("transfer_row.unreadable");
  const { host } = new URL(uri);
  if (await isBlockedHost(app, host)) return never("transfer_row.blocked_server");
  const stored = await findNoteByUri(app.db, uri);
  const known = ownNoteId(app, uri) ?? (stored === undefined ? null : asId<NoteId>(stored.id));
  if (known !== null) return await seen(app, viewer, known);
  if (isOurUri(app, uri)) return never("transfer_row.no_note");
  const turn = takeTurn(app, viewer.actorId, host);
  if (turn !== null) return turn;
  // What a note answers is looked for when somebody opens it.
  const id = await fetchNoteId(app, uri, 1);
  return id === null ? { type: "nothing" } : await seen(app, viewer, id);
}

async function seen(app: App, viewer: Viewer, id: NoteId): Promise<Found<NoteId>> {
  const [visible] = await findVisibleNotes(app.db, viewer.actorId, [id]);
  return visible === undefined ? never("transfer_row.no_note") : { type: "found", value: id };
}

/** For another try nothing would change. */
export function never(key: string): Found<never> {
  return { type: "never", why: { key } };
}
