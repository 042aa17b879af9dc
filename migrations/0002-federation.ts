import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** What other servers say and ask beyond notes and follows: polls, reactions, quotes, pins, moves, reports, relays, deliveries. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      await sql.raw(spell(`ALTER TABLE ${table} ADD COLUMN ${column}`, dialect)).execute(db);
  for (const statement of [...KEYED_PAIRS, ...TABLES, ...INDEXES, ...CONVERSATIONS])
    await sql.raw(spell(statement, dialect)).execute(db);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  actors: [
    "also_known_as TEXT NOT NULL DEFAULT '[]'",
    "moved_to_uri WORD0",
    "moved_at INT0",
    "memorial INT DEFAULT 0",
    "hide_collections INT DEFAULT 0",
    "featured_tags_uri WORD0",
    "attribution_domains TEXT NOT NULL DEFAULT '[]'",
    "emojis TEXT NOT NULL DEFAULT '[]'",
    "implements TEXT NOT NULL DEFAULT '[]'",
    "featured_at INT0",
    "suspended_by WORD0",
    "show_featured INT DEFAULT 1",
    "show_media INT DEFAULT 1",
    "show_media_replies INT DEFAULT 1",
    "origin_suspended INT DEFAULT 0",
    "move_id INT0",
    "feature_policy TEXT",
    "collections_uri WORD0",
  ],
  accounts: ["policy TEXT"],
  notes: [
    "kind WORD DEFAULT 'Note'",
    "title TEXT",
    "event TEXT",
    "source_type WORD0",
    "context_uri WORD0",
    "replies_uri WORD0",
    "replies_fetched_at INT0",
    "replies_total INT0",
    "audience_uri WORD0",
    "emojis TEXT NOT NULL DEFAULT '[]'",
    "policy TEXT",
    "quote_uri WORD0",
    "quote_id INT0",
    "quote_state WORD0",
    "quote_authorization_uri WORD0",
  ],
  attachments: [
    "focus_x INT0",
    "focus_y INT0",
    "cover_url TEXT",
    "duration_ms INT0",
    "digest WORD0",
    "size INT0",
  ],
  activities: ["object_uri WORD0", "sync INT DEFAULT 0"],
  inbox: ["voucher WORD DEFAULT 'signature'", "signer_uri WORD0"],
  hosts: [
    "opened_at INT0",
    "dead_at INT0",
    "ok_at INT0",
    "software WORD0",
    "version WORD0",
    "due_at INT0",
    "lease_owner WORD0",
    "lease_until INT0",
  ],
};

/** Pairs need no rows beside their key: every note has some. */
const KEYED_PAIRS: readonly string[] = [
  `CREATE TABLE keyed_tags (tag WORD, note_id INT REFERENCES notes (id), PRIMARY KEY (tag, note_id)) KEYED`,
  `INSERT INTO keyed_tags (tag, note_id) SELECT tag, note_id FROM note_tags`,
  `DROP TABLE note_tags`,
  `ALTER TABLE keyed_tags RENAME TO note_tags`,
  `CREATE INDEX note_tags_note ON note_tags (note_id)`,
  `CREATE TABLE keyed_mentions (
    note_id INT REFERENCES notes (id), actor_id INT REFERENCES actors (id), PRIMARY KEY (note_id, actor_id)) KEYED`,
  `INSERT INTO keyed_mentions (note_id, actor_id) SELECT note_id, actor_id FROM mentions`,
  `DROP TABLE mentions`,
  `ALTER TABLE keyed_mentions RENAME TO mentions`,
  `CREATE INDEX mentions_actor ON mentions (actor_id, note_id)`,
];

