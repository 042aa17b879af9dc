import type { Object as AsObject } from "@fedify/vocab";
import type { Json } from "../reading/json.ts";
import { toWire, type Extras } from "../writing/wire.ts";

const VARY = "Accept, Signature";

/** An answer without a body: ActivityPub says nothing about errors, and a status tells servers all they can use. */
export function bare(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, {
    status,
    headers: { vary: VARY, "cache-control": "private, no-store", ...headers },
  });
}

/** A document for everybody, or for the signer alone. */
export function activityJson(json: Json, isPublic: boolean, status = 200): Response {
  return new Response(JSON.stringify(json), {
    status,
    headers: {
      "content-type": "application/activity+json",
      vary: VARY,
      "cache-control": isPublic ? "public, max-age=60" : "private, no-store",
    },
  });
}

/** An object as an item of a collection, whose context says what its words mean. */
export async function wireOf(object: AsObject, extras: Extras = {}): Promise<Json> {
  const { "@context": _, ...json } = await toWire(object, extras);
  return json;
}

/** Plain JSON for everybody, also for scripts on other sites: discovery documents. */
export function discovery(body: string, contentType: string): Response {
  return new Response(body, {
    headers: {
      "content-type": contentType,
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=300",
    },
  });
}
