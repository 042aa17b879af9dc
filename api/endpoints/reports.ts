import { z } from "zod";
import type { ActorId, CollectionId, NoteId } from "../../server/domain/ids.ts";
import { invalid, notFound } from "../../server/errors.ts";
import { viewOwnReport } from "../../server/services/moderation/report-views.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Report } from "../entities/report.ts";
import { flag, id, idsOf, listOf, oneOf, ruleNumber, text } from "../kinds.ts";
import { toReport } from "../serialize/report.ts";

export const postReport = endpoint({
  who: "user",
  scopes: ["write:reports"],
  summary: "Tells the moderators of somebody, and their own server on request",
  missing: "forward_to_domains: a report is forwarded to the server of whom it is about alone",
  params: z.object({
    account_id: id<ActorId>(),
    status_ids: idsOf<NoteId>(100),
    collection_ids: idsOf<CollectionId>(100),
    comment: text,
    forward: flag,
    category: oneOf(["spam", "legal", "violation", "other"]),
    rule_ids: listOf(ruleNumber, 50),
  }),
  returns: Report,
  run: async ({ app, viewer, params }) => {
    if (params.account_id === undefined) throw notFound();
    const category = params.category ?? (params.rule_ids.length > 0 ? "violation" : "other");
    if (category !== "violation" && params.rule_ids.length > 0)
      throw invalid({ rule_ids: { key: "error.invalid" } });
    const reportId = await reportActor(app, viewer, {
      targetId: params.account_id,
      noteIds: params.status_ids,
      collectionIds: params.collection_ids,
      ruleIds: params.rule_ids,
      category,
      comment: params.comment ?? "",
      forward: params.forward === true,
    });
    return answer(toReport(app.config.origin, await viewOwnReport(app, viewer, reportId)));
  },
});
