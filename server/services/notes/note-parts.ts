import type { App } from "../../context.ts";
import type { CustomEmoji } from "../../domain/emoji.ts";
import {
  countCharacters,
  type CreateNote,
  type EditNote,
  NOTE_KINDS,
  NOTE_LIMITS,
  type NoteKind,
} from "../../domain/note.ts";
import type { FederatedPoll, NewPoll } from "../../domain/poll.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { invalid } from "../../errors.ts";
import { type ActorRow, findActors, findActorsByUri } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import type { NoteRow } from "../../store/notes.ts";
import { cleanName } from "../../text/entities.ts";
import { plainText } from "../../text/markup.ts";
import { escapeHtml } from "../../text/sanitize.ts";
import type { Composed } from "./compose.ts";
import { emojiColumn, emojisForFederation, type FederatedEmoji, ownEmojisIn } from "./emojis.ts";
import { checkPoll } from "./poll-records.ts";
import { pollForFederation, pollsForFederation } from "./poll-views.ts";

const TITLE_MAX = 200;
const SHORTEST_STAY = 3_600_000;
const LONGEST_STAY = 366 * 86_400_000;
/** Characters of an article that its preview shows. */
const PREVIEW = 500;

/** What a new note is besides its text. */
export type NoteParts = {
  readonly poll: NewPoll | null;
  readonly columns: Pick<NoteRow, "kind" | "title" | "emojis" | "audience_uri">;
};

/**
 * Checks title and poll of a new note, finds our emoji in its texts and the group it goes to.
 * @throws invalid `{ title }` or `{ poll }`.
 */
export async function partsOfNew(
  app: App,
  command: Pick<CreateNote, "title" | "poll">,
  composed: Composed,
  place: { readonly visibility: Visibility; readonly parent: NoteRow | null; readonly hasMedia: boolean },
): Promise<NoteParts> {
  const title = cleanTitle(command.title);
  const poll = command.poll === undefined ? null : checkPoll(command.poll);
  if (poll !== null && title !== null) throw invalid({ title: { key: "field.title_poll" } });
  const isArticle =
    title !== null && !place.hasMedia && countCharacters(composed.source) > NOTE_LIMITS.titledCharacters;
  const kind: NoteKind = poll !== null ? "Question" : isArticle ? "Article" : "Note";
  const emojis = await emojisOf(app, composed, title, poll?.options ?? []);
  const audience_uri = await groupOf(app, composed, place);
  return { poll, columns: { kind, title, emojis: emojiColumn(emojis), audience_uri } };
}

/**
 * What an edit changes besides the text. What it is stays: an article has another title, never none. `poll` is the one
 * that replaces the earlier one, null when there is none or it stays. @throws invalid `{ title }` or `{ poll }`.
 */
export async function partsOfEdit(
  app: App,
  row: NoteRow,
  command: Pick<EditNote, "title" | "poll">,
  composed: Composed,
): Promise<{ readonly columns: Pick<NoteRow, "title" | "emojis">; readonly poll: NewPoll | null }> {
  const title = titleOfEdit(row, command.title);
  const stored = row.kind === "Question" ? await pollForFederation(app, row.id) : null;
  const poll =
    stored === null || command.poll === undefined ? null : otherPoll(stored, checkPoll(command.poll));
  const options = poll?.options ?? stored?.options.map((option) => option.title) ?? [];
  const emojis = await emojisOf(app, composed, title, options);
  return { columns: { title, emojis: emojiColumn(emojis) }, poll };
}

function titleOfEdit(row: NoteRow, typed: string | undefined): string | null {
  if (typed === undefined || row.kind === "Question") return row.title;
  return cleanTitle(typed) ?? (row.kind === "Article" ? row.title : null);
}

/** When a note deletes itself, from how long it stays, ms; null = never. @throws invalid `{ expiry }` */
export function expiryOf(now: number, expiresInMs: number | undefined): number | null {
  if (expiresInMs === undefined) return null;
  if (!Number.isSafeInteger(expiresInMs) || expiresInMs < SHORTEST_STAY || expiresInMs > LONGEST_STAY)
    throw invalid({ expiry: { key: "field.expiry" } });
  return now + expiresInMs;
}

function otherPoll(stored: FederatedPoll, poll: NewPoll): NewPoll | null {
  const isSame =
    stored.multiple === poll.multiple &&
    stored.options.length === poll.options.length &&
    stored.options.every((option, index) => option.title === poll.options[index]);
  return isSame ? null : poll;
}

