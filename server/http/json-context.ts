// Inline JSON-LD contexts of strangers: extensions pass, other words for protected terms do not.
import { AS, KNOWN_ALIASES, KNOWN_PREFIXES, PROTECTED_IRIS, PROTECTED_TERMS } from "./protected-terms.ts";

type Json = Readonly<Record<string, unknown>>;
/** What words mean at one place of the document: term or prefix to IRI; `null` = taken out of use. */
type Scope = { readonly terms: ReadonlyMap<string, string | null>; readonly vocab: string };
type Walk = { contexts: number };
type Definitions = ReadonlyMap<string, string | null>;

/** Real documents carry one inline context for each embedded object at most; each costs the parser a copy. */
const MAX_INLINE_CONTEXTS = 64;
const MAX_DEPTH = 64;
/** A term may be defined by a term by a term …: more steps than this are a cycle or a game. */
const MAX_STEPS = 8;

const KEYWORD_TERMS: ReadonlyMap<string, string> = new Map([
  ["id", "@id"],
  ["type", "@type"],
]);
const HARMLESS_CONTAINERS: ReadonlySet<unknown> = new Set(["@list", "@set", "@language", "@index"]);
/** `@base` and `@import` are missing on purpose: they move ids or pull in definitions that we never see. */
const HARMLESS_KEYWORDS: ReadonlySet<string> = new Set([
  "@version",
  "@language",
  "@direction",
  "@vocab",
  "@protected",
  "@propagate",
]);

/**
 * A whole vocabulary that has its own `actor`, `object`, `url`, `audience` …: after ActivityStreams it takes their
 * meaning away. (Servers name single terms of it, by a prefix.)
 */
