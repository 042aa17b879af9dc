import { html } from "hono/html";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import type { Composition } from "../drafting.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import { choiceLabel, choiceOf, choicesFrom, QUOTE_CHOICES, REPLY_CHOICES } from "../policy-choices.ts";
import type { Visit } from "../visit.ts";
import { options } from "./fields.ts";
import { icon } from "./icon.ts";

/** Who may answer and quote, folded away until somebody wants it. */
export function policyFields(visit: Visit, composition: Composition): Html {
  const { t } = visit.i18n;
  const isOpened = composition.replyPolicy !== "" || composition.quotePolicy !== "";
  const standard = { value: "", label: t("policy.standard") };
  const choices = (list: typeof REPLY_CHOICES) => [
    standard,
    ...list.map((value) => ({ value, label: t(choiceLabel(value)) })),
  ];
  return html`<details class="compose-also"${flag("open", isOpened)}><summary>${icon(visit, "users")}<span>${t("policy.title")}</span></summary>
<div class="compose-more-body"><div class="compose-row">
<div class="field"><label for="f-reply-policy">${t("policy.reply")}</label><select id="f-reply-policy" name="reply-policy" aria-describedby="f-policy-hint">${options(choices(REPLY_CHOICES), composition.replyPolicy)}</select></div>
<div class="field"><label for="f-quote-policy">${t("policy.quote")}</label><select id="f-quote-policy" name="quote-policy" aria-describedby="f-policy-hint">${options(choices(QUOTE_CHOICES), composition.quotePolicy)}</select></div>
</div><p class="hint" id="f-policy-hint">${t("policy.hint")}</p></div></details>`;
}

/** The same for what holds already: for everything a person writes, or for a note that is out. */
export function heldPolicyFields(visit: Visit, policy: OwnPolicy, hint: string): Html {
  const { t } = visit.i18n;
  const field = (name: "reply" | "quote", list: typeof REPLY_CHOICES) => {
    const now = choiceOf(policy[name]);
    const choices = choicesFrom(list, now).map(({ value, label }) => ({ value, label: t(label) }));
    return html`<div class="field"><label for="f-${name}">${t(`policy.${name}`)}</label><select id="f-${name}" name="${name}" aria-describedby="f-policy-hint">${options(choices, now)}</select></div>`;
  };
  return html`${field("reply", REPLY_CHOICES)}${field("quote", QUOTE_CHOICES)}<p class="hint" id="f-policy-hint">${hint}</p>`;
}
