// Who may reply, like, boost and quote: policies, requests, authorizations, quotes (FEP-044f).
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import type { InteractionState, Permission, Verb } from "../../domain/policy.ts";
import { isSet, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  countPending,
  findInteraction,
  insertInteraction,
  type InteractionRow,
} from "../../store/interactions.ts";
import type { NoteRow } from "../../store/notes.ts";
import { notify } from "../notifications/notify.ts";
import { findPermission } from "./policies.ts";

/** Open requests that one author can have; further ones are forgotten until some are answered. */
const OPEN_REQUESTS = 500;
/** How many of them can be one person's, who must not take the places of everybody else. */
const OPEN_BY_ACTOR = 20;

/** Something that somebody does with a note of somebody here. */
export type Asked = {
  readonly verb: Verb;
  readonly note: NoteRow;
  readonly actorId: number;
  /** The reply, quoting note, Like or Announce. */
  readonly objectUri: string;
  /** The polite request, if there was one. */
  readonly requestUri?: string | undefined;
  /** What is needed to carry it out later. */
  readonly detail?: unknown;
};

/**
 * Whether something may be done with a note now. What needs asking becomes a request that the author sees; what was
 * decided before stays so. Notes of other servers are their own servers' to guard.
 */
export async function admit(app: App, tx: Db, asked: Asked): Promise<Permission> {
  const { verb, note, actorId } = asked;
  if (!isSet(note.local) || note.actor_id === actorId) return "yes";
  const before = await findInteraction(tx, verb, asked.objectUri, note.id);
  if (before !== undefined) return before.actor_id === actorId ? permissionIn(before) : "no";
  const permission = await findPermission(app, tx, note, actorId, verb);
  if (permission === "ask") await ask(app, tx, asked);
  return permission;
}

function permissionIn(row: InteractionRow): Permission {
  const state = row.state as InteractionState;
  return state === "accepted" ? "yes" : state === "pending" ? "ask" : "no";
}

async function ask(app: App, tx: Db, asked: Asked): Promise<void> {
  const { note, actorId } = asked;
  if ((await countPending(tx, note.actor_id, OPEN_REQUESTS)) >= OPEN_REQUESTS) return;
  if ((await countPending(tx, note.actor_id, OPEN_BY_ACTOR, actorId)) >= OPEN_BY_ACTOR) return;
  await remember(app, tx, asked, "pending");
  await notify(app, tx, {
    kind: "interaction_request",
    to: [note.actor_id],
    actorId,
    noteId: asId(note.id),
  });
}

/** Writes down what was asked or allowed; null when it was there already. */
export async function remember(
  app: App,
  tx: Db,
  asked: Asked,
  state: "pending" | "accepted",
): Promise<number | null> {
  const id = app.ids.next();
  const now = app.clock.now();
  const isNew = await insertInteraction(tx, {
    id,
    kind: asked.verb,
    request_uri: asked.requestUri ?? null,
    object_uri: asked.objectUri,
    actor_id: asked.actorId,
    note_id: asked.note.id,
    author_id: asked.note.actor_id,
    state,
    detail: asked.detail === undefined ? null : toJson(asked.detail),
    authorization_uri: null,
    created_at: now,
    decided_at: state === "accepted" ? now : null,
  });
  return isNew ? id : null;
}
