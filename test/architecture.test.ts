// The law of docs/architecture.md, section "The dependency law", read from the imports of every file. No exemptions:
// a file that cannot keep it is in the wrong folder, or the law is changed here and there together.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, type Import, readSources, type Source } from "./support/sources.ts";

const sources = readSources();
const byPath = new Map(sources.map((source) => [source.path, source]));

/** Where a file is, in the words of the law. */
function layerOf(path: string): string {
  const [top, second, ...rest] = path.split("/");
  if (top !== "server") return top ?? "";
  if (second === undefined || rest.length === 0) return (second ?? "").replace(/\.ts$/, "");
  return second;
}

/** Process entries and what belongs to them; they may import anything, and only they import each other. */
// prettier-ignore
const ROOTS = [
  "app", "capabilities", "main", "cli", "demo", "health", "job-table", "upkeep-table", "ops", "test", "bench", "docs", "deno-compat",
];

/** Layer → what it may import besides itself. `x/y` allows one file of a folder; `type x` allows its types alone. */
const LAW: Readonly<Record<string, readonly string[]>> = {
  config: [],
  errors: [],
  domain: [],
  text: ["domain"],
  context: ["domain", "type config", "type store"],
  vault: ["type context"],
  passwords: ["errors", "type context"],
  migrations: [],
  store: ["domain", "migrations", "type context", "type config"],
  lifeboat: ["domain", "errors"],
  services: ["domain", "text", "store", "media", "lifeboat", "context", "errors", "package.json"],
  jobs: ["store", "context", "errors"],
  media: ["context", "errors"],
  http: ["errors", "context", "config", "log", "domain"],
  api: ["services", "domain", "text", "http", "context", "errors"],
  web: ["services", "domain", "text", "http", "context", "errors"],
  federation: [
    "services",
    "domain",
    "http",
    "lifeboat",
    "context",
    "errors",
    "store/kv",
    "store/jobs",
    "package.json",
  ],
};

