import { endSession, findViewer } from "../../../server/services/accounts/sessions.ts";
import { findSuspended } from "../../../server/services/accounts/suspended.ts";
import { carriedFields } from "../../components/hidden.ts";
import { askAgain, keptEntries } from "../../errors.ts";
import type { Form } from "../../form.ts";
import { formOf } from "../../forms.ts";
import { html } from "hono/html";
import type { Html } from "../../html.ts";
import { safeReturn, SUSPENDED } from "../../paths.ts";
import { clearBrowser, csrfToken, startSession } from "../../session.ts";
import type { WebContext } from "../../visit.ts";
import { keepForm } from "../writing/files.ts";

/** Fields of another form that wait behind the sign-in carry this prefix. */
const CARRIED = "carried:";

/** Where somebody goes after they have signed in, and what they had sent before. */
export type Destination = {
  readonly then: string;
  /** A form that was sent without a session. */
  readonly carried: Form | null;
};

/** The destination that a form of the sign-in takes along. */
export function destinationOf(form: Form): Destination {
  const then = safeReturn(form.text("then"), "/");
  if (form.text("resend") !== "yes") return { then, carried: null };
  const entries = form.entries.filter(([name]) => name.startsWith(CARRIED));
  return { then, carried: formOf(entries.map(([name, value]) => [name.slice(CARRIED.length), value])) };
}

/** Hidden fields that take a destination along. */
export function destinationFields({ then, carried }: Destination): Html {
  return html`<input type="hidden" name="then" value="${then}">${
    carried === null
      ? ""
      : html`<input type="hidden" name="resend" value="yes">${carriedFields(keptEntries(carried), CARRIED)}`
  }`;
}

/** Hands the browser its new session, ends the one it had, and goes on to the destination. */
export async function enter(
  c: WebContext,
  sessionToken: string,
  { then, carried }: Destination,
): Promise<Response> {
  const visit = c.get("visit");
  if (visit.sessionToken !== null) {
    await endSession(visit.app, visit.sessionToken);
    clearBrowser(c);
  }
  startSession(c, sessionToken);
  if ((await findSuspended(visit.app, sessionToken)) !== null) return c.redirect(SUSPENDED, 303);
  if (carried === null) return c.redirect(then, 303);
  return await continueWith(c, sessionToken, then, carried);
}

/** A note becomes a draft, ready to post; anything else is asked again behind a button. */
async function continueWith(
  c: WebContext,
  sessionToken: string,
  then: string,
  form: Form,
): Promise<Response> {
  const visit = c.get("visit");
  const { app } = visit;
  const viewer = await findViewer(app, sessionToken);
  if (viewer !== null && new URL(then, app.config.origin).pathname === "/compose") {
    const draft = await keepForm(visit, viewer, form);
    return c.redirect(`/compose?draft=${draft.id}&status=kept`, 303);
  }
  c.set("visit", { ...visit, viewer, sessionToken, csrf: csrfToken(app, sessionToken) });
  return await askAgain(c, {
    status: 200,
    action: then,
    form,
    heading: "again.title_back",
    text: "again.text_back",
  });
}
