// The web door: server-rendered pages, complete without JavaScript.
// May import services, domain, text, http, context, errors and hono; never store, federation or api.
// Only server/app.ts and tests import it.

import { raw } from "hono/html";
import type { html } from "hono/html";

/** Markup whose user text is already escaped. */
export type Html = ReturnType<typeof html>;

/** A bare attribute with a space before it, or nothing. */
export function flag(
  name: "checked" | "selected" | "required" | "open" | "disabled" | "multiple" | "autofocus",
  on: boolean,
): Html {
  return raw(on ? ` ${name}` : "");
}
