import type { Viewer } from "../../server/domain/actor.ts";
import type { ReportId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { applyHostRules } from "../../server/services/moderation/domains-apply.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { receiveFollow } from "../../server/services/relations/follows.ts";
import { setReportState } from "../../server/services/moderation/report-closing.ts";
import { assignReport, commentReport } from "../../server/services/moderation/report-work.ts";
import { receiveReport, reportActor } from "../../server/services/moderation/reports.ts";
import type { TestInstance } from "../support/instance.ts";
import { aReceivedActor } from "../support/remote.ts";

/** Reports that have pages of their own: one in work, one about somebody elsewhere. */
export type Reported = { readonly inWork: ReportId; readonly elsewhere: ReportId };

/** Reports by a member and by another server, and a follow that ended because a server was blocked. */
export async function fillModeration(
  instance: TestInstance,
  {
    reporter,
    reported,
    note,
  }: {
    readonly reporter: Viewer;
    readonly reported: Viewer;
    /** By somebody else, reported and dealt with. */
    readonly note: NoteView;
  },
): Promise<Reported> {
  const { app } = instance;
  const reportedUri = app.uris.actor(reported.actorId);
  const inWork = await reportActor(app, reporter, {
    targetId: reported.actorId,
    noteIds: [],
    category: "spam",
    comment: "The same advertisement under every note.\n每条帖文下面都是同样的广告。",
    language: "en",
    forward: false,
  });
  const done = await reportActor(app, reporter, {
    targetId: note.author.id,
    noteIds: [note.id],
    category: "violation",
    comment: "A picture without a description, again.",
    language: "en",
    forward: false,
  });
  const seller = await receiveActor(app, aReceivedActor("seller", {}, "marsh.test"));
  if (seller === null || instance.owner === null)
    throw new Error("There is nobody to report, or to work on it.");
  const elsewhere = await reportActor(app, reporter, {
    targetId: seller,
    noteIds: [],
    category: "spam",
    comment: "Sends everybody the same message.",
    language: "en",
    forward: false,
  });
  await setReportState(app, instance.owner, { reportId: done, state: "resolved" });
  await assignReport(app, instance.owner, { reportId: inWork, toSelf: true });
  await commentReport(app, instance.owner, { reportId: inWork, comment: "I wrote to them last week." });
  await reportActor(app, reporter, {
    targetId: note.author.id,
    noteIds: [note.id],
    category: "violation",
    comment: "",
    forward: false,
  });
  const server = aReceivedActor("marsh.test", { kind: "Application" }, "marsh.test");
  await receiveActor(app, server);
  await receiveReport(app, {
    uri: "https://marsh.test/flags/1",
    actorUri: server.uri,
    objectUris: [reportedUri],
    content: "请看一下这个人。",
    language: "zh-Hans",
  });
  const gone = aReceivedActor("faraway", {}, "lost.test");
  await receiveActor(app, gone);
  const follow = { uri: "https://lost.test/f/1", actorUri: gone.uri, objectUri: reportedUri };
  await receiveFollow(app, { ...follow, objectUri: app.uris.actor(reporter.actorId) });
  const [row] = await app.db.selectFrom("follows").select("id").where("uri", "=", follow.uri).execute();
  if (row !== undefined)
    await app.db.updateTable("follows").set({ state: "accepted" }).where("id", "=", row.id).execute();
  await blockDomain(app, { domain: "lost.test" });
  await applyHostRules(app, "lost.test");
  return { inWork, elsewhere };
}
