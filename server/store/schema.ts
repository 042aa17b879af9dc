// The only folder with SQL: tables, queries, transactions, migrations, jobs. May import domain/ and types of context and config.
// Imported by services/, jobs/ and (kv, jobs) federation/. Columns are text, integer and bytes only:
// timestamps are integers in ms, booleans 0/1, JSON is text (store/codec.ts).

import type { Generated } from "kysely";
import type { LifeboatSchema, PinnedIdentityColumns } from "./lifeboat-schema.ts";
import type {
  DomainRuleColumns,
  GatedAccountColumns,
  JudgedNoteColumns,
  LimitedActorColumns,
  UploadedColumn,
  SafetySchema,
} from "./safety-schema.ts";

type Flag = 0 | 1;

export type SettingsTable = { name: string; value: string };

export type ActorsTable = PinnedIdentityColumns &
  LimitedActorColumns & {
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
    /** JSON array of actor uris that say they are this one. */
    also_known_as: Generated<string>;
    moved_to_uri: Generated<string | null>;
    moved_at: Generated<number | null>;
    memorial: Generated<Flag>;
    /** 1 = followers and followees are counted, not listed. */
    hide_collections: Generated<Flag>;
    featured_tags_uri: Generated<string | null>;
    /** JSON array of domains. */
    attribution_domains: Generated<string>;
    /** JSON array of {name, url}: custom emoji in name and bio. */
    emojis: Generated<string>;
    /** JSON array of what the actor's software says it implements (FEP-844e). */
    implements: Generated<string>;
    /** When the pinned notes were last read. */
    featured_at: Generated<number | null>;
    /** `domain` = hidden because its server is not talked to; null = suspended by itself, or not at all. */
    suspended_by: Generated<string | null>;
    /** Whether pinned notes and tags, media, and media of replies have a place on the profile (Mastodon 4.6). */
    show_featured: Generated<Flag>;
    show_media: Generated<Flag>;
    show_media_replies: Generated<Flag>;
    /** 1 = the actor's own server says that it is suspended there. */
    origin_suspended: Generated<Flag>;
    /** The id of the Move activity that a local actor sent last. */
    move_id: Generated<number | null>;
    /** JSON: who may put the actor into a featured collection; local: a word of `FEATURE_CHOICES`, remote: a rule or null. */
    feature_policy: Generated<string | null>;
    /** Where the actor's featured collections are listed (FEP-7aa9). */
    collections_uri: Generated<string | null>;
  };

export type AccountsTable = GatedAccountColumns & {
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
  policy: Generated<string | null>;
  /** JSON of `Preferences` (domain/preferences.ts), as far as they differ from the usual ones. */
  preferences: Generated<string>;
  /** The shared secret of one-time passwords, sealed; in force from `totp_at`. */
  totp_sealed: Generated<string | null>;
  totp_at: Generated<number | null>;
  /** The last time step that was used: no password is taken twice (RFC 6238, 5.2). */
  totp_step: Generated<number>;
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
  /** When the person last proved who they are, for dangerous actions. */
  confirmed_at: Generated<number | null>;
  /** How it was opened: `password`, `passkey`, `totp`, `recovery`. */
  method: Generated<string>;
};

export type TokensTable = {
  id: number;
  token_hash: string;
  account_id: number;
  name: string;
  scopes: string;
  created_at: number;
  seen_at: number | null;
  /** The app that the person let in; null for one made by hand. */
  app_id: Generated<number | null>;
};

