import type { App } from "../../context.ts";
import { asId, type RelayId } from "../../domain/ids.ts";
import type { Relay, RelayState, RelayStyle } from "../../domain/relay.ts";
import { PUBLIC_COLLECTION } from "../../domain/visibility.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  insertRelay,
  listRelayRows,
  type RelayRow,
  removeRelay as removeRelayRow,
  updateRelay,
} from "../../store/relays.ts";
import { readSetting } from "../../store/settings.ts";
import { isOurUri } from "../actors/actors.ts";
import { audit } from "./audit.ts";
import { isBlockedHost } from "./domains.ts";
import { federate } from "../federation/federate.ts";
import { getInstanceActorId } from "../accounts/settings.ts";

/**
 * Asks a relay to pass notes on, both ways. `url` is its inbox for Mastodon's style, its actor for LitePub's.
 * @throws invalid, forbidden for a blocked host, conflict when it is known, remote_failed when its actor cannot be read
 */
export async function addRelay(
  app: App,
  command: { readonly url: string; readonly style: RelayStyle },
): Promise<Relay> {
  const address = URL.canParse(command.url) ? new URL(command.url) : null;
  const isWeb =
    address?.protocol === "https:" || (address?.protocol === "http:" && app.config.allowPrivateAddresses);
  if (address === null || !isWeb || isOurUri(app, address.href))
    throw invalid({ url: { key: "field.link_form" } });
  if (await isBlockedHost(app, address.host)) throw new CausewayError("forbidden", "error.forbidden");
  const place = await placeOf(app, address.href, command.style);
  const instanceId = await getInstanceActorId(app);
  const id = app.ids.next();
  const row: RelayRow = {
    id,
    ...place,
    style: command.style,
    follow_uri: app.uris.activity(id),
    state: "pending",
    created_at: app.clock.now(),
  };
  await transaction(app.db, async (tx) => {
    if (!(await insertRelay(tx, row))) throw new CausewayError("conflict", "error.conflict");
    await federate(app, tx, instanceId, { type: "relay.followed", relayId: asId(id) });
    await audit(app, tx, null, { what: "relay.asked", subject: row.inbox_uri });
  });
  app.wake();
  return toRelay(row);
}

async function placeOf(
  app: App,
  url: string,
  style: RelayStyle,
): Promise<{ readonly inbox_uri: string; readonly actor_uri: string | null }> {
  if (style === "mastodon") return { inbox_uri: url, actor_uri: null };
  const actor = await app.remote.findActor(url);
  if (actor === null) throw new CausewayError("remote_failed", "error.remote_failed");
  return { inbox_uri: actor.inboxUri, actor_uri: actor.uri };
}

/** Leaves a relay, by its inbox or its actor. What it brought stays until it is old. @throws not_found */
export async function removeRelay(app: App, command: { readonly url: string }): Promise<Relay> {
  const instanceId = await getInstanceActorId(app);
  const url = URL.canParse(command.url) ? new URL(command.url).href : command.url;
  const row = await transaction(app.db, async (tx) => {
    const found = (await listRelayRows(tx)).find((one) => one.inbox_uri === url || one.actor_uri === url);
    if (found === undefined || !(await removeRelayRow(tx, found.id))) throw notFound();
    await federate(app, tx, instanceId, {
      type: "relay.left",
      activityId: asId(app.ids.next()),
      followUri: found.follow_uri,
      objectUri: followedBy(toRelay(found)),
      inbox: found.inbox_uri,
    });
    await audit(app, tx, null, { what: "relay.left", subject: found.inbox_uri });
    return found;
  });
  app.wake();
  return toRelay(row);
}

/** Every relay, oldest first. */
export async function listRelays(app: App): Promise<readonly Relay[]> {
  return (await listRelayRows(app.db)).map(toRelay);
}

/** A relay by id, or null. */
export async function findRelay(app: App, id: RelayId): Promise<Relay | null> {
  return (await listRelays(app)).find((relay) => relay.id === id) ?? null;
}

/** What a Follow of a relay is of: Public (Mastodon's style), or the relay's actor (LitePub's). */
export function followedBy(relay: Relay): string {
  return relay.style === "litepub" && relay.actorUri !== null ? relay.actorUri : PUBLIC_COLLECTION;
}

/** The accepted relay that an actor is, or null. */
export async function relayOfActor(app: App, actorUri: string): Promise<Relay | null> {
  const relays = await listRelays(app);
  return relays.find((relay) => relay.state === "accepted" && relay.actorUri === actorUri) ?? null;
}

