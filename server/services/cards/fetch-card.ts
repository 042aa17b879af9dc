import type { App } from "../../context.ts";
import { parseHandle } from "../../domain/actor.ts";
import { findActorByHandle, findRemoteActor } from "../../store/actors.ts";
import { type CardRow, findCard, removeUnusedCards, replaceCard } from "../../store/cards.ts";
import { fromJson } from "../../store/codec.ts";
import { decodePage, type PageCard, readPageCard } from "../../text/page-card.ts";
import { isOurHost } from "../actors/actors.ts";
import { storeImage } from "../media/encoder.ts";
import { isMediaRejected } from "../moderation/domains.ts";
import { CARD_FRESH_MS, emptyCard } from "./cards.ts";

/** HTML says who it is in its head; what is larger than this is not read. */
const PAGE_BYTES = 1024 * 1024;
const IMAGE_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 5_000;

/**
 * Fetches a page once and keeps its card; the job behind `card`. Whatever goes wrong leaves no card and is not tried
 * again for a week: in the queue of an author it may not hold up what they say (never throws for the page's sake).
 */
export async function fetchCard(app: App, key: string): Promise<void> {
  const known = await findCard(app.db, key);
  if (known === undefined) return;
  const now = app.clock.now();
  if (known.state !== "waiting" && known.fetched_at > now - CARD_FRESH_MS) return;
  const row = (await readPage(app, known)) ?? { ...emptyCard(key, known.url), fetched_at: now };
  const old = await replaceCard(app.db, row);
  if (old !== null) await app.files.remove(old);
}

async function readPage(app: App, { key, url }: CardRow): Promise<CardRow | null> {
  try {
    const answer = await app.http.fetch({
      url,
      maxBytes: PAGE_BYTES,
      timeoutMs: TIMEOUT_MS,
      headers: { accept: "text/html,application/xhtml+xml;q=0.9" },
    });
    const type = answer.headers.get("content-type") ?? "";
    if (answer.status !== 200 || !/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return null;
    const page = readPageCard(decodePage(answer.body, type), answer.url);
    if (page === null) return null;
    return {
      ...emptyCard(key, url),
      title: page.title,
      description: page.description,
      site: page.site,
      author: await authorOf(app, page, answer.url),
      language: page.language,
      ...(await keepImage(app, page.imageUrl)),
      state: "ready",
      fetched_at: app.clock.now(),
    };
  } catch {
    // Somebody else's page: unreachable, too large, refused by the guard of the way out.
    return null;
  }
}

/** The account that a page names as its author counts only when that account names the page's site (Mastodon 4.3). */
async function authorOf(app: App, page: PageCard, url: string): Promise<string> {
  const handle = page.creator === null ? null : parseHandle(page.creator);
  if (handle === null || handle.host === null) return page.author;
  const isOurs = isOurHost(app, handle.host);
  const actor = isOurs
    ? await findActorByHandle(app.db, handle.username.toLowerCase(), "")
    : await findRemoteActor(app.db, handle.username, handle.host);
  if (actor === undefined || actor.deleted_at !== null || actor.suspended_at !== null) return page.author;
  const site = new URL(url).hostname;
  const named = fromJson<readonly string[]>(actor.attribution_domains, []);
  const isNamed = named.some((domain) => site === domain || site.endsWith(`.${domain}`));
  if (!isNamed) return page.author;
  return isOurs ? `@${actor.username}` : `@${actor.username}@${actor.host}`;
}

/** The picture of a page, made small and kept here: readers ask nobody else for it. A card does without one. */
async function keepImage(
  app: App,
  url: string | null,
): Promise<Pick<CardRow, "image_file" | "image_width" | "image_height">> {
  const none = { image_file: null, image_width: null, image_height: null };
  if (url === null || (await isMediaRejected(app, url))) return none;
  try {
    const answer = await app.http.fetch({
      url,
      maxBytes: IMAGE_BYTES,
      timeoutMs: TIMEOUT_MS,
      headers: { accept: "image/*" },
    });
    if (answer.status !== 200) return none;
    const { name, image } = await storeImage(app, answer.body, "card");
    return { image_file: name, image_width: image.width, image_height: image.height };
  } catch {
    return none;
  }
}

/** Removes cards that no note shows any more, 500 at a time, and their pictures. */
export async function sweepCards(app: App): Promise<void> {
  for (;;) {
    const files = await removeUnusedCards(app.db, app.clock.now() - CARD_FRESH_MS, SWEPT);
    for (const file of files.names) await app.files.remove(file);
    if (files.count < SWEPT) return;
  }
}

const SWEPT = 500;
