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
  | "check"
  | "compass"
  | "edit"
  | "globe"
  | "heart"
  | "home"
  | "image"
  | "leave"
  | "lock"
  | "mail"
  | "moon"
  | "more"
  | "next"
  | "plus"
  | "reply"
  | "search"
  | "settings"
  | "stack"
  | "trash"
  | "user"
  | "users";

/** A decorative drawing from the sprite; the word beside it carries the meaning. */
export function icon(visit: Visit, name: IconName): Html {
  return html`<svg class="icon" width="20" height="20" aria-hidden="true"><use href="${visit.assets.icons}#${name}"></use></svg>`;
}