/**
 * Where public notes go besides: inboxes of accepted relays. Relays of LitePub's style hear of new notes by an Announce
 * (`announceToRelays`), and only of their end from the author.
 */
export async function relayInboxes(app: App, about: "text" | "end"): Promise<readonly string[]> {
  return (await listRelays(app))
    .filter((relay) => relay.state === "accepted" && (about === "end" || relay.style === "mastodon"))
    .map((relay) => relay.inboxUri);
}

/** Inboxes of the relays that want to be told of new notes by an Announce. */
export async function announcedInboxes(app: App): Promise<readonly string[]> {
  return (await listRelays(app))
    .filter((relay) => relay.state === "accepted" && relay.style === "litepub")
    .map((relay) => relay.inboxUri);
}

/** Writes down that a new public note is to be announced to relays, if any wants that; inside the caller's transaction. */
export async function announceToRelays(
  app: App,
  tx: Db,
  note: { readonly id: number; readonly visibility: string },
): Promise<void> {
  if (note.visibility !== "public") return;
  const rows = await listRelayRows(tx);
  if (!rows.some((row) => row.state === "accepted" && row.style === "litepub")) return;
  const instanceId = fromJson<number>(await readSetting(tx, "instanceActor"), 0);
  await federate(app, tx, instanceId, {
    type: "relay.announced",
    activityId: asId(app.ids.next()),
    noteId: asId(note.id),
  });
}

/** An answer to a Follow: by its uri, or by what came embedded. */
export type ReceivedRelayAnswer = {
  readonly actorUri: string;
  readonly followUri: string | null;
  readonly follow: { readonly actorUri: string; readonly objectUri: string } | null;
  readonly state: Exclude<RelayState, "pending">;
};

/**
 * A relay's yes or no. Only an actor on the origin of the inbox that we wrote to is believed. True when the answer was
 * about a relay, so that nobody else need look at it.
 */
export async function receiveRelayAnswer(app: App, answer: ReceivedRelayAnswer): Promise<boolean> {
  const rows = await listRelayRows(app.db);
  if (rows.length === 0) return false;
  const instanceUri = app.uris.actor(await getInstanceActorId(app));
  const isOurFollow = (row: RelayRow) =>
    row.follow_uri === answer.followUri ||
    (answer.follow?.actorUri === instanceUri && answer.follow.objectUri === followedBy(toRelay(row)));
  const row = rows.find((one) => isOurFollow(one) && speaksFor(answer.actorUri, one));
  if (row === undefined) return rows.some((one) => one.follow_uri === answer.followUri);
  await updateRelay(app.db, row.id, { state: answer.state, actor_uri: answer.actorUri });
  return true;
}

function speaksFor(actorUri: string, row: RelayRow): boolean {
  if (row.actor_uri !== null) return row.actor_uri === actorUri;
  return originOf(actorUri) !== null && originOf(actorUri) === originOf(row.inbox_uri);
}

function originOf(uri: string): string | null {
  return URL.canParse(uri) ? new URL(uri).origin : null;
}

/**
 * A Follow of the instance actor: a relay of LitePub's style follows back, and gets a yes; nobody else does. True when
 * the Follow was of the instance actor.
 */
export async function receiveRelayFollow(
  app: App,
  follow: { readonly uri: string; readonly actorUri: string; readonly objectUri: string },
): Promise<boolean> {
  const instanceId = await getInstanceActorId(app);
  if (follow.objectUri !== app.uris.actor(instanceId)) return false;
  const relay = (await listRelays(app)).find((one) => one.actorUri === follow.actorUri);
  if (relay === undefined || relay.state === "rejected") return true;
  await transaction(app.db, (tx) =>
    federate(app, tx, instanceId, {
      type: "relay.accepted",
      activityId: asId(app.ids.next()),
      followUri: follow.uri,
      relayActorUri: follow.actorUri,
      inbox: relay.inboxUri,
    }),
  );
  app.wake();
  return true;
}

function toRelay(row: RelayRow): Relay {
  return {
    id: asId(row.id),
    inboxUri: row.inbox_uri,
    actorUri: row.actor_uri,
    style: row.style === "litepub" ? "litepub" : "mastodon",
    followUri: row.follow_uri,
    state: row.state === "accepted" || row.state === "rejected" ? row.state : "pending",
    createdAt: row.created_at,
  };
}
