import { html } from "hono/html";
import { outranks } from "../../server/domain/actor.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";

const PLACES = [
  "profile",
  "featured",
  "collections",
  "appearance",
  "language",
  "posting",
  "policy",
  "notifications",
  "privacy",
  "filters",
  "mutes",
  "blocks",
  "severed",
  "security",
  "sessions",
  "apps",
  "moving",
  "import",
  "export",
  "lifeboat",
  "arrival",
  "launch",
  "delete",
  "invites",
  "decisions",
  "own_reports",
  "reports",
  "moderating",
  "admin",
  "server",
  "look",
] as const;
export type SettingsPlace = (typeof PLACES)[number];

export type SettingsEntry = {
  readonly place: SettingsPlace;
  readonly href: string;
  readonly label: MessageKey;
  readonly hint: MessageKey;
  /** What can be set there, for looking it up. */
  readonly holds?: readonly MessageKey[];
  /** Everybody else does not have it. */
  readonly for?: "staff" | "admin";
};

export type SettingsGroup = {
  readonly label: MessageKey;
  readonly icon: IconName;
  readonly entries: readonly SettingsEntry[];
};

function entry(place: SettingsPlace, more: Partial<SettingsEntry> = {}): SettingsEntry {
  return {
    place,
    href: `/settings/${place}`,
    label: `settings.${place}`,
    hint: `settings.${place}_hint`,
    ...more,
  };
}

const GROUPS: readonly SettingsGroup[] = [
  {
    label: "settings.group_you",
    icon: "user",
    entries: [
      entry("profile", {
        // prettier-ignore
        holds: ["profile_form.name", "profile_form.bio", "profile_form.avatar", "profile_form.header", "profile_form.fields", "profile_form.bot", "profile_form.domains"],
      }),
      entry("featured", { holds: ["profile.tags", "profile.pinned"] }),
      entry("collections"),
    ],
  },
  {
    label: "settings.group_reading",
    icon: "eye",
    entries: [
      entry("appearance", {
        // prettier-ignore
        holds: ["appearance.theme", "theme.dark", "theme.contrast", "appearance.open_warnings", "appearance.open_media", "appearance.autoplay", "appearance.auto_load", "appearance.shortcuts", "appearance.explore_view", "appearance.profile_view"],
      }),
      entry("language", { holds: ["settings.locale", "settings.languages"] }),
    ],
  },
  {
    label: "settings.group_writing",
    icon: "edit",
    entries: [
      entry("posting", { holds: ["posting.alt", "policy.reply", "policy.quote"] }),
      entry("notifications"),
    ],
  },
  {
    label: "settings.group_safety",
    icon: "shield",
    entries: [
      entry("privacy", {
        // prettier-ignore
        holds: ["profile_form.locked", "profile_form.discoverable", "profile_form.indexable", "profile_form.hides_relations", "collections.choice"],
      }),
      entry("filters", { holds: ["filters.keywords", "filters.new"] }),
      entry("mutes"),
      entry("blocks", { holds: ["hidden_servers.title"] }),
      entry("severed"),
      entry("decisions", { holds: ["appeal.title", "decisions.export"] }),
      entry("own_reports", { href: "/settings/reports" }),
    ],
  },
  {
    label: "settings.group_account",
    icon: "key",
    entries: [
      entry("security", { holds: ["security.password"] }),
      entry("sessions"),
      entry("apps"),
      entry("delete"),
    ],
  },
  {
    label: "settings.group_away",
    icon: "globe",
    entries: [
      entry("moving", { holds: ["moving.here_title", "moving.out_title"] }),
      entry("import", {
        holds: ["transfers.follows", "transfers.lists", "transfers.mutes", "transfers.blocks"],
      }),
      entry("export"),
      entry("lifeboat", { holds: ["lifeboat.phrase_title", "lifeboat.make"] }),
      entry("arrival", { holds: ["arrival.file", "arrival.undo_title"] }),
      entry("launch", { holds: ["launch.own_home", "launch.bring"] }),
    ],
  },
  {
    label: "settings.group_server",
    icon: "settings",
    entries: [
      entry("invites"),
      entry("reports", { for: "staff", href: "/moderation/reports" }),
      entry("moderating", {
        for: "staff",
        href: "/settings/moderation",
        holds: ["moderating.languages"],
      }),
      entry("admin", { for: "admin", href: "/admin" }),
      // prettier-ignore
      entry("server", { for: "admin", href: "/admin/settings", holds: ["setup.name", "admin.description", "admin.rules", "admin.report_hours", "admin.join_mode", "admin.contact", "setup.languages", "admin.terms", "admin.publishes_blocks"] }),
      entry("look", {
        for: "admin",
        href: "/admin/appearance",
        holds: ["look.accent", "look.radius", "look.logo", "look.css"],
      }),
    ],
  },
];

