// Cards of links: what a linked page says about itself, fetched once for everybody here, or supplied by who sent the note.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CARD_LIMITS, type CardView, type ReceivedCard } from "../../domain/card.ts";
import { type CardRow, findCard, findCards, insertCard, removeCard, setNoteCard } from "../../store/cards.ts";
import type { Db } from "../../store/database.ts";
import { fractionOf } from "../../store/back-off.ts";
import { enqueue } from "../../store/jobs.ts";
import { cleanName } from "../../text/entities.ts";
import { firstLink } from "../../text/first-link.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { proxyUrl } from "../media/proxy.ts";
import { hostRules, isRejectedUrl } from "../moderation/domains.ts";

/** A page is asked again when a new note links to it, not before (see `fetchCard`). */
export const CARD_FRESH_MS = 7 * 86_400_000;
/** Servers that get the same note spread their requests over this (threats, egress defaults). */
const SPREAD_MS = 60_000;

/** What decides about the card of a note. */
export type Carded = {
  readonly id: number;
  readonly visibility: string;
  readonly html: string;
  /** Has pictures, or shows a quote: then a card would be one thing too many. */
  readonly isFull: boolean;
};

/** The first link of an open note that a card could stand for. Followers-only and direct notes never have one (PRV-10). */
function linkOf(app: App, note: Carded): string | null {
  if (note.isFull || (note.visibility !== "public" && note.visibility !== "unlisted")) return null;
  const url = firstLink(note.html);
  return url === null || new URL(url).origin === app.config.origin ? null : withoutFragment(url);
}

/**
 * Ties a note of ours to the card of its first link, inside the caller's transaction and before `federate`: the job that
 * fetches the page stands in the author's own queue, so that the card is there when the note leaves.
 */
export async function tieOwnCard(app: App, tx: Db, by: number, note: Carded): Promise<void> {
  const url = linkOf(app, note);
  const key = url === null ? null : keyOf(`page ${url}`);
  await setNoteCard(tx, note.id, key);
  if (url === null || key === null || (await isFresh(app, tx, key))) return;
  // With the hardened profile the page's server does not learn when somebody here wrote: the note leaves without the card.
  if (app.config.hardened) return await want(app, tx, key, url, { delayMs: spread(app) });
  await want(app, tx, key, url, { orderingKey: `federate:${by}`, delayMs: 0 });
}

/**
 * Ties a received note to the card that its sender supplied (FEP-8967), which stands for this note alone, so that no
 * server describes a page for others; else to that of its link, which is fetched a little later, once for all notes.
 */
export async function tieReceivedCard(
  app: App,
  tx: Db,
  note: Carded & { readonly uri: string },
  supplied: ReceivedCard | null,
): Promise<void> {
  const isOpen = !note.isFull && (note.visibility === "public" || note.visibility === "unlisted");
  if (isOpen && supplied !== null && supplied.title !== "") {
    const row = suppliedRow(app, keyOf(`note ${note.uri}`), supplied);
    if (row !== null) {
      await removeCard(tx, row.key);
      await insertCard(tx, row);
      return await setNoteCard(tx, note.id, row.key);
    }
  }
  const named = isOpen && supplied !== null ? safeHttpUrl(supplied.url) : null;
  const url = named === null ? linkOf(app, note) : withoutFragment(named);
  const key = url === null ? null : keyOf(`page ${url}`);
  await setNoteCard(tx, note.id, key);
  if (url === null || key === null) return;
  const known = await findCard(tx, key);
  if (known !== undefined && known.fetched_at > app.clock.now() - CARD_FRESH_MS) return;
  // A server that sends links by the thousand does not make us its crawler.
  if (!app.limiter.take(USE_LIMITS.cardsByHost, new URL(note.uri).host).ok) return;
  await want(app, tx, key, url, { delayMs: spread(app) });
}

function spread(app: App): number {
  return Math.floor(fractionOf(app.ids) * SPREAD_MS);
}

/** One job a page, however many notes link to it (no stampede). */
async function want(
  app: App,
  tx: Db,
  key: string,
  url: string,
  when: { readonly orderingKey?: string; readonly delayMs: number },
): Promise<void> {
  const now = app.clock.now();
  await insertCard(tx, { ...emptyCard(key, url), state: "waiting", fetched_at: now });
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt: now + when.delayMs,
    kind: "card",
    payload: { key },
    ...(when.orderingKey === undefined
      ? { dedupeKey: `card:${key}`, lane: 2 }
      : { orderingKey: when.orderingKey, lane: 0 }),
  });
}

async function isFresh(app: App, tx: Db, key: string): Promise<boolean> {
  const card = await findCard(tx, key);
  return card !== undefined && card.state !== "waiting" && card.fetched_at > app.clock.now() - CARD_FRESH_MS;
}

function suppliedRow(app: App, key: string, card: ReceivedCard): CardRow | null {
  const url = safeHttpUrl(card.url);
  const title = cleanName(card.title, CARD_LIMITS.title);
  if (url === null || title === "") return null;
  return {
    ...emptyCard(key, url),
    title,
    description: cleanName(card.description, CARD_LIMITS.description),
    site: "",
    author: cleanName(card.author, CARD_LIMITS.author).replace(/^@+/, ""),
    image_url: card.imageUrl === null ? null : safeHttpUrl(card.imageUrl),
    state: "ready",
    fetched_at: app.clock.now(),
  };
}

/** A card without anything on it. */
export function emptyCard(key: string, url: string): CardRow {
  return {
    key,
    url,
    title: "",
    description: "",
    site: "",
    author: "",
    image_file: null,
    image_url: null,
    image_width: null,
    image_height: null,
    language: null,
    state: "none",
    fetched_at: 0,
  };
}

function keyOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function withoutFragment(url: string): string {
  return url.replace(/#.*$/, "");
}

/** Cards by key, as far as they are there: one query, none when no key is given. */
export async function cardViews(
  app: App,
  keys: readonly (string | null)[],
): Promise<ReadonlyMap<string, CardView>> {
  const rows = await findCards(app.db, [...new Set(keys.filter((key) => key !== null))]);
  const rules = await hostRules(app);
  const isBare = (row: CardRow) => isRejectedUrl(rules, row.image_url) || isRejectedUrl(rules, row.url);
  const cleared = rows.map((row) => (isBare(row) ? { ...row, image_url: null, image_file: null } : row));
  return new Map(cleared.filter((row) => row.state === "ready").map((row) => [row.key, cardView(app, row)]));
}

function cardView(app: App, row: CardRow): CardView {
  const isVerified = row.author.startsWith("@");
  return {
    url: row.url,
    title: row.title,
    description: row.description,
    site: row.site === "" ? new URL(row.url).host.replace(/^www\./, "") : row.site,
    author: row.author,
    authorHandle: isVerified ? row.author : null,
    authorActor: null,
    imageUrl:
      row.image_file !== null
        ? `/media/${row.image_file}`
        : row.image_url === null
          ? null
          : proxyUrl(app, row.image_url),
    width: row.image_width,
    height: row.image_height,
    language: row.language,
  };
}
