import { html } from "hono/html";
import { outranks } from "../../server/domain/actor.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";

export type SettingsPlace =
  | "profile"
  | "language"
  | "security"
  | "policy"
  | "people"
  | "moving"
  | "collections"
  | "invites"
  | "reports"
  | "delete"
  | "server";

type Entry = { readonly place: SettingsPlace; readonly href: string; readonly label: MessageKey };

const ENTRIES: readonly Entry[] = [
  { place: "profile", href: "/settings/profile", label: "settings.profile" },
  { place: "language", href: "/settings/language", label: "settings.language" },
  { place: "security", href: "/settings/security", label: "settings.security" },
  { place: "policy", href: "/settings/policy", label: "settings.policy" },
  { place: "people", href: "/settings/people", label: "settings.people" },
  { place: "collections", href: "/settings/collections", label: "settings.collections" },
  { place: "moving", href: "/settings/moving", label: "settings.moving" },
  { place: "invites", href: "/settings/invites", label: "settings.invites" },
  { place: "reports", href: "/moderation/reports", label: "settings.reports" },
  { place: "server", href: "/admin/settings", label: "settings.server" },
  { place: "delete", href: "/settings/delete", label: "settings.delete" },
];

/** The settings that this person has. */
export function settingsEntries(visit: Visit): readonly Entry[] {
  const role = visit.viewer?.role ?? "member";
  const isStaff = outranks(role, "member");
  const isAdmin = outranks(role, "moderator");
  return ENTRIES.filter(({ place }) =>
    place === "invites" || place === "reports" ? isStaff : place === "server" ? isAdmin : true,
  );
}

/**
 * Frame of a settings page: title, the way to the others (on phones by the list of them), a word that it was saved.
 * `page` names a page below the one that the ways show.
 */
export function settingsFrame(
  visit: Visit,
  here: SettingsPlace,
  isSaved: boolean,
  body: Html,
  page?: MessageKey,
): Html {
  const { t } = visit.i18n;
  const entries = settingsEntries(visit);
  const above = entries.find(({ place }) => place === here);
  const title = above?.label ?? "settings.title";
  const up =
    page === undefined || above === undefined
      ? { href: "/settings", label: "settings.title" as const }
      : above;
  return html`<p class="back${page === undefined ? " phone-only" : ""}"><a href="${up.href}">${icon(visit, "back")}${t(up.label)}</a></p>
<nav class="tabs scroll settings-nav" aria-label="${t("settings.title")}">${entries.map(({ place, href, label }) => html`<a href="${href}"${place === here ? html` aria-current="page"` : ""}>${t(label)}</a>`)}</nav>
<h1 class="page-title">${t(page ?? title)}</h1>
${isSaved ? html`<p class="notice good" role="status">${t("form.saved")}</p>` : ""}
${body}`;
}
