import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Handler } from "hono";

/** Addresses of the static files of this build; a name changes with the content, so it may be cached for ever. */
export type Assets = {
  readonly css: string;
  readonly icons: string;
  readonly favicon: string;
};

type StaticFile = {
  readonly mediaType: string;
  /** The same bytes by content coding, compressed once when the server starts. */
  readonly bodies: Readonly<Record<Coding, Uint8Array<ArrayBuffer>>>;
};
type Coding = "br" | "gzip" | "identity";

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
    files.set(name, { mediaType: TYPES[extension] ?? "application/octet-stream", bodies: bodiesOf(body) });
    return `/static/${name}`;
  };
  const assets = { css: add("causeway", "css"), icons: add("icons", "svg"), favicon: add("favicon", "svg") };
  return {
    assets,
    serve: (c) => {
      const file = files.get(c.req.param("file") ?? "");
      if (file === undefined) return c.notFound();
      const coding = codingFor(c.req.header("accept-encoding"));
      return c.body(file.bodies[coding], 200, {
        "Content-Type": file.mediaType,
        ...(coding === "identity" ? {} : { "Content-Encoding": coding }),
        Vary: "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable",
      });
    },
  };
}

/** Quality 9: within a few percent of the best, in a tenth of its time at every start. */
function bodiesOf(body: string): StaticFile["bodies"] {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  return {
    br: new Uint8Array(brotliCompressSync(body, quality)),
    gzip: new Uint8Array(gzipSync(body)),
    identity: new TextEncoder().encode(body),
  };
}

/** The smallest coding that the client takes (RFC 9110, 12.5.3); a coding with `q=0` is not taken. */
function codingFor(accepted = ""): Coding {
  const codings = accepted
    .toLowerCase()
    .split(",")
    .map((part) => part.trim());
  const takes = (coding: Coding) =>
    codings.some((part) => part === coding || (part.startsWith(`${coding};`) && !/q=0(?:\.0*)?$/.test(part)));
  if (takes("br")) return "br";
  return takes("gzip") ? "gzip" : "identity";
}
