// Anyone, here or elsewhere: finding and refreshing actors, what stands on their profiles.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { NewActorRow } from "../../store/actors.ts";

/** A fresh local actor's row: what sign-up, set-up and the instance actor start from. */
export function emptyActor(app: App, id: number, username: string): NewActorRow {
  const now = app.clock.now();
  return {
    id,
    uri: app.uris.actor(id),
    url: app.uris.profile(username),
    kind: "Person",
    username,
    host: "",
    name: "",
    bio_html: "",
    bio_source: "",
    fields: "[]",
    avatar: null,
    header: null,
    locked: 0,
    discoverable: 1,
    indexable: 1,
    inbox_uri: app.uris.inbox(id),
    shared_inbox_uri: app.uris.sharedInbox(),
    outbox_uri: app.uris.outbox(id),
    followers_uri: app.uris.followers(id),
    following_uri: app.uris.following(id),
    featured_uri: app.uris.featured(id),
    featured_tags_uri: app.uris.featuredTags(id),
    followers_count: 0,
    following_count: 0,
    notes_count: 0,
    published_at: now,
    fetched_at: now,
    suspended_at: null,
    deleted_at: null,
  };
}