const TABLES: readonly string[] = [
  `CREATE TABLE inbox_seen (key WORD, PRIMARY KEY (key)) KEYED`,
  `CREATE TABLE deliveries (
    id SEQ, activity_id INT, actor_id INT, inbox WORD, host WORD, order_key INT, run_at INT, attempts INT,
    dead_at INT0, fault TEXT, created_at INT)`,
  `CREATE TABLE polls (
    note_id PK REFERENCES notes (id), multiple INT, ends_at INT0, closed_at INT0, voters_count INT, fetched_at INT)`,
  `CREATE TABLE poll_options (
    note_id INT REFERENCES notes (id), position INT, title TEXT NOT NULL, votes_count INT, PRIMARY KEY (note_id, position))`,
  `CREATE TABLE poll_votes (
    id PK, uri WORD, note_id INT REFERENCES notes (id), actor_id INT REFERENCES actors (id), position INT, created_at INT,
    UNIQUE (uri), UNIQUE (note_id, actor_id, position))`,
  `CREATE TABLE reactions (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), note_id INT REFERENCES notes (id), name WORD, emoji_url TEXT,
    created_at INT, UNIQUE (uri), UNIQUE (actor_id, note_id, name))`,
  `CREATE TABLE emojis (
    id PK, shortcode WORD, host WORD, uri WORD0, file WORD0, remote_url TEXT, media_type WORD, updated_at INT, disabled INT,
    UNIQUE (shortcode, host))`,
  `CREATE TABLE interactions (
    id PK, kind WORD, request_uri WORD0, object_uri WORD, actor_id INT REFERENCES actors (id),
    note_id INT REFERENCES notes (id), author_id INT REFERENCES actors (id), state WORD, detail TEXT,
    authorization_uri WORD0, created_at INT, decided_at INT0, UNIQUE (kind, object_uri, note_id))`,
  `CREATE TABLE pins (
    id PK, actor_id INT REFERENCES actors (id), note_id INT REFERENCES notes (id), UNIQUE (actor_id, note_id))`,
  `CREATE TABLE featured_tags (
    id PK, actor_id INT REFERENCES actors (id), tag WORD, name TEXT NOT NULL, UNIQUE (actor_id, tag))`,
  `CREATE TABLE collections (
    id PK, uri WORD, actor_id INT REFERENCES actors (id), name TEXT NOT NULL, summary TEXT NOT NULL, language WORD0,
    sensitive INT, discoverable INT, tag WORD0, created_at INT, updated_at INT, UNIQUE (uri))`,
  `CREATE TABLE collection_items (
    id PK, uri WORD, collection_id INT REFERENCES collections (id) ON DELETE CASCADE, actor_id INT REFERENCES actors (id),
    state WORD, authorization_uri WORD0, created_at INT, UNIQUE (uri), UNIQUE (collection_id, actor_id))`,
  `CREATE TABLE reports (
    id PK, uri WORD, reporter_id INT REFERENCES actors (id), target_id INT REFERENCES actors (id), category WORD,
    comment TEXT NOT NULL, language WORD0, note_uris TEXT NOT NULL, forwarded INT, state WORD, created_at INT,
    resolved_at INT0, UNIQUE (uri))`,
  `CREATE TABLE relays (
    id PK, inbox_uri WORD, actor_uri WORD0, style WORD, follow_uri WORD, state WORD, created_at INT, UNIQUE (inbox_uri))`,
  `CREATE TABLE allowed_domains (host WORD, created_at INT, PRIMARY KEY (host))`,
  `CREATE TABLE severed (
    id PK, host WORD, actor_id INT REFERENCES actors (id), remote_id INT REFERENCES actors (id), direction WORD,
    created_at INT)`,
  `CREATE TABLE relayed_notes (note_id PK, relay_id INT, created_at INT)`,
];

const INDEXES: readonly string[] = [
  // Most notes answer nothing; those that do are all that anybody looks for.
  `DROP INDEX notes_reply`,
  `CREATE INDEX notes_reply ON notes (reply_to_id, id) WHERE reply_to_id IS NOT NULL`,
  `CREATE INDEX deliveries_queue ON deliveries (host, run_at, id) WHERE dead_at IS NULL`,
  `CREATE INDEX deliveries_dead ON deliveries (dead_at, id) WHERE dead_at IS NOT NULL`,
  `CREATE INDEX hosts_due ON hosts (due_at) WHERE due_at IS NOT NULL`,
  `CREATE INDEX actors_inbox ON actors (inbox_uri)`,
  `CREATE INDEX notes_context ON notes (context_uri, id) WHERE context_uri IS NOT NULL`,
  `CREATE INDEX notes_quote ON notes (quote_id, id) WHERE quote_id IS NOT NULL`,
  `CREATE INDEX reactions_note ON reactions (note_id, name, id)`,
  `CREATE INDEX poll_votes_note ON poll_votes (note_id, actor_id)`,
  `CREATE INDEX polls_open ON polls (ends_at) WHERE closed_at IS NULL`,
  `CREATE INDEX interactions_note ON interactions (note_id, state, id)`,
  `CREATE INDEX interactions_object ON interactions (object_uri)`,
  `CREATE INDEX interactions_author ON interactions (author_id, state, id)`,
  `CREATE INDEX interactions_actor ON interactions (actor_id)`,
  `CREATE INDEX interactions_stamp ON interactions (authorization_uri) WHERE authorization_uri IS NOT NULL`,
  `CREATE INDEX notes_quote_stamp ON notes (quote_authorization_uri) WHERE quote_authorization_uri IS NOT NULL`,
  `CREATE INDEX reactions_actor ON reactions (actor_id)`,
  `CREATE INDEX pins_note ON pins (note_id)`,
  `CREATE INDEX mutes_target ON mutes (target_id)`,
  `CREATE INDEX collection_items_actor ON collection_items (actor_id)`,
  `CREATE INDEX collections_actor ON collections (actor_id)`,
  `CREATE INDEX reports_state ON reports (state, id)`,
  `CREATE INDEX severed_actor ON severed (actor_id, id)`,
  `CREATE INDEX relayed_notes_age ON relayed_notes (created_at, note_id)`,
  `CREATE INDEX actors_moved ON actors (moved_to_uri) WHERE moved_to_uri IS NOT NULL`,
];

/** Threads that began here get their conversation, as new ones have it from the start. */
const CONVERSATIONS: readonly string[] = [
  `UPDATE notes SET context_uri = replace(uri, '/notes/', '/contexts/') WHERE local = 1 AND reply_to_uri IS NULL`,
  `WITH RECURSIVE thread (id, context) AS (
      SELECT notes.id, notes.context_uri FROM notes WHERE notes.context_uri IS NOT NULL
      UNION SELECT notes.id, thread.context FROM notes JOIN thread ON notes.reply_to_id = thread.id)
    UPDATE notes SET context_uri = (SELECT thread.context FROM thread WHERE thread.id = notes.id)
    WHERE context_uri IS NULL AND id IN (SELECT thread.id FROM thread)`,
];
