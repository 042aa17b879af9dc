import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** What a community decides about: decisions with their reasons, appeals, the public log, the audit log, gates, domain rules. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      await sql.raw(spell(`ALTER TABLE ${table} ADD COLUMN ${column}`, dialect)).execute(db);
  for (const statement of [...TABLES, ...INDEXES]) await sql.raw(spell(statement, dialect)).execute(db);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  // Limited: seen by followers and at their own address alone. Sensitized: all media are covered.
  actors: ["limited_at INT0", "sensitized_at INT0"],
  // Hidden: seen by its author and staff alone; by a moderator, or held until one looks. Labels and countries are JSON.
  notes: ["hidden_at INT0", "hidden_by WORD0", "labels TEXT", "withheld TEXT"],
  // Pending: waits for approval. Probation: what newcomers may not do yet. Moderates: languages of a moderator (JSON).
  accounts: ["pending_at INT0", "probation_until INT0", "moderates TEXT"],
  invites: ["revoked_at INT0", "frozen_at INT0"],
  domain_blocks: [
    "severity WORD DEFAULT 'suspend'",
    "reject_media INT DEFAULT 0",
    "reject_reports INT DEFAULT 0",
    "obfuscated INT DEFAULT 0",
    "public_comment TEXT",
    "private_comment TEXT",
    "decision_id INT0",
  ],
  // When everybody of the staff was told, not only those who know its languages.
  reports: ["told_all_at INT0", "forwarded_at INT0"],
};

const TABLES: readonly string[] = [
  `CREATE TABLE decisions (
    id PK, measure WORD, actor_id INT0, note_id INT0, object_uri WORD0, host WORD0, report_id INT0, by_id INT0, state WORD,
    statement TEXT NOT NULL, before TEXT, automated INT DEFAULT 0, created_at INT, ends_at INT0, ended_at INT0,
    ended_by_id INT0)`,
  `CREATE TABLE appeals (
    id PK, decision_id INT REFERENCES decisions (id), actor_id INT, comment TEXT NOT NULL, language WORD0, state WORD,
    by_id INT0, answer TEXT, created_at INT, decided_at INT0, UNIQUE (decision_id))`,
  // Primary subtags of what a report says and of what it names; 'und' when that is not known.
  `CREATE TABLE report_languages (
    report_id INT REFERENCES reports (id) ON DELETE CASCADE, language WORD, PRIMARY KEY (report_id, language)) KEYED`,
  `CREATE TABLE report_comments (
    id PK, report_id INT REFERENCES reports (id) ON DELETE CASCADE, actor_id INT, comment TEXT NOT NULL, created_at INT)`,
  // The public log: one canonical JSON text a line, each naming the hash of the one before.
  `CREATE TABLE log_entries (seq PK, body TEXT NOT NULL, previous WORD, hash WORD, created_at INT)`,
  `CREATE TABLE log_heads (seq PK, document TEXT NOT NULL, created_at INT)`,
  // What staff did with their powers; for administrators, kept a year.
  `CREATE TABLE audit_entries (
    seq PK, at INT, actor_id INT0, who WORD, what WORD, subject WORD0, detail TEXT NOT NULL, previous WORD, hash WORD)`,
  `CREATE TABLE withholdings (
    id PK, actor_id INT0, note_id INT0, object_uri WORD, countries TEXT NOT NULL, basis WORD, legal_ref TEXT NOT NULL,
    requester TEXT NOT NULL, authority_url TEXT, facts TEXT NOT NULL, notice TEXT NOT NULL, received_at INT, state WORD,
    by_id INT0, decision_id INT0, created_at INT, expires_at INT0, ended_at INT0)`,
  // Rules about servers that a file or a list proposes; nothing happens until somebody decides.
  `CREATE TABLE domain_drafts (
    id PK, host WORD, source WORD, severity WORD, reject_media INT, reject_reports INT, obfuscated INT, public_comment TEXT,
    private_comment TEXT, state WORD, created_at INT, decided_at INT0, UNIQUE (source, host))`,
  `CREATE TABLE domain_subscriptions (
    id PK, url WORD, name TEXT NOT NULL, etag TEXT, entries INT, fault TEXT, created_at INT, checked_at INT0, UNIQUE (url))`,
  // How somebody came in; network and browser as keyed hashes, forgotten after a week.
  `CREATE TABLE sign_ups (
    account_id PK REFERENCES accounts (id) ON DELETE CASCADE, invite_id INT0, network WORD0, agent WORD0, gate WORD,
    reason TEXT, language WORD0, state WORD, created_at INT, decided_at INT0, by_id INT0)`,
  // What a classifier held or reported.
  `CREATE TABLE holds (
    id PK, actor_id INT, note_id INT0, source WORD, suggestion WORD, labels TEXT NOT NULL, reason TEXT, state WORD,
    created_at INT, decided_at INT0, by_id INT0)`,
  `CREATE TABLE classifier_rules (
    id PK, name TEXT NOT NULL, kind WORD, pattern TEXT NOT NULL, suggestion WORD, label WORD, enabled INT, hits INT,
    created_at INT)`,
];

const INDEXES: readonly string[] = [
  `CREATE INDEX decisions_actor ON decisions (actor_id, id)`,
  `CREATE INDEX decisions_note ON decisions (note_id) WHERE note_id IS NOT NULL`,
  `CREATE INDEX decisions_host ON decisions (host, id) WHERE host IS NOT NULL`,
  `CREATE INDEX decisions_report ON decisions (report_id) WHERE report_id IS NOT NULL`,
  `CREATE INDEX decisions_state ON decisions (state, ends_at)`,
  `CREATE INDEX appeals_state ON appeals (state, id)`,
  `CREATE INDEX appeals_actor ON appeals (actor_id, id)`,
  `CREATE INDEX report_languages_language ON report_languages (language, report_id)`,
  `CREATE INDEX report_comments_report ON report_comments (report_id, id)`,
  `CREATE INDEX audit_entries_actor ON audit_entries (actor_id, seq)`,
  `CREATE INDEX audit_entries_at ON audit_entries (at)`,
  `CREATE INDEX withholdings_note ON withholdings (note_id) WHERE note_id IS NOT NULL`,
  `CREATE INDEX withholdings_actor ON withholdings (actor_id) WHERE actor_id IS NOT NULL`,
  `CREATE INDEX withholdings_state ON withholdings (state, expires_at)`,
  `CREATE INDEX domain_drafts_state ON domain_drafts (state, id)`,
  `CREATE INDEX sign_ups_state ON sign_ups (state, account_id)`,
  `CREATE INDEX sign_ups_created ON sign_ups (created_at)`,
  `CREATE INDEX sign_ups_invite ON sign_ups (invite_id) WHERE invite_id IS NOT NULL`,
  `CREATE INDEX holds_state ON holds (state, id)`,
  `CREATE INDEX holds_note ON holds (note_id) WHERE note_id IS NOT NULL`,
  `CREATE INDEX holds_actor ON holds (actor_id, id)`,
  `CREATE INDEX accounts_pending ON accounts (pending_at) WHERE pending_at IS NOT NULL`,
  `CREATE INDEX actors_limited ON actors (limited_at) WHERE limited_at IS NOT NULL`,
  `CREATE INDEX notes_hidden ON notes (hidden_at) WHERE hidden_at IS NOT NULL`,
];
