import { setLanguages } from "../../../server/services/accounts/accounts.ts";
import { updatePreferences } from "../../../server/services/accounts/preferences.ts";
import { CausewayError } from "../../../server/errors.ts";
import { readForm } from "../../forms.ts";
import { isLocale } from "../../i18n.ts";
import { safeReturn } from "../../paths.ts";
import { rememberLocale, rememberTheme } from "../../session.ts";
import { THEMES } from "../../visit.ts";
import type { WebContext } from "../../visit.ts";

/** The language switch in the foot: in this browser, and in the account of a member. */
export async function postLanguage(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const form = await readForm(c);
  const locale = form.text("locale");
  if (!isLocale(locale)) throw new CausewayError("invalid", "error.invalid");
  rememberLocale(c, locale);
  if (viewer !== null) await setLanguages(app, viewer, { locale, languages: viewer.languages });
  return c.redirect(safeReturn(form.text("return"), "/"), 303);
}

/** The theme switch in the foot: in this browser, and in the account of a member. */
export async function postTheme(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const form = await readForm(c);
  const theme = THEMES.find((known) => known === form.text("theme"));
  if (theme === undefined) throw new CausewayError("invalid", "error.invalid");
  rememberTheme(c, theme);
  if (viewer !== null) await updatePreferences(app, viewer, { theme });
  return c.redirect(safeReturn(form.text("return"), "/"), 303);
}
