import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  EMOJI_LIMIT,
  SHORTCODE,
  shortcodesIn,
  type CustomEmoji,
  type ReceivedEmoji,
} from "../../domain/emoji.ts";
import type { EmojiId } from "../../domain/ids.ts";
import { invalid } from "../../errors.ts";
import { fromJson, isSet, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { transaction } from "../../store/database.ts";
import {
  disableEmoji,
  type EmojiRow,
  findEmojiById,
  findEmojis,
  listOwnEmojis,
  putEmoji,
} from "../../store/emojis.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { storeImage } from "../media/encoder.ts";
import { proxyUrl } from "../media/proxy.ts";
import { audit } from "../moderation/audit.ts";

/** A custom emoji of ours as its object shows it. */
export type FederatedEmoji = {
  readonly uri: string;
  readonly name: string;
  /** Absolute. */
  readonly url: string;
  readonly mediaType: string;
  readonly updatedAt: number;
};

/** What a row keeps of the emoji of its texts: names and where their pictures are. */
export function emojiColumn(emojis: readonly CustomEmoji[]): string {
  return toJson(emojis.slice(0, EMOJI_LIMIT).map(({ name, url }) => ({ name, url })));
}

/** The emoji of a row as doors draw them: every picture comes from our own origin. */
export function emojiViews(app: App, column: string): readonly CustomEmoji[] {
  return fromJson<readonly Partial<CustomEmoji>[]>(column, []).flatMap(({ name, url }) =>
    name === undefined || url === undefined
      ? []
      : [{ name, url: url.startsWith("/") ? url : proxyUrl(app, url) }],
  );
}

/** Those of received emoji that can be shown, with canonical addresses. */
export function checkedEmojis(received: readonly ReceivedEmoji[]): readonly ReceivedEmoji[] {
  return received.slice(0, EMOJI_LIMIT).flatMap((emoji) => {
    const url = safeHttpUrl(emoji.url);
    return url === null || !SHORTCODE.test(emoji.name) ? [] : [{ ...emoji, url }];
  });
}

/** Remembers the emoji of a host inside the caller's transaction; a newer `updated`, or a new picture, replaces. */
export async function keepEmojis(
  app: App,
  tx: Db,
  host: string,
  received: readonly ReceivedEmoji[],
): Promise<void> {
  const checked = checkedEmojis(received);
  const stored = await findEmojis(
    tx,
    host,
    checked.map((emoji) => emoji.name),
  );
  const byName = new Map(stored.map((row) => [row.shortcode, row]));
  for (const emoji of checked) {
    const row = byName.get(emoji.name);
    if (row !== undefined && !isNewer(emoji, row)) continue;
    await putEmoji(tx, {
      id: row?.id ?? app.ids.next(),
      shortcode: emoji.name,
      host,
      uri: emoji.uri,
      file: null,
      remote_url: emoji.url,
      media_type: emoji.mediaType,
      updated_at: Math.min(emoji.updatedAt ?? 0, app.clock.now()),
      disabled: row?.disabled ?? 0,
    });
  }
}

function isNewer(emoji: ReceivedEmoji, row: EmojiRow): boolean {
  if (emoji.updatedAt === null) return row.updated_at === 0 && row.remote_url !== emoji.url;
  return emoji.updatedAt > row.updated_at;
}

/** Our own emoji that stand as `:name:` in texts. */
export async function ownEmojisIn(app: App, ...texts: readonly string[]): Promise<readonly CustomEmoji[]> {
  const names = shortcodesIn(texts.join(" \n "));
  const rows = await findEmojis(app.db, "", names);
  return rows.filter((row) => !isSet(row.disabled)).map(toCustomEmoji);
}

/** Our own emoji that may be used, by name. */
export async function listEmojis(app: App): Promise<readonly CustomEmoji[]> {
  return (await listOwnEmojis(app.db)).map(toCustomEmoji);
}

/** One of our own emoji by its name, or null. */
export async function findOwnEmoji(app: App, name: string): Promise<CustomEmoji | null> {
  const [emoji] = await ownEmojisIn(app, `:${name}:`);
  return emoji ?? null;
}

function toCustomEmoji(row: EmojiRow): CustomEmoji {
  return { name: row.shortcode, url: `/media/${row.file ?? ""}` };
}

/** Our own emoji by name for the wire; those out of use too, since texts still have them. */
export async function emojisForFederation(
  app: App,
  names: readonly string[],
): Promise<readonly FederatedEmoji[]> {
  return (await findEmojis(app.db, "", names)).map((row) => toFederated(app, row));
}

/** One of our own emoji by id, for its object. */
export async function emojiForFederation(app: App, id: EmojiId): Promise<FederatedEmoji | null> {
  const row = await findEmojiById(app.db, id);
  return row === undefined || row.host !== "" ? null : toFederated(app, row);
}

function toFederated(app: App, row: EmojiRow): FederatedEmoji {
  return {
    uri: app.uris.emoji(row.id),
    name: row.shortcode,
    url: app.uris.file(row.file ?? ""),
    mediaType: row.media_type,
    updatedAt: row.updated_at,
  };
}

/**
 * Makes a picture an emoji of ours under a name, or gives that name another picture. The earlier file stays for the notes
 * that have it. @throws invalid `{ shortcode }` or `{ file }`.
 */
export async function addEmoji(
  app: App,
  command: { readonly shortcode: string; readonly bytes: Uint8Array },
  by: Viewer | null = null,
): Promise<CustomEmoji> {
  const { shortcode, bytes } = command;
  if (!SHORTCODE.test(shortcode)) throw invalid({ shortcode: { key: "field.shortcode" } });
  const { name, image } = await storeImage(app, bytes, "emoji");
  await transaction(app.db, async (tx) => {
    const [row] = await findEmojis(tx, "", [shortcode]);
    const id = row?.id ?? app.ids.next();
    await putEmoji(tx, {
      id,
      shortcode,
      host: "",
      uri: app.uris.emoji(id),
      file: name,
      remote_url: null,
      media_type: image.mediaType,
      updated_at: Math.max(app.clock.now(), (row?.updated_at ?? 0) + 1),
      disabled: 0,
    });
    await audit(app, tx, by, {
      what: row === undefined ? "emoji.added" : "emoji.replaced",
      subject: shortcode,
    });
  });
  return { name: shortcode, url: `/media/${name}` };
}

/** Takes one of our emoji out of use; false when there is none of that name. */
export async function removeEmoji(app: App, shortcode: string, by: Viewer | null = null): Promise<boolean> {
  return await transaction(app.db, async (tx) => {
    const isDone = await disableEmoji(tx, shortcode, app.clock.now());
    if (isDone) await audit(app, tx, by, { what: "emoji.disabled", subject: shortcode });
    return isDone;
  });
}
