import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Handler } from "hono";

/** Addresses of the static files of this build; a name changes with the content, so it may be cached for ever. */
export type Assets = {
  readonly css: string;
  readonly icons: string;
  readonly favicon: string;
};

type StaticFile = { readonly body: string; readonly mediaType: string };

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Reads the static files once and gives their addresses and the handler of `/static/:file`. */
export function loadAssets(): { readonly assets: Assets; readonly serve: Handler } {
  const files = new Map<string, StaticFile>();
  const add = (stem: string, extension: string): string => {
    const body = readFileSync(new URL(`./static/${stem}.${extension}`, import.meta.url), "utf8");
    const hash = createHash("sha256").update(body).digest("base64url").slice(0, 10);
    const name = `${stem}-${hash}.${extension}`;
    files.set(name, { body, mediaType: TYPES[extension] ?? "application/octet-stream" });
    return `/static/${name}`;
  };
  const assets = { css: add("causeway", "css"), icons: add("icons", "svg"), favicon: add("favicon", "svg") };
  return {
    assets,
    serve: (c) => {
      const file = files.get(c.req.param("file") ?? "");
      if (file === undefined) return c.notFound();
      return c.body(file.body, 200, {
        "Content-Type": file.mediaType,
        "Cache-Control": "public, max-age=31536000, immutable",
      });
    },
  };
}