/** Somebody else's software that has registered itself (RFC 7591, in Mastodon's way). */
export type AppsTable = {
  id: number;
  client_id: string;
  secret_hash: string;
  name: string;
  website: string | null;
  /** JSON array, compared as exact strings. */
  redirect_uris: string;
  scopes: string;
  created_at: number;
  used_at: number | null;
};
/** What an app may do in nobody's name (RFC 6749, 4.4). */
export type AppTokensTable = {
  id: number;
  token_hash: string;
  app_id: number;
  scopes: string;
  created_at: number;
};
/** Codes on their way to become tokens (RFC 6749, 4.1); a used one is kept while it would last, to notice a second use. */
export type GrantsTable = {
  code_hash: string;
  app_id: number;
  account_id: number;
  redirect_uri: string;
  scopes: string;
  /** S256 (RFC 7636). */
  challenge: string | null;
  created_at: number;
  expires_at: number;
  token_id: number | null;
};
/** Direct notes of a thread, as one of its people sees them. */
export type ConversationsTable = {
  id: number;
  account_id: number;
  /** The first note of the thread that is known here. */
  root_id: number;
  last_note_id: number;
  unread: Flag;
};
/** Threads of which somebody is told no more. */
export type MutedThreadsTable = { account_id: number; root_id: number; created_at: number };
/** People whose notifications wait until the account says what it wants of them. */
export type NotificationRequestsTable = {
  id: number;
  account_id: number;
  actor_id: number;
  last_note_id: number | null;
  created_at: number;
  updated_at: number;
};
/** People whose notifications never wait. */
export type NotificationPermissionsTable = { account_id: number; actor_id: number; created_at: number };
/** What somebody noted down about somebody else, for themselves alone. */
export type ActorCommentsTable = { actor_id: number; target_id: number; comment: string; updated_at: number };
/** People whom somebody does not want to be suggested. */
export type SuggestionRefusalsTable = { actor_id: number; target_id: number; created_at: number };
/** Servers of which a person wants to see nothing. */
export type PersonalDomainBlocksTable = { id: number; actor_id: number; host: string; created_at: number };

export type InvitesTable = {
  id: number;
  code: string;
  created_by: number | null;
  max_uses: number;
  uses: number;
  created_at: number;
  expires_at: number | null;
  /** Taken back; and: neither it nor invites of those who came by it can be used. */
  revoked_at: Generated<number | null>;
  frozen_at: Generated<number | null>;
};

export type NotesTable = JudgedNoteColumns & {
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
  kind: Generated<string>;
  title: Generated<string | null>;
  /** JSON of when and where. */
  event: Generated<string | null>;
  /** Media type of `source`; null = Markdown of ours. */
  source_type: Generated<string | null>;
  context_uri: Generated<string | null>;
  replies_uri: Generated<string | null>;
  /** When the thread below this note was last looked for elsewhere. */
  replies_fetched_at: Generated<number | null>;
  /** How many replies its own server knows, when it says. */
  replies_total: Generated<number | null>;
  audience_uri: Generated<string | null>;
  /** JSON array of {name, url}: custom emoji in text, title and warning. */
  emojis: Generated<string>;
  /** JSON: who may reply, like, announce, quote; null = everybody who sees it. */
  policy: Generated<string | null>;
  quote_uri: Generated<string | null>;
  quote_id: Generated<number | null>;
  quote_state: Generated<string | null>;
  quote_authorization_uri: Generated<string | null>;
  /** Kinds of attachments as bits: 1 picture, 2 film, 4 sound. */
  media: Generated<number>;
  /** The card of its first link. */
  /** The app it was written with; local notes alone. */
  app_id: Generated<number | null>;
  card_key: Generated<string | null>;
  /** When it disappears by itself, ms. */
  expires_at: Generated<number | null>;
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
  /** Of the note, at its own entry alone: kinds of media as bits, and the primary subtag of its language. */
  media: Generated<number>;
  language: Generated<string | null>;
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

export type AttachmentsTable = UploadedColumn & {
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
  /** Thousandths, -1000 to 1000. */
  focus_x: Generated<number | null>;
  focus_y: Generated<number | null>;
  cover_url: Generated<string | null>;
  duration_ms: Generated<number | null>;
  digest: Generated<string | null>;
  size: Generated<number | null>;
  /** `waiting`, `working`, `ready`, `failed`. */
  state: Generated<string>;
  /** Percent of the work that is done. */
  progress: Generated<number>;
  /** Message key: why it could not be used. */
  fault: Generated<string | null>;
  /** JSON array of {file, mediaType, width, height, size}: the same picture in other sizes and codings. */
  variants: Generated<string>;
  /** Still of a film, picture of a recording: name in the file store. */
  cover_file: Generated<string | null>;
  /** 1 = stands for its note in grids. */
  is_cover: Generated<Flag>;
  /** JSON array of {file, language, label}: WebVTT. */
  captions: Generated<string>;
  /** What was uploaded, until it has been worked on. */
  source_file: Generated<string | null>;
  /** 1 = short and silent, shown in a loop. */
  animated: Generated<Flag>;
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
  /** When it is to be posted by itself, ms. */
  publish_at: Generated<number | null>;
  /** JSON of a message: why it could not be posted by itself. */
  fault: Generated<string | null>;
  /** Thrown away, but for a while it can be had back; ms. */
  deleted_at: Generated<number | null>;
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
  /** 1 = the follower is told of each note. */
  notify: Generated<Flag>;
  show_announces: Generated<Flag>;
  /** JSON array of language tags that are shown; null = all. */
  languages: Generated<string | null>;
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
  hide_notifications: Generated<Flag>;
};

export type NotificationsTable = {
  id: number;
  account_id: number;
  kind: string;
  actor_id: number;
  /** 0 = about no note, so that (account, kind, actor, note) is unique. */
  note_id: number;
  created_at: number;
  /** 1 = waits in a request until the account accepts it. */
  filtered: Generated<Flag>;
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
  /** What vouches for it: `signature`, `proof` or `ld-signature`. */
  voucher: string;
  /** Who sent it, when that was not its actor. */
  signer_uri: string | null;
};

/** Hashes of actor and activity id: what was handled, for ever. */
export type InboxSeenTable = { key: string };

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
  object_uri: Generated<string | null>;
  sync: Generated<Flag>;
  /** 1 = an escape, of which `escapes` has a row for each server. */
  is_escape: Generated<Flag>;
};

