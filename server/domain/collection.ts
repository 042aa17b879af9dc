import type { ActorView, FeatureCircle } from "./actor.ts";
import type { CollectionId, CollectionItemId } from "./ids.ts";
import type { ReceivedRule } from "./policy.ts";
import { PUBLIC_COLLECTION } from "./visibility.ts";

/** Limits of featured collections; of others no more is read either. */
export const COLLECTION_LIMITS = { collections: 10, members: 50, name: 100, summary: 1000 } as const;

/** Who may put somebody of ours into a collection: everybody at once, after asking, or nobody. */
export const FEATURE_CHOICES = ["everyone", "followers", "ask", "nobody"] as const;
export type FeatureChoice = (typeof FEATURE_CHOICES)[number];

/**
 * What became of a place in a collection. `pending`: asked for; `accepted`: with the consent of who stands there;
 * `rejected`, `revoked`: without, kept so that nobody is asked twice.
 */
export type ItemState = "pending" | "accepted" | "rejected" | "revoked";

/** A collection of people that somebody recommends (FEP-7aa9). */
export type CollectionView = {
  readonly id: CollectionId;
  readonly uri: string;
  readonly owner: ActorView;
  readonly name: string;
  readonly summary: string;
  readonly language: string | null;
  readonly sensitive: boolean;
  readonly discoverable: boolean;
  /** As compared, without `#`. */
  readonly tag: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type CollectionMember = {
  readonly itemId: CollectionItemId;
  readonly actor: ActorView;
  readonly state: ItemState;
};

/** A collection as its own server describes it; members with the stamp that says they agreed. */
export type ReceivedCollection = {
  readonly uri: string;
  readonly ownerUri: string;
  readonly name: string;
  readonly summary: string;
  readonly language: string | null;
  readonly sensitive: boolean;
  readonly discoverable: boolean;
  readonly tag: string | null;
  readonly publishedAt: number | null;
  readonly items: readonly {
    readonly uri: string;
    readonly actorUri: string;
    readonly authorizationUri: string | null;
  }[];
};

/** The rule of somebody of ours; `uri` alone means nobody, since an empty list is no list in JSON-LD. */
export function toFeatureRule(
  choice: FeatureChoice,
  actor: { readonly uri: string; readonly followersUri: string },
): ReceivedRule {
  switch (choice) {
    case "everyone":
      return { automatic: [PUBLIC_COLLECTION], manual: [] };
    case "followers":
      return { automatic: [actor.followersUri], manual: [PUBLIC_COLLECTION] };
    case "ask":
      return { automatic: [], manual: [PUBLIC_COLLECTION] };
    case "nobody":
      return { automatic: [actor.uri], manual: [] };
    default:
      return choice satisfies never;
  }
}

const CIRCLES_OF_CHOICE: Readonly<Record<FeatureChoice, ActorView["featuring"]>> = {
  everyone: { automatic: ["everyone"], manual: [] },
  followers: { automatic: ["followers"], manual: ["everyone"] },
  ask: { automatic: [], manual: ["everyone"] },
  nobody: { automatic: [], manual: [] },
};

/** Who is meant by the choice of somebody of ours. */
export function circlesOfChoice(choice: FeatureChoice): ActorView["featuring"] {
  return CIRCLES_OF_CHOICE[choice];
}

/** Who is meant by the rule of somebody elsewhere; themselves alone is nobody. */
export function circlesOfRule(
  rule: ReceivedRule | null,
  somebody: {
    readonly uri: string;
    readonly followersUri: string | null;
    readonly followingUri: string | null;
  },
): ActorView["featuring"] {
  const named = (uri: string): readonly FeatureCircle[] => {
    if (uri === somebody.uri) return [];
    if (uri === PUBLIC_COLLECTION) return ["everyone"];
    if (uri === somebody.followersUri) return ["followers"];
    return uri === somebody.followingUri ? ["following"] : ["other"];
  };
  const circles = (uris: readonly string[]) => [...new Set(uris.flatMap(named))];
  return { automatic: circles(rule?.automatic ?? []), manual: circles(rule?.manual ?? []) };
}

/** What the owner of a collection may do with somebody under their rule. */
export function mayFeature(
  rule: ReceivedRule | null,
  somebody: { readonly followersUri: string | null; readonly followingUri: string | null },
  owner: { readonly uri: string; readonly follows: boolean; readonly isFollowed: boolean },
): "yes" | "ask" | "no" {
  if (rule === null) return "no";
  const isMeant = (uri: string) =>
    uri === PUBLIC_COLLECTION ||
    uri === owner.uri ||
    (owner.follows && uri === somebody.followersUri) ||
    (owner.isFollowed && uri === somebody.followingUri);
  if (rule.automatic.some(isMeant)) return "yes";
  return rule.manual.some(isMeant) ? "ask" : "no";
}

/** A choice from JSON of ours; people are asked unless they said otherwise. */
export function readFeatureChoice(value: unknown): FeatureChoice {
  return FEATURE_CHOICES.find((choice) => choice === value) ?? "ask";
}
