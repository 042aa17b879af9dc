// The same judgement as raw-json.ts, by counting and the engine's own parser: what nearly every body needs.
import { decodeUtf8, DEFAULT_LIMITS, FORBIDDEN_KEYS, type ScanLimits, scanText } from "./raw-json.ts";

type Json = Readonly<Record<string, unknown>>;

/** A body that is one plain, shallow JSON object with unique keys, or why it is not. */
export type JsonReading =
  | { readonly ok: true; readonly text: string; readonly json: Record<string, unknown> }
  | { readonly ok: false; readonly reason: string };

/** So many digits in a row may be one number that is too long; most of the time it is an id in a text. */
const LONG_NUMBER = /\d{48}/;

/**
 * Reads a body as `scanJson` and `JSON.parse` would. Depth and tokens are counted before anything is parsed; a key that
 * came twice is missed when keys are counted again in the result. Escapes by number go to the careful scanner.
 */
export function readJson(bytes: Uint8Array, limits: ScanLimits = DEFAULT_LIMITS): JsonReading {
  const text = decodeUtf8(bytes);
  if (text === null) return refused("not valid UTF-8");
  if (text.includes("\\u") || LONG_NUMBER.test(text)) {
    const fault = scanText(text, limits);
    return fault === null ? parsed(text, null) : refused(fault);
  }
  const keys = countKeys(text, limits);
  return typeof keys === "number" ? parsed(text, keys) : refused(keys);
}

function parsed(text: string, keys: number | null): JsonReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refused("malformed JSON");
  }
  if (!isObject(json)) return refused("not an object");
  if (keys === null) return { ok: true, text, json };
  const walk: Walk = { keys: 0, fault: null };
  visit(json, walk);
  if (walk.fault !== null) return refused(walk.fault);
  return walk.keys === keys ? { ok: true, text, json } : refused("duplicate key");
}

/** The number of keys in a text that is JSON, or which limit it breaks; what is no JSON is found by the parser. */
function countKeys(text: string, { maxDepth, maxTokens }: ScanLimits): number | string {
  let depth = 0;
  let keys = 0;
  let tokens = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x7b:
      case 0x5b:
        depth++;
        tokens += 2;
        if (depth > maxDepth) return "nested too deep";
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case 0x3a:
        keys++;
        tokens++;
        break;
      case 0x2c:
        tokens++;
        break;
      default:
        break;
    }
    if (tokens > maxTokens) return "too many tokens";
  }
  return keys;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

type Walk = { keys: number; fault: string | null };

/** Recursion is bounded: the depth was counted. */
function visit(value: unknown, walk: Walk): void {
  if (typeof value === "number" && !Number.isFinite(value)) walk.fault = "number out of range";
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) visit(item, walk);
    return;
  }
  const json = value as Json;
  for (const key in json) {
    walk.keys++;
    const first = key.charCodeAt(0);
    if (first === 0x40 || first === 0x5f) checkKey(key, json, walk);
    visit(json[key], walk);
  }
}

function checkKey(key: string, json: Json, walk: Walk): void {
  if (FORBIDDEN_KEYS.has(key)) walk.fault = `forbidden key ${key}`;
  const isTwice =
    (key === "@id" && Object.hasOwn(json, "id")) || (key === "@type" && Object.hasOwn(json, "type"));
  if (isTwice) walk.fault = "duplicate key";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(reason: string): JsonReading {
  return { ok: false, reason };
}
