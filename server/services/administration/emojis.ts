import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { CustomEmoji } from "../../domain/emoji.ts";
import { notFound } from "../../errors.ts";
import { enableEmoji, listEveryEmoji } from "../../store/administration.ts";
import { transaction } from "../../store/database.ts";
import { audit } from "../moderation/audit.ts";
import { addEmoji, removeEmoji } from "../notes/emojis.ts";
import { requireAdministrator } from "./roles.ts";

const SHOWN = 1_000;

/** Our own emoji by name, and whether each may be used. @throws forbidden below admin */
export async function listAllEmojis(
  app: App,
  viewer: Viewer,
): Promise<readonly (CustomEmoji & { readonly inUse: boolean })[]> {
  requireAdministrator(viewer);
  return (await listEveryEmoji(app.db, SHOWN)).map((row) => ({
    name: row.shortcode,
    url: `/media/${row.file ?? ""}`,
    inUse: row.disabled === 0,
  }));
}

/** Makes a picture an emoji, or gives that name another picture. @throws forbidden below admin, invalid with fields */
export async function uploadEmoji(
  app: App,
  viewer: Viewer,
  command: { readonly shortcode: string; readonly bytes: Uint8Array },
): Promise<CustomEmoji> {
  requireAdministrator(viewer);
  const shortcode = command.shortcode.trim().replace(/^:(.*):$/, "$1");
  return await addEmoji(app, { shortcode, bytes: command.bytes }, viewer);
}

/** Takes an emoji out of use, or back into it; notes that have it keep it. @throws forbidden below admin, not_found */
export async function setEmojiUse(
  app: App,
  viewer: Viewer,
  command: { readonly name: string; readonly inUse: boolean },
): Promise<void> {
  requireAdministrator(viewer);
  const done = command.inUse
    ? await enable(app, viewer, command.name)
    : await removeEmoji(app, command.name, viewer);
  if (!done) throw notFound();
}

async function enable(app: App, viewer: Viewer, name: string): Promise<boolean> {
  return await transaction(app.db, async (tx) => {
    const isDone = await enableEmoji(tx, name, app.clock.now());
    if (isDone) await audit(app, tx, viewer, { what: "emoji.enabled", subject: name });
    return isDone;
  });
}
