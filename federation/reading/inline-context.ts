import { preloadedContexts } from "@fedify/fedify";
import { contextOf, isLitepub } from "./contexts.ts";
import { isJson, listOf, type Json } from "./json.ts";
import {
  ALIASES,
  AS,
  MAPS,
  PREFIXES,
  TERM_OF_IRI,
  TERMS,
  TYPE_OF_IRI,
  TYPES,
  UNREAD,
  type Term,
} from "./terms.ts";

// Reads `@context` just far enough to know that every word of ours means what it always means. Whatever is not plainly so
// is answered with "slow": then a JSON-LD processor decides.

/** What a document's contexts mean for its words. */
export type Scope = {
  /** Words that mean something else here, or something of ours under another name: a body with them is read slowly. */
  readonly hard: ReadonlySet<string>;
  /** The language of texts that name none, in lower case. */
  readonly language: string | null;
  /** False when some context bends or hides a word of ours, used or not. */
  readonly isUsual: boolean;
  /** Every entry that led here, outermost first; any inline definition may serve as a prefix of another. */
  readonly entries: readonly unknown[];
};

type Reading = {
  readonly hard: Set<string>;
  readonly entries: readonly unknown[];
  /** Words that a context has sealed; defining them anew may be an error. */
  readonly sealed: Set<string>;
  language: string | null;
};

type Known = {
  readonly hard: ReadonlySet<string>;
  readonly words: readonly string[];
  readonly isSealed: boolean;
};

const ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams";
const SCHEMA_ORG = "http://schema.org/";
const LITEPUB_EXAMPLE = "https://litepub.example/schemas/litepub-0.1.jsonld";
/** Schemes of identifiers without `//`; as prefixes they would bend the identifiers themselves. */
const SCHEMES: ReadonlySet<string> = new Set(
  "http https did urn tag acct mailto ap data javascript _".split(" "),
);
const ALIAS_WORDS: readonly string[] = Object.keys(ALIASES);
const MAX_STEPS = 4;

/** Prefixes that a context fetched by its address may have defined, with all their meanings. */
const FOREIGN_PREFIXES: ReadonlyMap<string, readonly string[]> = collectPrefixes();

/** The contexts that the closed loader knows, judged once; all other addresses stand for an empty context. */
const KNOWN: ReadonlyMap<string, Known> = new Map(
  [...Object.keys(preloadedContexts), LITEPUB_EXAMPLE]
    .filter((url) => url !== SCHEMA_ORG)
    .map((url) => [url, judgeKnown(url)]),
);

/** Reads a list of contexts, outermost first; null when only a JSON-LD processor can tell what they mean. */
export function readContexts(contexts: readonly unknown[]): Scope | null {
  const entries = contexts.flatMap((context) => (Array.isArray(context) ? context : [context]));
  const reading: Reading = { hard: new Set(ALIAS_WORDS), entries, sealed: new Set(), language: null };
  for (const entry of entries) {
    const isRead = typeof entry === "string" ? readAddress(entry, reading) : readInline(entry, reading);
    if (!isRead) return null;
  }
  const isUsual = reading.hard.size === ALIAS_WORDS.length;
  return { hard: reading.hard, isUsual, language: reading.language, entries };
}

/** False when a key with a colon may stand for one of our words: `as:to`, or a whole IRI. */
export function isForeignKey(key: string, scope: Scope): boolean {
  const iris = meaningsOf(key, scope.entries, 0);
  return iris !== null && !iris.some(isOurs);
}