export type HostsTable = {
  host: string;
  signature_spec: string | null;
  failures: number;
  failing_since: number | null;
  retry_at: number | null;
  opened_at: Generated<number | null>;
  dead_at: Generated<number | null>;
  ok_at: Generated<number | null>;
  software: Generated<string | null>;
  version: Generated<string | null>;
  /** When it was last asked what it runs. */
  software_at: Generated<number | null>;
  /** When something may next be sent there, ms; null = nothing waits. */
  due_at: Generated<number | null>;
  /** The process whose sender has the queue of this host, until `lease_until`. */
  lease_owner: Generated<string | null>;
  lease_until: Generated<number | null>;
};
export type DomainBlocksTable = DomainRuleColumns & { host: string; created_at: number };

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

export type DeliveriesTable = {
  /** Counted up by the database: the order in which deliveries were written, whatever the clocks say. */
  id: Generated<number>;
  activity_id: number;
  actor_id: number;
  inbox: string;
  host: string;
  /** What one actor tells one inbox about one object has one key, and never overtakes. */
  order_key: number;
  /** 0 = at once; else the time of the next try, ms. */
  run_at: number;
  attempts: number;
  dead_at: number | null;
  fault: string | null;
  created_at: number;
};

export type PollsTable = {
  note_id: number;
  multiple: Flag;
  ends_at: number | null;
  closed_at: number | null;
  voters_count: number;
  fetched_at: number;
};

export type PollOptionsTable = {
  note_id: number;
  position: number;
  title: string;
  votes_count: number;
};

export type PollVotesTable = {
  id: number;
  uri: string;
  note_id: number;
  actor_id: number;
  position: number;
  created_at: number;
};

export type ReactionsTable = {
  id: number;
  uri: string;
  actor_id: number;
  note_id: number;
  name: string;
  emoji_url: string | null;
  created_at: number;
};

export type EmojisTable = {
  id: number;
  shortcode: string;
  host: string;
  uri: string | null;
  file: string | null;
  remote_url: string | null;
  media_type: string;
  updated_at: number;
  disabled: Flag;
};

export type InteractionsTable = {
  id: number;
  kind: string;
  request_uri: string | null;
  /** The reply, quoting note, Like or Announce. */
  object_uri: string;
  actor_id: number;
  /** The note that it is about, and its author. */
  note_id: number;
  author_id: number;
  state: string;
  /** JSON of what is needed to carry it out once it is allowed. */
  detail: string | null;
  /** The stamp that a remote author gave to something of ours. */
  authorization_uri: string | null;
  created_at: number;
  decided_at: number | null;
};

