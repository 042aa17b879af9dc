import { Link, QuoteRequest, type Article, type Note, type Question } from "@fedify/vocab";
import type { FederatedConsent } from "../../server/services/consent/consent-records.ts";

// PURE: quotes as others understand them. FEP-044f's `quote` with its stamp, the older names beside it, and a Link tag.

/** What a quoting note says beyond the vocabulary. */
export function quoteTerms({
  quote,
  replyAuthorizationUri,
}: FederatedConsent): Readonly<Record<string, unknown>> {
  const reply = replyAuthorizationUri === null ? {} : { replyAuthorization: replyAuthorizationUri };
  if (quote === null) return reply;
  return {
    ...reply,
    quote: quote.uri,
    quoteAuthorization: quote.authorizationUri,
    // Fedibird and Misskey; Pleroma and Akkoma; Misskey before it had the former.
    quoteUri: quote.uri,
    quoteUrl: quote.uri,
    _misskey_quote: quote.uri,
  };
}

/** The quoted note as an object link (FEP-e232). */
export function quoteTags({ quote }: FederatedConsent): readonly Link[] {
  if (quote === null) return [];
  return [
    new Link({
      href: new URL(quote.uri),
      mediaType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
      rel: "https://misskey-hub.net/ns#_misskey_quote",
      name: `RE: ${quote.url}`,
    }),
  ];
}

/** May this note quote that one? The quoting note comes along: not everybody who is asked could fetch it. */
export function toQuoteRequest(request: {
  readonly uri: string;
  readonly actorUri: string;
  readonly quotedUri: string;
  readonly quotedAuthorUri: string;
  readonly note: Note | Article | Question;
}): QuoteRequest {
  return new QuoteRequest({
    id: new URL(request.uri),
    actor: new URL(request.actorUri),
    to: new URL(request.quotedAuthorUri),
    object: new URL(request.quotedUri),
    instrument: request.note,
  });
}
