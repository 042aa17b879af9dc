import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Handler } from "hono";

/** Addresses of the static files of this build; a name changes with the content, so it may be cached for ever. */
export type Assets = {
  readonly css: string;
  readonly icons: string;
  readonly favicon: string;
  /** The style sheet of embedded notes, which are pages of their own within pages of others. */
  readonly embed: string;
  /** The module that loads the others as a page needs them; they lie in the same folder. */
  readonly script: string;
};

type StaticFile = {
  readonly mediaType: string;
  /** The bytes in a content coding, made when they are first asked for: most processes never serve most files. */
  readonly bytes: (coding: Coding) => Promise<Uint8Array<ArrayBuffer>>;
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
  "explore",
  "landing",
  "people",
  "settings",
  "admin",
  "security",
  "sharing",
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
    const mediaType = TYPES[extension] ?? "application/octet-stream";
    files.set(name, { mediaType, bytes: inCodings(() => Promise.resolve(body)) });
    return `/static/${name}`;
  };
  const assets = {
    css: add("causeway", "css", styles()),
    icons: add("icons", "svg", read("static/icons.svg")),
    embed: add("embed", "css", bare(read("styles/embed.css"))),
    favicon: add("favicon", "svg", read("static/favicon.svg")),
    script: `/static/${addScripts(files)}/main.js`,
  };
  return {
    assets,
    serve: async (c) => {
      const folder = c.req.param("folder");
      const file = files.get(`${folder === undefined ? "" : `${folder}/`}${c.req.param("file") ?? ""}`);
      if (file === undefined) return c.notFound();
      const coding = codingFor(c.req.header("accept-encoding"));
      return c.body(await file.bytes(coding), 200, {
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
    files.set(`${folder}/${name}`, {
      mediaType: TYPES["js"] ?? "",
      bytes: inCodings(() => shortened(name, body)),
    });
  return folder;
}

/** The drawing of the software, for pictures made of it. */
export function readFavicon(): string {
  return read("static/favicon.svg");
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

/**
 * A module with short names and no space: a fifth less to send. The minifier is native and loaded when a browser first asks;
 * where it cannot be loaded the text goes out as it is.
 */
async function shortened(name: string, body: string): Promise<string> {
  try {
    const { minify } = await import("oxc-minify");
    const { code, errors } = await minify(name, body, { module: true });
    return errors.length === 0 ? code : body;
  } catch {
    return body;
  }
}

/** Each coding is made once; who asks meanwhile waits for the same bytes. */
function inCodings(textOf: () => Promise<string>): StaticFile["bytes"] {
  const made = new Map<Coding, Promise<Uint8Array<ArrayBuffer>>>();
  return (coding) => {
    const bytes = made.get(coding) ?? textOf().then((text) => inCoding(text, coding));
    made.set(coding, bytes);
    return bytes;
  };
}

function inCoding(text: string, coding: Coding): Uint8Array<ArrayBuffer> {
  if (coding === "br") return new Uint8Array(brotliCompressSync(text));
  return coding === "gzip" ? new Uint8Array(gzipSync(text)) : new TextEncoder().encode(text);
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
