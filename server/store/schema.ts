// The only folder with SQL: tables, queries, transactions, migrations, jobs. May import domain/ and types of context and config.
// Imported by services/, jobs/ and (kv, jobs) federation/. Columns are text, integer and bytes only:
// timestamps are integers in ms, booleans 0/1, JSON is text (store/codec.ts).

type Flag = 0 | 1;

export type SettingsTable = { name: string; value: string };

export type ActorsTable = {
  id: number;
  uri: string;
  url: string;
  kind: string;
  username: string;
  /** '' for local actors, so that (username, host) is unique on both databases. */
  host: string;
  name: string;
  bio_html: string;
  bio_source: string;
  fields: string;
  /** Name in the file store (local) or remote address. */
  avatar: string | null;
  header: string | null;
  locked: Flag;
  discoverable: Flag;
  indexable: Flag;
  inbox_uri: string;
  shared_inbox_uri: string | null;
  outbox_uri: string | null;
  followers_uri: string | null;
  following_uri: string | null;
  featured_uri: string | null;
  followers_count: number;
  following_count: number;
  notes_count: number;
  published_at: number;
  fetched_at: number;
  suspended_at: number | null;
  deleted_at: number | null;
};

export type AccountsTable = {
  id: number;
  actor_id: number;
  email: string | null;
  password_hash: string;
  role: string;
  locale: string | null;
  /** JSON array of language tags, recent first. */
  languages: string;
  invite_id: number | null;
  created_at: number;
  suspended_at: number | null;
  notifications_read_id: number;
};

export type KeysTable = {
  actor_id: number;
  kind: string;
  public_key: string;
  sealed_private: string;
  created_at: number;
};
export type SpareKeysTable = { id: number; public_key: string; sealed_private: string; created_at: number };

export type SessionsTable = {
  id: number;
  token_hash: string;
  account_id: number;
  agent: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
};

export type TokensTable = {
  id: number;
  token_hash: string;
  account_id: number;
  name: string;
  scopes: string;
  created_at: number;
  seen_at: number | null;
};

export type InvitesTable = {
  id: number;
  code: string;
  created_by: number | null;
  max_uses: number;
  uses: number;
  created_at: number;
  expires_at: number | null;
};

export type NotesTable = {
  id: number;
  uri: string;
  url: string;
  actor_id: number;
  local: Flag;
  visibility: string;
  reply_to_id: number | null;
  reply_to_uri: string | null;
  language: string | null;
  summary: string | null;
  content_html: string;
  content_map: string;
  source: string | null;
  sensitive: Flag;
  published_at: number;
  updated_at: number | null;
  received_at: number;
  deleted_at: number | null;
  likes_count: number;
  announces_count: number;
  replies_count: number;
};

/** One row for each note and each announce, by author: what timelines walk. `id` is the note's or the announce's. */
export type EntriesTable = {
  id: number;
  actor_id: number;
  note_id: number;
  announce: Flag;
  visibility: string;
  local: Flag;
  reply: Flag;
};

export type MentionsTable = { note_id: number; actor_id: number };
export type NoteTagsTable = { tag: string; note_id: number };
export type NoteVersionsTable = {
  id: number;
  note_id: number;
  summary: string | null;
  content_html: string;
  language: string | null;
  at: number;
};

export type AttachmentsTable = {
  id: number;
  actor_id: number;
  note_id: number | null;
  position: number;
  kind: string;
  /** Name in the file store, for local ones. */
  file: string | null;
  remote_url: string | null;
  media_type: string;
  alt: string;
  width: number | null;
  height: number | null;
  blurhash: string | null;
  created_at: number;
};

export type LikesTable = { id: number; uri: string; actor_id: number; note_id: number; created_at: number };
export type AnnouncesTable = {
  id: number;
  uri: string;
  actor_id: number;
  note_id: number;
  visibility: string;
  created_at: number;
};
export type BookmarksTable = { id: number; actor_id: number; note_id: number };
export type DraftsTable = {
  id: number;
  account_id: number;
  body: string;
  updated_at: number;
  /** Set once the draft became a note, so that a second submit answers with the same note. */
  note_id: number | null;
};
export type IdempotencyTable = {
  account_id: number;
  key: string;
  note_id: number;
  request_hash: string;
  created_at: number;
};

export type FollowsTable = {
  id: number;
  uri: string;
  actor_id: number;
  target_id: number;
  state: string;
  created_at: number;
};
export type BlocksTable = {
  id: number;
  uri: string;
  actor_id: number;
  target_id: number;
  created_at: number;
};
export type MutesTable = {
  id: number;
  actor_id: number;
  target_id: number;
  created_at: number;
  expires_at: number | null;
};

export type NotificationsTable = {
  id: number;
  account_id: number;
  kind: string;
  actor_id: number;
  /** 0 = about no note, so that (account, kind, actor, note) is unique. */
  note_id: number;
  created_at: number;
};

/** Every activity answered with 202, before the answer. The row stays as the durable dedupe; the body goes when handled. */
export type InboxTable = {
  id: number;
  actor_uri: string;
  activity_uri: string;
  body: string | null;
  state: string;
  received_at: number;
  handled_at: number | null;
};

/** What must not come back: deleted objects and undone activities, by uri. */
export type TombstonesTable = { uri: string; actor_uri: string; at: number };

/** An activity of ours, its body stored once for all its deliveries. */
export type ActivitiesTable = {
  id: number;
  uri: string;
  actor_id: number;
  body: string;
  public: Flag;
  created_at: number;
};

export type HostsTable = {
  host: string;
  signature_spec: string | null;
  failures: number;
  failing_since: number | null;
  retry_at: number | null;
};
export type DomainBlocksTable = { host: string; created_at: number };

export type JobsTable = {
  id: number;
  kind: string;
  payload: string;
  run_at: number;
  attempts: number;
  lease_until: number | null;
  ordering_key: string | null;
  dedupe_key: string | null;
  lane: number;
  dead_at: number | null;
  fault: string | null;
  created_at: number;
};

export type KvTable = { key: string; value: string; expires_at: number | null };

/** All tables, as Kysely wants them. */
export type Schema = {
  settings: SettingsTable;
  actors: ActorsTable;
  accounts: AccountsTable;
  keys: KeysTable;
  spare_keys: SpareKeysTable;
  sessions: SessionsTable;
  tokens: TokensTable;
  invites: InvitesTable;
  notes: NotesTable;
  entries: EntriesTable;
  mentions: MentionsTable;
  note_tags: NoteTagsTable;
  note_versions: NoteVersionsTable;
  attachments: AttachmentsTable;
  likes: LikesTable;
  announces: AnnouncesTable;
  bookmarks: BookmarksTable;
  drafts: DraftsTable;
  idempotency: IdempotencyTable;
  follows: FollowsTable;
  blocks: BlocksTable;
  mutes: MutesTable;
  notifications: NotificationsTable;
  inbox: InboxTable;
  tombstones: TombstonesTable;
  activities: ActivitiesTable;
  hosts: HostsTable;
  domain_blocks: DomainBlocksTable;
  jobs: JobsTable;
  kv: KvTable;
};
