import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { LRUCache } from "lru-cache";
import type { App, Vault } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  assignSpareKey,
  countSpareKeys,
  findSigningKey,
  insertKey,
  insertSpareKey,
  isLocalActor,
  type KeyKind,
  type KeyRow,
  listKeys,
  listSpareKeys,
  removeSpareKey,
} from "../../store/keys.ts";

/** An actor's key pairs, opened. `publicPem` is SPKI; what leaves this server is only ever the public half. */
export type ActorKeys = {
  readonly rsa: {
    readonly publicPem: string;
    readonly publicJwk: JsonWebKey;
    readonly privateJwk: JsonWebKey;
  };
  readonly ed25519: { readonly publicJwk: JsonWebKey; readonly privateJwk: JsonWebKey };
};

/** Keys made before the transaction of a sign-up. The actor has to get this id: the seal is bound to it. */
export type PreparedKeys = { readonly actorId: ActorId; readonly ed25519: KeyRow };

const generate = promisify(generateKeyPair);

/** Fediverse servers verify RSA-2048 everywhere; longer keys are five times slower to sign with (docs: performance). */
const RSA_BITS = 2048;
const CACHED_ACTORS = 1_000;
const SPARES_TRIED = 4;

/** Opened keys by app, so that two instances in one process never share any. */
const caches = new WeakMap<App, LRUCache<number, Promise<ActorKeys>>>();

/**
 * The RSA-2048 and Ed25519 keys of a local actor. Missing ones are made, RSA from the pool of spare keys when it has any.
 * Opened keys are kept for the busiest actors, and calls at the same time wait for one another.
 * @throws not_found for an actor that is not ours.
 */
export async function getKeys(app: App, actorId: ActorId): Promise<ActorKeys> {
  const cache = cacheOf(app);
  const known = cache.get(actorId);
  if (known !== undefined) return await known;
  const loading = loadKeys(app, actorId);
  cache.set(actorId, loading);
  // A failure is not an answer to keep.
  loading.catch(() => cache.delete(actorId));
  return await loading;
}

function cacheOf(app: App): LRUCache<number, Promise<ActorKeys>> {
  const cache = caches.get(app) ?? new LRUCache<number, Promise<ActorKeys>>({ max: CACHED_ACTORS });
  caches.set(app, cache);
  return cache;
}

async function loadKeys(app: App, actorId: ActorId): Promise<ActorKeys> {
  let rows = await listKeys(app.db, actorId);
  const missing = (["rsa", "ed25519"] as const).filter((kind) => !rows.some((row) => row.kind === kind));
  if (missing.length > 0) {
    if (!(await isLocalActor(app.db, actorId))) throw notFound();
    for (const kind of missing) await makeKey(app, actorId, kind);
    // Read again: another process may have been first, and everybody must sign with the same key.
    rows = await listKeys(app.db, actorId);
  }
  const [rsa, ed25519] = await Promise.all([openKey(app, rows, "rsa"), openKey(app, rows, "ed25519")]);
  return { rsa, ed25519: { publicJwk: ed25519.publicJwk, privateJwk: ed25519.privateJwk } };
}

async function openKey(app: App, rows: readonly KeyRow[], kind: KeyKind) {
  const row = rows.find((candidate) => candidate.kind === kind);
  if (row === undefined) throw notFound();
  const opened = await app.vault.open(row.sealed_private, purposeOf(row.actor_id, kind));
  const privateJwk = fromJson<JsonWebKey>(opened, {});
  const publicJwk = createPublicKey(row.public_key).export({ format: "jwk" });
  return { publicPem: row.public_key, publicJwk, privateJwk };
}

/**
 * Both key pairs of an actor that is not there yet, sealed for its id: rows for whoever keeps them until it is. RSA comes from
 * the pool of spare keys when it has any.
 */
export async function makeKeyRows(app: App, actorId: ActorId): Promise<readonly KeyRow[]> {
  const [spare] = await listSpareKeys(app.db, 1);
  const isTaken = spare !== undefined && (await removeSpareKey(app.db, spare.id));
  const rsa = isTaken
    ? {
        publicPem: spare.public_key,
        privateJson: await app.vault.open(spare.sealed_private, sparePurpose(spare.id)),
      }
    : await newKey("rsa");
  return [
    await keyRow(app, actorId, "rsa", rsa),
    await keyRow(app, actorId, "ed25519", await newKey("ed25519")),
  ];
}

async function makeKey(app: App, actorId: ActorId, kind: KeyKind): Promise<void> {
  if (kind === "rsa" && (await takeSpareKey(app, actorId))) return;
  await insertKey(app.db, await keyRow(app, actorId, kind, await newKey(kind)));
}

/** Tries a few spare keys: other processes take them too. */
async function takeSpareKey(app: App, actorId: ActorId): Promise<boolean> {
  for (const spare of await listSpareKeys(app.db, SPARES_TRIED)) {
    const privateJson = await app.vault.open(spare.sealed_private, sparePurpose(spare.id));
    const row = await keyRow(app, actorId, "rsa", { publicPem: spare.public_key, privateJson });
    if (await assignSpareKey(app.db, spare.id, row)) return true;
  }
  return false;
}

/** A new pair: the public half as SPKI, the private one as a JWK in JSON. */
export type KeyPair = { readonly publicPem: string; readonly privateJson: string };

