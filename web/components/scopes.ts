import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

/** Scopes that stand for themselves, and what they are called. */
const WHOLE: Readonly<Record<string, MessageKey>> = {
  profile: "scope.profile",
  read: "scope.read",
  write: "scope.write",
  follow: "scope.follow",
  push: "scope.push",
  "admin:read": "scope.admin_read",
  "admin:write": "scope.admin_write",
};
/** Scopes that are a part of a larger one: a line for all parts of one together. */
const PARTS: readonly (readonly [string, MessageKey])[] = [
  ["read", "scope.read_some"],
  ["write", "scope.write_some"],
  ["admin:read", "scope.admin_read_some"],
  ["admin:write", "scope.admin_write_some"],
];
const NOUNS: Readonly<Record<string, MessageKey>> = {
  accounts: "scope_of.accounts",
  blocks: "scope_of.blocks",
  bookmarks: "scope_of.bookmarks",
  conversations: "scope_of.conversations",
  favourites: "scope_of.favourites",
  filters: "scope_of.filters",
  follows: "scope_of.follows",
  lists: "scope_of.lists",
  media: "scope_of.media",
  mutes: "scope_of.mutes",
  notifications: "scope_of.notifications",
  reports: "scope_of.reports",
  search: "scope_of.search",
  statuses: "scope_of.statuses",
  domain_allows: "scope_of.domain_allows",
  domain_blocks: "scope_of.domain_blocks",
  ip_blocks: "scope_of.ip_blocks",
  email_domain_blocks: "scope_of.email_domain_blocks",
  canonical_email_blocks: "scope_of.canonical_email_blocks",
};

/** What scopes allow, a sentence each; what another one says already is left out. */
export function scopeSentences(visit: Visit, scopes: readonly string[]): readonly string[] {
  const { t } = visit.i18n;
  const saysAll = scopes.includes("read") && scopes.includes("write");
  const whole = Object.entries(WHOLE)
    .filter(([scope]) => scopes.includes(scope) && !(scope === "follow" && saysAll))
    .map(([, key]) => t(key));
  const parts = PARTS.flatMap(([verb, key]) => {
    if (scopes.includes(verb)) return [];
    const nouns = scopes.flatMap((scope) =>
      scope.startsWith(`${verb}:`) ? (NOUNS[scope.slice(verb.length + 1)] ?? []) : [],
    );
    return nouns.length === 0
      ? []
      : [t(key, { what: nouns.map((noun) => t(noun)).join(t("list.separator")) })];
  });
  return [...whole, ...parts];
}

/** The sentences of scopes as a list. */
export function scopeList(visit: Visit, scopes: readonly string[]): Html {
  return html`<ul class="steps">${scopeSentences(visit, scopes).map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}
