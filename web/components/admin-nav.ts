import { html } from "hono/html";
import { outranks } from "../../server/domain/actor.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { formToken } from "./hidden.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";

export type AdminPlace =
  | "reports"
  | "sign-ups"
  | "tree"
  | "joining"
  | "appeals"
  | "accounts"
  | "domains"
  | "tags"
  | "log"
  | "held"
  | "classifier"
  | "withholdings"
  | "audit"
  | "settings"
  | "look"
  | "announcements"
  | "emoji"
  | "invites"
  | "roles"
  | "health"
  | "storage"
  | "queue"
  | "federation"
  | "jobs"
  | "launch"
  | "backup"
  | "version"
  | "standby"
  | "readiness";

type Entry = { readonly place: AdminPlace; readonly href: string };
type Group = {
  readonly label: MessageKey;
  readonly icon: IconName;
  readonly isForStaff: boolean;
  readonly entries: readonly Entry[];
};

const admin = (place: AdminPlace, href = `/admin/${place}`): Entry => ({ place, href });
const moderation = (place: AdminPlace): Entry => ({ place, href: `/moderation/${place}` });

const GROUPS: readonly Group[] = [
  {
    label: "staff.group_people",
    icon: "shield",
    isForStaff: true,
    entries: [
      moderation("reports"),
      moderation("held"),
      moderation("appeals"),
      moderation("accounts"),
      moderation("sign-ups"),
      moderation("tree"),
      moderation("domains"),
      moderation("tags"),
      moderation("withholdings"),
      moderation("log"),
    ],
  },
  {
    label: "staff.group_place",
    icon: "home",
    isForStaff: false,
    entries: [
      admin("settings"),
      admin("joining"),
      admin("classifier"),
      admin("look", "/admin/appearance"),
      admin("announcements"),
      admin("emoji"),
      admin("invites"),
      admin("roles"),
      admin("audit"),
    ],
  },
  {
    label: "staff.group_machine",
    icon: "settings",
    isForStaff: false,
    entries: [
      admin("health"),
      admin("storage"),
      admin("queue"),
      admin("federation"),
      admin("jobs"),
      admin("backup"),
      admin("version"),
    ],
  },
  {
    label: "staff.group_lifeboat",
    icon: "shield",
    isForStaff: false,
    entries: [admin("readiness"), admin("standby"), admin("launch")],
  },
];

function groupsFor(visit: Visit): readonly Group[] {
  const isAdministrator = outranks(visit.viewer?.role ?? "member", "moderator");
  return GROUPS.filter(({ isForStaff }) => isForStaff || isAdministrator);
}

/** The ways to all pages of those who run the server, for beside such a page where there is room. */
export function adminAside(visit: Visit): Html {
  const { t } = visit.i18n;
  const path = visit.path.split("?")[0] ?? "";
  return html`<nav class="settings-nav" aria-label="${t("staff.title")}" data-component="admin-nav">${outranks(visit.viewer?.role ?? "member", "moderator") ? html`<ul><li><a href="/admin"${path === "/admin" ? html` aria-current="page"` : ""}>${t("staff.overview")}</a></li></ul>` : ""}${groupsFor(
    visit,
  ).map(
    ({ label, entries }) => html`<p class="settings-group">${t(label)}</p>
<ul>${entries.map(({ href, place }) => html`<li><a href="${href}"${path === href || path.startsWith(`${href}/`) ? html` aria-current="page"` : ""}>${t(`staff.${place}`)}${waiting(visit, place)}</a></li>`)}</ul>`,
  )}</nav>`;
}

/** How much waits there. */
function waiting(visit: Visit, place: AdminPlace): Html | "" {
  const { held } = visit;
  if (place !== "held" || held === 0) return "";
  return html` <span class="unread"><span aria-hidden="true">${visit.i18n.count(held)}</span><span class="hidden">${visit.i18n.t("held.count", { count: held })}</span></span>`;
}

/** The same as lists with a sentence each, for the overview. */
export function adminList(visit: Visit): Html {
  const { t } = visit.i18n;
  return html`${groupsFor(visit).map(
    ({ label, icon: drawing, entries }, index) =>
      html`<section aria-labelledby="group-${index}"><h2 class="settings-head" id="group-${index}">${icon(visit, drawing)}${t(label)}</h2>
<ul class="settings-list card">${entries.map(({ href, place }) => html`<li><a href="${href}"><span><strong>${t(`staff.${place}`)}</strong><small>${t(`staff.${place}_hint`)}</small></span>${icon(visit, "next")}</a></li>`)}</ul></section>`,
  )}`;
}

