// RSA-2048 keys for tests: a key takes as long as ten tests that need one, so they are made once a run and handed out in
// turn, to instances as spare keys and to peers as their own. Within a test no two are the same.

import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import type { App } from "../../server/context.ts";
import { storeSpareKey } from "../../server/services/accounts/keys.ts";

/** Both halves in the forms in which they are needed. */
export type RsaKey = {
  readonly publicPem: string;
  readonly publicJwk: JsonWebKey;
  readonly privateJwk: JsonWebKey;
};

declare module "vitest" {
  export interface ProvidedContext {
    rsaKeys: readonly RsaKey[];
  }
}

/** More than any test uses. */
const MADE = 48;
/** The owner's, the instance's, a member's; who needs more makes them. */
const SPARES = 4;
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/** Entry point of vitest's global setup. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("rsaKeys", await Promise.all(Array.from({ length: MADE }, makeKey)));
}

async function makeKey(): Promise<RsaKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return {
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    publicJwk: publicKey.export({ format: "jwk" }),
    privateJwk: privateKey.export({ format: "jwk" }),
  };
}

let turn = 0;

/** The next key of the run; outside of a run (pictures, by hand) a new one. */
async function nextKey(): Promise<RsaKey> {
  const made = process.env["VITEST"] === undefined ? [] : inject("rsaKeys");
  return made[turn++ % made.length] ?? (await makeKey());
}

/** A pair as a peer of ours has it. */
export async function rsaPair(): Promise<CryptoKeyPair> {
  const { publicJwk, privateJwk } = await nextKey();
  const [publicKey, privateKey] = await Promise.all([
    crypto.subtle.importKey("jwk", publicJwk, ALGORITHM, true, ["verify"]),
    crypto.subtle.importKey("jwk", privateJwk, ALGORITHM, true, ["sign"]),
  ]);
  return { publicKey, privateKey };
}

/** Puts keys into an instance's pool, as its own maintenance does. */
export async function giveSpareKeys(app: App): Promise<void> {
  if (process.env["VITEST"] === undefined) return;
  for (let given = 0; given < SPARES; given++) {
    const { publicPem, privateJwk } = await nextKey();
    await storeSpareKey(app, { publicPem, privateJson: JSON.stringify(privateJwk) });
  }
}
