// What a message to a device says. Called by the job that sends it (server/app.ts ties them together).

import type { App } from "../server/context.ts";
import type { NotificationView } from "../server/domain/notification.ts";
import { getSettings } from "../server/services/accounts/settings.ts";
import { excerpt } from "./components/excerpt.ts";
import { createI18n, isLocale, localeFor } from "./i18n.ts";
import { actorPath, notePath } from "./paths.ts";

type Words = { readonly title: string; readonly body: string; readonly path: string };

/** Characters of a note in a message. */
const TEXT = 180;

/**
 * A message in the language of the person. What a note says is in it only if they allowed it, and never what is behind a
 * warning: a lock screen is read by whoever stands beside it.
 */
export async function pushWords(
  app: App,
  to: { readonly locale: string | null; readonly withText: boolean },
  { kind, actor, note }: NotificationView,
): Promise<Words> {
  const settings = await getSettings(app);
  const locale = isLocale(to.locale)
    ? to.locale
    : ([to.locale ?? "", ...settings.languages].map(localeFor).find((one) => one !== null) ?? "en");
  const { t } = createI18n(() => app.clock.now())(locale);
  const text = t(`notification.${kind}`, { name: actor.name, count: 1 });
  const words =
    !to.withText || note === null ? "" : (note.summary ?? note.title ?? excerpt(note.contentHtml, TEXT));
  return {
    title: words === "" ? settings.name : text,
    body: words === "" ? text : words,
    path: pathOf({ kind, actor, note }),
  };
}

function pathOf({ kind, actor, note }: Pick<NotificationView, "kind" | "actor" | "note">): string {
  if (kind === "follow_request") return "/follow-requests";
  if (kind === "interaction_request") return "/requests";
  if (kind === "report") return "/moderation/reports";
  if (kind === "appeal") return "/moderation/appeals";
  if (kind === "decision") return "/settings/decisions";
  if (kind === "report_closed") return "/settings/reports";
  if (kind === "severed") return "/settings/severed";
  if (kind === "frozen") return "/notifications/frozen";
  if (kind === "security") return "/settings/security";
  if (kind === "featured" || kind === "feature_request") return "/settings/collections";
  return note === null ? actorPath(actor) : notePath(note);
}
