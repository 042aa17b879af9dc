import { Activity, Object as AsObject, getTypeId } from "@fedify/vocab";
import jsonld from "@fedify/vocab-runtime/jsonld";
import { CANONICAL_URL, CLOSED, loadContext, stripped } from "./contexts.ts";
import { SLOW, toNormalFast } from "./fast-path.ts";
import { irisOf, isJson, listOf, typesOf, type Json } from "./json.ts";
import { ABSOLUTE, collapsed, isHostName, withLanguages } from "./shape.ts";
import { AS, TERM_OF_IRI, TYPE_OF_IRI, TYPES, type Term } from "./terms.ts";

// The normal form. Whatever contexts a document came with, this is how it reads afterwards:
//
//   id           a text: an absolute IRI as it was written; absent when there was none
//   type         the word of `terms.ts`, or the whole IRI of a type that is not there; several are a list
//   references   an IRI, or an object in normal form; an object of which only the id is left is its id
//   literals     the bare text, number or truth value; types of literals are dropped
//   texts        `content`, `name`, `summary`: the text without a language, else the first with one;
//                those with a language also in `contentMap` … by lower-case tag, the context's own `@language` included
//   lists        `orderedItems`, `focalPoint`, `implements`, `gateways`: always lists
//   anything     one value is itself, several are a list, null and none are absent
//   the rest     keys that are not in `terms.ts`, `@context`, signatures, proofs and keys: left out

/** A remote document in the one form that all readers know; null when it is no ActivityStreams object. */
export async function toNormal(json: Json): Promise<Json | null> {
  const fast = toNormalFast(json);
  return fast === SLOW ? toNormalSlow(json) : fast;
}

/**
 * The same by a JSON-LD processor, for documents whose contexts are not among the usual. Fedify reads the document too;
 * when the two do not agree on who says what to whom, nobody is believed.
 */
export async function toNormalSlow(json: Json): Promise<Json | null> {
  const document = stripped(json);
  const expanded = await expand(document);
  const normal = expanded === null ? null : nodeOf(expanded);
  if (expanded === null || !isJson(normal)) return null;
  return (await agrees(normal, document, expanded)) ? normal : null;
}

async function expand(document: Json): Promise<Json | null> {
  try {
    // The library's types know neither strings as contexts nor our loader's tag.
    const options = { documentLoader: loadContext, expandContext: CANONICAL_URL } as object;
    const nodes: unknown = await jsonld.expand(document as object as never, options);
    const [node, ...others] = listOf(nodes);
    return isJson(node) && others.length === 0 ? node : null;
  } catch {
    return null;
  }
}

/** An expanded node in normal form, its id when there is nothing else, null when there is nothing. */
function nodeOf(node: Json): Json | string | null {
  const result: Record<string, unknown> = {};
  const types = listOf(node["@type"]).map((iri) => TYPE_OF_IRI.get(String(iri)) ?? String(iri));
  if (types.length > 0) result["type"] = collapsed(types);
  for (const [iri, values] of Object.entries(node)) {
    const term = TERM_OF_IRI.get(iri);
    if (term !== undefined) writeValues(term, listOf(values), result);
  }
  const id = node["@id"];
  const isNamed = typeof id === "string" && ABSOLUTE.test(id) && URL.canParse(id);
  if (Object.keys(result).length === 0) return isNamed ? id : null;
  return isNamed ? { ...result, id } : result;
}

function writeValues(term: Term, values: readonly unknown[], result: Record<string, unknown>): void {
  if (term.kind === "text") return writeTexts(term, values, result);
  const lists = values.filter((value) => isJson(value) && value["@list"] !== undefined);
  const listed = lists.flatMap((value) => (isJson(value) ? listOf(value["@list"]) : []));
  const single = values.filter((value) => !lists.includes(value));
  if (term.name === "items") {
    if (lists.length > 0) result["orderedItems"] = read(term, listed);
    const items = read(term, single);
    if (items.length > 0) result["items"] = collapsed(items);
    return;
  }
  const all = read(term, [...single, ...listed]);
  if (term.kind === "refs" || term.kind === "literals") result[term.name] = all;
  else if (all.length > 0) result[term.name] = collapsed(all);
}

function read(term: Term, values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value) => {
    const one = valueOf(term, value);
    return one === undefined ? [] : [one];
  });
}

/** One expanded value; undefined when it says nothing to us. */
function valueOf(term: Term, value: unknown): unknown {
  if (!isJson(value)) return undefined;
  if (value["@value"] !== undefined) return literalOf(term, value["@value"]);
  if (term.kind === "host" && isOnlyId(value)) {
    const host = value["@id"];
    return typeof host === "string" && isHostName(host) ? host : undefined;
  }
  return nodeOf(value) ?? undefined;
}

function isOnlyId(node: Json): boolean {
  return Object.keys(node).every((key) => key === "@id");
}

