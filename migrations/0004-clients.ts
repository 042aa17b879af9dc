import { type Kysely, sql } from "kysely";
import type { Dialect } from "./dialect.ts";
import { spell } from "./spell.ts";

/** What apps of others need: their registrations and codes, conversations, notifications that wait, words about people. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS))
    for (const column of columns)
      await sql.raw(spell(`ALTER TABLE ${table} ADD COLUMN ${column}`, dialect)).execute(db);
  for (const statement of [...TABLES, ...INDEXES]) await sql.raw(spell(statement, dialect)).execute(db);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  tokens: ["app_id INT0"],
  notes: ["app_id INT0"],
  follows: ["languages TEXT"],
  notifications: ["filtered INT DEFAULT 0"],
  push_subscriptions: ["policy WORD DEFAULT 'all'", "sealed_token TEXT"],
  reports: ["assigned_id INT0", "resolved_by_id INT0", "rule_ids TEXT NOT NULL DEFAULT '[]'"],
};

const TABLES: readonly string[] = [
  `CREATE TABLE apps (
    id PK, client_id WORD, secret_hash WORD, name TEXT NOT NULL, website TEXT, redirect_uris TEXT NOT NULL, scopes WORD,
    created_at INT, used_at INT0, UNIQUE (client_id))`,
  `CREATE TABLE app_tokens (
    id PK, token_hash WORD, app_id INT REFERENCES apps (id), scopes WORD, created_at INT, UNIQUE (token_hash))`,
  `CREATE TABLE grants (
    code_hash WORD PRIMARY KEY, app_id INT REFERENCES apps (id), account_id INT REFERENCES accounts (id),
    redirect_uri TEXT NOT NULL, scopes WORD, challenge WORD0, created_at INT, expires_at INT, token_id INT0)`,
  `CREATE TABLE conversations (
    id PK, account_id INT REFERENCES accounts (id), root_id INT, last_note_id INT, unread INT,
    UNIQUE (account_id, root_id))`,
  `CREATE TABLE muted_threads (
    account_id INT REFERENCES accounts (id), root_id INT, created_at INT, PRIMARY KEY (account_id, root_id)) KEYED`,
  `CREATE TABLE notification_requests (
    id PK, account_id INT REFERENCES accounts (id), actor_id INT REFERENCES actors (id), last_note_id INT0, created_at INT,
    updated_at INT, UNIQUE (account_id, actor_id))`,
  `CREATE TABLE notification_permissions (
    account_id INT REFERENCES accounts (id), actor_id INT REFERENCES actors (id), created_at INT,
    PRIMARY KEY (account_id, actor_id)) KEYED`,
  `CREATE TABLE actor_comments (
    actor_id INT REFERENCES actors (id), target_id INT REFERENCES actors (id), comment TEXT NOT NULL, updated_at INT,
    PRIMARY KEY (actor_id, target_id)) KEYED`,
  `CREATE TABLE personal_domain_blocks (
    id PK, actor_id INT REFERENCES actors (id), host WORD, created_at INT, UNIQUE (actor_id, host))`,
  `CREATE TABLE suggestion_refusals (
    actor_id INT REFERENCES actors (id), target_id INT REFERENCES actors (id), created_at INT,
    PRIMARY KEY (actor_id, target_id)) KEYED`,
];

const INDEXES: readonly string[] = [
  `CREATE INDEX tokens_app ON tokens (app_id) WHERE app_id IS NOT NULL`,
  `CREATE INDEX apps_unused ON apps (created_at) WHERE used_at IS NULL`,
  `CREATE INDEX likes_actor ON likes (actor_id, id)`,
  `CREATE INDEX app_tokens_app ON app_tokens (app_id)`,
  `CREATE INDEX grants_account ON grants (account_id)`,
  `CREATE INDEX grants_expiring ON grants (expires_at)`,
  `CREATE INDEX conversations_latest ON conversations (account_id, last_note_id)`,
  `CREATE INDEX conversations_last ON conversations (last_note_id)`,
  `CREATE INDEX notifications_filtered ON notifications (account_id, actor_id) WHERE filtered = 1`,
  `CREATE INDEX notification_requests_account ON notification_requests (account_id, id)`,
  `CREATE INDEX actor_comments_target ON actor_comments (target_id)`,
  `CREATE INDEX suggestion_refusals_target ON suggestion_refusals (target_id)`,
  `CREATE INDEX personal_domain_blocks_host ON personal_domain_blocks (host)`,
];
