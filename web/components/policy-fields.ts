import { html } from "hono/html";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import { choiceLabel, choiceOf, choicesFrom, QUOTE_CHOICES, REPLY_CHOICES } from "../policy-choices.ts";
import type { Visit } from "../visit.ts";
import { options } from "./fields.ts";

/** Who may answer and quote a note that is being written. */
export function policyFields(visit: Visit, composition: Composition): Html {
  const { t } = visit.i18n;
  const standard = { value: "", label: t("policy.standard") };
  const choices = (list: typeof REPLY_CHOICES) => [
    standard,
    ...list.map((value) => ({ value, label: t(choiceLabel(value)) })),
  ];
  return html`<div class="field"><div class="compose-row">
<div class="field"><label for="f-reply-policy">${t("policy.reply")}</label><select id="f-reply-policy" name="reply-policy" aria-describedby="f-policy-hint">${options(choices(REPLY_CHOICES), composition.replyPolicy)}</select></div>
<div class="field"><label for="f-quote-policy">${t("policy.quote")}</label><select id="f-quote-policy" name="quote-policy" aria-describedby="f-policy-hint">${options(choices(QUOTE_CHOICES), composition.quotePolicy)}</select></div>
</div><p class="hint" id="f-policy-hint">${t("policy.hint")}</p></div>`;
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
