import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** What outlives an account, a host or a domain: identities, archives, standbys, escapes, and lists that come and go as files. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      await sql.raw(spell(`ALTER TABLE ${table} ADD COLUMN ${column}`, dialect)).execute(db);
  for (const statement of [...TABLES, ...INDEXES]) await sql.raw(spell(statement, dialect)).execute(db);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  // The did:key that a remote actor was first seen with, and since when its followers have to decide about a change.
  actors: [
    "did WORD0",
    "did_statement TEXT",
    "did_keys TEXT",
    "frozen_at INT0",
    "frozen_reason WORD0",
    "frozen_offer TEXT",
  ],
  // Escapes are sent with more care than other activities: at most once to each server, even after a crash.
  activities: ["is_escape INT DEFAULT 0"],
  // When a server was last asked what it runs.
  hosts: ["software_at INT0"],
};

const TABLES: readonly string[] = [
  // Who somebody here is beyond this server: did:key, statement and age recipient; the secrets are in their phrase alone.
  `CREATE TABLE identities (
    actor_id PK REFERENCES actors (id), did WORD, statement TEXT NOT NULL, recipient WORD, created_at INT, UNIQUE (did))`,
  `CREATE TABLE lifeboats (
    id PK, account_id INT REFERENCES accounts (id), seq INT, state WORD, options TEXT NOT NULL, file WORD0, size INT0,
    manifest_hash WORD0, previous WORD0, done INT, total INT, fault TEXT, created_at INT, finished_at INT0,
    UNIQUE (account_id, seq))`,
  // Whoever a community launched has an actor before they have an account, so that the actor is the owner.
  `CREATE TABLE arrivals (
    id PK, actor_id INT REFERENCES actors (id), source WORD, member_id INT0, actor_uri WORD0, handle WORD0,
    manifest_hash WORD0, state WORD, size INT, received INT, secret TEXT, ground WORD0, did WORD0, choices TEXT NOT NULL,
    done INT, total INT, report TEXT NOT NULL, fault TEXT, created_at INT, touched_at INT, finished_at INT0, undone_at INT0)`,
  `CREATE TABLE arrived_notes (
    actor_id INT REFERENCES actors (id), old_uri WORD, note_id INT, arrival_id INT, PRIMARY KEY (actor_id, old_uri)) KEYED`,
  `CREATE TABLE transfers (
    id PK, account_id INT REFERENCES accounts (id), kind WORD, mode WORD, state WORD, name TEXT NOT NULL, total INT, done INT,
    already INT, failed INT, swept INT, created_at INT, finished_at INT0)`,
  `CREATE TABLE transfer_rows (
    transfer_id INT REFERENCES transfers (id) ON DELETE CASCADE, position INT, verb WORD, subject WORD, place WORD0, host WORD0,
    target_id INT0, data TEXT NOT NULL, state WORD, tries INT, next_at INT, message TEXT,
    PRIMARY KEY (transfer_id, position)) KEYED`,
  `CREATE TABLE standby_agreements (
    id PK, uri WORD, role WORD, partner WORD, document TEXT NOT NULL, state WORD, cursor TEXT, seq INT, head WORD0, bytes INT,
    created_at INT, agreed_at INT0, ended_at INT0, seen_at INT0, partner_actor WORD0, partner_key TEXT, fault TEXT,
    restarted_at INT0, UNIQUE (uri, role))`,
  // At the home: who of its members agreed.
  `CREATE TABLE standby_consents (
    actor_id INT REFERENCES actors (id), agreement_id INT REFERENCES standby_agreements (id), created_at INT,
    standby_uri WORD0, standby_handle WORD0, walked_id INT DEFAULT 0, walked INT DEFAULT 0, kit_at INT DEFAULT 0,
    followers_at INT DEFAULT 0, followers_mark WORD0, sealed_for WORD0, PRIMARY KEY (actor_id, agreement_id)) KEYED`,
  // At the home: what has to be told to the standby, each thing once however often it changed.
  `CREATE TABLE standby_changes (
    agreement_id INT REFERENCES standby_agreements (id), kind WORD, object_id INT, actor_id INT, id INT,
    PRIMARY KEY (agreement_id, kind, object_id)) KEYED`,
  // At the standby: who is expected, and the hidden actor that waits for them.
  `CREATE TABLE standby_members (
    id PK, agreement_id INT REFERENCES standby_agreements (id), actor_uri WORD, handle WORD, actor_id INT0, state WORD,
    profile TEXT NOT NULL, did WORD0, recipient WORD0, kit TEXT, sealed_at INT0, followers TEXT, updated_at INT,
    launched_at INT0, claimed_at INT0, username WORD0, keys TEXT, did_next WORD0, did_next_at INT0,
    UNIQUE (agreement_id, actor_uri))`,
  `CREATE TABLE standby_records (
    agreement_id INT REFERENCES standby_agreements (id), object_uri WORD, actor_uri WORD, kind WORD, body TEXT, seq INT,
    size INT DEFAULT 0, PRIMARY KEY (agreement_id, object_uri)) KEYED`,
  `CREATE TABLE standby_media (
    agreement_id INT REFERENCES standby_agreements (id), hash WORD, file WORD0, media_type WORD, size INT,
    path WORD0, tries INT DEFAULT 0, PRIMARY KEY (agreement_id, hash)) KEYED`,
  `CREATE TABLE standby_media_uses (
    agreement_id INT REFERENCES standby_agreements (id), object_uri WORD, hash WORD, actor_uri WORD,
    PRIMARY KEY (agreement_id, object_uri, hash)) KEYED`,
  `CREATE TABLE standby_segments (
    agreement_id INT REFERENCES standby_agreements (id), seq INT, hash WORD, body TEXT, created_at INT,
    PRIMARY KEY (agreement_id, seq)) KEYED`,
  // At the home: what each member would send, signed in advance.
  `CREATE TABLE escape_kits (
    actor_id PK REFERENCES actors (id), kit TEXT NOT NULL, key_id WORD, fingerprint WORD, sealed_at INT, stale INT,
    examined_at INT, changed_at INT DEFAULT 0)`,
  // A new home that somebody chose by themselves, without a standby.
  `CREATE TABLE escape_homes (actor_id PK REFERENCES actors (id), uri WORD, created_at INT)`,
  `CREATE TABLE evacuations (
    id PK, uri WORD, agreement_id INT REFERENCES standby_agreements (id), home WORD, reason WORD, document TEXT NOT NULL,
    state WORD, approvals INT, begins_at INT0, objection TEXT, created_at INT, finished_at INT0, UNIQUE (uri))`,
  // One row for each server that is told about each member.
  `CREATE TABLE escapes (
    id PK, member_id INT, evacuation_id INT0, host WORD, inbox WORD, software WORD0, form WORD, expected INT, state WORD,
    activity_id INT0, fault TEXT, begun_at INT0, answered_at INT0, UNIQUE (member_id, host))`,
  `CREATE TABLE successors (old_uri WORD PRIMARY KEY, new_uri WORD, notice TEXT NOT NULL, created_at INT)`,
];

