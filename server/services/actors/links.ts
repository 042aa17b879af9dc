import type { App } from "../../context.ts";
import type { ProfileField } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { type ActorRow, findActorById, updateActor } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { firstLink, relMeLinks } from "../../text/rel-me.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { isDeniedHost } from "../moderation/domains.ts";

/** Read of a page at most, bytes: links to oneself stand near its top or foot. */
const PAGE_BYTES = 1024 * 1024;
const PAGES_OF_HOST: RateRule = { name: "link-checks", limit: 30, windowMs: 60_000 };

/** Has the links of a profile checked, inside the caller's transaction. Many wishes are one job. */
export async function requestLinkCheck(app: App, tx: Db, actorId: ActorId): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "verify-links",
    payload: { actorId },
    dedupeKey: `verify-links:${actorId}`,
    lane: 2,
  });
}

/**
 * Marks the links of a profile whose pages link back to it with `rel="me"`, and takes the mark off those that do not any
 * more; the job behind `verify-links`. A page that does not answer changes nothing.
 */
export async function verifyLinks(app: App, actorId: ActorId): Promise<void> {
  const actor = await findActorById(app.db, actorId);
  if (actor === undefined || actor.deleted_at !== null) return;
  const verdicts = new Map<string, boolean>();
  for (const { valueHtml } of fieldsOf(actor)) {
    const link = firstLink(valueHtml);
    const linksBack = link === null ? null : await doesLinkBack(app, link, ownPages(actor));
    if (linksBack !== null) verdicts.set(valueHtml, linksBack);
  }
  if (verdicts.size === 0) return;
  await transaction(app.db, async (tx) => {
    const now = await findActorById(tx, actorId);
    if (now === undefined || now.deleted_at !== null) return;
    await updateActor(tx, actorId, {
      fields: toJson(fieldsOf(now).map((field) => judged(app, field, verdicts))),
    });
  });
}

/** The addresses that are the actor's: a page on a third host is anybody's, whose links back are not for this actor. */
function ownPages(actor: ActorRow): readonly string[] {
  const { host } = new URL(actor.uri);
  const pageHost = URL.canParse(actor.url) ? new URL(actor.url).host : "";
  return pageHost === host || pageHost === actor.host ? [actor.uri, actor.url] : [actor.uri];
}

function fieldsOf(actor: ActorRow): readonly ProfileField[] {
  return fromJson<readonly ProfileField[]>(actor.fields, []);
}

function judged(app: App, field: ProfileField, verdicts: ReadonlyMap<string, boolean>): ProfileField {
  const linksBack = verdicts.get(field.valueHtml);
  if (linksBack === undefined) return field;
  return { ...field, verifiedAt: linksBack ? (field.verifiedAt ?? app.clock.now()) : null };
}

/** Null when the page cannot be read. Over https and on one host, so that nobody speaks for it (threats XSS-20). */
async function doesLinkBack(app: App, link: string, own: readonly string[]): Promise<boolean | null> {
  const url = safeHttpUrl(link);
  if (url === null || (!url.startsWith("https:") && !app.config.allowPrivateAddresses)) return null;
  const { host } = new URL(url);
  // Profiles of strangers name any page they like: nobody is asked who is blocked, and nobody all the time.
  if ((await isDeniedHost(app, host)) || !app.limiter.take(PAGES_OF_HOST, host).ok) return null;
  try {
    const response = await app.http.fetch({
      url,
      headers: { accept: "text/html, application/xhtml+xml" },
      maxBytes: PAGE_BYTES,
      maxRedirects: 2,
    });
    if (response.status !== 200) return null;
    const isSameHost = new URL(response.url).origin === new URL(url).origin;
    const isPage = /html/i.test(response.headers.get("content-type") ?? "");
    if (!isSameHost || !isPage) return false;
    const wanted = new Set(own.map(comparable));
    return relMeLinks(new TextDecoder().decode(response.body)).some((href) => wanted.has(comparable(href)));
  } catch {
    return null;
  }
}

/** Without what makes no difference: fragment, slash at the end. */
function comparable(address: string): string {
  const url = safeHttpUrl(address);
  return url === null ? "" : url.replace(/#.*$/, "").replace(/\/$/, "");
}
