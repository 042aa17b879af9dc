import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { NO_EXTRAS } from "../../domain/actor.ts";
import { findActorByUri } from "../../store/actors.ts";
import { receiveActor } from "../actors/actors.ts";

/**
 * The row of an actor whose server is lost, so that its key can be kept with it: as it is known here, or as its home last
 * described it. Nothing is fetched.
 */
export async function rememberOldActor(
  app: App,
  uri: string,
  profile: Readonly<Record<string, unknown>>,
): Promise<ActorId> {
  const known = await findActorByUri(app.db, uri);
  if (known !== undefined) return asId(known.id);
  const text = (name: string): string | null => {
    const value = profile[name];
    return typeof value === "string" ? value : null;
  };
  return await receiveActor(app, {
    uri,
    url: text("url") ?? uri,
    kind: "Person",
    username: text("preferredUsername") ?? uri.slice(uri.lastIndexOf("/") + 1),
    host: new URL(uri).host,
    name: text("name") ?? "",
    bioHtml: text("summary") ?? "",
    fields: [],
    avatarUrl: null,
    headerUrl: null,
    locked: profile["manuallyApprovesFollowers"] === true,
    discoverable: false,
    indexable: false,
    inboxUri: text("inbox") ?? `${uri}/inbox`,
    sharedInboxUri: null,
    outboxUri: text("outbox"),
    followersUri: text("followers"),
    followingUri: text("following"),
    featuredUri: null,
    followersCount: null,
    followingCount: null,
    notesCount: null,
    publishedAt: null,
    emojis: [],
    extras: NO_EXTRAS,
  });
}
