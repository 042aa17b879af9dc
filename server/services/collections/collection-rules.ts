import { readFeatureChoice, toFeatureRule } from "../../domain/collection.ts";
import type { ReceivedRule } from "../../domain/policy.ts";
import type { ActorRow } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";

/** Who may put an actor into a collection: what people of ours chose, or what another server says; null = nobody. */
export function featureRuleOf(row: ActorRow): ReceivedRule | null {
  if (row.host !== "") return fromJson<ReceivedRule | null>(row.feature_policy, null);
  const choice = readFeatureChoice(fromJson<unknown>(row.feature_policy, null));
  return toFeatureRule(choice, { uri: row.uri, followersUri: row.followers_uri ?? row.uri });
}