function cleanTitle(typed: string | undefined): string | null {
  const title = cleanName(typed ?? "", TITLE_MAX + 1);
  if ([...title].length > TITLE_MAX)
    throw invalid({ title: { key: "field.too_long", params: { max: TITLE_MAX } } });
  return title === "" ? null : title;
}

async function emojisOf(
  app: App,
  composed: Composed,
  title: string | null,
  options: readonly string[],
): Promise<readonly CustomEmoji[]> {
  return await ownEmojisIn(app, composed.source, composed.summary ?? "", title ?? "", ...options);
}

/**
 * The group that a note goes to (FEP-1b12): that of the note it answers, or the one group it names. Groups are told of
 * open notes only, and boost them to everybody.
 */
async function groupOf(
  app: App,
  composed: Composed,
  { visibility, parent }: { readonly visibility: Visibility; readonly parent: NoteRow | null },
): Promise<string | null> {
  if (visibility !== "public" && visibility !== "unlisted") return null;
  if (parent !== null) return parent.audience_uri;
  const groups = (await findActors(app.db, composed.mentionIds)).filter((actor) => actor.kind === "Group");
  return groups.length === 1 ? (groups[0]?.uri ?? null) : null;
}

/** What a note of ours shows other servers besides its text. */
export type FederatedParts = {
  readonly kind: NoteKind;
  readonly title: string | null;
  /** An article in short, for servers that show nothing but notes. */
  readonly previewHtml: string | null;
  readonly emojis: readonly FederatedEmoji[];
  readonly poll: FederatedPoll | null;
  /** The group it was posted to. */
  readonly group: {
    readonly uri: string;
    readonly inboxes: { readonly inbox: string; readonly sharedInbox: string | null } | null;
  } | null;
};

/** The parts of stored notes for the wire, by note: four queries at most, whatever the notes are. */
export async function partsForFederation(
  app: App,
  rows: readonly NoteRow[],
): Promise<ReadonlyMap<number, FederatedParts>> {
  const names = new Map(rows.map((row) => [row.id, emojiNames(row)]));
  const all = [...new Set([...names.values()].flat())];
  const emojis = all.length === 0 ? [] : await emojisForFederation(app, all);
  const uris = [...new Set(rows.flatMap((row) => row.audience_uri ?? []))];
  const groups = new Map((await findActorsByUri(app.db, uris)).map((row) => [row.uri, row]));
  const questions = rows.filter((row) => row.kind === "Question").map((row) => row.id);
  const polls = await pollsForFederation(app, questions);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        kind: NOTE_KINDS.find((kind) => kind === row.kind) ?? "Note",
        title: row.title,
        previewHtml: row.title === null || row.kind !== "Article" ? null : preview(row, row.title),
        emojis: emojis.filter((emoji) => names.get(row.id)?.includes(emoji.name) === true),
        poll: polls.get(row.id) ?? null,
        group: groupPart(groups.get(row.audience_uri ?? "")),
      },
    ]),
  );
}

function emojiNames(row: NoteRow): readonly string[] {
  return fromJson<readonly CustomEmoji[]>(row.emojis, []).map((emoji) => emoji.name);
}

function groupPart(group: ActorRow | undefined): FederatedParts["group"] {
  if (group === undefined || group.deleted_at !== null) return null;
  const inboxes = { inbox: group.inbox_uri, sharedInbox: group.shared_inbox_uri };
  return { uri: group.uri, inboxes: group.host === "" ? null : inboxes };
}

/** The text of a note with its title as first line, since most servers show no title of a Note. Articles keep theirs apart. */
export function titledHtml(row: Pick<NoteRow, "kind" | "title">, contentHtml: string): string {
  if (row.title === null || row.kind === "Article") return contentHtml;
  return `<p><strong>${escapeHtml(row.title)}</strong></p>${contentHtml}`;
}

/** Title, beginning, and where to read on (FEP-b2b8). */
function preview(row: NoteRow, title: string): string {
  const text = [...plainText(row.content_html).replace(/\s+/g, " ")];
  const beginning = text.length <= PREVIEW ? text.join("") : `${text.slice(0, PREVIEW - 1).join("")}…`;
  const link = `<a href="${escapeHtml(row.url)}">${escapeHtml(row.url)}</a>`;
  return [`<strong>${escapeHtml(title)}</strong>`, escapeHtml(beginning), link]
    .map((part) => `<p>${part}</p>`)
    .join("");
}