/** Contexts that forget to say so make texts of references; who does what is not left to such chance. */
function literalOf({ kind }: Term, value: unknown): unknown {
  if (typeof value === "object") return undefined;
  if (kind === "literal" || kind === "literals" || kind === "text") return value;
  if (kind === "authority" || typeof value !== "string") return undefined;
  return (kind === "host" ? isHostName(value) : ABSOLUTE.test(value) && URL.canParse(value))
    ? value
    : undefined;
}

function writeTexts(term: Term, values: readonly unknown[], result: Record<string, unknown>): void {
  const plain: unknown[] = [];
  const tagged: [string, string][] = [];
  for (const value of values) {
    if (!isJson(value)) continue;
    const text = value["@value"];
    const language = value["@language"];
    if (typeof text === "string" && typeof language === "string") tagged.push([language, text]);
    else {
      const one = valueOf(term, value);
      if (one !== undefined) plain.push(one);
    }
  }
  withLanguages(term.name, plain, tagged, result);
}

/**
 * True when Fedify, from the original words, sees the same id, type, actors, object, authors and audience. A document
 * with parts that Fedify's vocabulary refuses is shown to it without them.
 */
async function agrees(normal: Json, document: Json, expanded: Json): Promise<boolean> {
  const isActivity = normal["actor"] !== undefined;
  const context = [CANONICAL_URL, ...listOf(document["@context"])];
  const other =
    (await parse({ ...document, "@context": context }, isActivity)) ??
    (await parse(bare(expanded, isActivity), isActivity));
  if (other === null) return false;
  const claims: readonly (readonly [word: string, iris: readonly URL[]])[] = [
    ["id", other.id === null ? [] : [other.id]],
    ["to", other.toIds],
    ["cc", other.ccIds],
    ["bto", other.btoIds],
    ["bcc", other.bccIds],
    ["audience", other.audienceIds],
    ["attributedTo", other.attributionIds],
    ["inReplyTo", other.replyTargetIds],
    ...(other instanceof Activity
      ? ([
          ["actor", other.actorIds],
          ["object", other.objectIds],
          ["target", other.targetIds],
        ] as const)
      : []),
  ];
  return (
    isSameType(normal, other) &&
    claims.every(([word, iris]) => {
      if (word === "id") return isSame(listOf(normal["id"]), iris, []);
      return isSame(irisOf(normal[word]), iris, relativesOf(expanded, AS + word));
    })
  );
}

function isSame(ours: readonly unknown[], theirs: readonly URL[], unnamed: readonly string[]): boolean {
  const a = new Set(
    ours.map((iri) => (typeof iri === "string" && URL.canParse(iri) ? new URL(iri).href : iri)),
  );
  const b = new Set(theirs.map((url) => url.href).filter((iri) => a.has(iri) || !unnamed.includes(iri)));
  return a.size === b.size && [...a].every((iri) => typeof iri === "string" && b.has(iri));
}

/** What Fedify makes of relative IRIs, by the document's own id; to us they name nobody: a bare "Public" is not public. */
function relativesOf(expanded: Json, claim: string): readonly string[] {
  const base = expanded["@id"];
  return listOf(expanded[claim]).flatMap((value) => {
    const iri = isJson(value) ? value["@id"] : undefined;
    if (typeof iri !== "string" || typeof base !== "string" || isAbsolute(iri)) return [];
    return URL.canParse(iri, base) ? [new URL(iri, base).href] : [];
  });
}

/** Fedify takes the first type that it knows; ours must be that one. */
function isSameType(normal: Json, other: AsObject): boolean {
  const type = getTypeId(other).href;
  const generic = type === `${AS}Object` || type === `${AS}Activity`;
  return generic || typesOf(normal).some((word) => (TYPES.get(word) ?? [word]).includes(type));
}

async function parse(json: Json, isActivity: boolean): Promise<AsObject | null> {
  try {
    return isActivity ? await Activity.fromJsonLd(json, CLOSED) : await AsObject.fromJsonLd(json, CLOSED);
  } catch {
    // Fedify throws TypeError for wrong types, and whatever JSON-LD or URL parsing throws for malformed values.
    return null;
  }
}

const CLAIMS = "actor object target to cc bto bcc audience attributedTo inReplyTo"
  .split(" ")
  .map((word) => AS + word);

/** Only who says what to whom, by id, as a thing of no particular type. */
function bare(expanded: Json, isActivity: boolean): Json {
  const claims = CLAIMS.map((iri): [string, unknown] => [
    iri,
    listOf(expanded[iri]).flatMap((value) =>
      isJson(value) && isAbsolute(value["@id"]) ? [{ "@id": value["@id"] }] : [],
    ),
  ]);
  const type = [`${AS}${isActivity ? "Activity" : "Object"}`];
  const id = expanded["@id"];
  return { ...(isAbsolute(id) ? { "@id": id } : {}), "@type": type, ...Object.fromEntries(claims) };
}

function isAbsolute(iri: unknown): boolean {
  return typeof iri === "string" && ABSOLUTE.test(iri) && URL.canParse(iri);
}
