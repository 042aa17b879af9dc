// Parameters as clients send them: query, JSON, forms and multipart bodies become one tree of names, the way Rails reads
// `a[]`, `a[b]` and `a[0][b]`, since that is what every client of Mastodon writes.

import { CausewayError } from "../server/errors.ts";

/** A parameter before anybody knows what it should be. */
export type Param =
  string | number | boolean | null | File | readonly Param[] | { readonly [name: string]: Param };
type Tree = { [name: string]: Param | Tree | (Param | Tree)[] };

const MAX_PAIRS = 1_000;
const MAX_DEPTH = 5;
/** Of JSON, where lists count as a step, too. */
const MAX_JSON_DEPTH = 8;
/** Steps of a name: `fields_attributes[0][name]` has three. */
const NAME = /^([^[\]]{1,64})((?:\[[^[\]]{0,64}\])*)$/;

/** Reads what stands in the address after its question mark. */
export function queryParams(query: string): Readonly<Record<string, Param>> {
  return query === "" ? {} : treeOf([...new URLSearchParams(query)]);
}

/**
 * Reads a body by its type; an empty one is no parameters, whatever its type says.
 * @throws invalid for what cannot be read as the type that it claims.
 */
export async function bodyParams(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Readonly<Record<string, Param>>> {
  if (bytes.byteLength === 0) return {};
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  try {
    if (type === "application/json" || type.endsWith("+json")) return jsonParams(bytes);
    if (type === "multipart/form-data" || type === "application/x-www-form-urlencoded") {
      const form = await new Response(bytes, { headers: { "Content-Type": contentType } }).formData();
      return treeOf([...form.entries()]);
    }
  } catch (cause) {
    if (cause instanceof CausewayError) throw cause;
    throw new CausewayError("invalid", "error.params", { cause });
  }
  return {};
}

/**
 * `null` is what some libraries send for nothing. A bare text or number has no name, so it is no parameter: masto sends one where
 * an address has all that is needed (`suggestions.remove("1")`).
 */
function jsonParams(bytes: Uint8Array): Readonly<Record<string, Param>> {
  const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  if (value === null || typeof value !== "object") return {};
  if (Array.isArray(value)) throw new CausewayError("invalid", "error.params");
  return measured(value, { depth: 0, values: 0 }) as Readonly<Record<string, Param>>;
}

/** The same limits as for forms, and the same characters. */
function measured(value: unknown, seen: { readonly depth: number; values: number }): Param {
  const inside = (one: unknown): Param => {
    const within = { depth: seen.depth + 1, values: seen.values };
    const kept = measured(one, within);
    seen.values = within.values;
    return kept;
  };
  if (++seen.values > MAX_PAIRS) throw new CausewayError("invalid", "error.body_too_large");
  if (seen.depth > MAX_JSON_DEPTH) throw new CausewayError("invalid", "error.params");
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value !== "object" || value === null) return value as number | boolean | null;
  const kept = Object.entries(value).filter(([name]) => name !== "__proto__");
  return Object.fromEntries(kept.map(([name, one]) => [storable(name), inside(one)]));
}

function treeOf(pairs: readonly (readonly [string, string | File])[]): Readonly<Record<string, Param>> {
  if (pairs.length > MAX_PAIRS) throw new CausewayError("invalid", "error.body_too_large");
  const root: Tree = Object.create(null) as Tree;
  for (const [name, value] of pairs) {
    const steps = stepsOf(name);
    if (steps !== null) put(root, steps, typeof value === "string" ? storable(value) : value);
  }
  return settled(root) as Readonly<Record<string, Param>>;
}

function stepsOf(name: string): readonly string[] | null {
  const match = NAME.exec(name);
  if (match === null) return null;
  const inner = [...(match[2] ?? "").matchAll(/\[([^[\]]*)\]/g)].map((step) => step[1] ?? "");
  return inner.length < MAX_DEPTH ? [match[1] ?? "", ...inner] : null;
}

/** `[]` appends; a name twice in a row inside a list of things begins the next thing, as Rails has it. */
function put(root: Tree, steps: readonly string[], value: string | File): void {
  let here: Tree = root;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next === undefined) {
      here[step] = value;
      return;
    }
    if (next === "") {
      const list = Array.isArray(here[step]) ? (here[step] as (Param | Tree)[]) : [];
      here[step] = list;
      const after = steps[index + 2];
      if (after === undefined) {
        list.push(value);
        return;
      }
      const last = list.at(-1);
      const isOpen = isTree(last) && !(after in last);
      const item: Tree = isOpen ? last : (Object.create(null) as Tree);
      if (!isOpen) list.push(item);
      put(item, steps.slice(index + 2), value);
      return;
    }
    const inside = here[step];
    const child: Tree = isTree(inside) ? inside : (Object.create(null) as Tree);
    here[step] = child;
    here = child;
  }
}

function isTree(value: Param | Tree | (Param | Tree)[] | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof File);
}

/** Lists that were written with numbers (`a[0]`, `a[1]`) become lists. */
function settled(value: Param | Tree | (Param | Tree)[]): Param {
  if (Array.isArray(value)) return value.map(settled);
  if (!isTree(value)) return value as Param;
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([name]) => /^\d{1,4}$/.test(name)))
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, one]) => settled(one));
  return Object.fromEntries(entries.map(([name, one]) => [name, settled(one)]));
}

/** One kind of line end, and no characters that no database takes: PostgreSQL refuses NUL, UTF-8 half a pair. */
export function storable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\0", "\uFFFD").toWellFormed();
}