/** Package → the layers that may import it. Roots may import any. */
const WALLS: readonly {
  readonly name: string;
  readonly match: RegExp;
  readonly layers: readonly string[];
}[] = [
  { name: "Kysely", match: /^kysely(?:\/|$)/, layers: ["store", "migrations"] },
  { name: "SQLite", match: /^(?:better-sqlite3|node:sqlite)(?:\/|$)/, layers: ["store"] },
  {
    name: "PostgreSQL and its job engine",
    match: /^(?:pg|graphile-worker)(?:\/|$)/,
    layers: ["store", "jobs"],
  },
  { name: "Fedify", match: /^@fedify\//, layers: ["federation"] },
  { name: "Hono", match: /^(?:hono|@hono\/.*)(?:\/|$)/, layers: ["web", "api", "federation", "http"] },
  { name: "htmlparser2", match: /^htmlparser2(?:\/|$)/, layers: ["text"] },
  { name: "web-push", match: /^web-push(?:\/|$)/, layers: ["services"] },
  { name: "marked", match: /^marked(?:\/|$)/, layers: ["text"] },
  { name: "sanitize-html", match: /^sanitize-html(?:\/|$)/, layers: ["text"] },
  { name: "oxc-minify", match: /^oxc-minify$/, layers: ["web"] },
  { name: "undici", match: /^undici(?:\/|$)/, layers: ["http"] },
  { name: "sharp", match: /^sharp(?:\/|$)/, layers: ["media"] },
  {
    name: "mediabunny",
    match: /^(?:mediabunny|@mediabunny\/server|node-av)(?:\/|$)/,
    layers: ["media"],
  },
  { name: "age", match: /^(?:age-encryption|@scure\/bip39)(?:\/|$)/, layers: ["lifeboat"] },
  { name: "CSV", match: /^csv-(?:parse|stringify)(?:\/|$)/, layers: ["text"] },
  { name: "heic-decode", match: /^heic-decode(?:\/|$)/, layers: ["media"] },
  { name: "aws4fetch", match: /^aws4fetch(?:\/|$)/, layers: ["media"] },
  {
    name: "passkeys, one-time passwords and their drawings",
    match: /^(?:@simplewebauthn\/server|otpauth|uqr)(?:\/|$)/,
    layers: ["services"],
  },
];

/** Files where time, chance and the environment come in. */
const SOURCES_OF: readonly { readonly uses: readonly string[]; readonly file: string }[] = [
  { uses: ["process.env", "Deno.env"], file: "server/config.ts" },
  {
    uses: ["Date.now", "new Date()", "Math.random", "randomUUID", "crypto.randomUUID", "Temporal.Now"],
    file: "server/context.ts",
  },
];

const ours = sources.filter(
  (source) => !["test", "bench", "docs", "deno-compat"].includes(layerOf(source.path)),
);

describe("The law", () => {
  test("knows every folder", () => {
    const unknown = sources
      .map((source) => layerOf(source.path))
      .filter((layer) => !isRoot(layer) && !(layer in LAW));
    expect([...new Set(unknown)]).toEqual([]);
  });

  test("holds for every import", () => {
    const breaches = sources.flatMap((source) =>
      source.imports
        .filter((item) => !isAllowed(source, item))
        .map((item) => `${source.path} imports ${item.path}`),
    );
    expect(breaches).toEqual([]);
  });

  test.each(WALLS)("keeps $name behind its wall", ({ match, layers }) => {
    const breaches = ours.filter((source) => {
      const layer = layerOf(source.path);
      return (
        !isRoot(layer) && !layers.includes(layer) && source.imports.some((item) => match.test(item.specifier))
      );
    });
    expect(breaches.map((source) => source.path)).toEqual([]);
  });

  test("keeps domain and text free of input and output", () => {
    const breaches = ours.filter(
      (source) =>
        ["domain", "text"].includes(layerOf(source.path)) &&
        source.imports.some((item) => item.specifier.startsWith("node:")),
    );
    expect(breaches.map((source) => source.path)).toEqual([]);
  });

  test("has no cycles, type-only imports included", () => {
    expect(findCycle()).toEqual([]);
  });

  test.each(SOURCES_OF)("lets $uses into $file alone", ({ uses, file }) => {
    const breaches = ours.filter(
      (source) => source.path !== file && source.uses.some((use) => uses.includes(use)),
    );
    expect(breaches.map((source) => source.path)).toEqual([]);
  });
});

describe("Sizes", () => {
  test("doors read bodies through readBody alone, which counts them while they come", () => {
    const reads =
      /\breq\.(?:raw\.)?(?:parseBody|formData|json|text|arrayBuffer|blob|bytes)\(|\bhono\/body-limit\b/;
    const found = sources
      .filter((source) => ["web", "api", "federation"].includes(layerOf(source.path)))
      .filter((source) => reads.test(readFileSync(join(ROOT, source.path), "utf8")));
    expect(found.map((source) => source.path)).toEqual([]);
  });

  test("no file is longer than 500 lines, tables of data excepted", () => {
    const long = sources.filter((source) => source.lines > 500 && !source.isData);
    expect(long.map((source) => `${source.path}: ${source.lines}`)).toEqual([]);
  });
});

function isRoot(layer: string): boolean {
  return ROOTS.includes(layer);
}

function isAllowed(source: Source, item: Import): boolean {
  const from = layerOf(source.path);
  if (item.path === null || isRoot(from)) return true;
  const to = layerOf(item.path);
  if (from === to) return true;
  const allowed = LAW[from] ?? [];
  const file = `${to}/${item.path.split("/").at(-1)?.replace(/\.ts$/, "")}`;
  return allowed.includes(to) || allowed.includes(file) || (item.typeOnly && allowed.includes(`type ${to}`));
}

/** One cycle of files as a path, or nothing. Depth first; a file on the current path that is met again closes a cycle. */
function findCycle(): readonly string[] {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const item of byPath.get(path)?.imports ?? []) {
      if (item.path === null || !byPath.has(item.path)) continue;
      const cycle = visit(item.path, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const source of sources) {
    const cycle = visit(source.path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
