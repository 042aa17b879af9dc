// Who people are beyond the server that they live on: did:keys of members, and of actors elsewhere that are known here.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { ReceivedActor } from "../../domain/actor.ts";
import { readProofs, type Signed } from "../../lifeboat/proofs.ts";
import type { ActorRow } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { findPin, hasLocalFollow, listFollowedHere } from "../../store/pinned-identities.ts";

// The did:key that somebody elsewhere was first seen with is remembered. Whoever takes their address later can show other keys,
// but not sign with that one (docs/lifeboat.md). Deciding what to do about it: frozen.ts.

/** True when somebody here follows this remote actor, so that its keys and moves concern us. */
export async function isFollowedHere(app: App, actorUri: string): Promise<boolean> {
  const pin = await findPin(app.db, actorUri);
  return pin !== undefined && isPresent(pin) && (await hasLocalFollow(app.db, pin.id));
}

/** Which of these remote actors, by uri, somebody here follows. */
export async function followedHere(app: App, uris: readonly string[]): Promise<ReadonlySet<string>> {
  return await listFollowedHere(app.db, uris);
}

/** The same for one whose did:key is known here. */
export async function hasPinnedFollowed(app: App, actorUri: string): Promise<boolean> {
  const pin = await findPin(app.db, actorUri);
  return pin !== undefined && pin.did !== null && isPresent(pin) && (await hasLocalFollow(app.db, pin.id));
}

/** False for a key that somebody with a did:key was not seen with. */
export async function isKeyBelieved(app: App, actorUri: string, keyPrint: string): Promise<boolean> {
  const pin = await findPin(app.db, actorUri);
  const prints = fromJson<readonly string[] | null>(pin?.did_keys ?? null, null);
  return pin === undefined || pin.did === null || prints === null || prints.includes(keyPrint);
}

/** What of an activity is to be done for an actor: nothing for one who left; later for one whose followers have to decide. */
export async function standingOf(
  app: App,
  actorUri: string,
): Promise<"unknown" | "gone" | "frozen" | "here"> {
  const pin = await findPin(app.db, actorUri);
  if (pin === undefined) return "unknown";
  if (pin.host !== "" && pin.deleted_at !== null) return "gone";
  return pin.frozen_at === null ? "here" : "frozen";
}

function isPresent(pin: { readonly host: string; readonly deleted_at: number | null }): boolean {
  return pin.host !== "" && pin.deleted_at === null;
}

/** Columns that remember who an actor is. */
export type PinColumns = {
  readonly did: string | null;
  readonly did_statement: string | null;
  readonly did_keys: string | null;
};

/** What people decide about: who the actor says to be now, or where it is said to have moved. */
export type FrozenOffer =
  | { readonly kind: "identity"; readonly pin: PinColumns }
  | { readonly kind: "move"; readonly target: string };

/** What becomes of a profile that was read: it is believed or not, and why not; `pin` is what it says of itself. */
export type Verdict = { readonly pin: PinColumns; readonly doubt: "key" | "did" | null };

/**
 * Judges a profile by what its actor was seen with before: other keys, or another did:key, need a new statement by the did:key
 * that is known. One that was never seen with a did:key is taken as it comes. A statement that is left out is no change, and
 * neither is a key among others; where none of the known ones is left, or nobody can tell, there is doubt.
 */
export function judgeProfile(received: ReceivedActor, stored: ActorRow | undefined): Verdict {
  const { identity, keyPrints } = received.extras;
  const offered: PinColumns = {
    did: identity?.did ?? null,
    did_statement: identity?.statement ?? null,
    did_keys: keyPrints === null ? null : toJson(keyPrints),
  };
  if (stored === undefined || stored.did === null) return { doubt: null, pin: offered };
  const known = fromJson<readonly string[] | null>(stored.did_keys, null);
  const hasNewKeys = known !== null && known.length > 0 && !isAmong(keyPrints, known);
  const hasNewDid = identity !== null && identity.did !== stored.did;
  const isNewer = !hasNewDid && identity !== null && identity.created > createdOf(stored);
  if (isNewer) return { doubt: null, pin: { ...offered, did_keys: offered.did_keys ?? stored.did_keys } };
  const before = { did: stored.did, did_statement: stored.did_statement, did_keys: stored.did_keys };
  if (!hasNewKeys && !hasNewDid) return { doubt: null, pin: before };
  return { doubt: hasNewKeys ? "key" : "did", pin: offered };
}

/** True for some keys, all of which are known. */
function isAmong(prints: readonly string[] | null, known: readonly string[]): boolean {
  return prints !== null && prints.length > 0 && prints.every((print) => known.includes(print));
}

/** When the statement that is known was signed. ISO times of one form order by themselves. */
function createdOf({ did, did_statement }: ActorRow): string {
  const statement = fromJson<Signed>(did_statement, {});
  const proof = readProofs(statement).find((one) => one.verificationMethod.startsWith(did ?? "-"));
  return proof?.created ?? "";
}
