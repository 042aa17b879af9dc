import { get, idOf, readActor, type KnownKey, type PeerState } from "./state.ts";
import {
  isCavageFit,
  isLinkedFit,
  isWhole,
  linkedCreator,
  readCavage,
  type CavageHeader,
  type Json,
} from "./signatures.ts";

const DAY = 86_400_000;

/** Whom an emulator takes an activity to be from, or the status that it answers. */
export type Belief = { readonly actor: string } | { readonly status: number };

/** Decides as the software does: which signatures it looks at, in which order, and with which keys. */
export async function believe(state: PeerState, request: Request, body: string, json: Json): Promise<Belief> {
  const { rules } = state;
  const actor = idOf(json["actor"]) ?? "";
  const header = readCavage(request.headers);
  if (header === null) return { status: rules.statuses.unsigned };
  if (!isWhole(request.headers, body, state.now())) return { status: rules.statuses.forged };
  if (state.suspended.has(actor)) return { status: rules.statuses.taken };
  if (rules.linked === "first" && (await isLinkedBy(state, json, actor))) return { actor };
  const signer = await httpSigner(state, request, header, actor);
  const isLinkRead = rules.linked === "carried" ? signer !== null : rules.linked === "instead";
  const isBelieved = signer === actor || (isLinkRead && (await isLinkedBy(state, json, actor)));
  if (!isBelieved) return { status: signer === null ? rules.statuses.forged : rules.statuses.stranger };
  if (rules.idOnHost && hostOf(idOf(json) ?? "") !== hostOf(actor)) return { status: rules.statuses.taken };
  return { actor };
}

/** Whose key made the HTTP signature; null when nobody's. */
async function httpSigner(
  state: PeerState,
  request: Request,
  header: CavageHeader,
  actor: string,
): Promise<string | null> {
  const known = state.keys.get(header.keyId);
  // Misskey looks for the key in its own tables, and then for one of whoever is named as the actor.
  const isReadElsewhere = state.rules.linked === "instead" && state.actors.has(actor);
  const key = known ?? (isReadElsewhere ? undefined : await fetchKey(state, header.keyId));
  if (key !== undefined && isCavageFit(request, header, key.pem)) return key.ownerUri;
  if (known === undefined || !mayRefetch(state, known)) return null;
  const fresh = await fetchKey(state, header.keyId);
  return fresh !== undefined && isCavageFit(request, header, fresh.pem) ? fresh.ownerUri : null;
}

function mayRefetch(state: PeerState, key: KnownKey): boolean {
  const { refetchesKeys } = state.rules;
  return (
    refetchesKeys === "at once" || (refetchesKeys === "when a day old" && state.now() - key.fetchedAt > DAY)
  );
}

/** True when the activity carries a linked data signature of its actor. */
async function isLinkedBy(state: PeerState, json: Json, actor: string): Promise<boolean> {
  const creator = linkedCreator(json, state.now());
  if (creator === null) return false;
  const known = state.keys.get(creator);
  const key = known ?? (await fetchKey(state, creator));
  if (key === undefined || key.ownerUri !== actor) return false;
  if (await isLinkedFit(json, creator, key.pem)) return true;
  // Fedify looks at a key again before it gives up; Mastodon and Misskey do not, for these signatures.
  if (known === undefined || state.rules.linked !== "first") return false;
  const fresh = await fetchKey(state, creator);
  return fresh?.ownerUri === actor && (await isLinkedFit(json, creator, fresh.pem));
}

/** Asks for a key and keeps it in the place of the one before. */
async function fetchKey(state: PeerState, keyId: string): Promise<KnownKey | undefined> {
  const uri = keyId.replace(/#.*/, "");
  const { actor, status } = await readActor(state, uri);
  if (status === 410 && state.rules.deletesGone) suspend(state, uri);
  if (actor === null || actor.keyId !== keyId || actor.pem === null) return undefined;
  const key = { ownerUri: uri, pem: actor.pem, fetchedAt: state.now() };
  state.keys.set(keyId, key);
  return key;
}

/** Mastodon deletes what is gone, and with it the follows of everybody there (`queue_deletion!`). */
export function suspend(state: PeerState, uri: string): void {
  state.suspended.add(uri);
  state.actors.delete(uri);
  for (let at = state.follows.length - 1; at >= 0; at--)
    if (state.follows[at]?.target === uri) state.follows.splice(at, 1);
}

/** True when WebFinger of an actor's own host leads back to it. */
export async function isFingered(state: PeerState, uri: string, username: string): Promise<boolean> {
  const { host, origin } = new URL(uri);
  const resource = encodeURIComponent(`acct:${username}@${host}`);
  const { json } = await get(state, `${origin}/.well-known/webfinger?resource=${resource}`);
  const links = json?.["links"];
  return Array.isArray(links) && links.some((link: Json) => link["rel"] === "self" && link["href"] === uri);
}

function hostOf(uri: string): string | null {
  return URL.canParse(uri) ? new URL(uri).host : null;
}
