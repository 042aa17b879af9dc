import {
  Accept,
  Announce,
  Application,
  Block,
  Create,
  CryptographicKey,
  Delete,
  Document,
  Endpoints,
  Follow,
  Group,
  Hashtag,
  Image,
  LanguageString,
  Like,
  Mention,
  Multikey,
  Note,
  Organization,
  Person,
  PropertyValue,
  Reject,
  Service,
  Source,
  Tombstone,
  Undo,
  Update,
  Collection,
  type Activity,
} from "@fedify/vocab";
import { handleOf, type ActorKind } from "../../server/domain/actor.ts";
import type { Uris } from "../../server/domain/uris.ts";
import { PUBLIC_COLLECTION, type Visibility } from "../../server/domain/visibility.ts";
import type { LocalActor } from "../../server/services/actors.ts";
import type { FederatedNote } from "../../server/services/federation-records.ts";
import { proofKeyId, rsaKeyId } from "../delivery/signing.ts";
import { audienceOf, audienceOfNote, type Audience } from "./audience.ts";
import { toInstant } from "../reading/time.ts";
import type { Extras } from "./wire.ts";

// PURE: the domain's facts as ActivityPub objects. What the vocabulary cannot say is added by `wire.ts`.

/** Public keys as they appear in an actor. */
export type ActorKeys = { readonly rsa: CryptoKey; readonly ed25519: CryptoKey };

const ACTOR_CLASSES = { Person, Service, Application, Group, Organization } as const satisfies Record<
  ActorKind,
  unknown
>;

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
    endpoints: new Endpoints({ sharedInbox: new URL(uris.sharedInbox()) }),
    manuallyApprovesFollowers: actor.locked,
    discoverable: actor.discoverable,
    indexable: actor.indexable,
    suspended: actor.suspended,
    published: toInstant(actor.publishedAt),
    attachments: actor.fields.map((field) => new PropertyValue({ name: field.name, value: field.valueHtml })),
    publicKey: new CryptographicKey({ id: new URL(rsaKeyId(actor.uri)), owner: uri, publicKey: keys.rsa }),
    assertionMethods: [
      new Multikey({ id: new URL(proofKeyId(actor.uri)), controller: uri, publicKey: keys.ed25519 }),
    ],
  });
}

/** A local note. `contents` starts with what everybody shows, then every language by its tag. */
export function toNote(note: FederatedNote, uris: Uris): Note {
  const audience = audienceOfNote(note, uris);
  return new Note({
    id: new URL(note.uri),
    attribution: new URL(note.actorUri),
    ...addressed(audience),
    contents: [note.contentHtml, ...languagesOf(note).map(([tag, html]) => new LanguageString(html, tag))],
    summary: note.summary,
    sensitive: note.sensitive,
    source: note.source === null ? null : new Source({ content: note.source, mediaType: "text/markdown" }),
    replyTarget: urlOrNull(note.replyToUri),
    url: new URL(note.url),
    published: toInstant(note.publishedAt),
    updated: note.updatedAt === null ? null : toInstant(note.updatedAt),
    tags: [
      ...note.mentions.map((mention) => new Mention({ href: new URL(mention.uri), name: handleOf(mention) })),
      ...note.tags.map((tag) => new Hashtag({ href: new URL(uris.tag(tag)), name: `#${tag}` })),
    ],
    attachments: note.attachments.map(
      (one) =>
        new Document({
          url: new URL(one.url),
          mediaType: one.mediaType,
          name: one.alt === "" ? null : one.alt,
          width: one.width,
          height: one.height,
        }),
    ),
    replies: new Collection({ id: new URL(uris.replies(note.id)), totalItems: note.repliesCount }),
    likes: new Collection({ totalItems: note.likesCount }),
    shares: new Collection({ totalItems: note.announcesCount }),
  });
}

/** What is left of a deleted note (ActivityPub 6.4); says nothing but that it was one. */
export function toTombstone(uri: string): Tombstone {
  return new Tombstone({ id: new URL(uri) });
}

/** Create(Note), Update(Note). */
export function toNoteActivity(
  type: "create" | "update",
  activityUri: string,
  note: FederatedNote,
  uris: Uris,
): Create | Update {
  const values = {
    id: new URL(activityUri),
    actor: new URL(note.actorUri),
    object: toNote(note, uris),
    published: toInstant(type === "create" ? note.publishedAt : (note.updatedAt ?? note.publishedAt)),
    ...addressed(audienceOfNote(note, uris)),
  };
  return type === "create" ? new Create(values) : new Update({ ...values, updated: values.published });
}

