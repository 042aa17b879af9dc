import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { DraftId } from "../../server/domain/ids.ts";
import type { Draft } from "../../server/domain/note.ts";
import { invalid, notFound } from "../../server/errors.ts";
import { deleteDraft } from "../../server/services/notes/drafts.ts";
import { findScheduled, movePost, scheduledPage } from "../../server/services/notes/scheduled.ts";
import { pageAnswer } from "../answers.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { ScheduledStatus } from "../entities/scheduled.ts";
import { pageOf, paging, pathId } from "../kinds.ts";
import { toScheduledStatus } from "../serialize/scheduled.ts";
import { moment, scheduleOf } from "./composition.ts";

const draftId = z.object({ id: pathId<DraftId>() });

async function requireScheduled(app: App, viewer: Viewer, id: DraftId): Promise<Draft> {
  const draft = await findScheduled(app, viewer, id);
  if (draft === null) throw notFound();
  return draft;
}

export const getAllScheduled = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "The person's statuses that wait for their time, last written first",
  params: z.object(paging(20, 40)),
  returns: z.array(ScheduledStatus),
  run: async ({ app, viewer, params }) => {
    const page = await scheduledPage(app, viewer, pageOf(params));
    return pageAnswer(page, (draft) => toScheduledStatus(app.config.origin, draft));
  },
});

export const getScheduled = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "A status that waits for its time",
  params: draftId,
  returns: ScheduledStatus,
  run: async ({ app, viewer, params }) =>
    answer(toScheduledStatus(app.config.origin, await requireScheduled(app, viewer, params.id))),
});

export const putScheduled = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Posts it at another time",
  params: draftId.extend({ scheduled_at: moment }),
  returns: ScheduledStatus,
  run: async ({ app, viewer, params }) => {
    await requireScheduled(app, viewer, params.id);
    const at = scheduleOf(app, params.scheduled_at);
    if (at === null) throw invalid({ scheduled_at: { key: "field.schedule_past" } });
    await movePost(app, viewer, params.id, at);
    return answer(toScheduledStatus(app.config.origin, await requireScheduled(app, viewer, params.id)));
  },
});

export const deleteScheduled = endpoint({
  who: "user",
  scopes: ["write:statuses"],
  summary: "Throws a status away that waits for its time",
  params: draftId,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await requireScheduled(app, viewer, params.id);
    await deleteDraft(app, viewer, params.id);
    return answer({});
  },
});