export type AdminFrame = {
  /** A word above the page about what was just done. */
  readonly done?: MessageKey | undefined;
  /** Of a page below the one of the list. */
  readonly title?: string;
  readonly lead?: string;
};

/** Frame of a page for staff: the way up, title, a sentence what it is for, a word about what was done. */
export function adminFrame(visit: Visit, here: AdminPlace, body: Html, frame: AdminFrame = {}): Html {
  const { t } = visit.i18n;
  const all = groupsFor(visit).flatMap(({ entries }) => entries);
  const above = frame.title === undefined ? undefined : all.find(({ place }) => place === here);
  const isAdministrator = outranks(visit.viewer?.role ?? "member", "moderator");
  const up =
    above === undefined
      ? isAdministrator
        ? { href: "/admin", label: t("staff.title") }
        : { href: "/settings", label: t("settings.title") }
      : { href: above.href, label: t(`staff.${above.place}`) };
  return html`<p class="back"><a href="${up.href}">${icon(visit, "back")}${up.label}</a></p>
<h1 class="page-title"><bdi>${frame.title ?? t(`staff.${here}`)}</bdi></h1>
${frame.lead === undefined ? "" : html`<p class="muted">${frame.lead}</p>`}
${frame.done === undefined ? "" : html`<p class="notice good" role="status">${t(frame.done)}</p>`}
${isAdministrator ? "" : moderatorTabs(visit, here)}${body}`;
}

/** Moderators have no overview: their few pages are one press apart. */
function moderatorTabs(visit: Visit, here: AdminPlace): Html {
  const { t } = visit.i18n;
  return html`<nav class="tabs small" aria-label="${t("staff.title")}">${groupsFor(visit)
    .flatMap(({ entries }) => entries)
    .map(
      ({ href, place }) =>
        html`<a href="${href}"${place === here ? html` aria-current="page"` : ""}>${t(`staff.${place}`)}${waiting(visit, place)}</a>`,
    )}</nav>`;
}

export type Figure = { readonly label: string; readonly value: string; readonly href?: string };

/** A few numbers, each with what it counts. */
export function figures(items: readonly Figure[]): Html {
  return html`<dl class="numbers">${items.map(({ label, value, href }) => html`<div><dt>${href === undefined ? label : html`<a href="${href}">${label}</a>`}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** The question before something that cannot be taken back, or that many feel. */
export function question(
  visit: Visit,
  asked: {
    readonly title: string;
    readonly text: string;
    readonly action: string;
    readonly button: string;
    readonly back: string;
    readonly fields?: Readonly<Record<string, string>>;
    readonly more?: Html;
  },
): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${asked.action}" aria-labelledby="question">${formToken(visit)}${Object.entries(asked.fields ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<h2 class="section-title" id="question">${asked.title}</h2><p>${asked.text}</p>${asked.more ?? ""}
<div class="form-buttons"><button class="button danger">${asked.button}</button> <a class="button quiet" href="${asked.back}">${t("form.cancel")}</a></div></form>`;
}

/** Ways to the same page with other values of one choice. */
export function choiceTabs(
  label: string,
  choices: readonly { readonly href: string; readonly text: string; readonly isHere: boolean }[],
): Html {
  return html`<nav class="tabs small" aria-label="${label}">${choices.map(({ href, text, isHere }) => html`<a href="${href}"${isHere ? html` aria-current="page"` : ""}>${text}</a>`)}</nav>`;
}

/** A form of one button in a row. `about` is what it is done to, for those who hear the button alone. */
export function rowButton(
  visit: Visit,
  action: string,
  button: {
    readonly do: string;
    readonly text: string;
    readonly about: string;
    readonly fields?: Readonly<Record<string, string>>;
  },
): Html {
  return html`<form method="post" action="${action}">${formToken(visit)}${Object.entries(button.fields ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button class="button quiet small" name="do" value="${button.do}">${button.text}<span class="hidden"> ${button.about}</span></button></form>`;
}
