import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Handler } from "hono";

/** Addresses of the static files of this build; a name changes with the content, so it may be cached for ever. */
export type Assets = {
  readonly css: string;
  readonly icons: string;
  readonly favicon: string;
  /** The module that loads the others as a page needs them; they lie in the same folder. */
  readonly script: string;
};

type Bodies = Readonly<Record<Coding, Uint8Array<ArrayBuffer>>>;
type StaticFile = {
  readonly mediaType: string;
  /** The same bytes by content coding, compressed once when the server starts. */
  readonly bodies: Bodies;
};
type Coding = "br" | "gzip" | "identity";

/** The style sheet is one file to the browser; within a layer the later of two equal rules wins, so the order is fixed. */
const STYLES = [
  "base",
  "frame",
  "controls",
  "notes",
  "media",
  "writing",
  "covers",
  "landing",
  "people",
  "settings",
  "utilities",
] as const;

const LAYERS = "@layer reset, tokens, base, layout, components, utilities, custom;\n";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
};

/** Reads the static files once and gives their addresses and the handler of `/static/:file` and `/static/:folder/:file`. */
export function loadAssets(): { readonly assets: Assets; readonly serve: Handler } {
  const files = new Map<string, StaticFile>();
  const add = (stem: string, extension: string, body: string): string => {
    const name = `${stem}-${hashOf(body)}.${extension}`;
    files.set(name, { mediaType: TYPES[extension] ?? "application/octet-stream", bodies: bodiesOf(body) });
    return `/static/${name}`;
  };
  const assets = {
    css: add("causeway", "css", styles()),
    icons: add("icons", "svg", read("static/icons.svg")),
    favicon: add("favicon", "svg", read("static/favicon.svg")),
    script: `/static/${addScripts(files)}/main.js`,
  };
  return {
    assets,
    serve: (c) => {
      const folder = c.req.param("folder");
      const file = files.get(`${folder === undefined ? "" : `${folder}/`}${c.req.param("file") ?? ""}`);
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

/** Modules name each other by relative addresses, so one hash of all of them names their folder, not each file. */
function addScripts(files: Map<string, StaticFile>): string {
  const modules = readdirSync(new URL("./scripts/", import.meta.url))
    .filter((name) => name.endsWith(".js") && name !== "service-worker.js")
    .toSorted()
    .map((name) => ({ name, body: bare(read(`scripts/${name}`)) }));
  const folder = `scripts-${hashOf(modules.map(({ name, body }) => `${name}\n${body}`).join("\n"))}`;
  for (const { name, body } of modules)
    files.set(`${folder}/${name}`, { mediaType: TYPES["js"] ?? "", bodies: bodiesOf(body) });
  return folder;
}

/** The service worker as it is sent, told which files to keep: `{{ASSETS}}` in it becomes their addresses. */
export function serviceWorkerText(assets: Assets): string {
  const kept = [assets.css, assets.icons, assets.favicon, assets.script];
  return bare(read("scripts/service-worker.js")).replace("{{ASSETS}}", kept.join(" "));
}

function styles(): string {
  return LAYERS + STYLES.map((name) => bare(read(`styles/${name}.css`))).join("");
}

function read(path: string): string {
  return readFileSync(new URL(`./${path}`, import.meta.url), "utf8");
}

function hashOf(body: string): string {
  return createHash("sha256").update(body).digest("base64url").slice(0, 10);
}

/**
 * The same text without indentation and without comments that have their lines to themselves. Neither our style sheets nor
 * our modules have strings over several lines (test/web/assets.test.ts), so nothing but space is lost.
 */
function bare(text: string): string {
  return text
    .replace(/^\s*\/\*[\s\S]*?\*\/\s*?$/gm, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/^\s+/gm, "");
}

/** Quality 9: within a few percent of the best, in a tenth of its time at every start. */
function bodiesOf(body: string): Bodies {
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