/** The settings that this person has, in groups. */
export function settingsGroups(visit: Visit): readonly SettingsGroup[] {
  const role = visit.viewer?.role ?? "member";
  const isStaff = outranks(role, "member");
  const isAdmin = outranks(role, "moderator");
  return GROUPS.map((group) => ({
    ...group,
    entries: group.entries.filter((one) =>
      one.for === undefined ? true : one.for === "staff" ? isStaff : isAdmin,
    ),
  })).filter(({ entries }) => entries.length > 0);
}

/** `found` is what it holds that has the words, when neither its name nor its sentence has. */
export type FoundSetting = { readonly entry: SettingsEntry; readonly found: MessageKey | null };

/** The settings whose name, sentence or content has all the words. */
export function findSettings(visit: Visit, query: string): readonly FoundSetting[] {
  const { t, locale } = visit.i18n;
  const fold = (text: string) => text.normalize("NFKC").toLocaleLowerCase(locale);
  const words = fold(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  const has = (text: string) => words.every((word) => fold(text).includes(word));
  return settingsGroups(visit)
    .flatMap(({ entries }) => entries)
    .flatMap((one): readonly FoundSetting[] => {
      if (has(`${t(one.label)} ${t(one.hint)}`)) return [{ entry: one, found: null }];
      const found = one.holds?.find((key) => has(t(key)));
      return found === undefined ? [] : [{ entry: one, found }];
    });
}

/** The ways to all settings, for beside a settings page where there is room. */
export function settingsAside(visit: Visit): Html {
  const { t } = visit.i18n;
  const path = visit.path.split("?")[0] ?? "";
  return html`<nav class="settings-nav" aria-label="${t("settings.title")}" data-component="settings-nav">${settingsGroups(
    visit,
  ).map(
    ({ label, entries }) => html`<p class="settings-group">${t(label)}</p>
<ul>${entries.map(({ href, label: name }) => html`<li><a href="${href}"${path === href || path.startsWith(`${href}/`) ? html` aria-current="page"` : ""}>${t(name)}</a></li>`)}</ul>`,
  )}</nav>`;
}

/**
 * Frame of a settings page: the way up, title, a word that it was saved. `page` names a page below the one that the list
 * of settings has.
 */
export function settingsFrame(
  visit: Visit,
  here: SettingsPlace,
  isSaved: boolean,
  body: Html,
  page?: MessageKey,
): Html {
  const { t } = visit.i18n;
  const above = settingsGroups(visit)
    .flatMap(({ entries }) => entries)
    .find(({ place }) => place === here);
  const up =
    page === undefined || above === undefined
      ? { href: "/settings", label: "settings.title" as const }
      : above;
  return html`<p class="back"><a href="${up.href}">${icon(visit, "back")}${t(up.label)}</a></p>
<h1 class="page-title">${t(page ?? above?.label ?? "settings.title")}</h1>
${isSaved ? html`<p class="notice good" role="status">${t("form.saved")}</p>` : ""}
${body}${page === undefined ? relatedWays(visit, here) : ""}`;
}

/** What else there is for people who leave, arrive or prepare: each of these pages is half of something. */
function relatedWays(visit: Visit, here: SettingsPlace): Html {
  const group = GROUPS.find(({ label }) => label === "settings.group_away");
  const others = group?.entries.filter(({ place }) => place !== here) ?? [];
  if (group === undefined || others.length === group.entries.length) return html``;
  const { t } = visit.i18n;
  return html`<section aria-labelledby="related"><h2 class="settings-head" id="related">${icon(visit, group.icon)}${t(group.label)}</h2>
<ul class="settings-list card">${others.map(({ href, label, hint }) => html`<li><a href="${href}"><span><strong>${t(label)}</strong><small>${t(hint)}</small></span>${icon(visit, "next")}</a></li>`)}</ul></section>`;
}
