import { Flag } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { reportForFederation } from "../../../server/services/moderation/report-forwarding.ts";
import { personal, type Of, type Outgoing } from "./recipients.ts";

/**
 * A report for the server of whom it is about, by the instance actor: nothing in it says who wrote it. `object` is the
 * actor and then its notes, as Mastodon reads it; the language is in `contentMap`.
 */
export async function ofReport(app: App, event: Of<"report.forwarded">): Promise<Outgoing | null> {
  const report = await reportForFederation(app, event.reportId, event.content);
  if (report === null) return null;
  const { targetUri, comment, language } = report;
  const objects = [targetUri, ...report.objectUris];
  const activity = new Flag({
    id: new URL(app.uris.activity(event.activityId)),
    actor: new URL(app.uris.actor(report.instanceActorId)),
    objects: objects.map((uri) => new URL(uri)),
    content: comment,
    to: new URL(targetUri),
  });
  return {
    id: event.activityId,
    actorId: report.instanceActorId,
    activity,
    // A list also for the actor alone: Pleroma walks through it.
    extras: {
      top: { object: objects, ...(language === null ? {} : { contentMap: { [language]: comment } }) },
    },
    isPublic: false,
    inboxes: personal(report.targetInboxes),
  };
}
