import type { ActorView } from "../server/domain/actor.ts";
import { handleOf } from "../server/domain/actor.ts";
import type { NoteView } from "../server/domain/note.ts";
import { safeHttpUrl } from "../server/text/sanitize.ts";

/** Where somebody who was suspended reads why. */
export const SUSPENDED = "/suspended";

/** The page of somebody here, local or remote: `/@user`, `/@user@host`. */
export function actorPath(actor: Pick<ActorView, "username" | "host">): string {
  return `/${encodeURI(handleOf(actor))}`;
}

/** The page of a note here, local or remote: `/@user@host/123`. */
export function notePath(note: Pick<NoteView, "id" | "author">): string {
  return `${actorPath(note.author)}/${note.id}`;
}

/** The page of a hashtag. */
export function tagPath(tag: string): string {
  return `/tags/${encodeURIComponent(tag)}`;
}

/** What an app asks for when it wants to be let in, with every scope and a long state, is the longest of ours. */
const MAX_RETURN = 6_000;

/**
 * A place on this site from a form or query, or `fallback`. Anything that a browser could read as another origin is
 * refused: `//evil`, `/\evil`, `https:evil`, control characters, encoded slashes at the start (threats WEB-08).
 */
export function safeReturn(target: string | undefined, fallback: string): string {
  if (target === undefined || target.length > MAX_RETURN || !/^\/(?![/\\]|%2f|%5c)/i.test(target))
    return fallback;
  if (/[\\\p{Cc}]/u.test(target)) return fallback;
  const base = "http://here.invalid";
  if (!URL.canParse(target, base)) return fallback;
  const url = new URL(target, base);
  if (url.origin !== base || url.pathname.startsWith("//")) return fallback;
  return url.pathname + url.search;
}

/** The page of a remote thing at its own server; an address that is no web address leads nowhere. */
export function outwards(thing: { readonly url: string; readonly uri: string }): string {
  return safeHttpUrl(thing.url) ?? safeHttpUrl(thing.uri) ?? "/";
}
