import { timeFromIso } from "./time.ts";

/** A parsed JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** True for a JSON object, which is neither an array nor null. */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON-LD value as a list: nothing is empty, one thing is one item (JSON-LD 1.1, section 4.3). */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The first text of a JSON-LD value, also from `{"@value": …}`; null when there is none. */
export function textOf(value: unknown): string | null {
  for (const item of listOf(value)) {
    if (typeof item === "string") return item;
    if (isJson(item) && typeof item["@value"] === "string") return item["@value"];
  }
  return null;
}

/** The first IRI that a JSON-LD value names, by itself or as the `id` of an embedded object. */
export function iriOf(value: unknown): string | null {
  return irisOf(value)[0] ?? null;
}

/** Every IRI that a JSON-LD value names, duplicates removed. */
export function irisOf(value: unknown): readonly string[] {
  const iris = listOf(value).map((item) => {
    if (typeof item === "string") return item;
    if (!isJson(item)) return null;
    return textOf(item["id"] ?? item["@id"]);
  });
  return [...new Set(iris.filter((iri) => iri !== null))];
}

/** The type words of an object. */
export function typesOf(value: Json): readonly string[] {
  return listOf(value["type"] ?? value["@type"]).filter((type) => typeof type === "string");
}

/** The canonical form of an http(s) address without userinfo; null for anything else (threats ORI-04, ORI-11). */
export function webAddress(value: unknown): string | null {
  if (typeof value !== "string" || value.length > 2_048 || !URL.canParse(value)) return null;
  const url = new URL(value);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  return url.username === "" && url.password === "" ? url.href : null;
}

/** A number of at least zero that a column can hold, rounded; null for anything else. */
export function countOf(value: unknown): number | null {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !(number >= 0)) return null;
  const rounded = Math.round(number);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

/** The time in ms of an ISO 8601 text; null when it is none. */
export function timeOf(value: unknown): number | null {
  const text = textOf(value);
  return text === null ? null : timeFromIso(text);
}

/** Host with port of an address, lower case; null when it is no address. */
export function hostOf(uri: string | null): string | null {
  return uri !== null && URL.canParse(uri) ? new URL(uri).host : null;
}

/** True when both addresses have the same scheme, host and port (FEP-fe34). */
export function sameOrigin(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  const origin = new URL(a).origin;
  return origin !== "null" && origin === new URL(b).origin;
}

/** `uri` without its fragment. */
export function withoutFragment(uri: string): string {
  const hash = uri.indexOf("#");
  return hash < 0 ? uri : uri.slice(0, hash);
}

/** A document that we stored; null when it is damaged (threats F38). */
export function readStored(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