/** Makes a key pair on the thread pool: an RSA key takes tens of milliseconds, which the event loop does not have. */
async function newKey(kind: KeyKind): Promise<KeyPair> {
  const { publicKey, privateKey } =
    kind === "rsa" ? await generate("rsa", { modulusLength: RSA_BITS }) : await generate("ed25519", {});
  return {
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateJson: toJson(privateKey.export({ format: "jwk" })),
  };
}

async function keyRow(app: App, actorId: number, kind: KeyKind, pair: KeyPair): Promise<KeyRow> {
  return {
    actor_id: actorId,
    kind,
    public_key: pair.publicPem,
    sealed_private: await app.vault.seal(pair.privateJson, purposeOf(actorId, kind)),
    created_at: app.clock.now(),
  };
}

/**
 * What an actor's HTTP signatures are made with: the RSA key of somebody here, or the one that somebody from a lost server
 * entrusted to us. @throws not_found when there is neither
 */
export async function getSigningJwk(
  app: App,
  actorId: ActorId,
): Promise<{ readonly actorUri: string; readonly isEntrusted: boolean; readonly privateJwk: JsonWebKey }> {
  const row = await findSigningKey(app.db, actorId);
  if (row === undefined) {
    const { privateJwk } = (await getKeys(app, actorId)).rsa;
    return { actorUri: app.uris.actor(actorId), isEntrusted: false, privateJwk };
  }
  if (row.host !== "")
    return { actorUri: row.uri, isEntrusted: true, privateJwk: await openEntrustedKey(app, actorId, row) };
  const opened = await app.vault.open(row.sealed_private, purposeOf(actorId, "rsa"));
  const actorUri = app.uris.actor(actorId);
  return { actorUri, isEntrusted: false, privateJwk: fromJson<JsonWebKey>(opened, {}) };
}

/** Seals the RSA key that somebody from a lost server entrusts to us, for `insertKey` in the caller's transaction. */
export async function sealEntrustedKey(app: App, actorId: number, key: KeyObject): Promise<KeyRow> {
  return {
    actor_id: actorId,
    kind: "rsa",
    public_key: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
    sealed_private: await app.vault.seal(toJson(key.export({ format: "jwk" })), entrustedPurpose(actorId)),
    created_at: app.clock.now(),
  };
}

/** Opens a key of an old actor. @throws when it was not sealed by this server for this actor */
export async function openEntrustedKey(
  app: App,
  actorId: number,
  row: Pick<KeyRow, "sealed_private">,
): Promise<JsonWebKey> {
  const opened = await app.vault
    .open(row.sealed_private, entrustedPurpose(actorId))
    // As they were sealed before they had a purpose of their own.
    .catch(() => app.vault.open(row.sealed_private, purposeOf(actorId, "rsa")));
  return fromJson<JsonWebKey>(opened, {});
}

/** Opens the RSA key of an actor of another Causeway, by the vault of that one. @throws when it was not sealed by it for them */
export async function openKeyOfBackup(vault: Vault, actorId: number, sealed: string): Promise<KeyObject> {
  const opened = await vault.open(sealed, purposeOf(actorId, "rsa"));
  return createPrivateKey({ key: { ...fromJson<JsonWebKey>(opened, {}) }, format: "jwk" });
}

/** Bound to the actor: a sealed key that is copied into another's row does not open. */
function purposeOf(actorId: number, kind: KeyKind): string {
  return `key:${actorId}:${kind}`;
}

/** Never that of an actor of ours: what is entrusted can say nothing in the name of anybody here. */
function entrustedPurpose(actorId: number): string {
  return `key:${actorId}:entrusted`;
}

function sparePurpose(id: number): string {
  return `key:spare:${id}`;
}

/**
 * The slow half of making an actor's keys, before the transaction: Ed25519 at once, in well under a millisecond. RSA is
 * left to the first use (`getKeys`), which takes it from the pool: nobody waits for it at sign-up.
 */
export async function prepareKeys(app: App): Promise<PreparedKeys> {
  const actorId = asId<ActorId>(app.ids.next());
  return { actorId, ed25519: await keyRow(app, actorId, "ed25519", await newKey("ed25519")) };
}

/**
 * Writes prepared keys in the transaction that makes the actor, which should take `prepared.actorId` as its id. An actor
 * with another id cannot use them (the seal names its actor), and gets its keys at first use.
 */
export async function insertKeys(_app: App, tx: Db, actorId: ActorId, prepared: PreparedKeys): Promise<void> {
  if (prepared.actorId === actorId) await insertKey(tx, prepared.ed25519);
}

/**
 * Fills the pool of spare RSA keys up to `target`, one key at a time and at most `most` at once, since each takes a core for
 * a while that a server which has just started needs for other things. Returns how many it made.
 */
export async function refillKeyPool(app: App, target = 32, most = 8): Promise<number> {
  const missing = Math.min(target - (await countSpareKeys(app.db)), most);
  for (let made = 0; made < missing; made += 1) await storeSpareKey(app, await newKey("rsa"));
  return Math.max(0, missing);
}

/** Adds a pair to the pool of spare RSA keys. */
export async function storeSpareKey(app: App, { publicPem, privateJson }: KeyPair): Promise<void> {
  const id = app.ids.next();
  await insertSpareKey(app.db, {
    id,
    public_key: publicPem,
    sealed_private: await app.vault.seal(privateJson, sparePurpose(id)),
    created_at: app.clock.now(),
  });
}
