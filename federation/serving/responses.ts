import type { Json } from "../reading/json.ts";

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