/** Delete(Tombstone) to whoever was told of the note, and never to more (threats PRV-08). */
export function toNoteDelete(activityUri: string, note: FederatedNote, uris: Uris): Delete {
  return new Delete({
    id: new URL(activityUri),
    actor: new URL(note.actorUri),
    object: toTombstone(note.uri),
    ...addressed(audienceOfNote(note, uris)),
  });
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
    ...addressed({ to: [PUBLIC_COLLECTION], cc: [uris.followers(id)] }),
  });
}

/** Delete of an actor by itself, to everybody. */
export function toActorDelete(activityUri: string, actorUri: string): Delete {
  const actor = new URL(actorUri);
  return new Delete({
    id: new URL(activityUri),
    actor,
    object: actor,
    ...addressed({ to: [PUBLIC_COLLECTION], cc: [] }),
  });
}

/** A Follow; its id can be fetched and has no fragment, so that an Accept may carry nothing but the id. */
export function toFollow(follow: {
  readonly uri: string;
  readonly actorUri: string;
  readonly targetUri: string;
}): Follow {
  const object = new URL(follow.targetUri);
  return new Follow({ id: new URL(follow.uri), actor: new URL(follow.actorUri), object, to: object });
}

/** Accept or Reject of somebody's Follow, which is repeated in full: not everybody knows it by its id. */
export function toFollowAnswer(
  answer: "accept" | "reject",
  activityUri: string,
  follow: { readonly uri: string; readonly actorUri: string; readonly targetUri: string },
): Accept | Reject {
  const values = {
    id: new URL(activityUri),
    actor: new URL(follow.targetUri),
    object: toFollow(follow),
    to: new URL(follow.actorUri),
  };
  return answer === "accept" ? new Accept(values) : new Reject(values);
}

/** A Like, for the author alone. */
export function toLike(
  like: { readonly uri: string; readonly actorUri: string; readonly noteUri: string },
  authorUri: string | null,
): Like {
  return new Like({
    id: new URL(like.uri),
    actor: new URL(like.actorUri),
    object: new URL(like.noteUri),
    ...(authorUri === null ? {} : { to: new URL(authorUri) }),
  });
}

/** An Announce, to the booster's followers and the note's author, as wide as the boost. */
export function toAnnounce(
  announce: {
    readonly uri: string;
    readonly actorUri: string;
    readonly noteUri: string;
    readonly noteAuthorUri: string | null;
    readonly visibility: Visibility;
    readonly at: number;
  },
  followersUri: string,
): Announce {
  return new Announce({
    id: new URL(announce.uri),
    actor: new URL(announce.actorUri),
    object: new URL(announce.noteUri),
    published: toInstant(announce.at),
    ...addressed(
      audienceOf(
        announce.visibility,
        followersUri,
        announce.noteAuthorUri === null ? [] : [announce.noteAuthorUri],
      ),
    ),
  });
}

/** A Block, for the blocked alone. */
export function toBlock(block: {
  readonly uri: string;
  readonly actorUri: string;
  readonly targetUri: string;
}): Block {
  return new Block({
    id: new URL(block.uri),
    actor: new URL(block.actorUri),
    object: new URL(block.targetUri),
    to: new URL(block.targetUri),
  });
}

/** Undo of an activity, which is embedded, to the same audience. */
export function toUndo(activityUri: string, undone: Activity, audience: Audience): Undo {
  return new Undo({
    id: new URL(activityUri),
    actor: undone.actorId,
    object: undone,
    ...addressed(audience),
  });
}

/** The tongues of a note: its map, or its one language when that is known. */
export function languagesOf(
  note: Pick<FederatedNote, "contentMap" | "contentHtml" | "language">,
): readonly (readonly [string, string])[] {
  const entries = Object.entries(note.contentMap);
  if (entries.length > 0) return entries;
  return note.language === null ? [] : [[note.language, note.contentHtml]];
}

/** What a note says beyond the vocabulary. */
export function extrasOf(note: FederatedNote): Extras {
  const contentMap = Object.fromEntries(languagesOf(note));
  const attachments = note.attachments.map((one) => [one.url, { blurhash: one.blurhash }] as const);
  return {
    // In the tags' own letters: the vocabulary writes `zh-hant`.
    note: Object.keys(contentMap).length > 0 ? { contentMap } : {},
    attachments: Object.fromEntries(attachments),
  };
}

function addressed(audience: Audience): { readonly tos: URL[]; readonly ccs: URL[] } {
  return { tos: audience.to.map((uri) => new URL(uri)), ccs: audience.cc.map((uri) => new URL(uri)) };
}

function pictureOf(url: string, mediaType: string | null): Image {
  return new Image({ url: new URL(url), mediaType });
}

function urlOrNull(uri: string | null): URL | null {
  return uri === null || !URL.canParse(uri) ? null : new URL(uri);
}
