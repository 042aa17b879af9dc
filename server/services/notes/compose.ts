// Writing and receiving notes and their parts: media, polls, emoji, groups.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { parseHandle } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import { countCharacters, NOTE_LIMITS } from "../../domain/note.ts";
import { narrower, type Visibility } from "../../domain/visibility.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { type ActorRow, findActorByHandle, findActorById, findRemoteActor } from "../../store/actors.ts";
import { findVisibleNotes, type NoteRow } from "../../store/notes.ts";
import { normalizeText, findEntities } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { renderMarkup } from "../../text/markup.ts";
import { isOurHost, receiveActor } from "../actors/actors.ts";

/** Text as typed, made ready to store: rendered once, with everybody it names. */
export type Composed = {
  readonly source: string;
  readonly summary: string | null;
  readonly language: string | null;
  readonly html: string;
  readonly mentionIds: readonly number[];
  readonly tags: readonly string[];
};

type Typed = {
  readonly source: string;
  readonly summary?: string | undefined;
  readonly language?: string | undefined;
};

/**
 * Checks and renders what somebody typed, looking unknown handles up on the network. Before any transaction.
 * @throws invalid with fields.
 */
export async function compose(app: App, typed: Typed, hasMedia: boolean): Promise<Composed> {
  const source = normalizeText(typed.source).trim();
  const summary = normalizeText(typed.summary ?? "").trim();
  const language =
    typed.language === undefined || typed.language === "" ? null : canonicalLanguage(typed.language);
  const faults: Record<string, Message> = {};
  const max = NOTE_LIMITS.characters;
  if (source === "" && !hasMedia) faults["source"] = { key: "field.empty_note" };
  if (countCharacters(source) + countCharacters(summary) > max)
    faults["source"] = { key: "field.too_long", params: { max } };
  if (typed.language !== undefined && typed.language !== "" && language === null)
    faults["language"] = { key: "field.language" };
  if (Object.keys(faults).length > 0) throw invalid(faults);

  const actors = await resolveMentions(app, source);
  const rendered = renderMarkup(source, {
    mention: ({ username, host }) => {
      const actor = actors.get(mentionKey(username, host));
      return actor === undefined ? null : { href: actor.url, label: actor.username };
    },
    tag: (tag) => app.uris.tag(tag),
  });
  if (rendered.tags.length > NOTE_LIMITS.tags)
    throw invalid({ source: { key: "field.too_many_tags", params: { max: NOTE_LIMITS.tags } } });
  const mentionIds = [...new Set([...actors.values()].map((actor) => actor.id))];
  return {
    source,
    summary: summary === "" ? null : summary,
    language,
    html: rendered.html,
    mentionIds,
    tags: rendered.tags,
  };
}

function mentionKey(username: string, host: string | null): string {
  return `${username}@${host ?? ""}`.toLowerCase();
}

async function resolveMentions(app: App, source: string): Promise<ReadonlyMap<string, ActorRow>> {
  const handles = new Map<string, { readonly username: string; readonly host: string | null }>();
  for (const entity of findEntities(source))
    if (entity.kind === "mention") handles.set(mentionKey(entity.username, entity.host), entity);
  if (handles.size > NOTE_LIMITS.mentions)
    throw invalid({ source: { key: "field.too_many_mentions", params: { max: NOTE_LIMITS.mentions } } });
  const found = await Promise.all(
    [...handles].map(async ([key, handle]) => [key, await resolveNamed(app, handle)] as const),
  );
  return new Map(found.flatMap(([key, row]) => (row === null ? [] : [[key, row]])));
}

/** The actor of a handle: stored, or looked up. An unreachable server leaves the handle as plain text. */
export async function resolveHandle(
  app: App,
  handle: { readonly username: string; readonly host: string | null },
): Promise<ActorRow | null> {
  const local = handle.host === null || isOurHost(app, handle.host);
  const stored = local
    ? await findActorByHandle(app.db, handle.username.toLowerCase(), "")
    : await findRemoteActor(app.db, handle.username, handle.host ?? "");
  if (stored !== undefined) return stored.deleted_at === null ? stored : null;
  if (local || parseHandle(`${handle.username}@${handle.host}`) === null) return null;
  const received = await app.remote.findActor(`${handle.username}@${handle.host}`);
  if (received === null) return null;
  return (await findActorById(app.db, await receiveActor(app, received))) ?? null;
}

/** The same for a name within a text: somebody whose actor is refused here stays plain text, and the note is posted. */
async function resolveNamed(app: App, handle: { readonly username: string; readonly host: string | null }) {
  try {
    return await resolveHandle(app, handle);
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "forbidden") return null;
    throw error;
  }
}

/** The note that is answered, if the person may see it. @throws not_found */
export async function findParent(app: App, viewer: Viewer, id: NoteId | undefined): Promise<NoteRow | null> {
  if (id === undefined) return null;
  const [row] = await findVisibleNotes(app.db, viewer.actorId, [id]);
  if (row === undefined) throw notFound();
  return row;
}

/** An answer is never wider than what it answers: a thread of followers or of two people stays theirs. */
export function replyVisibility(chosen: Visibility, parent: NoteRow | null): Visibility {
  if (parent === null || parent.visibility === "public" || parent.visibility === "unlisted") return chosen;
  return narrower(chosen, parent.visibility as Visibility);
}
