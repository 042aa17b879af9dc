import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** What people need to stay: films and sound, lists, boards, followed tags, trends, filters, passkeys, push, preferences. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      await sql.raw(spell(`ALTER TABLE ${table} ADD COLUMN ${column}`, dialect)).execute(db);
  for (const statement of [...TABLES, ...FILL, ...INDEXES])
    await sql.raw(spell(statement, dialect)).execute(db);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  accounts: [
    "preferences TEXT NOT NULL DEFAULT '{}'",
    "totp_sealed TEXT",
    "totp_at INT0",
    "totp_step INT DEFAULT 0",
  ],
  sessions: ["confirmed_at INT0", "method WORD DEFAULT 'password'"],
  attachments: [
    "state WORD DEFAULT 'ready'",
    "progress INT DEFAULT 0",
    "fault WORD0",
    "variants TEXT NOT NULL DEFAULT '[]'",
    "cover_file WORD0",
    "is_cover INT DEFAULT 0",
    "captions TEXT NOT NULL DEFAULT '[]'",
    "source_file WORD0",
    "animated INT DEFAULT 0",
  ],
  drafts: ["publish_at INT0", "fault TEXT", "deleted_at INT0"],
  notes: ["media INT DEFAULT 0", "card_key WORD0", "expires_at INT0"],
  entries: ["media INT DEFAULT 0", "language WORD0"],
  follows: ["notify INT DEFAULT 0", "show_announces INT DEFAULT 1"],
  mutes: ["hide_notifications INT DEFAULT 1"],
};

const TABLES: readonly string[] = [
  `CREATE TABLE uploads (
    id PK, account_id INT REFERENCES accounts (id), name TEXT NOT NULL, media_type WORD, size INT, received INT,
    file WORD, created_at INT, updated_at INT)`,
  `CREATE TABLE proxied (key WORD PRIMARY KEY, url TEXT NOT NULL, file WORD0, media_type WORD, size INT, fetched_at INT, used_at INT)`,
  `CREATE TABLE cards (
    key WORD PRIMARY KEY, url TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL, site TEXT NOT NULL,
    author TEXT NOT NULL, image_file WORD0, image_url TEXT, image_width INT0, image_height INT0, language WORD0,
    state WORD, fetched_at INT)`,
  `CREATE TABLE tag_follows (
    id PK, actor_id INT REFERENCES actors (id), tag WORD, name TEXT NOT NULL, created_at INT, UNIQUE (actor_id, tag))`,
  `CREATE TABLE lists (
    id PK, actor_id INT REFERENCES actors (id), title TEXT NOT NULL, replies WORD, exclusive INT, created_at INT)`,
  `CREATE TABLE list_members (
    list_id INT REFERENCES lists (id), actor_id INT REFERENCES actors (id), PRIMARY KEY (list_id, actor_id)) KEYED`,
  `CREATE TABLE boards (
    id PK, actor_id INT REFERENCES actors (id), name TEXT NOT NULL, summary TEXT NOT NULL, visibility WORD, created_at INT,
    updated_at INT)`,
  `CREATE TABLE board_notes (
    id PK, board_id INT REFERENCES boards (id), note_id INT REFERENCES notes (id), comment TEXT NOT NULL, created_at INT,
    UNIQUE (board_id, note_id))`,
  `CREATE TABLE trends (kind WORD, subject WORD, score INT, detail TEXT NOT NULL, updated_at INT, PRIMARY KEY (kind, subject))`,
  `CREATE TABLE filters (
    id PK, account_id INT REFERENCES accounts (id), title TEXT NOT NULL, contexts TEXT NOT NULL, action WORD, expires_at INT0,
    created_at INT)`,
  `CREATE TABLE filter_keywords (id PK, filter_id INT REFERENCES filters (id), keyword TEXT NOT NULL, whole_word INT)`,
  `CREATE TABLE filter_notes (id PK, filter_id INT REFERENCES filters (id), note_id INT REFERENCES notes (id), UNIQUE (filter_id, note_id))`,
  `CREATE TABLE markers (
    account_id INT REFERENCES accounts (id), timeline WORD, last_read_id INT, version INT, updated_at INT,
    PRIMARY KEY (account_id, timeline))`,
  `CREATE TABLE passkeys (
    id PK, account_id INT REFERENCES accounts (id), credential_id WORD, public_key TEXT NOT NULL, counter INT,
    transports TEXT NOT NULL, name TEXT NOT NULL, backed_up INT, created_at INT, used_at INT0, UNIQUE (credential_id))`,
  `CREATE TABLE recovery_codes (
    id PK, account_id INT REFERENCES accounts (id), code_hash WORD, used_at INT0, UNIQUE (account_id, code_hash))`,
  `CREATE TABLE reset_links (token_hash WORD PRIMARY KEY, account_id INT REFERENCES accounts (id), created_at INT, expires_at INT)`,
  `CREATE TABLE push_subscriptions (
    id PK, account_id INT REFERENCES accounts (id), session_id INT0 REFERENCES sessions (id), token_id INT0 REFERENCES tokens (id),
    endpoint TEXT NOT NULL, endpoint_hash WORD, p256dh TEXT NOT NULL, auth TEXT NOT NULL, kinds TEXT NOT NULL, locale WORD0,
    encoding WORD, created_at INT, failing_since INT0, UNIQUE (endpoint_hash, account_id))`,
  `CREATE TABLE announcements (
    id PK, source TEXT NOT NULL, content_html TEXT NOT NULL, language WORD0, starts_at INT0, ends_at INT0, published_at INT0,
    created_at INT, updated_at INT)`,
  `CREATE TABLE announcement_reads (
    announcement_id INT REFERENCES announcements (id), account_id INT REFERENCES accounts (id),
    PRIMARY KEY (announcement_id, account_id)) KEYED`,
];

