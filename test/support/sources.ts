import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseAst } from "vite";

/** The folder that holds package.json. */
export const ROOT = join(import.meta.dirname, "..", "..");

export type Import = {
  readonly specifier: string;
  /** Path from the root for our own files, null for packages. */
  readonly path: string | null;
  readonly typeOnly: boolean;
};

export type Source = {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Uses of things that only some files may use, as `Date.now`, `new Date()`, `process.env`. */
  readonly uses: readonly string[];
  /** The longest function, in lines. */
  readonly longestFunction: { readonly name: string; readonly lines: number };
  /** Holds no function at all: constants and types only. */
  readonly isData: boolean;
};

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>;

/** Reads and parses every TypeScript file of the project. */
export function readSources(): readonly Source[] {
  const patterns = [
    "server",
    "federation",
    "web",
    "api",
    "migrations",
    "test",
    "bench",
    "docs",
    "deno-compat",
  ];
  const paths = patterns.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }));
  return paths
    .map((path) => readSource(path.replaceAll("\\", "/")))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  const nodes = allNodes(parseAst(text, { lang: "ts" }));
  const functions = nodes.filter(isFunction);
  return {
    path,
    lines: text.split("\n").length - 1,
    imports: nodes.flatMap((node) => importOf(node, path)),
    uses: nodes.flatMap(useOf),
    longestFunction: longest(functions, text),
    isData: functions.length === 0,
  };
}

function allNodes(root: unknown): readonly Node[] {
  const found: Node[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (Array.isArray(item)) waiting.push(...item);
    else if (isNode(item)) {
      found.push(item);
      waiting.push(...Object.values(item));
    }
  }
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function importOf(node: Node, from: string): readonly Import[] {
  const wanted = [
    "ImportDeclaration",
    "ExportNamedDeclaration",
    "ExportAllDeclaration",
    "ImportExpression",
    "TSImportType",
  ];
  if (!wanted.includes(node.type)) return [];
  const specifier = literalOf(node["source"]) ?? literalOf(node["argument"]);
  if (specifier === null) return [];
  const path = specifier.startsWith(".")
    ? normalize(join(dirname(from), specifier)).replaceAll("\\", "/")
    : null;
  return [{ specifier, path, typeOnly: isTypeOnly(node) }];
}

function isTypeOnly(node: Node): boolean {
  if (node.type === "TSImportType" || node["importKind"] === "type" || node["exportKind"] === "type")
    return true;
  const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isNode) : [];
  return (
    specifiers.length > 0 &&
    specifiers.every((item) => item["importKind"] === "type" || item["exportKind"] === "type")
  );
}

function literalOf(value: unknown): string | null {
  return isNode(value) && value.type === "Literal" && typeof value["value"] === "string"
    ? value["value"]
    : null;
}

const WATCHED = ["Date.now", "Math.random", "process.env", "crypto.randomUUID", "Temporal.Now", "Deno.env"];

function useOf(node: Node): readonly string[] {
  if (node.type === "MemberExpression") {
    const name = `${nameOf(node["object"])}.${nameOf(node["property"]) || (literalOf(node["property"]) ?? "")}`;
    return WATCHED.includes(name.replace(/^globalThis\./, "")) ? [name] : [];
  }
  if (node.type === "NewExpression" && nameOf(node["callee"]) === "Date")
    return Array.isArray(node["arguments"]) && node["arguments"].length === 0 ? ["new Date()"] : [];
  if (node.type === "ImportSpecifier" && nameOf(node["imported"]) === "randomUUID") return ["randomUUID"];
  if (node.type === "ImportSpecifier" && nameOf(node["imported"]) === "env") return ["process.env"];
  return [];
}

function nameOf(value: unknown): string {
  return isNode(value) && value.type === "Identifier" && typeof value["name"] === "string"
    ? value["name"]
    : "";
}

function isFunction(node: Node): boolean {
  return ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type);
}

function longest(
  functions: readonly Node[],
  text: string,
): { readonly name: string; readonly lines: number } {
  let found = { name: "", lines: 0 };
  for (const node of functions) {
    const lines = text.slice(node.start, node.end).split("\n").length;
    if (lines > found.lines) found = { name: nameOf(node["id"]) || "an anonymous function", lines };
  }
  return found;
}