function readAddress(url: string, reading: Reading): boolean {
  if (url === SCHEMA_ORG || !/^https?:\/\//.test(url)) return false;
  const known = KNOWN.get(isLitepub(url) ? LITEPUB_EXAMPLE : url);
  if (known === undefined) return true;
  for (const word of known.hard) reading.hard.add(word);
  // ActivityStreams repeats what sealed contexts say, in the same words.
  if (
    reading.sealed.size > 0 &&
    url !== ACTIVITY_STREAMS &&
    known.words.some((word) => reading.sealed.has(word))
  )
    return false;
  if (known.isSealed) for (const word of known.words) reading.sealed.add(word);
  return true;
}

function readInline(entry: unknown, reading: Reading): boolean {
  if (!isJson(entry)) return false;
  for (const word in entry) {
    const definition = entry[word];
    if (word.startsWith("@")) {
      if (!readKeyword(word, definition, reading)) return false;
    } else if (reading.sealed.has(word) || !readWord(word, definition, reading)) return false;
  }
  return true;
}

function readKeyword(word: string, value: unknown, reading: Reading): boolean {
  if (word === "@version") return value === 1.1;
  if (word !== "@language") return false;
  if (value !== null && typeof value !== "string") return false;
  reading.language = value?.toLowerCase() ?? null;
  return true;
}

/** True when the definition is well-formed; words that it bends become hard. */
function readWord(word: string, definition: unknown, reading: Reading): boolean {
  if (word === "id" || word === "type") return definition === `@${word}`;
  if (word === "" || word.includes(":")) return false;
  // `tag` is a scheme and a word of ActivityStreams, which is no prefix as long as it is defined by an object.
  if (SCHEMES.has(word) && !(TERMS.has(word) && isJson(definition))) return false;
  const plain = toPlain(definition);
  if (plain === null) return false;
  const iris = meaningsOf(plain.id, reading.entries, 0);
  if (iris === null) return false;
  if (word === "as") return iris.every((iri) => iri === AS);
  if (UNREAD.has(word)) return true;
  if (!isHarmless(word, iris, plain)) reading.hard.add(word);
  return true;
}

type Plain = { readonly id: string; readonly type: string | null; readonly container: string | null };

/** A definition of the simplest kinds; null for all others. */
function toPlain(definition: unknown): Plain | null {
  if (typeof definition === "string") return { id: definition, type: null, container: null };
  if (!isJson(definition)) return null;
  let container: string | null = null;
  let type: string | null = null;
  for (const key in definition) {
    const value = definition[key];
    if (key === "@container") container = typeof value === "string" ? value : null;
    else if (key === "@type") type = typeof value === "string" ? value : null;
    else if (key !== "@id") return null;
    if (typeof value !== "string") return null;
  }
  const id = definition["@id"];
  if (typeof id !== "string") return null;
  if (container !== null && !/^@(?:set|list|language|index)$/.test(container)) return null;
  return type === null || type === "@id" || type === "@vocab" || /^[A-Za-z][\w+.-]*:/.test(type)
    ? { id, type, container }
    : null;
}

/** True when a word means in this definition what it means to us, or nothing that is ours. */
function isHarmless(word: string, iris: readonly string[], plain: Plain): boolean {
  const types = TYPES.get(word);
  if (types !== undefined) return iris.every((iri) => types.includes(iri));
  const map = MAPS.get(word);
  if (map !== undefined)
    return (
      plain.container === "@language" && plain.type === null && iris.every((iri) => map.iris.includes(iri))
    );
  const term = TERMS.get(word);
  if (term !== undefined) return iris.every((iri) => term.iris.includes(iri)) && suits(term, plain);
  return (
    !iris.some(isOurs) && (plain.container === null || plain.container === "@set") && plain.type !== "@vocab"
  );
}

function suits({ kind }: Term, { type, container }: Plain): boolean {
  const isList = container === "@list";
  if (container !== null && container !== "@set" && !isList) return false;
  switch (kind) {
    case "authority":
      return type === "@id" && !isList;
    case "ref":
      return (type === "@id" || type === null) && !isList;
    case "host":
      return type === "@id" && !isList;
    case "refs":
      return (type === "@id" || type === null) && isList;
    case "literals":
      return type === null && isList;
    case "text":
      return type === null && !isList;
    case "literal":
      return type !== "@id" && type !== "@vocab" && !isList;
    default:
      return kind satisfies never;
  }
}

function isOurs(iri: string): boolean {
  return TERM_OF_IRI.has(iri) || TYPE_OF_IRI.has(iri);
}

/**
 * Every IRI that a compact IRI may stand for, whichever of the definitions in reach counts; null for bare words,
 * keywords and what is defined in circles.
 */
function meaningsOf(word: string, entries: readonly unknown[], steps: number): readonly string[] | null {
  const colon = word.indexOf(":");
  if (colon <= 0 || steps > MAX_STEPS) return null;
  const rest = word.slice(colon + 1);
  if (rest.startsWith("//")) return [word];
  const prefix = word.slice(0, colon);
  if (prefix === "_") return null;
  const fixed = PREFIXES.get(prefix)?.[0];
  const iris = (FOREIGN_PREFIXES.get(prefix) ?? []).map((base) => base + rest);
  if (fixed !== undefined) iris.push(fixed + rest);
  for (const entry of entries) {
    const base = isJson(entry) && Object.hasOwn(entry, prefix) ? idIn(entry[prefix]) : undefined;
    if (base === undefined || base === fixed) continue;
    const bases = meaningsOf(base, entries, steps + 1);
    if (bases === null) return null;
    for (const one of bases) iris.push(one + rest);
    // What does not end like a namespace is no prefix (JSON-LD 1.1, 4.1.5): then the word is an IRI as it stands.
    if (!/[:/?#[\]@]$/.test(base)) iris.push(word);
  }
  return iris.length === 0 ? [word] : iris;
}

function idIn(definition: unknown): string | undefined {
  const id = isJson(definition) ? definition["@id"] : definition;
  return typeof id === "string" ? id : undefined;
}

function collectPrefixes(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const url of [...Object.keys(preloadedContexts), LITEPUB_EXAMPLE].filter((one) => one !== SCHEMA_ORG))
    for (const entry of inlineOf(url))
      for (const [word, id] of Object.entries(entry)) {
        if (typeof id !== "string" || !/^https?:\/\/.*[:/?#[\]@]$/.test(id)) continue;
        if (PREFIXES.get(word)?.[0] === id) continue;
        found.set(word, [...(found.get(word) ?? []), id]);
      }
  return found;
}

function inlineOf(url: string): readonly Json[] {
  const document = contextOf(url);
  return isJson(document) ? listOf(document["@context"]).filter(isJson) : [];
}

function judgeKnown(url: string): Known {
  const entries = inlineOf(url);
  const reading: Reading = { hard: new Set(), entries, sealed: new Set(), language: null };
  for (const entry of entries)
    for (const [word, definition] of Object.entries(entry)) {
      if (word.startsWith("@")) continue;
      // Scoped contexts and their like: well-formed, as published, but not to be read fast.
      if (!readWord(word, definition, reading)) reading.hard.add(word);
    }
  const words = entries
    .flatMap((entry) => Object.keys(entry))
    .filter((word) => !/^(?:id|type|@.*)$/.test(word));
  for (const word of UNREAD) reading.hard.delete(word);
  return { hard: reading.hard, words, isSealed: entries.some((entry) => entry["@protected"] === true) };
}
