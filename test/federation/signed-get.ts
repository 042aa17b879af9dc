// A GET as a peer signs it. Used by the tests of this folder.

import { signRequest } from "@fedify/fedify";
import { toInstant } from "../../federation/reading/time.ts";
import type { TestInstance } from "../support/instance.ts";
import type { Peer } from "./peer.ts";

/** Asks for a document, signed by a peer's actor, or by nobody. */
export async function get(at: TestInstance, uri: string, peer: Peer | null = null): Promise<Response> {
  const { pathname, search } = new URL(uri);
  const url = `https://${at.host}${pathname}${search}`;
  const headers = { accept: "application/activity+json", host: at.host };
  const plain = new Request(url, { headers });
  const request =
    peer === null
      ? plain
      : await signRequest(plain, peer.keys.privateKey, new URL(peer.keyId), {
          spec: "draft-cavage-http-signatures-12",
          currentTime: toInstant(at.clock.now()),
        });
  return at.fetch(request, { ip: "192.0.2.1" });
}
