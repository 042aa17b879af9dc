import {
  Accept,
  AnnounceAuthorization,
  AnnounceRequest,
  Delete,
  LikeAuthorization,
  LikeRequest,
  QuoteAuthorization,
  QuoteRequest,
  Reject,
  ReplyAuthorization,
  ReplyRequest,
} from "@fedify/vocab";
import type { ReceivedRule, Verb } from "../../server/domain/policy.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";
import type {
  FederatedConsent,
  FederatedInteraction,
} from "../../server/services/consent/consent-records.ts";

// PURE: what may be done with notes of ours, who asked, and what was answered. Quotes are FEP-044f's, the rest GoToSocial's.

const REQUESTS = {
  quote: QuoteRequest,
  reply: ReplyRequest,
  like: LikeRequest,
  announce: AnnounceRequest,
} as const satisfies Record<Verb, unknown>;

const AUTHORIZATIONS = {
  quote: QuoteAuthorization,
  reply: ReplyAuthorization,
  like: LikeAuthorization,
  announce: AnnounceAuthorization,
} as const satisfies Record<Verb, unknown>;

const RULE_NAMES: Readonly<Record<Verb, string>> = {
  reply: "canReply",
  like: "canLike",
  announce: "canAnnounce",
  quote: "canQuote",
};

/** `interactionPolicy` of a note; every rule is written down, since that is how servers know that we keep to it. */
export function policyTerms({ rules }: FederatedConsent): Readonly<Record<string, unknown>> {
  if (rules === null) return {};
  const verbs: readonly Verb[] = ["quote", "reply", "like", "announce"];
  return {
    interactionPolicy: Object.fromEntries(
      verbs.map((verb) => [RULE_NAMES[verb], ruleTerms(rules[verb])] as const),
    ),
  };
}

function ruleTerms(rule: ReceivedRule | null) {
  const { automatic, manual } = rule ?? { automatic: [], manual: [] };
  return { automaticApproval: automatic, ...(manual.length === 0 ? {} : { manualApproval: manual }) };
}

/** Somebody's request as it was sent to us, repeated in an answer. */
function toRequest(request: {
  readonly verb: Verb;
  readonly requestUri: string;
  readonly byActorUri: string;
  readonly noteUri: string;
  readonly objectUri: string;
}) {
  return new REQUESTS[request.verb]({
    id: new URL(request.requestUri),
    actor: new URL(request.byActorUri),
    object: new URL(request.noteUri),
    instrument: new URL(request.objectUri),
  });
}

/**
 * A yes to something that was asked for, with the stamp as its result. Who did it without asking is told about the thing
 * itself, and so are the followers, whose servers wait for a yes before they show it.
 */
export function toApproval(activityUri: string, followersUri: string, one: FederatedInteraction): Accept {
  const values = {
    id: new URL(activityUri),
    actor: new URL(one.authorUri),
    to: new URL(one.byActorUri),
    result: new URL(one.stampUri),
  };
  if (one.requestUri !== null)
    return new Accept({ ...values, object: toRequest({ ...one, requestUri: one.requestUri }) });
  return new Accept({
    ...values,
    object: new URL(one.objectUri),
    target: new URL(one.noteUri),
    ccs: isOpenInteraction(one) ? [new URL(PUBLIC_COLLECTION), new URL(followersUri)] : [],
  });
}

/** A no to something that was asked for, for the asker alone. */
export function toRefusal(
  activityUri: string,
  one: {
    readonly verb: Verb;
    readonly requestUri: string | null;
    readonly objectUri: string;
    readonly noteUri: string;
    readonly authorUri: string;
    readonly byActorUri: string;
  },
): Reject {
  const { requestUri } = one;
  return new Reject({
    id: new URL(activityUri),
    actor: new URL(one.authorUri),
    to: new URL(one.byActorUri),
    ...(requestUri === null
      ? { object: new URL(one.objectUri), target: new URL(one.noteUri) }
      : { object: toRequest({ ...one, requestUri }) }),
  });
}

/** The stamp under something that an author here allowed. */
export function toAuthorization(one: FederatedInteraction) {
  return new AUTHORIZATIONS[one.verb]({
    id: new URL(one.stampUri),
    attribution: new URL(one.authorUri),
    interactingObject: new URL(one.objectUri),
    interactionTarget: new URL(one.noteUri),
  });
}

/** Delete of a stamp: what it allowed is allowed no more. */
export function toRevocation(activityUri: string, followersUri: string, one: FederatedInteraction): Delete {
  return new Delete({
    id: new URL(activityUri),
    actor: new URL(one.authorUri),
    object: toAuthorization(one),
    tos: [new URL(one.byActorUri)],
    ccs: isOpenInteraction(one) ? [new URL(PUBLIC_COLLECTION), new URL(followersUri)] : [],
  });
}

/** True when everybody may know of it: an open note, and something open that was done with it. */
export function isOpenInteraction(one: FederatedInteraction): boolean {
  return (one.noteVisibility === "public" || one.noteVisibility === "unlisted") && one.isObjectOpen;
}