export type PinsTable = {
  id: number;
  actor_id: number;
  note_id: number;
};

export type FeaturedTagsTable = {
  id: number;
  actor_id: number;
  tag: string;
  name: string;
};

export type CollectionsTable = {
  id: number;
  uri: string;
  actor_id: number;
  name: string;
  summary: string;
  language: string | null;
  sensitive: Flag;
  discoverable: Flag;
  tag: string | null;
  created_at: number;
  updated_at: number;
};

export type CollectionItemsTable = {
  id: number;
  uri: string;
  collection_id: number;
  actor_id: number;
  state: string;
  authorization_uri: string | null;
  created_at: number;
};

export type ReportsTable = {
  id: number;
  uri: string;
  reporter_id: number;
  target_id: number;
  category: string;
  comment: string;
  language: string | null;
  note_uris: string;
  forwarded: Flag;
  state: string;
  created_at: number;
  resolved_at: number | null;
  /** The actor of the moderator who takes care of it. */
  assigned_id: Generated<number | null>;
  resolved_by_id: Generated<number | null>;
  /** JSON array of ids of rules, as the reporter chose them. */
  rule_ids: Generated<string>;
  /** When all moderators were told, not only those of its languages. */
  told_all_at: Generated<number | null>;
  forwarded_at: Generated<number | null>;
  /** What came of it, a word of `REPORT_OUTCOMES` (domain/report.ts); null while it is open. */
  outcome: Generated<string | null>;
};

export type RelaysTable = {
  id: number;
  inbox_uri: string;
  actor_uri: string | null;
  style: string;
  follow_uri: string;
  state: string;
  created_at: number;
};

export type AllowedDomainsTable = {
  host: string;
  created_at: number;
};

/** A follow that ended because its server is no longer talked to; kept for the member to look at. */
export type SeveredTable = {
  id: number;
  host: string;
  actor_id: number;
  remote_id: number;
  direction: string;
  created_at: number;
};

/** Notes that only a relay brought; gone when old and touched by nobody here. */
export type RelayedNotesTable = { note_id: number; relay_id: number; created_at: number };

/** A file that arrives in pieces. */
export type UploadsTable = {
  id: number;
  account_id: number;
  name: string;
  media_type: string;
  size: number;
  received: number;
  /** Name of the unfinished file. */
  file: string;
  created_at: number;
  updated_at: number;
};

/** Media of other servers that are kept for a while; `file` is null when there was nothing to have. */
export type ProxiedTable = {
  key: string;
  url: string;
  file: string | null;
  media_type: string;
  size: number;
  fetched_at: number;
  used_at: number;
};

/** What a linked page says about itself; `state`: `waiting`, `ready`, `none`. */
export type CardsTable = {
  key: string;
  url: string;
  title: string;
  description: string;
  site: string;
  author: string;
  image_file: string | null;
  image_url: string | null;
  image_width: number | null;
  image_height: number | null;
  language: string | null;
  state: string;
  fetched_at: number;
};

export type TagFollowsTable = { id: number; actor_id: number; tag: string; name: string; created_at: number };

export type ListsTable = {
  id: number;
  actor_id: number;
  title: string;
  /** Whose replies it shows: `list`, `followed`, `none`. */
  replies: string;
  /** 1 = its members are left out of the home timeline. */
  exclusive: Flag;
  created_at: number;
};
export type ListMembersTable = { list_id: number; actor_id: number };

export type BoardsTable = {
  id: number;
  actor_id: number;
  name: string;
  summary: string;
  /** `public`, `unlisted`, `private`. */
  visibility: string;
  created_at: number;
  updated_at: number;
};
export type BoardNotesTable = {
  id: number;
  board_id: number;
  note_id: number;
  comment: string;
  created_at: number;
};

/** What is popular, counted anew from time to time; `kind`: `note`, `tag`, `actor`. */
export type TrendsTable = {
  kind: string;
  subject: string;
  score: number;
  detail: string;
  updated_at: number;
};

