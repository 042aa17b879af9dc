// The few ways to say who may do something, between a form's words and a policy.

import type { OwnPolicy, Permit } from "../server/domain/policy.ts";
import type { MessageKey } from "./locales/en.ts";

/** What a select offers; "" = as the person chose for everything. */
export type PolicyChoice = "" | "everyone" | "followers" | "followers_ask" | "mentioned" | "ask" | "nobody";

const PERMITS: Readonly<Record<Exclude<PolicyChoice, "">, Permit>> = {
  everyone: { automatic: "everyone", manual: "nobody" },
  followers: { automatic: "followers", manual: "nobody" },
  followers_ask: { automatic: "followers", manual: "everyone" },
  mentioned: { automatic: "mentioned", manual: "nobody" },
  ask: { automatic: "nobody", manual: "everyone" },
  nobody: { automatic: "nobody", manual: "nobody" },
};

/** What is offered for answers and for quotes, the widest first. */
export const REPLY_CHOICES: readonly Exclude<PolicyChoice, "">[] = [
  "everyone",
  "followers",
  "followers_ask",
  "ask",
  "mentioned",
];
export const QUOTE_CHOICES: readonly Exclude<PolicyChoice, "">[] = [
  "everyone",
  "followers",
  "followers_ask",
  "ask",
  "nobody",
];

/** The words of a choice. */
export function choiceLabel(choice: Exclude<PolicyChoice, "">): MessageKey {
  return `policy.${choice}`;
}

/**
 * What a form offers where something holds already. A policy that an app made and no choice says is offered as it is, so
 * that saving does not widen it.
 */
export function choicesFrom(
  choices: readonly Exclude<PolicyChoice, "">[],
  now: PolicyChoice,
): readonly { readonly value: PolicyChoice; readonly label: MessageKey }[] {
  const named = choices.map((value) => ({ value, label: choiceLabel(value) }));
  return choices.some((value) => value === now) ? named : [{ value: "", label: "policy.as_it_is" }, ...named];
}

/** A choice from a form; anything else is the standard. */
export function readChoice(text: string): PolicyChoice {
  return text in PERMITS ? (text as PolicyChoice) : "";
}

/** The choice that a permit is. */
export function choiceOf(permit: Permit | undefined): PolicyChoice {
  const found = Object.entries(PERMITS).find(
    ([, one]) => one.automatic === permit?.automatic && one.manual === permit.manual,
  );
  return found === undefined ? "" : readChoice(found[0]);
}

/** What was chosen, without what was left as it is. */
export function toPolicy(reply: PolicyChoice, quote: PolicyChoice): Partial<OwnPolicy> {
  return {
    ...(reply === "" ? {} : { reply: PERMITS[reply] }),
    ...(quote === "" ? {} : { quote: PERMITS[quote] }),
  };
}
