import { exportSpki } from "@fedify/fedify";
import { drainWithFaults, type Network } from "../../support/network.ts";
import { rsaPair } from "../../support/rsa-keys.ts";
import type { Instance } from "../../../server/app.ts";
import type { Emulator } from "./emulator.ts";

/** Takes a host away: nobody answers there any more. */
export function kill(network: Network, host: string): void {
  network.leave(host);
}

/** The host says of everything that it is gone for good, as a hostile holder of a domain may. */
export function gone(network: Network, host: string): void {
  network.join(host, () => Promise.resolve(new Response(null, { status: 410 })));
}

/** Somebody else has the domain, and serves the same actors with keys of their own. */
export type Seizure = { readonly keys: CryptoKeyPair; readonly asked: string[] };

/**
 * Gives a host to somebody else, who answers for these actors as before, but with a new key under the old key's id, and takes
 * whatever is posted. `change` says what else is different in their documents.
 */
export async function seize(
  network: Network,
  host: string,
  documents: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  change: Readonly<Record<string, unknown>> = {},
): Promise<Seizure> {
  const keys = await rsaPair();
  const publicKeyPem = await exportSpki(keys.publicKey);
  const asked: string[] = [];
  network.join(host, (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") return Promise.resolve(new Response(null, { status: 202 }));
    asked.push(pathname);
    const document = documents.get(pathname);
    if (document === undefined) return Promise.resolve(new Response(null, { status: 404 }));
    const key = document["publicKey"] as Readonly<Record<string, unknown>> | undefined;
    const body =
      key === undefined ? document : { ...document, publicKey: { ...key, publicKeyPem }, ...change };
    const type = pathname.startsWith("/.well-known") ? "application/jrd+json" : "application/activity+json";
    return Promise.resolve(new Response(JSON.stringify(body), { headers: { "content-type": type } }));
  });
  return { keys, asked };
}

/** Lets instances and emulators do everything that they have to do, until all of them are quiet. */
export async function settleAll(
  instances: readonly Instance[],
  emulators: readonly Emulator[],
): Promise<void> {
  for (let round = 0; round < 50; round++) {
    await drainWithFaults(...instances);
    let done = 0;
    for (const emulator of emulators) done += await emulator.work();
    if (done === 0) return;
  }
  throw new Error("They keep giving each other work.");
}
