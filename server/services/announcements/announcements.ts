// What the owners tell everybody here, from writing it to putting it away.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { countCharacters } from "../../domain/note.ts";
import { type FieldFaults, invalid, type Message, notFound } from "../../errors.ts";
import {
  type AnnouncementRow,
  findAnnouncement,
  findReadAnnouncements,
  forgetReads,
  insertAnnouncement,
  listAnnouncementRows,
  listUnreadAnnouncements,
  markAnnouncementRead,
  removeAnnouncement as removeRow,
  updateAnnouncement,
} from "../../store/announcements.ts";
import { transaction } from "../../store/database.ts";
import { normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { renderMarkup } from "../../text/markup.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { announce } from "../streams/announce.ts";
import { audit } from "../moderation/audit.ts";

export const ANNOUNCEMENT_LIMITS = { characters: 2_000, kept: 100, shown: 3 } as const;

/** Times in ms. */
export type Announcement = {
  readonly id: number;
  /** Markdown. */
  readonly source: string;
  readonly contentHtml: string;
  readonly language: string | null;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  /** Null = a draft that nobody sees. */
  readonly publishedAt: number | null;
  readonly updatedAt: number;
  readonly state: "draft" | "waiting" | "shown" | "ended";
};

export type WriteAnnouncement = {
  readonly source: string;
  readonly language: string | null;
  /** ms; NaN = something that is no time was typed. */
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly publish: boolean;
  /** Everybody sees it again, also who has put it away. */
  readonly showAgain?: boolean;
};

/** All of them, newest first. @throws forbidden below admin */
export async function listAnnouncements(app: App, viewer: Viewer): Promise<readonly Announcement[]> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  return (await listAnnouncementRows(app.db, ANNOUNCEMENT_LIMITS.kept)).map((row) => toView(row, now));
}

/** One by id. @throws forbidden below admin, not_found */
export async function getAnnouncement(app: App, viewer: Viewer, id: number): Promise<Announcement> {
  requireAdministrator(viewer);
  const row = await findAnnouncement(app.db, id);
  if (row === undefined) throw notFound();
  return toView(row, app.clock.now());
}

/** Writes a new one (`id` null) or changes one. Returns its id. @throws forbidden below admin, not_found, invalid with fields */
export async function saveAnnouncement(
  app: App,
  viewer: Viewer,
  id: number | null,
  command: WriteAnnouncement,
): Promise<number> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  const source = normalizeText(command.source).trim();
  const faults = faultsOf(source, command, now);
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const before = id === null ? undefined : await findAnnouncement(app.db, id);
  if (id !== null && before === undefined) throw notFound();
  const values = {
    source,
    content_html: renderMarkup(source, { mention: () => null, tag: (tag) => app.uris.tag(tag) }).html,
    language: command.language === null ? null : canonicalLanguage(command.language),
    starts_at: command.startsAt,
    ends_at: command.endsAt,
    published_at: command.publish ? (before?.published_at ?? now) : null,
    updated_at: now,
  };
  if (before === undefined) {
    const fresh = app.ids.next();
    await transaction(app.db, async (tx) => {
      await insertAnnouncement(tx, { id: fresh, ...values, created_at: now });
      await audit(app, tx, viewer, { what: "announcement.written", subject: String(fresh) });
    });
    announce(app, { type: "announcement", id: fresh });
    return fresh;
  }
  await transaction(app.db, async (tx) => {
    await updateAnnouncement(tx, before.id, values);
    if (command.showAgain === true) await forgetReads(tx, before.id);
    await audit(app, tx, viewer, { what: "announcement.changed", subject: String(before.id) });
    announce(app, { type: "announcement", id: before.id });
  });
  return before.id;
}

function faultsOf(source: string, { startsAt, endsAt }: WriteAnnouncement, now: number): FieldFaults {
  const faults: Record<string, Message> = {};
  const max = ANNOUNCEMENT_LIMITS.characters;
  if (source === "") faults["source"] = { key: "field.required" };
  else if (countCharacters(source) > max) faults["source"] = { key: "field.too_long", params: { max } };
  if (startsAt !== null && !Number.isSafeInteger(startsAt)) faults["starts"] = { key: "field.schedule" };
  if (endsAt !== null && !Number.isSafeInteger(endsAt)) faults["ends"] = { key: "field.schedule" };
  else if (endsAt !== null && endsAt <= Math.max(now, startsAt ?? 0))
    faults["ends"] = { key: "field.ends_before" };
  return faults;
}

/** Removes one. @throws forbidden below admin, not_found */
export async function removeAnnouncement(app: App, viewer: Viewer, id: number): Promise<void> {
  requireAdministrator(viewer);
  const done = await transaction(app.db, async (tx) => {
    const isGone = await removeRow(tx, id);
    if (isGone) await audit(app, tx, viewer, { what: "announcement.removed", subject: String(id) });
    return isGone;
  });
  if (!done) throw notFound();
  announce(app, { type: "announcement_removed", id });
}

/** What a member should see now: the newest 3 that they have not put away. One query. */
export async function currentAnnouncements(app: App, viewer: Viewer): Promise<readonly Announcement[]> {
  const now = app.clock.now();
  const rows = await listUnreadAnnouncements(app.db, viewer.accountId, now, ANNOUNCEMENT_LIMITS.shown);
  return rows.map((row) => toView(row, now));
}

/** What everybody is told now, newest first, and whether the member has put it away; with `all` also what they have. */
export async function announcementsFor(
  app: App,
  viewer: Viewer,
  { all }: { readonly all: boolean },
): Promise<readonly (Announcement & { readonly read: boolean })[]> {
  const now = app.clock.now();
  const rows = await listAnnouncementRows(app.db, ANNOUNCEMENT_LIMITS.kept);
  const read = await findReadAnnouncements(app.db, viewer.accountId);
  return rows
    .map((row) => ({ ...toView(row, now), read: read.has(row.id) }))
    .filter((one) => one.state === "shown" && (all || !one.read));
}

/** The member has read it. Idempotent; false for one that is gone. */
export async function dismissAnnouncement(app: App, viewer: Viewer, id: number): Promise<boolean> {
  return await transaction(app.db, async (tx) => {
    const row = await findAnnouncement(tx, id);
    if (row === undefined || row.published_at === null) return false;
    await markAnnouncementRead(tx, id, viewer.accountId);
    return true;
  });
}

function toView(row: AnnouncementRow, now: number): Announcement {
  return {
    id: row.id,
    source: row.source,
    contentHtml: row.content_html,
    language: row.language,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    publishedAt: row.published_at,
    updatedAt: row.updated_at,
    state: stateOf(row, now),
  };
}

function stateOf(row: AnnouncementRow, now: number): Announcement["state"] {
  if (row.published_at === null) return "draft";
  if (row.ends_at !== null && row.ends_at <= now) return "ended";
  return row.starts_at !== null && row.starts_at > now ? "waiting" : "shown";
}
