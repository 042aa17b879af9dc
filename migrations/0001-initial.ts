import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** The first schema: people, notes, relations, the inbox that commits before it says 202, and jobs. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const statement of TABLES) await sql.raw(spell(statement, dialect)).execute(db);
  for (const statement of INDEXES) await sql.raw(statement).execute(db);
  for (const statement of SEARCH[dialect]) await sql.raw(statement).execute(db);
}

const TABLES: readonly string[] = [
  `CREATE TABLE settings (name WORD, value TEXT NOT NULL, PRIMARY KEY (name))`,
  `CREATE TABLE actors (
    id PK, uri WORD, url WORD, kind WORD, username WORD, host WORD, name TEXT NOT NULL, bio_html TEXT NOT NULL,
    bio_source TEXT NOT NULL, fields TEXT NOT NULL, avatar TEXT, header TEXT, locked INT, discoverable INT, indexable INT,
    inbox_uri WORD, shared_inbox_uri WORD0, outbox_uri WORD0, followers_uri WORD0, following_uri WORD0, featured_uri WORD0,
    followers_count INT, following_count INT, notes_count INT, published_at INT, fetched_at INT,
    suspended_at INT0, deleted_at INT0, UNIQUE (uri), UNIQUE (username, host))`,
  `CREATE TABLE accounts (
    id PK, actor_id INT REFERENCES actors (id), email WORD0, password_hash TEXT NOT NULL, role WORD, locale WORD0,
    languages TEXT NOT NULL, invite_id INT0, created_at INT, suspended_at INT0, notifications_read_id INT,
    UNIQUE (actor_id), UNIQUE (email))`,
  `CREATE TABLE keys (
    actor_id INT REFERENCES actors (id), kind WORD, public_key TEXT NOT NULL, sealed_private TEXT NOT NULL, created_at INT,
    PRIMARY KEY (actor_id, kind))`,
  `CREATE TABLE spare_keys (id PK, public_key TEXT NOT NULL, sealed_private TEXT NOT NULL, created_at INT)`,
  `CREATE TABLE sessions (
    id PK, token_hash WORD, account_id INT REFERENCES accounts (id) ON DELETE CASCADE, agent TEXT NOT NULL, created_at INT,
    seen_at INT, expires_at INT, UNIQUE (token_hash))`,
  `CREATE TABLE tokens (
    id PK, token_hash WORD, account_id INT REFERENCES accounts (id) ON DELETE CASCADE, name TEXT NOT NULL, scopes WORD,
    created_at INT, seen_at INT0, UNIQUE (token_hash))`,
  `CREATE TABLE invites (
    id PK, code WORD, created_by INT0, max_uses INT, uses INT, created_at INT, expires_at INT0, UNIQUE (code))`,
  `CREATE TABLE notes (
    id PK, uri WORD, url WORD, actor_id INT REFERENCES actors (id), local INT, visibility WORD, reply_to_id INT0,
    reply_to_uri WORD0, language WORD0, summary TEXT, content_html TEXT NOT NULL, content_map TEXT NOT NULL, source TEXT,
    sensitive INT, published_at INT, updated_at INT0, received_at INT, deleted_at INT0, likes_count INT,
    announces_count INT, replies_count INT, UNIQUE (uri))`,
  `CREATE TABLE entries (
    id PK, actor_id INT REFERENCES actors (id), note_id INT REFERENCES notes (id), announce INT, visibility WORD, local INT,
    reply INT)`,
  `CREATE TABLE mentions (note_id INT REFERENCES notes (id), actor_id INT REFERENCES actors (id), PRIMARY KEY (note_id, actor_id))`,
  `CREATE TABLE note_tags (tag WORD, note_id INT REFERENCES notes (id), PRIMARY KEY (tag, note_id))`,
  `CREATE TABLE note_versions (
    id PK, note_id INT REFERENCES notes (id), summary TEXT, content_html TEXT NOT NULL, language WORD0, at INT)`,
  `CREATE TABLE attachments (
    id PK, actor_id INT REFERENCES actors (id), note_id INT0 REFERENCES notes (id), position INT, kind WORD, file WORD0,
    remote_url WORD0, media_type WORD, alt TEXT NOT NULL, width INT0, height INT0, blurhash WORD0, created_at INT)`,
  `CREATE TABLE likes (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), note_id INT REFERENCES notes (id), created_at INT, UNIQUE (uri),
    UNIQUE (actor_id, note_id))`,
  `CREATE TABLE announces (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), note_id INT REFERENCES notes (id), visibility WORD, created_at INT,
    UNIQUE (uri), UNIQUE (actor_id, note_id))`,
  `CREATE TABLE bookmarks (
    id PK, actor_id INT REFERENCES actors (id), note_id INT REFERENCES notes (id), UNIQUE (actor_id, note_id))`,
  `CREATE TABLE drafts (
    id PK, account_id INT REFERENCES accounts (id) ON DELETE CASCADE, body TEXT NOT NULL, updated_at INT, note_id INT0)`,
  `CREATE TABLE idempotency (
    account_id INT REFERENCES accounts (id) ON DELETE CASCADE, key WORD, note_id INT, request_hash WORD, created_at INT,
    PRIMARY KEY (account_id, key))`,
  `CREATE TABLE follows (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), target_id INT REFERENCES actors (id), state WORD, created_at INT,
    UNIQUE (uri), UNIQUE (actor_id, target_id))`,
  `CREATE TABLE blocks (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), target_id INT REFERENCES actors (id), created_at INT,
    UNIQUE (uri), UNIQUE (actor_id, target_id))`,
  `CREATE TABLE mutes (
    id PK, actor_id INT REFERENCES actors (id), target_id INT REFERENCES actors (id), created_at INT, expires_at INT0,
    UNIQUE (actor_id, target_id))`,
  `CREATE TABLE notifications (
    id PK, account_id INT REFERENCES accounts (id) ON DELETE CASCADE, kind WORD, actor_id INT REFERENCES actors (id),
    note_id INT, created_at INT, UNIQUE (account_id, kind, actor_id, note_id))`,
  `CREATE TABLE inbox (
    id PK, actor_uri WORD, activity_uri WORD, body TEXT, state WORD, received_at INT, handled_at INT0,
    UNIQUE (actor_uri, activity_uri))`,
  `CREATE TABLE tombstones (uri WORD, actor_uri WORD, at INT, PRIMARY KEY (uri, actor_uri))`,
  `CREATE TABLE activities (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), body TEXT NOT NULL, public INT, created_at INT, UNIQUE (uri))`,
  `CREATE TABLE hosts (host WORD, signature_spec WORD0, failures INT, failing_since INT0, retry_at INT0, PRIMARY KEY (host))`,
  `CREATE TABLE domain_blocks (host WORD, created_at INT, PRIMARY KEY (host))`,
  `CREATE TABLE jobs (
    id PK, kind WORD, payload TEXT NOT NULL, run_at INT, attempts INT, lease_until INT0, ordering_key WORD0,
    dedupe_key WORD0, lane INT, dead_at INT0, fault TEXT, created_at INT, UNIQUE (dedupe_key))`,
  `CREATE TABLE kv (key WORD, value TEXT NOT NULL, expires_at INT0, PRIMARY KEY (key))`,
];

