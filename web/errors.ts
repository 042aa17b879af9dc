// What went wrong, as a page in the reader's language with the right status. A lost session gets the login page
// with everything typed; a form that is not believed gets one more question, with everything typed.

import { html } from "hono/html";
import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import { CausewayError, notFound } from "../server/errors.ts";
import type { ErrorKind } from "../server/errors.ts";
import { carriedFields, formToken } from "./components/hidden.ts";
import { readForm } from "./forms.ts";
import type { Form } from "./form.ts";
import { showPage } from "./layout.ts";
import type { MessageKey } from "./locales/en.ts";
import type { Visit, WebContext, WebEnv } from "./visit.ts";

/** Fields of a form that belong to the request and not to what was typed. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "csrf",
  "password",
  "current",
  "next",
  "confirm_password",
  "confirm_code",
  "confirm_passkey",
]);

/** Answers with a page for whatever was thrown. */
export async function errorPage(error: unknown, c: Context<WebEnv>): Promise<Response> {
  if (!(error instanceof CausewayError)) {
    getLogger(["causeway", "web"]).error("page failed: {method} {path}", {
      method: c.req.method,
      path: c.req.path,
      error,
    });
  }
  const known = error instanceof CausewayError ? error : null;
  // Thrown before we knew who asks: nothing can be drawn.
  const visit: Visit | undefined = c.get("visit");
  const status = statusOf(known);
  if (known?.retryAfterSeconds !== undefined) c.header("Retry-After", String(known.retryAfterSeconds));
  if (visit === undefined) return c.text("Something went wrong on this server.", status as 500);
  const { t, message } = visit.i18n;
  const title = t(titleOf(status));
  const text = known === null ? t("error.internal") : message({ key: known.key, params: known.params });
  return await showPage(c, {
    title,
    status,
    shape: "narrow",
    noindex: true,
    main: html`<div class="message"><p class="message-status" aria-hidden="true">${status}</p><h1>${title}</h1><p>${text}</p>
<p><a class="button quiet" href="/">${t("error.go_home")}</a></p></div>`,
  });
}

/** For addresses where nothing is. */
export async function nothingHere(c: WebContext): Promise<Response> {
  return await errorPage(notFound(), c);
}

/** Everything typed but secrets, for hidden fields. */
export function keptEntries(form: Form): readonly (readonly [string, string])[] {
  return form.entries.filter(([name]) => !OWN_FIELDS.has(name));
}

/** Asks once more before a form is acted upon: its session was another one, or ended meanwhile. */
export async function askAgain(
  c: WebContext,
  again: {
    readonly status: 200 | 403;
    readonly action: string;
    readonly form: Form;
    readonly heading: MessageKey;
    readonly text: MessageKey;
  },
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const source = again.form.text("source");
  const name = visit.viewer?.username ?? "";
  return await showPage(c, {
    title: t(again.heading),
    status: again.status,
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t(again.heading)}</h1><p>${t(again.text, { name: `@${name}` })}</p>
${source === "" ? "" : html`<blockquote class="kept" dir="auto">${source}</blockquote>`}
<form method="post" action="${again.action}">${formToken(visit)}${carriedFields(keptEntries(again.form))}
<div class="form-buttons"><button class="button primary">${t("again.send")}</button> <a class="button quiet" href="/">${t("form.cancel")}</a></div></form>`,
  });
}

/** A submit whose token is not this session's: nothing happens until the person says so again. */
export async function refuseToken(c: WebContext): Promise<Response> {
  return await askAgain(c, {
    status: 403,
    action: c.get("visit").path,
    form: await readForm(c),
    heading: "again.title",
    text: "again.text",
  });
}

/** Every page but the set-up is closed until the server has an owner. */
export async function beingSetUp(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  c.header("Retry-After", "60");
  return await showPage(c, {
    title: t("setup.closed_title"),
    status: 503,
    shape: "narrow",
    noindex: true,
    main: html`<div class="message"><h1>${t("setup.closed_title")}</h1><p>${t("setup.closed")}</p><p class="muted">${t("setup.closed_hint")}</p></div>`,
  });
}

function statusOf(error: CausewayError | null): number {
  if (error === null) return 500;
  return error.key === "error.too_large" ? 413 : STATUS[error.kind];
}

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  conflict: 409,
  too_many: 429,
  remote_failed: 502,
  unavailable: 503,
};

function titleOf(status: number): MessageKey {
  switch (status) {
    case 401:
      return "error.title_401";
    case 403:
      return "error.title_403";
    case 404:
      return "error.title_404";
    case 410:
      return "error.title_410";
    case 429:
      return "error.title_429";
    case 502:
      return "error.title_502";
    case 500:
      return "error.title_500";
    default:
      return "error.title";
  }
}
