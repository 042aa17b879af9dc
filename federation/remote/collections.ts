import {
  countOf,
  iriOf,
  irisOf,
  isJson,
  listOf,
  sameOrigin,
  typesOf,
  webAddress,
  type Json,
} from "../reading/json.ts";
import type { Documents } from "./documents.ts";

/** How much of a collection is read: a page that points to itself or to another host ends it (threats JLD-11). */
export type CollectionBudget = { readonly pages: number; readonly items: number };

export const SMALL: CollectionBudget = { pages: 3, items: 50 };

/** What was read of a collection. */
export type Collected = {
  /** As they came, each with the context of its page. */
  readonly items: readonly unknown[];
  /** What the collection says it holds, null when it does not say. */
  readonly total: number | null;
  /** Documents that were asked for. */
  readonly requests: number;
};

/**
 * Reads a collection and its pages, all of them on the collection's own origin and each at most once. Pages and items
 * may be embedded. Null when there is no collection to be had.
 */
export async function readCollection(
  documents: Documents,
  collectionUri: string,
  budget: CollectionBudget = SMALL,
): Promise<Collected | null> {
  const head = await documents.load(collectionUri);
  if (!head.ok || !sameOrigin(head.url, collectionUri) || !isCollection(head.json)) return null;
  const items: unknown[] = [...itemsIn(head.json)];
  const seen = new Set([collectionUri, webAddress(iriOf(head.json["id"])) ?? collectionUri]);
  let requests = 1;
  let next: unknown = head.json["first"] ?? head.json["next"];
  for (let pages = 0; pages < budget.pages && items.length < budget.items; pages++) {
    const uri = webAddress(iriOf(next));
    if (uri !== null && seen.has(uri)) break;
    if (uri !== null) seen.add(uri);
    const shown = embeddedPage(next, head.json);
    const page = shown ?? (await pageAt(documents, uri, collectionUri));
    if (shown === null && uri !== null) requests++;
    if (page === null) break;
    items.push(...itemsIn(page));
    next = page["next"];
  }
  const total = countOf(head.json["totalItems"]);
  return { items: items.slice(0, budget.items), total, requests };
}

/**
 * The ids that a collection lists in one document. Null when it cannot be read, is paged, or says that it holds more
 * than it shows: half a list would be taken for the whole.
 */
export async function wholeCollection(
  documents: Documents,
  collectionUri: string,
): Promise<readonly string[] | null> {
  documents.forget(collectionUri);
  const loaded = await documents.load(collectionUri);
  if (!loaded.ok || !sameOrigin(loaded.url, collectionUri) || !isCollection(loaded.json)) return null;
  const { json } = loaded;
  const items = json["orderedItems"] ?? json["items"];
  if (json["first"] !== undefined || json["next"] !== undefined) return null;
  const total = countOf(json["totalItems"]);
  // A list that is left out is an empty one only if the collection says so itself.
  if (items === undefined && total !== 0) return null;
  const uris = irisOf(items);
  return total !== null && total > uris.length ? null : uris;
}

/** The items of a collection alone, none when it cannot be read. */
export async function itemsOf(documents: Documents, collectionUri: string): Promise<readonly unknown[]> {
  return (await readCollection(documents, collectionUri))?.items ?? [];
}

/**
 * What the items of a collection are about, by id: the item itself, or for an activity (FEP-f228's collections of
 * activities, the Add of FEP-171b around a Create) the thing it was done to.
 */
export function subjectsOf(items: readonly unknown[]): readonly string[] {
  const uris = items.map((item) => subjectOf(item, 0));
  return [...new Set(uris.filter((uri) => uri !== null))];
}

function subjectOf(item: unknown, depth: number): string | null {
  const isActivity = isJson(item) && typesOf(item).some((type) => type === "Create" || type === "Add");
  if (isActivity && depth < 3) return subjectOf(item["object"], depth + 1);
  return isJson(item) && typesOf(item).some((type) => OTHER.has(type)) ? null : webAddress(iriOf(item));
}

/** Activities that bring nothing new into a conversation. */
const OTHER: ReadonlySet<string> = new Set(
  "Update Delete Like Dislike EmojiReact Announce Undo Remove Flag Block Tombstone".split(" "),
);

function isCollection(json: Json): boolean {
  return typesOf(json).some((type) => /^(?:Ordered)?Collection(?:Page)?$/.test(type));
}

function itemsIn(page: Json): readonly unknown[] {
  const context = page["@context"];
  const found = listOf(page["orderedItems"] ?? page["items"]);
  return found.map((item) => (isJson(item) ? { "@context": context, ...item } : item));
}

/** A page that came with its collection, as Mastodon sends the first one. */
function embeddedPage(page: unknown, head: Json): Json | null {
  if (!isJson(page) || (page["items"] ?? page["orderedItems"] ?? page["next"]) === undefined) return null;
  return { "@context": head["@context"], ...page };
}

async function pageAt(documents: Documents, uri: string | null, collectionUri: string): Promise<Json | null> {
  if (uri === null || !sameOrigin(uri, collectionUri)) return null;
  const loaded = await documents.load(uri);
  return loaded.ok && sameOrigin(loaded.url, collectionUri) ? loaded.json : null;
}
