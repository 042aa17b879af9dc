// Escapes: kits that are sealed while all is well, launches at the standby, trustees, and notices where somebody went.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import { createPrivateKey, hash } from "node:crypto";
import { type App, isoTime } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { EscapeKit, type KitPeer } from "../../domain/lifeboat.ts";
import { invalid, notFound } from "../../errors.ts";
import { addProof, type Signed } from "../../lifeboat/proofs.ts";
import { fromJson, isSet, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import {
  findKit,
  findKitState,
  findOwnHome,
  type KitState,
  listFollowerHosts,
  listHomes,
  listKitStates,
  listSoftware,
  markKitStale,
  removeKit,
  writeKit,
  writeOwnHome,
} from "../../store/escape-kits.ts";
import { enqueueMany } from "../../store/jobs.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { getKeys } from "../accounts/keys.ts";
import { isOurUri } from "../actors/actors.ts";
import { requestSoftware } from "./software.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Seals are made anew this often though nothing changed, so that a key that is about to break is noticed. */
const RESEALED_AFTER_MS = 30 * DAY;
/** How old the list of follower servers in a kit gets; less while some of them were asked what they run. */
const PEERS_KEPT_MS = 6 * HOUR;
const PEERS_ASKED_MS = HOUR;
const BATCH = 200;
/** Part of each fingerprint: another way of sealing makes all earlier kits stale. */
const FORMAT = 1;
const MOST_HOMES = 8;

/** What a kit is sealed from. */
export type KitMaterial = {
  readonly actorId: ActorId;
  readonly username: string;
  readonly homes: readonly string[];
  readonly fingerprint: string;
  /** The kit as it is, when its seals still fit: only its list of servers is made anew. */
  readonly standing: EscapeKit | null;
};

/**
 * Compares the kits of all members who have a new home with what they depend on and asks for those to be sealed that are
 * missing, stale or old. Nobody has to do anything for it. Returns how many were asked for.
 */
export async function examineKits(app: App): Promise<number> {
  let asked = 0;
  for (let after = 0; ;) {
    const states = await listKitStates(app.db, { after, limit: BATCH });
    const last = states.at(-1);
    if (last === undefined) return asked;
    after = last.id;
    const homes = await homesOf(app, states);
    const stale: number[] = [];
    const due = states.filter((state) => {
      const isStale = state.fingerprint !== fingerprintOf(app, state, homes.get(state.id) ?? []);
      if (isStale && state.fingerprint !== null) stale.push(state.id);
      return isStale || isOld(app, state);
    });
    if (due.length === 0) continue;
    await transaction(app.db, async (tx) => {
      await markKitStale(tx, stale);
      await enqueueMany(
        tx,
        due.map(({ id }) => sealJob(app, id)),
      );
    });
    asked += due.length;
    app.wake();
  }
}

function isOld(app: App, { sealed_at, examined_at, stale }: KitState): boolean {
  const now = app.clock.now();
  return (
    stale === 1 || now - (sealed_at ?? 0) >= RESEALED_AFTER_MS || now - (examined_at ?? 0) >= PEERS_KEPT_MS
  );
}

function sealJob(app: App, actorId: number) {
  return {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "seal-kit",
    payload: { actorId },
    dedupeKey: `seal-kit:${actorId}`,
    lane: 2,
  } as const;
}

/** Has the kit of one member sealed soon: their new home was told, their key or profile changed. */
export async function requestSeal(app: App, actorId: number): Promise<void> {
  await transaction(app.db, (tx) => enqueueMany(tx, [sealJob(app, actorId)]));
  app.wake();
}

async function homesOf(
  app: App,
  states: readonly KitState[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const homes = new Map<number, string[]>();
  const ids = states.map(({ id }) => id);
  for (const { actorId, uri } of await listHomes(app.db, ids))
    homes.set(actorId, [...(homes.get(actorId) ?? []), uri]);
  return homes;
}

/** Everything that the seals of a kit depend on. */
function fingerprintOf(app: App, state: KitState, homes: readonly string[]): string {
  const { public_key, fingerprint: _f, sealed_at: _s, examined_at: _e, stale: _st, ...profile } = state;
  const facts = { format: FORMAT, origin: app.config.origin, key: public_key, homes, profile };
  return hash("sha256", canonicalJson(facts), "hex");
}

/** What the kit of a member is sealed from; null when there is nowhere to go, and then an earlier kit is forgotten. */
export async function readKitMaterial(app: App, actorId: ActorId): Promise<KitMaterial | null> {
  // The key may not be there yet: it is made at its first use.
  await getKeys(app, actorId);
  const state = await findKitState(app.db, actorId);
  if (state === undefined) {
    await removeKit(app.db, actorId);
    return null;
  }
  const homes = ((await homesOf(app, [state])).get(state.id) ?? []).slice(0, MOST_HOMES);
  const fingerprint = fingerprintOf(app, state, homes);
  const row = await findKit(app.db, actorId);
  const isFit =
    row?.fingerprint === fingerprint &&
    !isSet(row.stale) &&
    app.clock.now() - row.sealed_at < RESEALED_AFTER_MS;
  const standing = isFit ? readKit(row) : null;
  return { actorId, username: state.username, homes, fingerprint, standing };
}

/** Puts the list of servers into sealed messages, signs the whole with the member's Ed25519 key, and keeps it. */
export async function keepKit(
  app: App,
  material: KitMaterial,
  sealed: Pick<EscapeKit, "keyId" | "sealedAt" | "homes">,
): Promise<EscapeKit> {
  const { actorId, username, fingerprint } = material;
  const old = app.uris.actor(actorId);
  const { peers, asked } = await peersOf(app, actorId);
  const kit = EscapeKit.parse({
    type: "EscapeKit",
    v: 1,
    old,
    handle: `@${username}@${app.config.handleHost}`,
    ...sealed,
    peers,
  });
  const now = app.clock.now();
  const before = await findKit(app.db, actorId);
  // The same words under another proof would travel to the standby for nothing.
  const isSame =
    canonicalJson(EscapeKit.safeParse(fromJson<unknown>(before?.kit ?? null, null)).data) ===
    canonicalJson(kit);
  await writeKit(app.db, {
    actor_id: actorId,
    kit: isSame && before !== undefined ? before.kit : toJson(await signAsMember(app, actorId, kit)),
    key_id: sealed.keyId,
    fingerprint,
    sealed_at: Date.parse(sealed.sealedAt),
    stale: 0,
    examined_at: asked ? now - PEERS_KEPT_MS + PEERS_ASKED_MS : now,
    changed_at: isSame ? (before?.changed_at ?? now) : Math.max(now, (before?.changed_at ?? 0) + 1),
  });
  return kit;
}

/** Signs a document with the Ed25519 key of somebody here. */
export async function signAsMember(app: App, actorId: ActorId, document: Signed): Promise<Signed> {
  const { ed25519 } = await getKeys(app, actorId);
  const privateKey = createPrivateKey({ key: { ...ed25519.privateJwk }, format: "jwk" });
  const verificationMethod = `${app.uris.actor(actorId)}#ed25519-key`;
  return addProof(document, { verificationMethod, privateKey }, wholeSeconds(app.clock.now()));
}

/** ISO time in whole seconds, as proofs have it. */
export function wholeSeconds(ms: number): string {
  return isoTime(ms).replace(/\.\d{3}Z$/, "Z");
}

/** One inbox for each server with followers; servers of which it is not known what they run are asked. */
async function peersOf(
  app: App,
  actorId: ActorId,
): Promise<{ readonly peers: readonly KitPeer[]; readonly asked: boolean }> {
  const peers = new Map<string, { readonly inbox: string; followers: number }>();
  for (const { inbox, followers } of await listFollowerHosts(app.db, actorId)) {
    const url = URL.parse(inbox);
    if (url === null) continue;
    const known = peers.get(url.host);
    if (known === undefined) peers.set(url.host, { inbox, followers });
    else known.followers += followers;
  }
  const hosts = [...peers.keys()];
  const software = await listSoftware(app.db, hosts);
  const asked = await requestSoftware(app, peers, software);
  const list = [...peers].map(([host, peer]) => ({
    host,
    ...peer,
    software: software.get(host)?.software ?? null,
  }));
  return { peers: list, asked };
}

/** The kit of a member as its JSON, with its proof; null when none is sealed. */
export async function getKitText(app: App, actorId: ActorId): Promise<string | null> {
  return (await findKit(app.db, actorId))?.kit ?? null;
}

/** One's own kit as its JSON. @throws not_found when none is sealed */
export async function getOwnKit(app: App, viewer: Viewer): Promise<string> {
  const kit = await getKitText(app, viewer.actorId);
  if (kit === null) throw notFound();
  return kit;
}

/** How the kit of a member stands, for their settings. Times in ms. */
export type KitView = {
  readonly sealedAt: number;
  readonly stale: boolean;
  readonly homes: readonly string[];
  readonly hosts: number;
  readonly followers: number;
};

/** The kit of a row; null when it is damaged: then another is sealed. */
function readKit(row: { readonly kit: string }): EscapeKit | null {
  const parsed = EscapeKit.safeParse(fromJson<unknown>(row.kit, null));
  return parsed.success ? parsed.data : null;
}

/** How one's own kit stands; null when none is sealed. */
export async function getKitView(app: App, viewer: Viewer): Promise<KitView | null> {
  const row = await findKit(app.db, viewer.actorId);
  const kit = row === undefined ? null : readKit(row);
  if (row === undefined || kit === null) return null;
  return {
    sealedAt: row.sealed_at,
    stale: isSet(row.stale),
    homes: kit.homes.map((home) => home.new),
    hosts: kit.peers.length,
    followers: kit.peers.reduce((sum, peer) => sum + peer.followers, 0),
  };
}

/** The new home that one chose by oneself; null when one did not. */
export async function getOwnHome(app: App, viewer: Viewer): Promise<string | null> {
  return await findOwnHome(app.db, viewer.actorId);
}

/**
 * Chooses a new home elsewhere by the address of the actor, for whom messages are then sealed as well; "" forgets it.
 * @throws invalid with the field `home`
 */
export async function chooseOwnHome(app: App, viewer: Viewer, address: string): Promise<void> {
  const trimmed = address.trim();
  const uri = trimmed === "" ? null : await homeAt(app, trimmed);
  await transaction(app.db, async (tx) => {
    await writeOwnHome(tx, viewer.actorId, uri, app.clock.now());
    await markKitStale(tx, [viewer.actorId]);
    await enqueueMany(tx, [sealJob(app, asId<ActorId>(viewer.actorId))]);
  });
  app.wake();
}

/** Read at its own server: a slip of the pen in what is sealed could never be mended afterwards. */
async function homeAt(app: App, text: string): Promise<string> {
  const isAddress = /^https?:\/\//i.test(text);
  if (isAddress && safeHttpUrl(text) === null) throw invalid({ home: { key: "field.home_unknown" } });
  const found = await app.remote.findActor(text);
  if (found === null) throw invalid({ home: { key: "field.home_unknown" } });
  if (isOurUri(app, found.uri)) throw invalid({ home: { key: "field.home_here" } });
  return found.uri;
}
