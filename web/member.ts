import { notFound } from "../server/errors.ts";
import type { ActorView } from "../server/domain/actor.ts";
import { parseHandle } from "../server/domain/actor.ts";
import { parseId } from "../server/domain/ids.ts";
import type { NoteId } from "../server/domain/ids.ts";
import type { NoteView } from "../server/domain/note.ts";
import { lookUpActor } from "../server/services/actors/actors.ts";
import { viewNote } from "../server/services/threads/threads.ts";
import { readForm } from "./forms.ts";
import { showLogin } from "./pages/joining/login.ts";
import type { MemberHandler, PageHandler, WebContext } from "./visit.ts";

/** A page for signed-in people: others get to sign in first, and lose nothing that they typed. */
export function member(handler: MemberHandler): PageHandler {
  return async (c) => {
    const { viewer, path } = c.get("visit");
    if (viewer !== null) return await handler(c, viewer);
    if (c.req.method === "GET") return c.redirect(`/login?then=${encodeURIComponent(path)}`, 303);
    const form = await readForm(c);
    return await showLogin(c, { status: 401, then: path, carried: form, reason: "login.session_ended" });
  };
}

/** The actor of `/@user` or `/@user@host`. @throws not_found */
export async function actorOf(c: WebContext): Promise<ActorView> {
  const { app, viewer } = c.get("visit");
  const handle = parseHandle(c.req.param("handle") ?? "");
  const actor = handle === null ? null : await lookUpActor(app, viewer, handle);
  if (actor === null) throw notFound();
  return actor;
}

/** The note id of an address. @throws not_found */
export function noteIdOf(c: WebContext): NoteId {
  const id = parseId<NoteId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

/** The note of an address, if the reader may see it. @throws not_found, gone */
export async function noteOf(c: WebContext): Promise<NoteView> {
  const { app, viewer } = c.get("visit");
  return await viewNote(app, viewer, noteIdOf(c));
}
