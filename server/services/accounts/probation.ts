import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { invalid, type Message } from "../../errors.ts";
import { listMentions, type NoteRow } from "../../store/notes.ts";
import { countAttached, endProbations, listAcquainted } from "../../store/probation.ts";
import { findProbation } from "../../store/sign-ups.ts";
import { firstLink } from "../../text/first-link.ts";
import { getSettings } from "./settings.ts";

const HOUR = 3_600_000;
/** Likes of people who are newer say little. */
const OLDER_MS = 7 * 24 * HOUR;
/** Pictures and films in all. */
const MOST_MEDIA = 5;

/** A note as somebody new wants to post it. */
export type NewcomersNote = {
  readonly html: string;
  readonly mentionIds: readonly number[];
  readonly visibility: Visibility;
  /** What it answers. */
  readonly parent: NoteRow | null;
  readonly media: number;
  /** Of a note that is changed. */
  readonly noteId?: number | undefined;
};

/**
 * Holds somebody new to what they may do: no links outside answers to others, nobody named but acquaintances and those in the
 * conversation, direct notes to acquaintances alone, five pictures and films in all. Acquaintances follow them or run this
 * server. One statement for everybody else. @throws invalid with fields
 */
export async function requireNewcomerRules(app: App, viewer: Viewer, note: NewcomersNote): Promise<void> {
  const until = await findProbation(app.db, viewer.accountId);
  const left = (until ?? 0) - app.clock.now();
  if (left <= 0) return;
  const params = { count: Math.ceil(left / HOUR) };
  const faults: Record<string, Message> = {};
  // To answer oneself is to go on posting.
  const isAnswer = note.parent !== null && note.parent.actor_id !== Number(viewer.actorId);
  if (!isAnswer && leadsAway(app, note.html)) faults["source"] = { key: "field.probation_links", params };
  const strangers = await listStrangers(app, viewer, note);
  if (strangers.length > 0) {
    const isDirect = note.visibility === "direct";
    faults["source"] = { key: isDirect ? "field.probation_direct" : "field.probation_mentions", params };
  }
  if (note.media > 0) {
    const others = await countAttached(app.db, viewer.actorId, note.noteId ?? 0);
    if (others + note.media > MOST_MEDIA)
      faults["attachments"] = { key: "field.probation_media", params: { ...params, max: MOST_MEDIA } };
  }
  if (Object.keys(faults).length > 0) throw invalid(faults);
}

function leadsAway(app: App, html: string): boolean {
  const link = firstLink(html.replaceAll(`href="${app.config.origin}/`, 'href="#'));
  return link !== null;
}

/** Who is named and neither acquainted with the newcomer nor in the conversation that is answered. */
async function listStrangers(app: App, viewer: Viewer, note: NewcomersNote): Promise<readonly number[]> {
  const named = note.mentionIds.filter((id) => id !== Number(viewer.actorId));
  if (named.length === 0) return [];
  // Somebody's open note is no invitation to write to them in private.
  const { parent } =
    note.visibility === "direct" && note.parent?.visibility !== "direct" ? { parent: null } : note;
  const present = new Set(
    parent === null
      ? []
      : [parent.actor_id, ...(await listMentions(app.db, [parent.id])).map(({ id }) => id)],
  );
  const known = await listAcquainted(app.db, viewer.actorId, named);
  return named.filter((id) => !known.has(id) && !present.has(id));
}

/** Ends probations whose time is over, or that likes of older members end. */
export async function sweepProbations(app: App): Promise<void> {
  const { gates } = await getSettings(app);
  const now = app.clock.now();
  await endProbations(app.db, { now, likes: gates.probationLikes, olderThan: now - OLDER_MS });
}
