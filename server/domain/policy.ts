import type { Visibility } from "./visibility.ts";
import { PUBLIC_COLLECTION } from "./visibility.ts";

/** What can be done with somebody's note. A reaction with an emoji is a like. */
export type Verb = "reply" | "like" | "announce" | "quote";
export const VERBS: readonly Verb[] = ["reply", "like", "announce", "quote"];

/** Who may do one thing with a note: uris of actors and collections, or Public. */
export type ReceivedRule = { readonly automatic: readonly string[]; readonly manual: readonly string[] };

/** The interaction policy of a remote note; null for what it says nothing about. */
export type ReceivedPolicy = {
  readonly reply: ReceivedRule | null;
  readonly like: ReceivedRule | null;
  readonly announce: ReceivedRule | null;
  readonly quote: ReceivedRule | null;
};

/** People as somebody who writes here chooses them. */
export type Circle = "everyone" | "followers" | "mentioned" | "nobody";
export const CIRCLES: readonly Circle[] = ["everyone", "followers", "mentioned", "nobody"];

/** Who may do it at once, and who else may ask for it. */
export type Permit = { readonly automatic: Circle; readonly manual: Circle };

/** The policy of a note that was written here. */
export type OwnPolicy = Readonly<Record<Verb, Permit>>;

/** Who a rule about quotes names, seen by others: `other` are people or collections that only its author knows. */
export type QuoteCircle = "public" | "followers" | "following" | "other";

/** `ask`: the author is asked first, and nothing is shown until they agree. */
export type Permission = "yes" | "ask" | "no";

const OPEN: Permit = { automatic: "everyone", manual: "nobody" };

/** What holds for notes of ours whose author chose nothing: everything is allowed, as everywhere in the fediverse. */
export const OPEN_POLICY: OwnPolicy = { reply: OPEN, like: OPEN, announce: OPEN, quote: OPEN };

/** Whose note it is, with the collections that a rule may name. */
export type PolicyOwner = {
  readonly uri: string;
  readonly followersUri: string | null;
  readonly followingUri: string | null;
};

/** What is known of somebody who wants to do something with a note. */
export type Interactor = {
  readonly uri: string;
  readonly isAuthor: boolean;
  readonly isMentioned: boolean;
  readonly followsAuthor: boolean;
  readonly followedByAuthor: boolean;
};

/**
 * What `who` may do under a rule (GoToSocial's interaction controls; `canQuote` is FEP-044f's). The more specific entry
 * decides, and `automatic` before `manual`. Authors may do everything, and whoever is named in a note may answer it.
 * Without a rule everything is allowed, except that a quote has to be asked for, as Mastodon does.
 */
export function permissionOf(
  rule: ReceivedRule | null,
  verb: Verb,
  owner: PolicyOwner,
  who: Interactor,
): Permission {
  if (who.isAuthor || (verb === "reply" && who.isMentioned)) return "yes";
  if (rule === null) return verb === "quote" ? "ask" : "yes";
  const isCircle = (uri: string) =>
    (who.followsAuthor && uri === owner.followersUri) || (who.followedByAuthor && uri === owner.followingUri);
  const levels = [(uri: string) => uri === who.uri, isCircle, (uri: string) => uri === PUBLIC_COLLECTION];
  for (const isMeant of levels) {
    if (rule.automatic.some(isMeant)) return "yes";
    if (rule.manual.some(isMeant)) return "ask";
  }
  return "no";
}

/**
 * A policy of ours as rules. Notes for a few are boosted and quoted by their author alone, whatever was chosen: passing
 * them on would widen them.
 */
export function toRules(
  policy: OwnPolicy,
  note: {
    readonly owner: PolicyOwner;
    readonly mentionUris: readonly string[];
    readonly visibility: Visibility;
  },
): Readonly<Record<Verb, ReceivedRule>> {
  const { owner, mentionUris } = note;
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  const followers = owner.followersUri === null ? [] : [owner.followersUri];
  const urisOf = (circle: Circle): readonly string[] => {
    switch (circle) {
      case "everyone":
        // Everybody who sees it; nothing in a private note names Public, not even here.
        if (isOpen) return [PUBLIC_COLLECTION];
        return [owner.uri, ...(note.visibility === "followers" ? followers : []), ...mentionUris];
      case "followers":
        return [owner.uri, ...followers];
      case "mentioned":
        return [owner.uri, ...mentionUris];
      case "nobody":
        return [owner.uri];
      default:
        return circle satisfies never;
    }
  };
  const ruleOf = (verb: Verb): ReceivedRule => {
    if (!isOpen && (verb === "quote" || verb === "announce")) return { automatic: [owner.uri], manual: [] };
    const { automatic, manual } = policy[verb];
    const named = verb === "reply" && automatic !== "everyone" ? mentionUris : [];
    return {
      automatic: [...new Set([...urisOf(automatic), ...named])],
      manual: manual === "nobody" ? [] : urisOf(manual).filter((uri) => uri !== owner.uri),
    };
  };
  return {
    reply: ruleOf("reply"),
    like: ruleOf("like"),
    announce: ruleOf("announce"),
    quote: ruleOf("quote"),
  };
}

/** The circles that one side of a rule names; authors themselves go without saying. */
export function circlesOf(uris: readonly string[], owner: PolicyOwner): readonly QuoteCircle[] {
  const circles = uris.flatMap((uri): readonly QuoteCircle[] => {
    if (uri === owner.uri) return [];
    if (uri === PUBLIC_COLLECTION) return ["public"];
    if (uri === owner.followersUri) return ["followers"];
    return [uri === owner.followingUri ? "following" : "other"];
  });
  return [...new Set(circles)];
}

/** A policy from JSON of ours: what is missing or unknown there is as in `fallback`. */
export function readOwnPolicy(value: unknown, fallback: OwnPolicy = OPEN_POLICY): OwnPolicy {
  const of = (verb: Verb): Permit => {
    const given: unknown = member(value, verb);
    const automatic = member(given, "automatic");
    const manual = member(given, "manual");
    return isCircle(automatic) ? { automatic, manual: isCircle(manual) ? manual : "nobody" } : fallback[verb];
  };
  return { reply: of("reply"), like: of("like"), announce: of("announce"), quote: of("quote") };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined;
}

function isCircle(value: unknown): value is Circle {
  return CIRCLES.some((circle) => circle === value);
}

/** A request, or something that came without asking where asking was due. */
export type InteractionState = "pending" | "accepted" | "rejected" | "revoked";

/**
 * What is known of the consent to a quote (FEP-044f). `unverified`: nobody vouched for it; `pending`: asked for by us;
 * `revoked`: it was given, and taken back.
 */
export type QuoteState = "accepted" | "pending" | "unverified" | "rejected" | "revoked";
export const QUOTE_STATES: readonly QuoteState[] = [
  "accepted",
  "pending",
  "unverified",
  "rejected",
  "revoked",
];

/** A stamp as it was read at its own address: whose it is, what it allows, about which note. */
export type ReceivedAuthorization = {
  readonly uri: string;
  readonly verb: Verb;
  readonly authorUri: string;
  readonly interactingUri: string;
  readonly targetUri: string;
};
