import { html } from "hono/html";
import type { FormState } from "../forms.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { faultLine, fieldId } from "./fields.ts";
import { icon } from "./icon.ts";

/**
 * What a form needs to take a passkey: a button, which scripts/passkey.js shows where the browser knows passkeys, a place
 * for the answer, and a line for what went wrong. Without the module none of it is seen.
 */
export function passkeyButton(
  visit: Visit,
  state: FormState,
  field: {
    readonly name: "passkey" | "confirm_passkey";
    readonly use: "sign_in" | "join" | "setup" | "add" | "confirm";
    readonly label: MessageKey;
    readonly isPrimary?: boolean;
  },
): Html {
  const { t } = visit.i18n;
  return html`<div class="passkey" data-passkey="${field.use}" data-failed="${t("passkey.failed")}" data-known="${t("passkey.known")}" hidden>
<input type="hidden" name="${field.name}" value="">${faultLine(visit, state, field.name)}
<button class="button ${field.isPrimary === true ? "primary" : "quiet"}" type="button" id="${fieldId(field.name)}">${icon(visit, "key")}${t(field.label)}</button>
<p class="fault" role="alert" hidden></p></div>`;
}
