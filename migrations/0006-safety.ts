import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** What a community decides about: decisions with their reasons, appeals, the public log, the audit log, gates, domain rules. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      await sql.raw(spell(`ALTER TABLE ${table} ADD COLUMN ${column}`, dialect)).execute(db);
  for (const statement of [...TABLES, ...INDEXES]) await sql.raw(spell(statement, dialect)).execute(db);
  for (const statement of GUARDS[dialect]) await sql.raw(statement).execute(db);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  // Limited: seen by followers and at their own address alone. Sensitized: all media are covered.
  actors: [
    "withheld TEXT",
    "limited_at INT0",
    "limited_by WORD0",
    "sensitized_at INT0",
    "media_rejected INT DEFAULT 0",
  ],
  // Hidden: seen by its author and staff alone; by a moderator, or held until one looks. Labels and countries are JSON.
  notes: ["hidden_at INT0", "hidden_by WORD0", "sensitized_at INT0", "labels TEXT", "withheld TEXT"],
  // Pending: waits for approval. Probation: what newcomers may not do yet. Moderates: languages of a moderator (JSON).
  accounts: ["pending_at INT0", "probation_until INT0", "moderates TEXT"],
  invites: ["revoked_at INT0", "frozen_at INT0"],
  // What was uploaded, before it was coded anew: SHA-256, hex.
  attachments: ["uploaded_sha256 WORD0"],
  domain_blocks: [
    "severity WORD DEFAULT 'suspend'",
    "reject_media INT DEFAULT 0",
    "reject_reports INT DEFAULT 0",
    "obfuscated INT DEFAULT 0",
    "public_comment TEXT",
    "private_comment TEXT",
    "decision_id INT0",
  ],
  // When everybody of the staff was told, not only those who know its languages; what came of it.
  reports: ["told_all_at INT0", "forwarded_at INT0", "outcome WORD0"],
};

