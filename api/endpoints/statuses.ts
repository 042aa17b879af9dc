import { z } from "zod";
import type { NoteId } from "../../server/domain/ids.ts";
import { notFound } from "../../server/errors.ts";
import { setNotePolicy } from "../../server/services/consent/interactions.ts";
import { findLine, viewLine, viewLines } from "../../server/services/notes/entries.ts";
import { createNote, deleteNote, editNote, getNoteSource } from "../../server/services/notes/notes.ts";
import { scheduleNote } from "../../server/services/notes/scheduled.ts";
import { unannounceNote } from "../../server/services/reactions/reactions.ts";
import { embedNote } from "../../server/services/threads/embedding.ts";
import { listVersions, viewNote, viewWholeThread } from "../../server/services/threads/threads.ts";
import { type Answer, answer, type Call, endpoint } from "../endpoint.ts";
import { ScheduledStatus } from "../entities/scheduled.ts";
import { Context, Embed, PreviewCard, Status, StatusEdit, StatusSource } from "../entities/status.ts";
import { flag, idsOf, pathId, whole, word } from "../kinds.ts";
import { toScheduledStatus } from "../serialize/scheduled.ts";
import { type Draw, toCard, toStatus, toStatusEdit, toTimelineStatus } from "../serialize/status.ts";
import { changedStatus, newStatus, policyOf, scheduleOf, toCreateNote, toEditNote } from "./composition.ts";

/** The id of a status in an address: of a note, or of a boost of one. */
export const statusId = z.object({ id: pathId<NoteId>() });
const BATCH = 20;

/** For whom statuses are drawn. */
export function drawFor({ app, viewer }: Call<unknown>): Draw {
  return { origin: app.config.origin, isSignedIn: viewer !== null };
}

/** A note as the caller sees it now. @throws not_found */
export async function statusAnswer(call: Call<unknown>, noteId: NoteId): Promise<Answer> {
  return answer(toStatus(drawFor(call), await viewNote(call.app, call.viewer, noteId)));
}

export const postStatus = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Posts a status, or keeps it until its time. The text is Markdown",
  params: newStatus,
  returns: z.union([Status, ScheduledStatus]),
  missing: "Polls always show how they stand (`hide_totals` is ignored).",
  run: async (call) => {
    const { app, viewer, params } = call;
    const at = scheduleOf(app, params.scheduled_at);
    const command = await toCreateNote(call);
    if (at === null) return answer(toStatus(drawFor(call), await createNote(app, viewer, command)));
    const draft = await scheduleNote(app, viewer, command, at);
    return answer(toScheduledStatus(app.config.origin, draft));
  },
});

export const getStatus = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "A status, or a boost with the status in it",
  params: statusId,
  returns: Status,
  run: async (call) =>
    answer(toTimelineStatus(drawFor(call), await viewLine(call.app, call.viewer, call.params.id))),
});

export const getStatuses = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "Several statuses at once, those that are not to be seen left out",
  params: z.object({ id: idsOf<NoteId>() }),
  returns: z.array(Status),
  run: async (call) => {
    const lines = await viewLines(call.app, call.viewer, call.params.id.slice(0, BATCH));
    return answer(lines.map((line) => toTimelineStatus(drawFor(call), line)));
  },
});

export const putStatus = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Edits a status of the person's; what is left out stays as it was",
  params: changedStatus.extend(statusId.shape),
  returns: Status,
  missing: "A poll can be replaced, but not taken away.",
  run: async (call) => {
    const { app, viewer, params } = call;
    const { source, summary } = await getNoteSource(app, viewer, params.id);
    const note = await viewNote(app, viewer, params.id);
    const edited = await editNote(app, viewer, await toEditNote(call, { note, source, summary }));
    const policy = policyOf(params.quote_approval_policy);
    if (policy === undefined) return answer(toStatus(drawFor(call), edited));
    await setNotePolicy(app, viewer, params.id, policy);
    return await statusAnswer(call, params.id);
  },
});

export const deleteStatus = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary:
    "Deletes a status of the person's, or takes a boost back; answers with its text, to be written anew",
  params: statusId.extend({ delete_media: flag }),
  returns: Status,
  run: async (call) => {
    const { app, viewer, params } = call;
    const { noteId, boosterId } = await findLine(app, viewer, params.id);
    if (boosterId !== null && boosterId !== viewer.actorId) throw notFound();
    if (boosterId !== null) {
      const boost = await viewLine(app, viewer, params.id);
      await unannounceNote(app, viewer, noteId);
      return answer(toTimelineStatus(drawFor(call), boost));
    }
    const { source } = await getNoteSource(app, viewer, noteId);
    const note = await viewNote(app, viewer, noteId);
    await deleteNote(app, viewer, noteId, { keepsMedia: params.delete_media !== true });
    return answer({ ...toStatus(drawFor(call), note), text: source });
  },
});

export const getContext = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "What stands above and below a status in its thread",
  params: statusId,
  returns: Context,
  missing: "At most 500 statuses above and 2000 below (40 and 60 without a token).",
  run: async (call) => {
    const { noteId } = await findLine(call.app, call.viewer, call.params.id);
    const { ancestors, descendants } = await viewWholeThread(call.app, call.viewer, noteId);
    const draw = drawFor(call);
    return answer({
      ancestors: ancestors.map((note) => toStatus(draw, note)),
      descendants: descendants.map((note) => toStatus(draw, note)),
    });
  },
});

export const getSource = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "The text of a status of the person's as they typed it",
  params: statusId,
  returns: StatusSource,
  run: async ({ app, viewer, params }) => {
    const { source, summary } = await getNoteSource(app, viewer, params.id);
    return answer({ id: String(params.id), text: source, spoiler_text: summary });
  },
});

export const getHistory = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "What a status said, oldest first, its present text last",
  params: statusId,
  returns: z.array(StatusEdit),
  missing: "Of earlier times text and warning are kept, not the media.",
  run: async (call) => {
    const { app, viewer } = call;
    const { noteId } = await findLine(app, viewer, call.params.id);
    const note = await viewNote(app, viewer, noteId);
    const versions = await listVersions(app, viewer, noteId);
    const last = versions.length - 1;
    return answer(
      versions.map((version, index) =>
        toStatusEdit(drawFor(call), note, version, { isPresent: index === last }),
      ),
    );
  },
});

export const getCard = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "The preview of the page that a status links to; nothing when there is none",
  params: statusId,
  returns: z.union([PreviewCard, z.object({})]),
  run: async ({ app, viewer, params }) => {
    const { noteId } = await findLine(app, viewer, params.id);
    const { card } = await viewNote(app, viewer, noteId);
    return answer(card === null ? {} : toCard(app.config.origin, card));
  },
});

export const getEmbed = endpoint({
  who: "anyone",
  scopes: [],
  summary: "How a public status is shown in pages of others (oEmbed 1.0)",
  params: z.object({ url: word, maxwidth: whole(1, 100_000), maxheight: whole(1, 100_000) }),
  returns: Embed,
  cacheSeconds: 60,
  run: async ({ app, params: { url = "", maxwidth, maxheight } }) =>
    answer(
      await embedNote(app, { url, maxWidth: maxwidth, maxHeight: maxheight, titleOf: (author) => author }),
    ),
});
