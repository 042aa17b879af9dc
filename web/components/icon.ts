// Functions from views to markup. They ask services nothing.
// Imported by web/pages, web/layout.ts and each other.

import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

export type IconName =
  | "alert"
  | "at"
  | "back"
  | "bell"
  | "bookmark"
  | "boost"
  | "block"
  | "check"
  | "clock"
  | "compass"
  | "down"
  | "edit"
  | "eye"
  | "filter"
  | "globe"
  | "heart"
  | "home"
  | "image"
  | "info"
  | "key"
  | "language"
  | "leave"
  | "lock"
  | "mail"
  | "moon"
  | "menu"
  | "more"
  | "mute"
  | "next"
  | "palette"
  | "plus"
  | "reply"
  | "search"
  | "settings"
  | "shield"
  | "smile"
  | "stack"
  | "trash"
  | "up"
  | "user"
  | "users";

/** Drawings that show a way, and so turn around where lines begin at the right. */
const TURNING: ReadonlySet<IconName> = new Set(["back", "next", "leave", "reply", "edit", "mute", "stack"]);

/** A decorative drawing from the sprite; the word beside it carries the meaning. */
export function icon(visit: Visit, name: IconName): Html {
  return html`<svg class="icon${TURNING.has(name) ? " turns" : ""}" width="20" height="20" aria-hidden="true"><use href="${visit.assets.icons}#${name}"></use></svg>`;
}