const INDEXES: readonly string[] = [
  `CREATE INDEX lifeboats_account ON lifeboats (account_id, id)`,
  `CREATE INDEX arrivals_actor ON arrivals (actor_id, id)`,
  `CREATE INDEX arrived_notes_old ON arrived_notes (old_uri)`,
  `CREATE INDEX arrived_notes_actor ON arrived_notes (actor_id, arrival_id, note_id)`,
  `CREATE INDEX arrived_notes_note ON arrived_notes (note_id)`,
  `CREATE INDEX arrived_notes_arrival ON arrived_notes (arrival_id, note_id)`,
  `CREATE INDEX transfers_account ON transfers (account_id, id)`,
  `CREATE INDEX transfer_rows_state ON transfer_rows (transfer_id, state, next_at, position DESC)`,
  `CREATE INDEX transfer_rows_subject ON transfer_rows (transfer_id, subject)`,
  `CREATE INDEX transfer_rows_target ON transfer_rows (transfer_id, target_id) WHERE target_id IS NOT NULL`,
  `CREATE INDEX standby_consents_agreement ON standby_consents (agreement_id)`,
  `CREATE INDEX standby_members_actor ON standby_members (actor_id) WHERE actor_id IS NOT NULL`,
  `CREATE UNIQUE INDEX standby_members_username ON standby_members (username) WHERE username IS NOT NULL`,
  `CREATE INDEX standby_changes_order ON standby_changes (agreement_id, id)`,
  `CREATE INDEX standby_media_uses_hash ON standby_media_uses (agreement_id, hash)`,
  `CREATE INDEX standby_media_uses_actor ON standby_media_uses (agreement_id, actor_uri)`,
  `CREATE INDEX standby_records_actor ON standby_records (agreement_id, actor_uri, kind, object_uri)`,
  `CREATE INDEX escape_kits_examined ON escape_kits (examined_at, actor_id)`,
  `CREATE INDEX evacuations_agreement ON evacuations (agreement_id, id)`,
  `CREATE INDEX evacuations_state ON evacuations (state, id)`,
  `CREATE INDEX escapes_activity ON escapes (activity_id, host)`,
  `CREATE INDEX escapes_evacuation ON escapes (evacuation_id, host)`,
  `CREATE INDEX escapes_host ON escapes (host, begun_at)`,
  `CREATE INDEX actors_frozen ON actors (frozen_at) WHERE frozen_at IS NOT NULL`,
  `CREATE INDEX successors_new ON successors (new_uri)`,
];
