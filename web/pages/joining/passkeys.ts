import { CausewayError, forbidden, invalid, notFound } from "../../../server/errors.ts";
import type { Message } from "../../../server/errors.ts";
import { usernameFault } from "../../../server/services/accounts/accounts.ts";
import { askForNewPasskey, askForPasskey } from "../../../server/services/accounts/webauthn.ts";
import { checkSetupToken } from "../../../server/services/accounts/setup.ts";
import type { Form } from "../../form.ts";
import { attempt, readForm } from "../../forms.ts";
import { holderOf } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

/** What scripts/passkey.js asks the browser with, as JSON (WebAuthn 3, 5.1.8 and 5.1.9); a fault is one sentence. */
export async function postPasskeyOptions(c: WebContext): Promise<Response> {
  const { i18n } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() => optionsFor(c, form));
  c.header("Cache-Control", "private, no-store");
  if (outcome.ok) return c.json(outcome.value);
  const { refusal } = outcome;
  const first: Message | undefined = Object.values(refusal.faults)[0] ?? refusal.general ?? undefined;
  return c.json(
    { fault: first === undefined ? i18n.t("error.invalid") : i18n.message(first) },
    refusal.status,
  );
}

async function optionsFor(c: WebContext, form: Form): Promise<object> {
  const { app, viewer, ip, settings } = c.get("visit");
  const asking = { holder: holderOf(c, true), ip };
  const use = form.text("use");
  switch (use) {
    case "sign_in":
      return await askForPasskey(app, asking, null);
    case "confirm":
      if (viewer === null) throw new CausewayError("forbidden", "error.unauthenticated");
      return await askForPasskey(app, asking, viewer);
    case "add":
      if (viewer === null) throw new CausewayError("forbidden", "error.unauthenticated");
      return await askForNewPasskey(app, asking, { viewer });
    case "setup":
    case "join": {
      if (use === "setup" ? !(await checkSetupToken(app, form.text("token"))) : !settings.setUp)
        throw forbidden();
      const username = form.text("username").trim().toLowerCase();
      const fault = await usernameFault(app, username);
      if (fault !== null) throw invalid({ username: fault });
      return await askForNewPasskey(app, asking, { username });
    }
    default:
      throw notFound();
  }
}