const TABLES: readonly string[] = [
  `CREATE TABLE decisions (
    id PK, measure WORD, label WORD0, actor_id INT0, note_id INT0, object_uri WORD0, host WORD0, report_id INT0, by_id INT0, state WORD,
    statement TEXT NOT NULL, before TEXT, automated INT DEFAULT 0, log_seq INT0, created_at INT, ends_at INT0, ended_at INT0,
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
  `CREATE TABLE log_entries (
    seq PK, kind WORD, about INT0, body TEXT NOT NULL, previous WORD, hash WORD, created_at INT)`,
  `CREATE TABLE log_heads (seq PK, document TEXT NOT NULL, created_at INT)`,
  // What a line is about, so that it can be linked while everybody may see it; the line itself holds a salted digest alone.
  `CREATE TABLE log_objects (seq PK REFERENCES log_entries (seq), object_uri WORD, salt WORD)`,
  // At a standby: what its homes signed about their logs.
  `CREATE TABLE kept_log_heads (
    agreement_id INT REFERENCES standby_agreements (id), seq INT, hash WORD, document TEXT NOT NULL, received_at INT,
    PRIMARY KEY (agreement_id, seq, hash)) KEYED`,
  // What staff did with their powers; for administrators, kept a year.
  `CREATE TABLE audit_entries (
    seq PK, at INT, actor_id INT0, who WORD, what WORD, subject WORD0, detail TEXT NOT NULL, previous WORD, hash WORD)`,
  // Where the audit log begins when older lines were folded away: number and hash of the last one that is gone.
  `CREATE TABLE audit_folds (seq PK, hash WORD, created_at INT)`,
  `CREATE TABLE withholdings (
    id PK, actor_id INT0, note_id INT0, object_uri WORD, countries TEXT NOT NULL, basis WORD, legal_ref TEXT NOT NULL,
    requester TEXT NOT NULL, authority_url TEXT, facts TEXT NOT NULL, language WORD0, notice TEXT NOT NULL, received_at INT, state WORD,
    by_id INT0, decision_id INT0, created_at INT, expires_at INT0, ended_at INT0)`,
  // Rules about servers that a file or a list proposes; nothing happens until somebody decides.
  `CREATE TABLE domain_drafts (
    id PK, host WORD, source WORD, severity WORD, reject_media INT, reject_reports INT, obfuscated INT, public_comment TEXT,
    private_comment TEXT, state WORD, fault WORD0, before TEXT, created_at INT, decided_at INT0, UNIQUE (source, host))`,
  // Files of rules that somebody brought; lists that are subscribed to have their own table.
  `CREATE TABLE domain_imports (id PK, name TEXT NOT NULL, by_id INT0, created_at INT)`,
  `CREATE TABLE domain_subscriptions (
    id PK, url WORD, name TEXT NOT NULL, etag TEXT, entries INT, fault TEXT, created_at INT, checked_at INT0, UNIQUE (url))`,
  // How somebody came in; network and browser as keyed hashes, forgotten after a week.
  `CREATE TABLE sign_ups (
    account_id PK REFERENCES accounts (id) ON DELETE CASCADE, invite_id INT0, network WORD0, agent WORD0, gate WORD,
    reason TEXT, answer TEXT, language WORD0, state WORD, created_at INT, decided_at INT0, by_id INT0)`,
  // Sign-ups that came together and that one decision is about.
  `CREATE TABLE waves (
    id PK, decision_id INT, measure WORD, state WORD, people INT, done INT, created_at INT, by_id INT0)`,
  `CREATE TABLE wave_members (
    wave_id INT REFERENCES waves (id), actor_id INT REFERENCES actors (id), state WORD, before TEXT,
    PRIMARY KEY (wave_id, actor_id)) KEYED`,
  // What a classifier held or reported.
  `CREATE TABLE holds (
    id PK, actor_id INT, note_id INT, source WORD, suggestion WORD, labels TEXT NOT NULL, reason TEXT, state WORD, tells WORD,
    language WORD0, created_at INT, decided_at INT0, by_id INT0)`,
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
  `CREATE INDEX reports_target ON reports (target_id, id)`,
  `CREATE INDEX reports_reporter ON reports (reporter_id, id)`,
  `CREATE INDEX report_languages_language ON report_languages (language, report_id)`,
  `CREATE INDEX report_comments_report ON report_comments (report_id, id)`,
  `CREATE INDEX log_entries_kind ON log_entries (kind, seq)`,
  `CREATE INDEX log_entries_about ON log_entries (about) WHERE about IS NOT NULL`,
  `CREATE INDEX log_entries_created ON log_entries (created_at)`,
  `CREATE INDEX log_objects_uri ON log_objects (object_uri)`,
  `CREATE INDEX audit_entries_actor ON audit_entries (actor_id, seq)`,
  `CREATE INDEX audit_entries_what ON audit_entries (what, seq)`,
  `CREATE INDEX audit_entries_at ON audit_entries (at)`,
  `CREATE INDEX withholdings_note ON withholdings (note_id) WHERE note_id IS NOT NULL`,
  `CREATE INDEX withholdings_actor ON withholdings (actor_id) WHERE actor_id IS NOT NULL`,
  `CREATE INDEX notes_withheld ON notes (id) WHERE withheld IS NOT NULL`,
  `CREATE INDEX actors_withheld ON actors (id) WHERE withheld IS NOT NULL`,
  `CREATE INDEX withholdings_decision ON withholdings (decision_id) WHERE decision_id IS NOT NULL`,
  `CREATE INDEX withholdings_state ON withholdings (state, expires_at)`,
  `CREATE INDEX domain_drafts_source ON domain_drafts (source, state, id)`,
  `CREATE INDEX sign_ups_state ON sign_ups (state, account_id)`,
  `CREATE INDEX sign_ups_created ON sign_ups (created_at)`,
  `CREATE INDEX sign_ups_invite ON sign_ups (invite_id) WHERE invite_id IS NOT NULL`,
  `CREATE INDEX wave_members_state ON wave_members (wave_id, state, actor_id)`,
  `CREATE INDEX wave_members_actor ON wave_members (actor_id)`,
  `CREATE INDEX invites_maker ON invites (created_by, created_at) WHERE created_by IS NOT NULL`,
  `CREATE INDEX accounts_invite ON accounts (invite_id) WHERE invite_id IS NOT NULL`,
  `CREATE INDEX accounts_probation ON accounts (actor_id) WHERE probation_until IS NOT NULL`,
  `CREATE INDEX holds_state ON holds (state, id)`,
  `CREATE INDEX holds_note ON holds (note_id, state)`,
  `CREATE INDEX holds_actor ON holds (actor_id, id)`,
  `CREATE INDEX accounts_pending ON accounts (pending_at) WHERE pending_at IS NOT NULL`,
  `CREATE INDEX actors_limited ON actors (limited_at) WHERE limited_at IS NOT NULL`,
  `CREATE INDEX notes_hidden ON notes (hidden_at) WHERE hidden_at IS NOT NULL`,
];

/**
 * Lines of the two logs stay as they are: the database itself refuses to change or remove them. Lines of the audit log may
 * go once a fold names them. Against accidents and half-thought scripts; whoever owns the database can drop a trigger, and
 * then the hashes and the signed heads tell.
 */
const GUARDS: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [
    `CREATE TRIGGER log_entries_changed BEFORE UPDATE ON log_entries
      BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END`,
    `CREATE TRIGGER log_entries_removed BEFORE DELETE ON log_entries
      BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END`,
    `CREATE TRIGGER audit_entries_changed BEFORE UPDATE ON audit_entries
      BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END`,
    `CREATE TRIGGER audit_entries_removed BEFORE DELETE ON audit_entries
      WHEN NOT EXISTS (SELECT 1 FROM audit_folds WHERE audit_folds.seq >= OLD.seq)
      BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END`,
  ],
  postgres: [
    `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`,
    `CREATE TRIGGER log_entries_kept BEFORE UPDATE OR DELETE ON log_entries
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
    `CREATE TRIGGER audit_entries_changed BEFORE UPDATE ON audit_entries
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
    `CREATE FUNCTION refuse_unless_folded() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN
        IF EXISTS (SELECT 1 FROM audit_folds WHERE audit_folds.seq >= OLD.seq) THEN RETURN OLD; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
      END $$`,
    `CREATE TRIGGER audit_entries_removed BEFORE DELETE ON audit_entries
      FOR EACH ROW EXECUTE FUNCTION refuse_unless_folded()`,
  ],
};
