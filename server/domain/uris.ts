/**
 * Every global identity (`uri`) and page (`url`) that this server makes, in one place. All are built from the
 * configured origin, never from a request (threats WEB-10), and end in our own ids so that renames change nothing.
 */
export type Uris = {
  readonly origin: string;
  actor(id: number): string;
  inbox(id: number): string;
  outbox(id: number): string;
  followers(id: number): string;
  /** Whom a server may ask which of its people follow (FEP-8fcf). */
  followerSync(id: number): string;
  following(id: number): string;
  featured(id: number): string;
  featuredTags(id: number): string;
  /** Old and new addresses of what an actor took along, and the Moves that brought them here (FEP-1580). */
  migration(id: number): string;
  moves(id: number): string;
  /** The featured collections of an actor (FEP-7aa9), one of them, one of its items, and who asked and agreed to it. */
  collections(actorId: number): string;
  collection(id: number): string;
  collectionItem(id: number): string;
  featureRequest(itemId: number): string;
  featureAuthorization(itemId: number): string;
  sharedInbox(): string;
  note(id: number): string;
  replies(noteId: number): string;
  likesOf(noteId: number): string;
  sharesOf(noteId: number): string;
  /** The conversation that began with a note. */
  context(rootId: number): string;
  /** The Creates of a conversation, as far as they are ours. */
  contextHistory(rootId: number): string;
  follow(id: number): string;
  like(id: number): string;
  announce(id: number): string;
  block(id: number): string;
  reaction(id: number): string;
  /** The question whether a note of ours may quote what it quotes. */
  quoteRequest(noteId: number): string;
  /** The stamp of an author here under a quote of theirs (FEP-044f). */
  quoteAuthorization(interactionId: number): string;
  /** The same for replies, likes and boosts (GoToSocial). */
  authorization(interactionId: number): string;
  /** A vote has no address of its own: it is the voter's and the author's business. */
  vote(actorId: number, id: number): string;
  emoji(id: number): string;
  activity(id: number): string;
  profile(username: string): string;
  notePage(username: string, id: number): string;
  tag(tag: string): string;
  file(name: string): string;
};

/** Makes the table of addresses for an origin such as `https://social.example` (no trailing slash). */
export function createUris(origin: string): Uris {
  const actor = (id: number) => `${origin}/users/${id}`;
  return {
    origin,
    actor,
    inbox: (id) => `${actor(id)}/inbox`,
    outbox: (id) => `${actor(id)}/outbox`,
    followers: (id) => `${actor(id)}/followers`,
    followerSync: (id) => `${actor(id)}/followers_synchronization`,
    following: (id) => `${actor(id)}/following`,
    featured: (id) => `${actor(id)}/featured`,
    featuredTags: (id) => `${actor(id)}/featured-tags`,
    migration: (id) => `${actor(id)}/migration`,
    moves: (id) => `${actor(id)}/moves`,
    collections: (id) => `${actor(id)}/collections`,
    collection: (id) => `${origin}/collections/${id}`,
    collectionItem: (id) => `${origin}/collection-items/${id}`,
    featureRequest: (id) => `${origin}/feature-requests/${id}`,
    featureAuthorization: (id) => `${origin}/feature-authorizations/${id}`,
    sharedInbox: () => `${origin}/inbox`,
    note: (id) => `${origin}/notes/${id}`,
    replies: (noteId) => `${origin}/notes/${noteId}/replies`,
    likesOf: (noteId) => `${origin}/notes/${noteId}/likes`,
    sharesOf: (noteId) => `${origin}/notes/${noteId}/shares`,
    context: (rootId) => `${origin}/contexts/${rootId}`,
    contextHistory: (rootId) => `${origin}/contexts/${rootId}/history`,
    follow: (id) => `${origin}/follows/${id}`,
    like: (id) => `${origin}/likes/${id}`,
    announce: (id) => `${origin}/announces/${id}`,
    block: (id) => `${origin}/blocks/${id}`,
    reaction: (id) => `${origin}/reactions/${id}`,
    quoteRequest: (noteId) => `${origin}/quote-requests/${noteId}`,
    quoteAuthorization: (interactionId) => `${origin}/quote-authorizations/${interactionId}`,
    authorization: (interactionId) => `${origin}/authorizations/${interactionId}`,
    vote: (actorId, id) => `${actor(actorId)}#votes/${id}`,
    emoji: (id) => `${origin}/emojis/${id}`,
    activity: (id) => `${origin}/activities/${id}`,
    profile: (username) => `${origin}/@${username}`,
    notePage: (username, id) => `${origin}/@${username}/${id}`,
    tag: (tag) => `${origin}/tags/${encodeURIComponent(tag)}`,
    file: (name) => `${origin}/media/${name}`,
  };
}

/** True when both addresses have the same scheme, host and port (FEP-fe34): things of one server may speak for each other. */
export function sameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}
