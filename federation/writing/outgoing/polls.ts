import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import { noteForFederation } from "../../../server/services/federation/federated-notes.ts";
import { getVoteForFederation, voterInboxes } from "../../../server/services/notes/polls.ts";
import { extrasOf, toTallies, toVote } from "../notes.ts";
import { inboxesOfNote } from "./notes.ts";
import { personal, type Of, type Outgoing } from "./recipients.ts";

/** How a poll stands, for whoever was told of it and whoever voted. */
export async function ofTallies(app: App, event: Of<"poll.tallied">): Promise<Outgoing | null> {
  const { activityId, noteId } = event;
  const note = await noteForFederation(app, noteId);
  if (note === null || note.deleted || note.hidden || note.poll === null) return null;
  return {
    id: activityId,
    actorId: note.actorId,
    activity: toTallies(app.uris.activity(activityId), note, app.uris, app.clock.now()),
    extras: extrasOf(note),
    isPublic: note.visibility === "public" || note.visibility === "unlisted",
    inboxes: [...(await inboxesOfNote(app, note)), ...(await voterInboxes(app, noteId))],
  };
}

/** A vote, for the poll's author alone: nobody else is to learn who voted for what. */
export async function ofVote(app: App, { activityId, voteId }: Of<"vote.cast">): Promise<Outgoing | null> {
  const vote = await getVoteForFederation(app, voteId);
  if (vote === null) return null;
  return {
    id: activityId,
    actorId: asId(vote.actorId),
    activity: toVote(app.uris.activity(activityId), vote),
    isPublic: false,
    inboxes: personal(vote.inboxes),
  };
}
