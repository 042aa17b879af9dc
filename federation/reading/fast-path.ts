import { isForeignKey, readContexts, type Scope } from "./inline-context.ts";
import { isJson, type Json } from "./json.ts";
import { ABSOLUTE, collapsed, isHostName, withLanguages } from "./shape.ts";
import { MAPS, TERMS, TYPE_OF_IRI, TYPES, UNREAD, type Term } from "./terms.ts";

/** The document cannot be read without a JSON-LD processor. */
export const SLOW = Symbol("slow");
type Slow = typeof SLOW;

const AS_PUBLIC = "as:Public";
const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
/** Where Fedify looks at the type of what comes embedded, and may not see it at all. */
const PICKY: ReadonlySet<string> = new Set(["actor", "attributedTo", "inReplyTo"]);
const ACTOR_TYPES: ReadonlySet<unknown> = new Set("Person Service Application Group Organization".split(" "));
/** Identifiers that mean themselves in every context which `readContexts` lets pass. */
const PLAIN_IRI = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/|(?:did|urn|tag|acct|mailto):)/;

/**
 * The normal form of a document whose contexts and keys mean what they always mean, without any JSON-LD: exactly what
 * the slow path gives, or {@link SLOW}. Null when there is nothing of ours in it.
 */
export function toNormalFast(json: Json): Json | null | Slow {
  return readFast(json).normal;
}

/** The same, and whether all contexts are of the kind that bends no word of ours, whether it is used or not. */
export function readFast(json: Json): { readonly normal: Json | null | Slow; readonly isUsual: boolean } {
  const scope = readContexts(json["@context"] === undefined ? [] : [json["@context"]]);
  if (scope === null) return { normal: SLOW, isUsual: false };
  const node = readNode(json, scope, true);
  return { normal: typeof node === "string" ? null : node, isUsual: scope.isUsual && node !== SLOW };
}

/** An object in normal form, its id when there is nothing else, null when there is nothing. */
function readNode(json: Json, outer: Scope, isTop: boolean): Json | string | null | Slow {
  let scope: Scope | null = outer;
  if (!isTop && Object.hasOwn(json, "@context")) {
    scope = readContexts([...outer.entries, json["@context"]]);
    if (scope === null || !scope.isUsual) return SLOW;
  }
  const result: Record<string, unknown> = {};
  let id: string | undefined;
  let texts: Set<Term> | null = null;
  for (const key in json) {
    if (key === "@context" || UNREAD.has(key)) continue;
    if (key.charCodeAt(0) === 0x40 || scope.hard.has(key)) return SLOW;
    const value = json[key];
    if (key === "id") {
      if (typeof value !== "string" || !isPlainIri(value)) return SLOW;
      id = value;
      continue;
    }
    if (key === "type") {
      const types = readTypes(value, scope);
      if (types === SLOW) return SLOW;
      if (types.length > 0) result["type"] = collapsed(types);
      continue;
    }
    const text = MAPS.get(key);
    const term = text ?? TERMS.get(key);
    if (term === undefined) {
      if (!isHarmless(key, value, scope)) return SLOW;
    } else if (term.kind === "text") {
      (texts ??= new Set()).add(term);
    } else {
      const values = readValues(term, value, scope);
      if (values === SLOW) return SLOW;
      if (term.kind === "refs" || term.kind === "literals") {
        if (value !== null && value !== undefined) result[key] = values;
      } else if (values.length > 0) result[key] = collapsed(values);
    }
  }
  if (texts !== null)
    for (const term of texts) if (readTexts(term, json, scope, result) === SLOW) return SLOW;
  return finish(id, result);
}

function finish(id: string | undefined, result: Record<string, unknown>): Json | string | null {
  let isEmpty = true;
  for (const _ in result) {
    isEmpty = false;
    break;
  }
  if (isEmpty) return id ?? null;
  if (id !== undefined) result["id"] = id;
  return result;
}

