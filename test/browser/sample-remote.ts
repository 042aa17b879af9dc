import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { NO_EXTRAS, type ReceivedActor } from "../../server/domain/actor.ts";
import type { ReceivedNote } from "../../server/domain/note.ts";
import type { TestInstance } from "../support/instance.ts";

/** A host on the test network that answers pictures only. */
export const ELSEWHERE = "hill.test";

/** A remote actor as the federation door hands it over. */
export function aRemoteActor(username: string, given: Partial<ReceivedActor> = {}): ReceivedActor {
  const uri = `https://${ELSEWHERE}/users/${username}`;
  return {
    uri,
    url: `https://${ELSEWHERE}/@${username}`,
    kind: "Person",
    username,
    host: ELSEWHERE,
    name: username,
    bioHtml: "",
    fields: [],
    avatarUrl: null,
    headerUrl: null,
    locked: false,
    discoverable: true,
    indexable: true,
    inboxUri: `${uri}/inbox`,
    sharedInboxUri: `https://${ELSEWHERE}/inbox`,
    outboxUri: `${uri}/outbox`,
    followersUri: `${uri}/followers`,
    followingUri: `${uri}/following`,
    featuredUri: null,
    followersCount: 12,
    followingCount: 7,
    notesCount: 340,
    publishedAt: Date.UTC(2023, 2, 1),
    emojis: [],
    extras: NO_EXTRAS,
    ...given,
  };
}

/** A remote note as the federation door hands it over. */
export function aRemoteNote(author: string, key: string, given: Partial<ReceivedNote> = {}): ReceivedNote {
  const uri = `https://${ELSEWHERE}/users/${author}/notes/${key}`;
  return {
    uri,
    url: uri,
    authorUri: `https://${ELSEWHERE}/users/${author}`,
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
    contentHtml: "<p>Hello</p>",
    contentMap: {},
    language: "en",
    sensitive: false,
    publishedAt: Date.UTC(2026, 5, 1, 11),
    updatedAt: null,
    mentionUris: [],
    tags: [],
    attachments: [],
    ...given,
  };
}

/** Answers every address of the other host with a picture, for the media proxy. */
export async function joinElsewhere(instance: TestInstance): Promise<void> {
  const picture = await drawLandscape(PALETTES.dusk, 8, { width: 640, height: 400 });
  instance.network.join(ELSEWHERE, () =>
    Promise.resolve(new Response(new Uint8Array(picture), { headers: { "Content-Type": "image/png" } })),
  );
}
