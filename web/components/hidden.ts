import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

/** Hidden fields of a form: the session's token and the page to come back to. */
export function wayBack(visit: Visit, returnTo = visit.path): Html {
  return html`${formToken(visit)}<input type="hidden" name="return" value="${returnTo}">`;
}

/** The token without which no form of a signed-in person is believed. */
export function formToken(visit: Visit): Html {
  return visit.csrf === "" ? html`` : html`<input type="hidden" name="csrf" value="${visit.csrf}">`;
}

/** Fields taken along unseen, so that nothing typed is lost on the way. */
export function carriedFields(entries: readonly (readonly [string, string])[], prefix = ""): Html {
  return html`${entries.map(([name, value]) => html`<input type="hidden" name="${prefix}${name}" value="${value}">`)}`;
}
