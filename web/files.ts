import { Hono } from "hono";
import type { App } from "../server/context.ts";
import { openFile, openProxied, type ServedFile } from "../server/services/media/attachments.ts";

/**
 * Uploaded files and proxied remote pictures. They get no cookies and no styles, and a browser that opens one directly
 * treats it as a picture and nothing else (threats MED-01, MED-02): never as a page, never as ActivityPub.
 */
export function createFileDoor(app: App): Hono {
  const door = new Hono();
  door.get("/media/:name", async (c) =>
    answer(await openFile(app, c.req.param("name")), "public, max-age=31536000, immutable"),
  );
  door.get("/proxy/:mac/:address", async (c) =>
    answer(await openProxied(app, c.req.param("mac"), c.req.param("address")), "public, max-age=1209600"),
  );
  return door;
}

function answer(file: ServedFile | null, cacheControl: string): Response {
  if (file === null)
    return new Response(null, { status: 404, headers: { "cache-control": "public, max-age=60" } });
  return new Response(new Uint8Array(file.bytes), {
    headers: {
      "content-type": file.mediaType,
      "content-length": String(file.bytes.length),
      "cache-control": cacheControl,
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
      "content-disposition": "inline",
    },
  });
}
