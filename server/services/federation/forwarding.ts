import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { findActorById, findActorByUri, findActorsByUri } from "../../store/actors.ts";
import { blockedEitherWay, listFollowerInboxes } from "../../store/follows.ts";
import { findNoteById, findNoteByUri, type NoteRow } from "../../store/notes.ts";
import { storeActivity } from "./deliveries.ts";
import { isBlockedHost } from "../moderation/domains.ts";

/** One delivery to us becomes one to every follower's server: nobody may make that happen too often. */
const FORWARDS: RateRule = { name: "forwards", limit: 60, windowMs: 3_600_000 };

/** A delivered activity about a note, with what it takes to hand it on as it came. */
export type ForwardedActivity = {
  readonly type: "Create" | "Update" | "Delete";
  readonly uri: string;
  readonly actorUri: string;
  readonly objectUri: string;
  /** Everybody it is addressed to. */
  readonly audience: readonly string[];
  /** The document as it was delivered, byte for byte: its proof is over exactly this. */
  readonly body: string;
};

/**
 * Hands a reply to a note of ours on to the followers of the note's author, who would otherwise see half a thread
 * (ActivityPub 7.1.2): once, as it came, signed by the author of the note it answers. Edits and the deletion go the same
 * way. Only open replies, and those that are addressed to those very followers.
 * @param isSealed whether the activity proves itself to those who did not get it from its actor; asked last, it costs.
 */
export async function forwardReply(
  app: App,
  activity: ForwardedActivity,
  isSealed: () => Promise<boolean>,
): Promise<void> {
  const reply = await findNoteByUri(app.db, activity.objectUri);
  const parent = reply === undefined ? undefined : await answeredHere(app, reply);
  if (reply === undefined || parent === undefined) return;
  const author = await findActorById(app.db, reply.actor_id);
  if (author?.uri !== activity.actorUri || author.suspended_at !== null) return;
  const isOpen = reply.visibility === "public" || reply.visibility === "unlisted";
  const isForFollowers = activity.audience.includes(app.uris.followers(parent.actor_id));
  const isAlive = (reply.deleted_at === null) !== (activity.type === "Delete");
  if (!isAlive || !(isOpen || isForFollowers)) return;
  if (await blockedEitherWay(app.db, author.id, parent.actor_id)) return;
  const inboxes = await inboxesFor(app, parent.actor_id, activity);
  if (inboxes.length === 0 || !(await isSealed())) return;
  if (!app.limiter.take(FORWARDS, activity.actorUri).ok) return;
  await storeActivity(app, {
    id: asId(app.ids.next()),
    uri: activity.uri,
    actorId: asId(parent.actor_id),
    body: activity.body,
    public: false,
    inboxes,
    objectUri: activity.objectUri,
  });
}

/** The living note of ours that this one answers. */
async function answeredHere(app: App, reply: NoteRow): Promise<NoteRow | undefined> {
  const parent = reply.reply_to_id === null ? undefined : await findNoteById(app.db, reply.reply_to_id);
  const isOurs = reply.local === 0 && parent?.local === 1 && parent.deleted_at === null;
  const author = isOurs ? await findActorById(app.db, parent.actor_id) : undefined;
  return author === undefined || author.deleted_at !== null || author.suspended_at !== null
    ? undefined
    : parent;
}

/** The followers' inboxes, without the servers that the sender delivered to itself. */
async function inboxesFor(
  app: App,
  authorId: number,
  activity: ForwardedActivity,
): Promise<readonly string[]> {
  const addressed = await findActorsByUri(app.db, activity.audience);
  const sender = await findActorByUri(app.db, activity.actorUri);
  const served = new Set([sender, ...addressed].flatMap((actor) => hostOf(actor?.inbox_uri) ?? []));
  const inboxes: string[] = [];
  for (const inbox of await listFollowerInboxes(app.db, authorId)) {
    const host = hostOf(inbox);
    if (host !== null && !served.has(host) && !(await isBlockedHost(app, host))) inboxes.push(inbox);
  }
  return inboxes;
}

function hostOf(uri: string | undefined): string | null {
  return uri !== undefined && URL.canParse(uri) ? new URL(uri).host : null;
}