function readTypes(value: unknown, { hard }: Scope): readonly string[] | Slow {
  const types: string[] = [];
  for (const word of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
    if (typeof word !== "string" || hard.has(word)) return SLOW;
    const [iri] = TYPES.get(word) ?? [];
    const canonical = iri === undefined ? undefined : TYPE_OF_IRI.get(iri);
    if (canonical === undefined) return SLOW;
    types.push(canonical);
  }
  return types;
}

function readValues(term: Term, value: unknown, scope: Scope): readonly unknown[] | Slow {
  if (!Array.isArray(value)) {
    const one = readValue(term, value, scope);
    return one === SLOW ? SLOW : one === undefined ? [] : [one];
  }
  const values: unknown[] = [];
  for (const item of value as readonly unknown[]) {
    const one = readValue(term, item, scope);
    if (one === SLOW) return SLOW;
    if (one !== undefined) values.push(one);
  }
  return values;
}

/** One value; undefined when it says nothing. */
function readValue(term: Term, value: unknown, scope: Scope): unknown {
  if (value === null) return undefined;
  if (typeof value === "object") {
    if (!isJson(value) || term.kind === "text" || term.kind === "host") return SLOW;
    const node = readNode(value, scope, false);
    return node !== SLOW && PICKY.has(term.name) && !isActor(value, node) ? SLOW : (node ?? undefined);
  }
  switch (term.kind) {
    case "literal":
    case "literals":
    case "text":
      return value;
    case "host":
      return typeof value === "string" && isHostName(value) ? value : SLOW;
    case "authority":
      if (value === AS_PUBLIC) return PUBLIC;
      return readIri(value);
    case "ref":
    case "refs":
      return readIri(value);
    default:
      return term.kind satisfies never;
  }
}

/** Of these it takes actors, and so do we; about others it is asked. */
function isActor(value: Json, node: Json | string | null): boolean {
  if (isJson(node)) return ACTOR_TYPES.has(node["type"]);
  return Object.keys(value).every((key) => key === "id");
}

function readIri(value: unknown): unknown {
  if (typeof value !== "string") return undefined;
  return isPlainIri(value) ? value : SLOW;
}

function isPlainIri(value: string): boolean {
  return PLAIN_IRI.test(value) && ABSOLUTE.test(value) && URL.canParse(value);
}

/** `content` and `contentMap` together: they are one property of JSON-LD. */
function readTexts(term: Term, json: Json, scope: Scope, result: Record<string, unknown>): Slow | undefined {
  const plain: unknown[] = [];
  const tagged: [language: string, text: string][] = [];
  const values = Object.hasOwn(json, term.name) ? readValues(term, json[term.name], scope) : [];
  if (values === SLOW) return SLOW;
  for (const value of values)
    if (typeof value === "string" && scope.language !== null) {
      tagged.push([scope.language, value]);
    } else plain.push(value);
  const map = Object.hasOwn(json, `${term.name}Map`) ? json[`${term.name}Map`] : {};
  if (!isJson(map)) return SLOW;
  for (const language of Object.keys(map).toSorted()) {
    const text = map[language];
    if (UNREAD.has(language) || text === null) continue;
    if (typeof text !== "string" || language.startsWith("@") || language === "id" || language === "type")
      return SLOW;
    tagged.push([language.toLowerCase(), text]);
  }
  withLanguages(term.name, plain, tagged, result);
  return undefined;
}

/** True for a key of no interest whose value no JSON-LD processor would choke on. */
function isHarmless(key: string, value: unknown, scope: Scope): boolean {
  if (key.includes(":") && !isForeignKey(key, scope)) return false;
  return isQuiet(value, scope);
}

function isQuiet(value: unknown, scope: Scope): boolean {
  if (typeof value === "string") return !value.startsWith("@");
  if (typeof value !== "object" || value === null) return true;
  if (isJson(value)) return readNode(value, scope, false) !== SLOW;
  return Array.isArray(value) && value.every((item) => !Array.isArray(item) && isQuiet(item, scope));
}