const SCHEMA_ORG = /^https?:\/\/schema\.org\/?(?:$|[?#])/i;
const AS_CONTEXT = "https://www.w3.org/ns/activitystreams";

/**
 * Says why a document's inline `@context`s give an ActivityStreams or security term another meaning, or another word
 * the meaning of such a term; `null` when they only add vocabulary, as Mastodon's and everybody's do.
 * `{"followers":{"@id":"as:to"}}` would make a followers-only post public for whoever trusts the words alone.
 */
export function refusesContextAliases(json: unknown): string | null {
  const terms = new Map<string, string | null>([...KNOWN_PREFIXES, ...KEYWORD_TERMS]);
  for (const [name, term] of PROTECTED_TERMS) terms.set(name, term.iri);
  return visit(json, { terms, vocab: "_:" }, { contexts: 0 }, 0);
}

function visit(value: unknown, outer: Scope, walk: Walk, depth: number): string | null {
  if (depth > MAX_DEPTH) return "nested too deep";
  if (Array.isArray(value)) return firstFault(value, (item) => visit(item, outer, walk, depth + 1));
  if (!isObject(value)) return null;
  const scope = "@context" in value ? enterContext(value["@context"], outer, walk, depth + 1) : outer;
  if (typeof scope === "string") return scope;
  return firstFault(Object.entries(value), ([key, child]) => {
    if (key === "@context") return null;
    return (
      aliasFault(key, key, scope) ?? typeFault(key, child, scope) ?? visit(child, scope, walk, depth + 1)
    );
  });
}

/** `{"type":"x:Delete"}` is a Delete for the parser and something unknown for who reads the word. */
function typeFault(key: string, value: unknown, scope: Scope): string | null {
  if (key !== "type" && key !== "@type") return null;
  const names = Array.isArray(value) ? value : [value];
  return firstFault(names, (name) => (typeof name === "string" ? aliasFault(name, name, scope) : null));
}

/** A fault when `word` means a protected term (or a keyword) without being its proper name. */
function aliasFault(
  word: string,
  target: string,
  scope: Scope,
  local: Definitions = new Map(),
): string | null {
  const iri = expand(target, scope, local, 0);
  return iri === undefined ? `cyclic definition of ${shown(word)}` : wordFault(word, iri);
}

function wordFault(word: string, iri: string): string | null {
  if (iri.startsWith("@")) {
    return word === iri || KEYWORD_TERMS.get(word) === iri ? null : `${shown(word)} stands for ${shown(iri)}`;
  }
  if (!PROTECTED_IRIS.has(iri) || PROTECTED_TERMS.get(word)?.iri === iri) return null;
  if (KNOWN_ALIASES.get(word) === iri) return null;
  return `${shown(word)} stands for ${iri}`;
}

function enterContext(context: unknown, outer: Scope, walk: Walk, depth: number): Scope | string {
  if (depth > MAX_DEPTH) return "nested too deep";
  let scope = outer;
  const entries: readonly unknown[] = Array.isArray(context) ? context : [context];
  for (const [index, entry] of entries.entries()) {
    if (typeof entry === "string") {
      if (SCHEMA_ORG.test(entry) && !entries.includes(AS_CONTEXT, index)) return `context ${shown(entry)}`;
      continue;
    }
    if (!isObject(entry)) return "malformed @context";
    walk.contexts++;
    if (walk.contexts > MAX_INLINE_CONTEXTS) return "too many inline contexts";
    const next = enterInline(entry, scope, walk, depth);
    if (typeof next === "string") return next;
    scope = next;
  }
  return scope;
}

function enterInline(entry: Json, outer: Scope, walk: Walk, depth: number): Scope | string {
  const vocab = vocabOf(entry["@vocab"], outer);
  if (vocab === undefined) return "malformed @vocab";
  const base: Scope = { terms: outer.terms, vocab };
  const local = new Map<string, string | null>();
  for (const [term, definition] of Object.entries(entry)) {
    if (term.startsWith("@")) {
      if (!HARMLESS_KEYWORDS.has(term)) return `${shown(term)} in an inline context`;
      continue;
    }
    const target = targetOf(term, definition, vocab);
    if (target === undefined) return `malformed definition of ${shown(term)}`;
    local.set(term, target);
  }
  const terms = new Map(outer.terms);
  for (const [term, target] of local) {
    const iri = target === null ? null : expand(target, base, local, 0);
    if (iri === undefined) return `cyclic definition of ${shown(term)}`;
    const fault =
      termFault(term, iri) ?? shapeFault(term, entry[term]) ?? scopedFault(entry[term], base, walk, depth);
    if (fault !== null) return fault;
    terms.set(term, iri);
  }
  return { terms, vocab };
}

function vocabOf(value: unknown, outer: Scope): string | undefined {
  if (value === undefined) return outer.vocab;
  if (value === null) return "";
  return typeof value === "string" ? expand(value, outer, new Map(), 0) : undefined;
}

/** The IRI, compact IRI or word that a definition points to; `null` = the term is switched off. */
function targetOf(term: string, definition: unknown, vocab: string): string | null | undefined {
  if (definition === null || typeof definition === "string") return definition;
  if (!isObject(definition)) return undefined;
  const id = definition["@id"];
  if (id === null || typeof id === "string") return id;
  if (id !== undefined) return undefined;
  return term.includes(":") ? term : vocab + term;
}

function termFault(term: string, iri: string | null): string | null {
  const keyword = KEYWORD_TERMS.get(term);
  const proper = keyword ?? PROTECTED_TERMS.get(term)?.iri ?? (term === "as" ? AS : undefined);
  if (proper !== undefined && iri !== proper) return `${shown(term)} is redefined`;
  return iri === null ? null : wordFault(term, iri);
}

/** Protected terms keep their coercion; no term may turn keys of an object into ids, types or graphs. */
function shapeFault(term: string, definition: unknown): string | null {
  if (!isObject(definition)) return null;
  const container = definition["@container"];
  const containers = container === undefined ? [] : Array.isArray(container) ? container : [container];
  if (containers.some((one) => !HARMLESS_CONTAINERS.has(one))) return `container of ${shown(term)}`;
  const rule = PROTECTED_TERMS.get(term);
  if (rule === undefined && !KEYWORD_TERMS.has(term)) return null;
  const type = definition["@type"];
  const isPlain =
    Object.keys(definition).every((key) => ["@id", "@type", "@container", "@protected"].includes(key)) &&
    (type === undefined || (rule?.types.some((allowed) => allowed === type) ?? false)) &&
    containers.every((one) => one === rule?.container);
  return isPlain ? null : `${shown(term)} is redefined`;
}

/** A definition may carry a context of its own, which holds for the values of the term. */
function scopedFault(definition: unknown, scope: Scope, walk: Walk, depth: number): string | null {
  if (!isObject(definition) || !("@context" in definition)) return null;
  const inner = enterContext(definition["@context"], scope, walk, depth + 1);
  return typeof inner === "string" ? inner : null;
}

/**
 * IRI expansion as in JSON-LD 1.1 API, section 5.2, with the definitions of the context being read before those in
 * force; `undefined` after too many steps.
 */
function expand(word: string, scope: Scope, local: Definitions, steps: number): string | undefined {
  if (steps > MAX_STEPS) return undefined;
  if (word.startsWith("@")) return word;
  const defined = meaning(word, scope, local, steps);
  if (defined !== null) return defined;
  const colon = word.indexOf(":", 1);
  if (colon < 0) return scope.vocab + word;
  const rest = word.slice(colon + 1);
  if (rest.startsWith("//")) return word;
  const prefix = meaning(word.slice(0, colon), scope, local, steps);
  return prefix === null ? word : prefix === undefined ? undefined : prefix + rest;
}

/** What a bare word is defined as: `null` = not defined, `undefined` = too many steps. */
function meaning(word: string, scope: Scope, local: Definitions, steps: number): string | null | undefined {
  const target = local.get(word);
  if (target === undefined) return scope.terms.get(word) ?? null;
  return target === null ? null : expand(target, scope, local, steps + 1);
}

function firstFault<T>(items: readonly T[], faultOf: (item: T) => string | null): string | null {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== null) return fault;
  }
  return null;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Strangers' words, short and printable, for the log. */
function shown(word: string): string {
  return word.replace(/[^\x21-\x7e]/g, "?").slice(0, 80);
}
