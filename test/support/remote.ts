import type { App } from "../../server/context.ts";
import { NO_EXTRAS, type ReceivedActor } from "../../server/domain/actor.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import type { ReceivedNote } from "../../server/domain/note.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";

/** An actor of another server as its document was read. */
export function aReceivedActor(
  name: string,
  change: Partial<ReceivedActor> = {},
  host = "far.test",
): ReceivedActor {
  const uri = `https://${host}/users/${name}`;
  return {
    uri,
    url: `https://${host}/@${name}`,
    kind: "Person",
    username: name,
    host,
    name,
    bioHtml: "",
    fields: [],
    avatarUrl: null,
    headerUrl: null,
    locked: false,
    discoverable: true,
    indexable: true,
    inboxUri: `${uri}/inbox`,
    sharedInboxUri: `https://${host}/inbox`,
    outboxUri: null,
    followersUri: `${uri}/followers`,
    followingUri: null,
    featuredUri: null,
    followersCount: null,
    followingCount: null,
    notesCount: null,
    publishedAt: null,
    emojis: [],
    extras: NO_EXTRAS,
    ...change,
  };
}

/** An actor of another server that is known here. */
export type RemoteActor = { readonly id: ActorId; readonly uri: string };

/** Makes an actor of another server known. */
export async function aRemoteActor(
  instance: { readonly app: App },
  name: string,
  change: Partial<ReceivedActor> = {},
): Promise<RemoteActor> {
  const received = aReceivedActor(name, change);
  return { id: await receiveActor(instance.app, received), uri: received.uri };
}

/** A note as it was read from the wire; its `name` makes the uri. */
export function aReceivedNote(
  by: { readonly uri: string },
  name: string,
  change: Partial<ReceivedNote> = {},
): ReceivedNote {
  const uri = `${new URL(by.uri).origin}/notes/${name}`;
  return {
    uri,
    url: null,
    authorUri: by.uri,
    visibility: "public",
    kind: "Note",
    title: null,
    inReplyToUri: null,
    audienceUri: null,
    contextUri: null,
    repliesUri: null,
    emojis: [],
    poll: null,
    event: null,
    source: null,
    quote: null,
    policy: null,
    summary: null,
    contentHtml: `<p>${name}</p>`,
    contentMap: {},
    language: null,
    sensitive: false,
    publishedAt: Date.UTC(2026, 5, 1, 11),
    updatedAt: null,
    mentionUris: [],
    tags: [],
    attachments: [],
    ...change,
  };
}