/** What is asked of many notes at once stands at the entry: kinds of media as bits (1 picture, 2 film, 4 sound), language in short. */
const FILL: readonly string[] = [
  `UPDATE notes SET media = (
    SELECT COALESCE(MAX(CASE kind WHEN 'image' THEN 1 ELSE 0 END), 0) + COALESCE(MAX(CASE kind WHEN 'video' THEN 2 ELSE 0 END), 0)
      + COALESCE(MAX(CASE kind WHEN 'audio' THEN 4 ELSE 0 END), 0)
    FROM attachments WHERE attachments.note_id = notes.id)
    WHERE id IN (SELECT note_id FROM attachments WHERE note_id IS NOT NULL)`,
  `UPDATE entries SET media = (SELECT media FROM notes WHERE notes.id = entries.note_id),
    language = (SELECT LOWER(CASE WHEN language LIKE '%-%' THEN SUBSTR(language, 1, 2) ELSE language END)
      FROM notes WHERE notes.id = entries.note_id) WHERE announce = 0`,
];

const INDEXES: readonly string[] = [
  `CREATE INDEX drafts_due ON drafts (publish_at) WHERE publish_at IS NOT NULL`,
  `CREATE INDEX notes_card ON notes (card_key) WHERE card_key IS NOT NULL`,
  `CREATE INDEX notes_expiring ON notes (expires_at) WHERE expires_at IS NOT NULL`,
  `CREATE INDEX attachments_unready ON attachments (state, id) WHERE state <> 'ready'`,
  `CREATE INDEX entries_local_media ON entries (id)
    WHERE local = 1 AND announce = 0 AND reply = 0 AND visibility = 'public' AND media > 0`,
  `CREATE INDEX uploads_account ON uploads (account_id, id)`,
  `CREATE INDEX uploads_age ON uploads (updated_at)`,
  `CREATE INDEX proxied_used ON proxied (used_at)`,
  `CREATE INDEX tag_follows_tag ON tag_follows (tag)`,
  `CREATE INDEX lists_actor ON lists (actor_id, id)`,
  `CREATE INDEX list_members_actor ON list_members (actor_id)`,
  `CREATE INDEX boards_actor ON boards (actor_id, updated_at)`,
  `CREATE INDEX board_notes_board ON board_notes (board_id, id)`,
  `CREATE INDEX board_notes_note ON board_notes (note_id)`,
  `CREATE INDEX trends_score ON trends (kind, score)`,
  `CREATE INDEX filters_account ON filters (account_id, id)`,
  `CREATE INDEX filter_keywords_filter ON filter_keywords (filter_id)`,
  `CREATE INDEX filter_notes_note ON filter_notes (note_id)`,
  `CREATE INDEX passkeys_account ON passkeys (account_id, id)`,
  `CREATE INDEX reset_links_account ON reset_links (account_id)`,
  `CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id)`,
  `CREATE INDEX push_subscriptions_session ON push_subscriptions (session_id) WHERE session_id IS NOT NULL`,
  `CREATE INDEX push_subscriptions_token ON push_subscriptions (token_id) WHERE token_id IS NOT NULL`,
];
