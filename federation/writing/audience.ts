import type { Uris } from "../../server/domain/uris.ts";
import { PUBLIC_COLLECTION, type Visibility } from "../../server/domain/visibility.ts";
import type { FederatedNote } from "../../server/services/federation/federated-notes.ts";

/** Whom something is addressed to. */
export type Audience = { readonly to: readonly string[]; readonly cc: readonly string[] };

/** Who a note is for (ActivityPub 5.6): mentions in `cc`, except that a direct note is for them alone. */
export function audienceOf(
  visibility: Visibility,
  followersUri: string,
  mentionUris: readonly string[],
): Audience {
  switch (visibility) {
    case "public":
      return { to: [PUBLIC_COLLECTION], cc: [followersUri, ...mentionUris] };
    case "unlisted":
      return { to: [followersUri], cc: [PUBLIC_COLLECTION, ...mentionUris] };
    case "followers":
      return { to: [followersUri], cc: mentionUris };
    case "direct":
      return { to: mentionUris, cc: [] };
    default:
      return visibility satisfies never;
  }
}

/** The audience of a note of ours. */
export function audienceOfNote(note: FederatedNote, uris: Uris): Audience {
  const named = note.mentions.map((one) => one.uri);
  const group = note.group === null ? [] : [note.group.uri];
  return audienceOf(note.visibility, uris.followers(note.actorId), [...new Set([...named, ...group])]);
}

/** An audience as the vocabulary takes it. */
export function addressed(audience: Audience): { readonly tos: URL[]; readonly ccs: URL[] } {
  return { tos: audience.to.map((uri) => new URL(uri)), ccs: audience.cc.map((uri) => new URL(uri)) };
}
