import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import { notFound } from "../../server/errors.ts";
import { pinNote, unpinNote } from "../../server/services/actors/pins.ts";
import { revokeQuote, setNotePolicy } from "../../server/services/consent/interactions.ts";
import { findLine, findOwnBoost } from "../../server/services/notes/entries.ts";
import { reactToNote, unreactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import {
  announceNote,
  bookmarkNote,
  likeNote,
  unannounceNote,
  unbookmarkNote,
  unlikeNote,
} from "../../server/services/reactions/reactions.ts";
import { muteThread, unmuteThread } from "../../server/services/threads/muted-threads.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Status } from "../entities/status.ts";
import { pathId } from "../kinds.ts";
import { toTimelineStatus } from "../serialize/status.ts";
import { policyOf, quotePolicy, visibility, visibilityOf } from "./composition.ts";
import { drawFor, statusAnswer, statusId } from "./statuses.ts";

type Act = (app: App, viewer: Viewer, noteId: NoteId) => Promise<void>;

/** Something that is done to a note, also by way of a boost of it; the answer is the note as it is then. */
function action(summary: string, scope: string, act: Act) {
  return endpoint({
    who: "user",
    scopes: [scope],
    summary,
    params: statusId,
    returns: Status,
    run: async (call) => {
      const { app, viewer, params } = call;
      const { noteId } = await findLine(app, viewer, params.id);
      await act(app, viewer, noteId);
      return await statusAnswer(call, noteId);
    },
  });
}

export const favourite = action("Likes a status", "write:favourites", likeNote);
export const unfavourite = action("Takes a like back", "write:favourites", unlikeNote);
export const unreblog = action("Takes a boost back", "write:statuses", unannounceNote);
export const bookmark = action("Keeps a status for later", "write:bookmarks", bookmarkNote);
export const unbookmark = action("Takes a bookmark back", "write:bookmarks", unbookmarkNote);
export const pin = action("Pins a status to the person's own profile", "write:accounts", pinNote);
export const unpin = action("Takes a pin off", "write:accounts", unpinNote);
export const mute = action("Tells nothing more of a thread", "write:mutes", muteThread);
export const unmute = action("Tells of a thread again", "write:mutes", unmuteThread);

export const reblog = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Boosts a status; the answer is the boost with the status in it",
  params: statusId.extend({ visibility }),
  returns: Status,
  run: async (call) => {
    const { app, viewer, params } = call;
    const { noteId } = await findLine(app, viewer, params.id);
    await announceNote(app, viewer, noteId, { visibility: visibilityOf(params.visibility) });
    const boost = await findOwnBoost(app, viewer, noteId);
    // Its author is asked first: until then there is no boost to show.
    if (boost === null) return await statusAnswer(call, noteId);
    return answer(toTimelineStatus(drawFor(call), boost));
  },
});

/** Apps name custom emoji without their colons, and those of others with a host. */
function reactionOf(name: string): string {
  return /^\w{1,64}(?:@[\w.-]{1,255})?$/.test(name) && !/^\d$/.test(name) ? `:${name}:` : name;
}

const reaction = statusId.extend({ emoji: z.string().max(400).transform(reactionOf) });

export const react = endpoint({
  who: "user",
  scopes: ["write:favourites"],
  summary: "Reacts to a status with an emoji (an extension of glitch-soc and Pleroma)",
  params: reaction,
  returns: Status,
  run: async (call) => {
    const { app, viewer, params } = call;
    const { noteId } = await findLine(app, viewer, params.id);
    await reactToNote(app, viewer, noteId, params.emoji);
    return await statusAnswer(call, noteId);
  },
});

export const unreact = endpoint({
  who: "user",
  scopes: ["write:favourites"],
  summary: "Takes a reaction back",
  params: reaction,
  returns: Status,
  run: async (call) => {
    const { app, viewer, params } = call;
    const { noteId } = await findLine(app, viewer, params.id);
    await unreactToNote(app, viewer, noteId, params.emoji);
    return await statusAnswer(call, noteId);
  },
});

export const putInteractionPolicy = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Says who may quote a status of the person's",
  params: statusId.extend({ quote_approval_policy: quotePolicy }),
  returns: Status,
  run: async (call) => {
    const { app, viewer, params } = call;
    await setNotePolicy(app, viewer, params.id, policyOf(params.quote_approval_policy) ?? {});
    return await statusAnswer(call, params.id);
  },
});

export const revokeStatusQuote = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Takes the person's status out of somebody's quote of it",
  params: statusId.extend({ quoting_id: pathId<NoteId>() }),
  returns: Status,
  run: async (call) => {
    const { app, viewer, params } = call;
    const quoting = await viewNote(app, viewer, params.quoting_id);
    if (quoting.quote?.note?.id !== params.id) throw notFound();
    await revokeQuote(app, viewer, params.quoting_id);
    return await statusAnswer(call, params.quoting_id);
  },
});
