import { CausewayError, notFound } from "../server/errors.ts";
import type { ActorView } from "../server/domain/actor.ts";
import { parseHandle } from "../server/domain/actor.ts";
import { parseId } from "../server/domain/ids.ts";
import type { NoteId } from "../server/domain/ids.ts";
import type { NoteView } from "../server/domain/note.ts";
import { isConfirmed } from "../server/services/accounts/proof.ts";
import { lookUpActor } from "../server/services/actors/actors.ts";
import { viewNote } from "../server/services/threads/threads.ts";
import { formOf, freshForm, readForm, returnedForm } from "./forms.ts";
import { SUSPENDED } from "./paths.ts";
import { showConfirm, takeProof } from "./pages/joining/confirm.ts";
import { showLogin } from "./pages/joining/login.ts";
import type { MemberHandler, PageHandler, WebContext } from "./visit.ts";

/** Where somebody stands who waits for approval. */
export const WAITING = "/join/waiting";

/** A page for signed-in people: others get to sign in first, and lose nothing that they typed. */
export function member(handler: MemberHandler): PageHandler {
  return async (c) => {
    const { viewer, waiting, suspended, path } = c.get("visit");
    if (viewer !== null) return await handler(c, viewer);
    // Who waits for approval sees where they stand, and of what members have nothing.
    if (waiting !== null) return c.redirect(WAITING, 303);
    if (suspended !== null) return c.redirect(SUSPENDED, 303);
    if (c.req.method === "GET") return c.redirect(`/login?then=${encodeURIComponent(path)}`, 303);
    const form = await readForm(c);
    return await showLogin(c, { status: 401, then: path, carried: form, reason: "login.session_ended" });
  };
}

/**
 * A page for people who proved within ten minutes who they are: dangerous things (docs/threats.md, defaults: step-up).
 * Others are asked first. A form that they sent is carried along and, with the proof, comes back to this very page.
 */
export function confirmed(handler: MemberHandler): MemberHandler {
  return async (c, viewer) => {
    const { app, sessionToken, path } = c.get("visit");
    if (sessionToken !== null && (await isConfirmed(app, viewer, sessionToken)))
      return await handler(c, viewer);
    if (c.req.method === "GET") return c.redirect(`/confirm?then=${encodeURIComponent(path)}`, 303);
    const form = await readForm(c);
    const entries = form.entries.filter(([name]) => !name.startsWith("confirm_"));
    const carried = { ...formOf(entries), files: form.files };
    const outcome = await takeProof(c, viewer, form);
    if (outcome === null || !outcome.ok) {
      const state = outcome === null ? freshForm() : returnedForm(form, outcome.refusal);
      return await showConfirm(c, viewer, { then: path, carried, state });
    }
    c.set("form", carried);
    return await handler(c, viewer);
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
  return requireShown(await viewNote(app, viewer, noteIdOf(c)));
}

/** A note that is not kept from whoever reads by the law of their country. @throws withheld */
export function requireShown(note: NoteView): NoteView {
  if (note.withheld?.isHere !== true) return note;
  throw new CausewayError("withheld", "error.withheld", {
    params: { note: note.id, actor: note.author.id },
  });
}
