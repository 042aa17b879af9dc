// What went wrong, as a page in the reader's language with the right status. A lost session gets the login page
// with everything typed; a form that is not believed gets one more question, with everything typed.

import { html } from "hono/html";
import { getLogger } from "@logtape/logtape";
import type { Context } from "hono";
import { CausewayError, notFound } from "../server/errors.ts";
import type { ErrorKind, Message } from "../server/errors.ts";
import { knownFault } from "../server/services/operations/storage-faults.ts";
import { carriedFields, formToken } from "./components/hidden.ts";
import { readForm } from "./forms.ts";
import type { Form } from "./form.ts";
import { createI18n, DIRECTIONS, negotiate } from "./i18n.ts";
import { showPage } from "./layout.ts";
import { showWithheld } from "./pages/moderation/withheld.ts";
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
export async function errorPage(thrown: unknown, c: Context<WebEnv>): Promise<Response> {
  const error = knownFault(thrown);
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
  if (known?.kind === "withheld" && visit !== undefined) return await showWithheld(c, known.params);
  const status = statusOf(known);
  if (known?.retryAfterSeconds !== undefined) c.header("Retry-After", String(known.retryAfterSeconds));
  const reason = known === null ? null : { key: known.key, params: known.params };
  if (visit === undefined) return await barePage(c, status, reason);
  const { t, message } = visit.i18n;
  const title = t(titleOf(status));
  const text = reason === null ? t("error.internal") : message(reason);
  return await showPage(c, {
    title,
    status,
    shape: "narrow",
    noindex: true,
    main: html`<div class="message"><p class="message-status" aria-hidden="true">${status}</p><h1>${title}</h1><p>${text}</p>
<p><a class="button quiet" href="/">${t("error.go_home")}</a></p></div>`,
  });
}

/** Where nothing can be asked of the database, not even who reads: the words alone, in a language that the browser names. */
function barePage(c: Context<WebEnv>, status: number, reason: Message | null): Response | Promise<Response> {
  const { t, message, locale } = createI18n(() => 0)(negotiate(c.req.header("accept-language")) ?? "en");
  const title = t(titleOf(status));
  const page = html`<!doctype html><html lang="${locale}" dir="${DIRECTIONS[locale]}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${reason === null ? t("error.internal") : message(reason)}</p></main></body></html>`;
  c.status(status as 500);
  c.header("Cache-Control", "private, no-store");
  return c.html(page);
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
  withheld: 451,
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
    case 503:
      return "error.title_503";
    case 500:
      return "error.title_500";
    default:
      return "error.title";
  }
}
