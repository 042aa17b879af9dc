import {
  Application,
  CryptographicKey,
  Delete,
  Endpoints,
  Group,
  Image,
  Move,
  Multikey,
  Organization,
  Person,
  PropertyValue,
  Service,
  Update,
} from "@fedify/vocab";
import type { ActorKind } from "../../server/domain/actor.ts";
import type { Uris } from "../../server/domain/uris.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";
import type { LocalActor } from "../../server/services/actors/local-actors.ts";
import { proofKeyId, rsaKeyId } from "../delivery/signing.ts";
import { toInstant } from "../reading/time.ts";
import { toEmoji } from "./notes.ts";
import type { Extras } from "./wire.ts";

// PURE: actors of ours, and what they tell of themselves.

/** Public keys as they appear in an actor. */
export type ActorKeys = { readonly rsa: CryptoKey; readonly ed25519: CryptoKey };

const ACTOR_CLASSES = { Person, Service, Application, Group, Organization } as const satisfies Record<
  ActorKind,
  unknown
>;

/** What this server implements that others cannot see from its objects (FEP-844e). */
const IMPLEMENTS = [
  {
    type: "Link",
    href: "https://datatracker.ietf.org/doc/html/rfc9421",
    name: "RFC-9421: HTTP Message Signatures",
  },
  { type: "Link", href: "https://w3id.org/fep/8b32", name: "FEP-8b32: Object Integrity Proofs" },
] as const;

/** A local actor's document; the instance actor is an Application. */
export function toActor(actor: LocalActor, keys: ActorKeys, uris: Uris) {
  const uri = new URL(actor.uri);
  const icon = actor.avatarUrl === null ? null : pictureOf(actor.avatarUrl, actor.avatarType);
  const image = actor.headerUrl === null ? null : pictureOf(actor.headerUrl, actor.headerType);
  return new ACTOR_CLASSES[actor.kind]({
    id: uri,
    preferredUsername: actor.username,
    name: actor.name,
    summary: actor.bioHtml,
    url: new URL(actor.url),
    icon,
    image,
    inbox: new URL(uris.inbox(actor.id)),
    outbox: new URL(uris.outbox(actor.id)),
    followers: new URL(uris.followers(actor.id)),
    following: new URL(uris.following(actor.id)),
    featured: new URL(uris.featured(actor.id)),
    featuredTags: new URL(uris.featuredTags(actor.id)),
    endpoints: new Endpoints({ sharedInbox: new URL(uris.sharedInbox()) }),
    manuallyApprovesFollowers: actor.locked,
    discoverable: actor.discoverable,
    indexable: actor.indexable,
    suspended: actor.suspended,
    memorial: actor.memorial,
    published: toInstant(actor.publishedAt),
    aliases: actor.alsoKnownAs.map((alias) => new URL(alias)),
    successor: actor.movedToUri === null ? null : new URL(actor.movedToUri),
    tags: actor.emojis.map(toEmoji),
    attachments: actor.fields.map((field) => new PropertyValue({ name: field.name, value: field.valueHtml })),
    publicKey: new CryptographicKey({ id: new URL(rsaKeyId(actor.uri)), owner: uri, publicKey: keys.rsa }),
    assertionMethods: [
      new Multikey({ id: new URL(proofKeyId(actor.uri)), controller: uri, publicKey: keys.ed25519 }),
    ],
  });
}

/** What an actor says beyond the vocabulary. */
export function extrasOfActor(actor: LocalActor, handleHost: string, uris: Uris): Extras {
  const isInstance = actor.kind === "Application";
  return {
    attached: actor.statement === null ? [] : [actor.statement],
    actor: {
      webfinger: `${actor.username}@${handleHost}`,
      ...(isInstance
        ? { implements: IMPLEMENTS }
        : { generator: { type: "Application", implements: IMPLEMENTS } }),
      attributionDomains: actor.attributionDomains.length === 0 ? null : actor.attributionDomains,
      // An instance is in nobody's collection.
      interactionPolicy: isInstance
        ? null
        : {
            canFeature: {
              automaticApproval: actor.canFeature.automatic,
              manualApproval: actor.canFeature.manual,
            },
          },
      migration: actor.tookNotesAlong ? uris.migration(actor.id) : null,
      moves: actor.tookNotesAlong ? uris.moves(actor.id) : null,
      featuredCollections: isInstance ? null : uris.collections(actor.id),
      showFeatured: actor.shows.featured,
      showMedia: actor.shows.media,
      showRepliesInMedia: actor.shows.mediaOfReplies,
    },
  };
}

/** Update of a profile, to everybody. */
export function toActorUpdate(
  activityUri: string,
  actor: ReturnType<typeof toActor>,
  uris: Uris,
  id: number,
): Update {
  return new Update({
    id: new URL(activityUri),
    actor: actor.id,
    object: actor,
    tos: [new URL(PUBLIC_COLLECTION)],
    ccs: [new URL(uris.followers(id))],
  });
}

/** Delete of an actor by itself, to everybody. */
export function toActorDelete(activityUri: string, actorUri: string): Delete {
  const actor = new URL(actorUri);
  return new Delete({ id: new URL(activityUri), actor, object: actor, tos: [new URL(PUBLIC_COLLECTION)] });
}

/** Move of an actor to another one, to its followers (FEP-7628). */
export function toMove(
  activityUri: string,
  move: { readonly actorUri: string; readonly targetUri: string; readonly followersUri: string },
): Move {
  const actor = new URL(move.actorUri);
  return new Move({
    id: new URL(activityUri),
    actor,
    object: actor,
    target: new URL(move.targetUri),
    tos: [new URL(move.followersUri)],
  });
}

/** A tag as an object of its own. */
export function toHashtag(
  tag: { readonly tag: string; readonly name: string },
  uris: Uris,
): Readonly<Record<string, unknown>> {
  return { type: "Hashtag", href: uris.tag(tag.tag), name: `#${tag.name}` };
}

function pictureOf(url: string, mediaType: string | null): Image {
  return new Image({ url: new URL(url), mediaType });
}
