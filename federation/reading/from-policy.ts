import type { ReceivedPolicy, ReceivedRule } from "../../server/domain/policy.ts";
import { irisOf, isJson, type Json } from "./json.ts";

const NOBODY: ReceivedRule = { automatic: [], manual: [] };

/**
 * Who may answer, like, boost and quote a note: GoToSocial's `interactionPolicy`, also by its first names (`always`,
 * `approvalRequired`), with FEP-044f's `canQuote`; and `commentsEnabled: false` of PeerTube and Pixelfed. Null when the
 * note says nothing.
 */
export function policyOf(json: Json): ReceivedPolicy | null {
  const policy = isJson(json["interactionPolicy"]) ? json["interactionPolicy"] : {};
  const closed: ReceivedRule | null = json["commentsEnabled"] === false ? NOBODY : null;
  const rules: ReceivedPolicy = {
    reply: ruleOf(policy["canReply"]) ?? closed,
    like: ruleOf(policy["canLike"]),
    announce: ruleOf(policy["canAnnounce"]),
    quote: ruleOf(policy["canQuote"]),
  };
  return Object.values(rules).every((rule) => rule === null) ? null : rules;
}

function ruleOf(value: unknown): ReceivedRule | null {
  if (!isJson(value)) return null;
  const names = ["automaticApproval", "always", "manualApproval", "approvalRequired"];
  if (names.every((name) => value[name] === undefined)) return null;
  return {
    automatic: [...irisOf(value["automaticApproval"]), ...irisOf(value["always"])],
    manual: [...irisOf(value["manualApproval"]), ...irisOf(value["approvalRequired"])],
  };
}