export type FiltersTable = {
  id: number;
  account_id: number;
  title: string;
  /** JSON array of `home`, `notifications`, `public`, `thread`, `account`. */
  contexts: string;
  /** `warn`, `hide`, `blur`. */
  action: string;
  expires_at: number | null;
  created_at: number;
};
export type FilterKeywordsTable = { id: number; filter_id: number; keyword: string; whole_word: Flag };
export type FilterNotesTable = { id: number; filter_id: number; note_id: number };

/** How far somebody has read a timeline. */
export type MarkersTable = {
  account_id: number;
  timeline: string;
  last_read_id: number;
  version: number;
  updated_at: number;
};

export type PasskeysTable = {
  id: number;
  account_id: number;
  /** Base64url. */
  credential_id: string;
  /** COSE key, base64url. */
  public_key: string;
  counter: number;
  /** JSON array. */
  transports: string;
  name: string;
  backed_up: Flag;
  created_at: number;
  used_at: number | null;
};
export type RecoveryCodesTable = {
  id: number;
  account_id: number;
  code_hash: string;
  used_at: number | null;
};
export type ResetLinksTable = {
  token_hash: string;
  account_id: number;
  created_at: number;
  expires_at: number;
};

export type PushSubscriptionsTable = {
  id: number;
  account_id: number;
  session_id: number | null;
  token_id: number | null;
  endpoint: string;
  endpoint_hash: string;
  p256dh: string;
  auth: string;
  /** JSON array of notification kinds. */
  kinds: string;
  locale: string | null;
  /** `aes128gcm` (RFC 8291) or `aesgcm`. */
  encoding: string;
  created_at: number;
  failing_since: number | null;
  /** Of whom its device is told: `all`, `followed`, `follower`, `none`. */
  policy: Generated<string>;
  /** An app's token, sealed: apps know by it which of their accounts a message is for. */
  sealed_token: Generated<string | null>;
};

/** What the owners tell everybody here. */
export type AnnouncementsTable = {
  id: number;
  source: string;
  content_html: string;
  language: string | null;
  starts_at: number | null;
  ends_at: number | null;
  published_at: number | null;
  created_at: number;
  updated_at: number;
};
export type AnnouncementReadsTable = { announcement_id: number; account_id: number };

/** All tables, as Kysely wants them. */
export type Schema = LifeboatSchema &
  SafetySchema & {
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
    inbox_seen: InboxSeenTable;
    tombstones: TombstonesTable;
    activities: ActivitiesTable;
    hosts: HostsTable;
    domain_blocks: DomainBlocksTable;
    jobs: JobsTable;
    kv: KvTable;
    deliveries: DeliveriesTable;
    polls: PollsTable;
    poll_options: PollOptionsTable;
    poll_votes: PollVotesTable;
    reactions: ReactionsTable;
    emojis: EmojisTable;
    interactions: InteractionsTable;
    pins: PinsTable;
    featured_tags: FeaturedTagsTable;
    collections: CollectionsTable;
    collection_items: CollectionItemsTable;
    reports: ReportsTable;
    relays: RelaysTable;
    allowed_domains: AllowedDomainsTable;
    severed: SeveredTable;
    relayed_notes: RelayedNotesTable;
    uploads: UploadsTable;
    proxied: ProxiedTable;
    cards: CardsTable;
    tag_follows: TagFollowsTable;
    lists: ListsTable;
    list_members: ListMembersTable;
    boards: BoardsTable;
    board_notes: BoardNotesTable;
    trends: TrendsTable;
    filters: FiltersTable;
    filter_keywords: FilterKeywordsTable;
    filter_notes: FilterNotesTable;
    markers: MarkersTable;
    passkeys: PasskeysTable;
    recovery_codes: RecoveryCodesTable;
    reset_links: ResetLinksTable;
    push_subscriptions: PushSubscriptionsTable;
    announcements: AnnouncementsTable;
    announcement_reads: AnnouncementReadsTable;
    apps: AppsTable;
    app_tokens: AppTokensTable;
    grants: GrantsTable;
    conversations: ConversationsTable;
    muted_threads: MutedThreadsTable;
    notification_requests: NotificationRequestsTable;
    notification_permissions: NotificationPermissionsTable;
    actor_comments: ActorCommentsTable;
    personal_domain_blocks: PersonalDomainBlocksTable;
    suggestion_refusals: SuggestionRefusalsTable;
  };