const INDEXES: readonly string[] = [
  `CREATE INDEX sessions_account ON sessions (account_id)`,
  `CREATE INDEX tokens_account ON tokens (account_id)`,
  `CREATE INDEX notes_actor ON notes (actor_id, id)`,
  `CREATE INDEX notes_reply ON notes (reply_to_id, id)`,
  `CREATE INDEX notes_orphan ON notes (reply_to_uri) WHERE reply_to_id IS NULL AND reply_to_uri IS NOT NULL`,
  `CREATE INDEX entries_actor ON entries (actor_id, id)`,
  `CREATE INDEX entries_note ON entries (note_id)`,
  `CREATE INDEX entries_local ON entries (id) WHERE local = 1 AND announce = 0 AND reply = 0 AND visibility = 'public'`,
  `CREATE INDEX mentions_actor ON mentions (actor_id, note_id)`,
  `CREATE INDEX note_tags_note ON note_tags (note_id)`,
  `CREATE INDEX note_versions_note ON note_versions (note_id, id)`,
  `CREATE INDEX attachments_note ON attachments (note_id, position)`,
  `CREATE INDEX attachments_free ON attachments (created_at) WHERE note_id IS NULL`,
  `CREATE INDEX likes_note ON likes (note_id, id)`,
  `CREATE INDEX announces_note ON announces (note_id, id)`,
  `CREATE INDEX bookmarks_actor ON bookmarks (actor_id, id)`,
  `CREATE INDEX bookmarks_note ON bookmarks (note_id)`,
  `CREATE INDEX drafts_account ON drafts (account_id, updated_at)`,
  `CREATE INDEX follows_target ON follows (target_id, state, id)`,
  `CREATE INDEX follows_actor ON follows (actor_id, state, id)`,
  `CREATE INDEX blocks_target ON blocks (target_id)`,
  `CREATE INDEX notifications_account ON notifications (account_id, id)`,
  `CREATE INDEX notifications_note ON notifications (note_id)`,
  `CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'waiting'`,
  `CREATE INDEX activities_actor ON activities (actor_id, id)`,
  `CREATE INDEX jobs_ready ON jobs (lane, run_at, id) WHERE dead_at IS NULL`,
  `CREATE INDEX jobs_order ON jobs (ordering_key, id) WHERE ordering_key IS NOT NULL`,
  `CREATE INDEX kv_expiry ON kv (expires_at) WHERE expires_at IS NOT NULL`,
];

/** Words are segmented by `text/words.ts` first, so both databases find CJK text by whole tokens. */
const SEARCH: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [
    `CREATE VIRTUAL TABLE search USING fts5 (words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`,
  ],
  postgres: [
    `CREATE TABLE search (note_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)`,
    `CREATE INDEX search_words ON search USING gin (words)`,
  ],
};
