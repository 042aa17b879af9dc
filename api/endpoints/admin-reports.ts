import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { ActorId, ReportId } from "../../server/domain/ids.ts";
import { notFound } from "../../server/errors.ts";
import { reportCases } from "../../server/services/moderation/report-cases.ts";
import { setReportState } from "../../server/services/moderation/report-closing.ts";
import { assignReport, reviseReport } from "../../server/services/moderation/report-work.ts";
import { listReports, viewReport } from "../../server/services/moderation/reports.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { AdminReport } from "../entities/admin.ts";
import { flag, givenList, id, oneOf, pageOf, paging, pathId, ruleNumber, word } from "../kinds.ts";
import { toAdminReport } from "../serialize/admin.ts";

export const getReports = endpoint({
  who: "user",
  scopes: ["admin:read:reports"],
  summary: "Reports, for moderators, newest first; none about themselves",
  params: z.object({
    ...paging(100, 200),
    resolved: flag,
    account_id: id<ActorId>(),
    target_account_id: id<ActorId>(),
    by_target_domain: word,
  }),
  returns: z.array(AdminReport),
  run: async ({ app, viewer, params }) => {
    const page = await listReports(app, viewer, {
      ...pageOf(params),
      state: params.resolved === true ? "resolved" : "open",
      reporterId: params.account_id,
      targetId: params.target_account_id,
      targetHost: params.by_target_domain?.toLowerCase(),
    });
    const draw = { origin: app.config.origin, isSignedIn: true };
    const body = (await reportCases(app, viewer, page.items)).map((one) => toAdminReport(draw, one));
    return answer(body, { cursors: { older: page.older, first: page.first } });
  },
});

const named = z.object({ id: pathId<ReportId>() });

async function drawn(app: App, viewer: Viewer, reportId: ReportId): Promise<AdminReport> {
  const [one] = await reportCases(app, viewer, [await viewReport(app, viewer, reportId)]);
  if (one === undefined) throw notFound();
  return toAdminReport({ origin: app.config.origin, isSignedIn: true }, one);
}

export const getReport = endpoint({
  who: "user",
  scopes: ["admin:read:reports"],
  summary: "A report, for moderators",
  params: named,
  returns: AdminReport,
  run: async ({ app, viewer, params }) => answer(await drawn(app, viewer, params.id)),
});

export const putReport = endpoint({
  who: "user",
  scopes: ["admin:write:reports"],
  summary: "Corrects what kind of report it is, and which rules it is about",
  params: z.object({
    id: pathId<ReportId>(),
    category: oneOf(["spam", "legal", "violation", "other"]),
    rule_ids: givenList(ruleNumber, 50),
  }),
  returns: AdminReport,
  run: async ({ app, viewer, params }) => {
    const { id: reportId, category, rule_ids: ruleIds } = params;
    await reviseReport(app, viewer, { reportId, category, ruleIds });
    return answer(await drawn(app, viewer, reportId));
  },
});

function change(
  summary: string,
  make: (app: App, viewer: Viewer, reportId: ReportId) => Promise<void>,
): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: ["admin:write:reports"],
    summary,
    params: named,
    returns: AdminReport,
    run: async ({ app, viewer, params }) => {
      await make(app, viewer, params.id);
      return answer(await drawn(app, viewer, params.id));
    },
  });
}

export const assignToSelf = change("Takes care of a report", (app, viewer, reportId) =>
  assignReport(app, viewer, { reportId, toSelf: true }),
);
export const unassign = change("Leaves a report to others", (app, viewer, reportId) =>
  assignReport(app, viewer, { reportId, toSelf: false }),
);
export const resolve = change("Closes a report", (app, viewer, reportId) =>
  setReportState(app, viewer, { reportId, state: "resolved" }),
);
export const reopen = change("Opens a report again", (app, viewer, reportId) =>
  setReportState(app, viewer, { reportId, state: "open" }),
);
