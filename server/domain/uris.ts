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
  following(id: number): string;
  featured(id: number): string;
  sharedInbox(): string;
  note(id: number): string;
  replies(noteId: number): string;
  follow(id: number): string;
  like(id: number): string;
  announce(id: number): string;
  block(id: number): string;
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
    following: (id) => `${actor(id)}/following`,
    featured: (id) => `${actor(id)}/featured`,
    sharedInbox: () => `${origin}/inbox`,
    note: (id) => `${origin}/notes/${id}`,
    replies: (noteId) => `${origin}/notes/${noteId}/replies`,
    follow: (id) => `${origin}/follows/${id}`,
    like: (id) => `${origin}/likes/${id}`,
    announce: (id) => `${origin}/announces/${id}`,
    block: (id) => `${origin}/blocks/${id}`,
    activity: (id) => `${origin}/activities/${id}`,
    profile: (username) => `${origin}/@${username}`,
    notePage: (username, id) => `${origin}/@${username}/${id}`,
    tag: (tag) => `${origin}/tags/${encodeURIComponent(tag)}`,
    file: (name) => `${origin}/media/${name}`,
  };
}
