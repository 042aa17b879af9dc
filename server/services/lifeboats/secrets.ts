import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { type App, isoTime } from "../../context.ts";
import { invalid } from "../../errors.ts";
import { makeDelegation } from "../../lifeboat/delegation.ts";
import { didKeyMethod, toDidKey } from "../../lifeboat/did-key.ts";
import { keysOfPhrase, type PhraseKeys } from "../../lifeboat/phrase.ts";
import type { ProofSigner, Signed } from "../../lifeboat/proofs.ts";
import { makeSeal, type Seal } from "../../lifeboat/seal.ts";
import { fromJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { findIdentity } from "../../store/identities.ts";
import { getValue, type KvKey, setValue } from "../../store/kv.ts";
import type { LifeboatOwner, RequestLifeboat } from "./order.ts";

/**
 * What is left of the secrets that a member gives with the order: a key that opens this one file, and a key that the phrase let
 * sign this one lifeboat. Neither says anything about passphrase or phrase.
 */
export type LifeboatSecrets = {
  readonly seal: Seal | null;
  readonly signer: ProofSigner | null;
  readonly delegation: Signed | null;
};

/** Longer than any lifeboat takes, tries included. */
const KEPT_MS = 3 * 86_400_000;

/** Makes the keys of one lifeboat. @throws invalid with `phrase` or `closing` */
export async function prepareSecrets(
  app: App,
  owner: LifeboatOwner,
  command: Pick<RequestLifeboat, "closing" | "passphrase" | "phrase"> & { readonly seq: number },
): Promise<LifeboatSecrets> {
  const identity = await findIdentity(app.db, owner.actorId);
  const phrase = command.phrase.trim();
  const keys = phrase === "" ? null : await keysOfPhrase(phrase);
  if (phrase !== "" && keys === null) throw invalid({ phrase: { key: "field.phrase_wrong" } });
  if (keys !== null && keys.did !== identity?.did) throw invalid({ phrase: { key: "field.phrase_other" } });
  if (command.closing === "phrase" && identity === undefined)
    throw invalid({ closing: { key: "field.phrase_none" } });
  return {
    seal: await oneAtATime(app, () => sealOf(command, identity?.recipient ?? "")),
    ...(keys === null ? { signer: null, delegation: null } : delegate(app, owner, keys, command.seq)),
  };
}

/** Stretching by app: each takes 256 MiB, so there is one at a time. */
const stretching = new WeakMap<App, Promise<unknown>>();

async function oneAtATime<T>(app: App, work: () => Promise<T>): Promise<T> {
  const before = stretching.get(app) ?? Promise.resolve();
  const mine = before.then(work, work);
  stretching.set(app, mine);
  return await mine;
}

async function sealOf(
  { closing, passphrase }: Pick<RequestLifeboat, "closing" | "passphrase">,
  recipient: string,
): Promise<Seal | null> {
  if (closing === "open") return null;
  return await makeSeal(closing === "passphrase" ? { passphrase } : { recipient });
}

function delegate(app: App, owner: LifeboatOwner, keys: PhraseKeys, seq: number) {
  const { privateKey } = generateKeyPairSync("ed25519");
  const created = isoTime(app.clock.now()).replace(/\.\d{3}Z$/, "Z");
  const actor = app.uris.actor(owner.actorId);
  return {
    signer: signerOf(privateKey),
    delegation: makeDelegation(keys, { key: privateKey, actor, seq }, created),
  };
}

function signerOf(privateKey: KeyObject): ProofSigner {
  return { verificationMethod: didKeyMethod(toDidKey(privateKey)), privateKey };
}

/** Where they wait for the job. */
export function secretsKey(id: number): KvKey {
  return ["lifeboat-secrets", String(id)];
}

type Kept = {
  readonly seal: { readonly header: string; readonly fileKey: string } | null;
  readonly key: JsonWebKey | null;
  readonly delegation: Signed | null;
};

/** Keeps them, sealed by the key outside the database, until the lifeboat is made; inside the caller's transaction. */
export async function keepSecrets(app: App, tx: Db, id: number, secrets: SealedSecrets): Promise<void> {
  await setValue(tx, secretsKey(id), secrets.sealed, app.clock.now(), KEPT_MS);
}

/** Secrets that are ready to be kept: sealing is no work for a transaction. */
export type SealedSecrets = { readonly sealed: string };

/** Seals them for `keepSecrets`. */
export async function sealSecrets(app: App, id: number, secrets: LifeboatSecrets): Promise<SealedSecrets> {
  const { seal, signer, delegation } = secrets;
  const kept: Kept = {
    seal:
      seal === null ? null : { header: seal.header, fileKey: Buffer.from(seal.fileKey).toString("base64") },
    key: signer === null ? null : signer.privateKey.export({ format: "jwk" }),
    delegation,
  };
  return { sealed: await app.vault.seal(JSON.stringify(kept), purposeOf(id)) };
}

/** The secrets of a lifeboat that is made; null when they are gone, so that it cannot be made as it was asked for. */
export async function readSecrets(app: App, id: number): Promise<LifeboatSecrets | null> {
  const sealed = await getValue(app.db, secretsKey(id), app.clock.now());
  if (typeof sealed !== "string") return null;
  const text = await app.vault.open(sealed, purposeOf(id));
  const kept = fromJson<Kept>(text, { seal: null, key: null, delegation: null });
  return {
    seal:
      kept.seal === null
        ? null
        : { header: kept.seal.header, fileKey: Buffer.from(kept.seal.fileKey, "base64") },
    signer: kept.key === null ? null : signerOf(createPrivateKey({ key: { ...kept.key }, format: "jwk" })),
    delegation: kept.delegation,
  };
}

function purposeOf(id: number): string {
  return `lifeboat:${id}`;
}
