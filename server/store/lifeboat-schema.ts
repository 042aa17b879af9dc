import type { Generated } from "kysely";

// Tables of what outlives an account, a host or a domain; `schema.ts` lists them with all others.

type Flag = 0 | 1;

/** Columns that migration 0005 gave to `actors`. */
export type PinnedIdentityColumns = {
  /** The did:key that a remote actor was first seen with, and its statement (FEP-c390, JSON). */
  did: Generated<string | null>;
  did_statement: Generated<string | null>;
  /** What the public keys that it was seen with are known by (JSON); null when that could not be told. */
  did_keys: Generated<string | null>;
  /** Since when its followers have to decide whether to believe a change that its did:key does not cover. */
  frozen_at: Generated<number | null>;
  /** `key`, `did` or `move`. */
  frozen_reason: Generated<string | null>;
  /** What they decide about (JSON): the keys and the did:key that it has now, or where it is said to have moved. */
  frozen_offer: Generated<string | null>;
};

export type IdentitiesTable = {
  actor_id: number;
  did: string;
  /** JSON of an `IdentityStatement`. */
  statement: string;
  /** `age1…`, to which what only this person may read is sealed. */
  recipient: string;
  created_at: number;
};

export type LifeboatsTable = {
  id: number;
  account_id: number;
  seq: number;
  /** `waiting`, `making`, `ready`, `failed`, `removed`. */
  state: string;
  /** JSON: what was asked to be inside; never a passphrase. */
  options: string;
  file: string | null;
  size: number | null;
  /** SHA-256 of the manifest with its proofs, canonical JSON, hex. */
  manifest_hash: string | null;
  previous: string | null;
  done: number;
  total: number;
  fault: string | null;
  created_at: number;
  finished_at: number | null;
};

export type ArrivalsTable = {
  id: number;
  actor_id: number;
  /** `lifeboat`, or `replica`: what this server keeps as a standby. */
  source: string;
  /** `standby_members.id` of a replica. */
  member_id: number | null;
  /** The actor whose notes they are, and its handle; null until the file was read. */
  actor_uri: string | null;
  handle: string | null;
  manifest_hash: string | null;
  /** An `ArrivalState`. */
  state: string;
  /** Bytes of the file that is coming, and how many of them are here. */
  size: number;
  received: number;
  /** JSON of what opens the file, sealed; null as soon as nothing has to be opened any more. */
  secret: string | null;
  /** What proved that it belongs to this account: an `ArrivalGround`. */
  ground: string | null;
  /** The did:key of the phrase that was given. */
  did: string | null;
  /** JSON of `ArrivalChoices`. */
  choices: string;
  /** Notes that were looked at, of how many. */
  done: number;
  total: number;
  /** JSON of an `ArrivalReport`. */
  report: string;
  /** JSON of a message: why nothing was taken in, or why it rests. */
  fault: string | null;
  created_at: number;
  touched_at: number;
  finished_at: number | null;
  undone_at: number | null;
};

export type ArrivedNotesTable = { actor_id: number; old_uri: string; note_id: number; arrival_id: number };

export type TransfersTable = {
  id: number;
  account_id: number;
  /** A `TransferKind`. */
  kind: string;
  /** `none` until it is chosen, `merge` or `overwrite`. */
  mode: string;
  /** `review` (nothing was changed yet), `running`, `done`, `stopped`. */
  state: string;
  /** The name of the file as it came. */
  name: string;
  total: number;
  done: number;
  already: number;
  failed: number;
  /** What is to go with `overwrite` has been written down as rows. */
  swept: Flag;
  created_at: number;
  finished_at: number | null;
};

export type TransferRowsTable = {
  transfer_id: number;
  position: number;
  /** `add` is a row of the file, `remove` something that is not in it. */
  verb: string;
  /** What the row is about, spelled so that it can be compared: handle, domain, address or title. */
  subject: string;
  /** The title of the list. */
  place: string | null;
  /** The server that may have to be asked. */
  host: string | null;
  /** Whom or what it turned out to be. */
  target_id: number | null;
  /** JSON of a `TransferRow`. */
  data: string;
  /** `waiting`, `done`, `already`, `failed`. */
  state: string;
  /** Look-ups elsewhere that found nothing. */
  tries: number;
  /** Not before this time, ms. */
  next_at: number;
  /** JSON of a message key with its values; null when there is nothing to say. */
  message: string | null;
};

export type StandbyAgreementsTable = {
  id: number;
  /** `urn:uuid:…`. */
  uri: string;
  /** What this server is in it: `home` or `standby`. */
  role: string;
  /** The origin of the other server. */
  partner: string;
  /** JSON of a `StandbyAgreement` with its proofs. */
  document: string;
  /** `offered`, `asked` (by the partner), `agreed`, `ended`. */
  state: string;
  /**
   * Home: `roster` while the next segment has to begin with who all the members are; `over` when the owner wants everything
   * sent anew, wherever the standby stands; otherwise null.
   */
  cursor: string | null;
  /** The last segment that was made (home) or taken (standby), and its SHA-256. */
  seq: number;
  head: string | null;
  /** What the standby keeps for it. */
  bytes: number;
  created_at: number;
  agreed_at: number | null;
  ended_at: number | null;
  /** When the partner last answered (home) or sent (standby). */
  seen_at: number | null;
  /** The partner's instance actor, and its Ed25519 key (SPKI) as it was when the agreement was made. */
  partner_actor: Generated<string | null>;
  partner_key: Generated<string | null>;
  /** Why nothing is replicated at present: a word of `STANDBY_FAULTS`; null when all is well. */
  fault: Generated<string | null>;
  /** Home: when everything was last sent anew, because one of the two lost something. */
  restarted_at: Generated<number | null>;
};

export type StandbyConsentsTable = {
  actor_id: number;
  agreement_id: number;
  created_at: number;
  /** The hidden actor at the standby, once it told. */
  standby_uri: string | null;
  /** Its name there, `name@host`. */
  standby_handle: Generated<string | null>;
  /** The last note that the walk over everything came to; `walked` once it is through. */
  walked_id: Generated<number>;
  walked: Generated<Flag>;
  /** `sealed_at` of the kit that was sent last; when the followers were last looked at, and a hash of what was sent. */
  kit_at: Generated<number>;
  followers_at: Generated<number>;
  followers_mark: Generated<string | null>;
  /** The age recipient that was told last; another one means that notes for followers are sealed anew. */
  sealed_for: Generated<string | null>;
};

export type StandbyChangesTable = {
  agreement_id: number;
  /** `note`, `member` or `left`. */
  kind: string;
  /** Of the note, or of the actor. */
  object_id: number;
  actor_id: number;
  /** New with each change, so that one that comes meanwhile is not taken for told. */
  id: number;
};

export type StandbyMembersTable = {
  id: number;
  agreement_id: number;
  actor_uri: string;
  handle: string;
  /** The hidden actor here. */
  actor_id: number | null;
  /** `hidden`, `launching`, `launched`, `left`; `elsewhere` = they had gone somewhere else when their home was launched. */
  state: string;
  /** JSON of the actor as its home last sent it. */
  profile: string;
  did: string | null;
  recipient: string | null;
  /** JSON of an `EscapeKit`. */
  kit: string | null;
  sealed_at: number | null;
  /** JSON: salted hashes of who followed, for those who approve their followers. */
  followers: string | null;
  updated_at: number;
  launched_at: number | null;
  /** When the person came and took the account. */
  claimed_at: number | null;
  /** The name that is kept for them here. */
  username: Generated<string | null>;
  /** JSON: sealed key pairs (rows of `keys`) until the actor is there to have them. */
  keys: Generated<string | null>;
  /** Another did:key that the home names since a while; it counts when it has been there for long enough. */
  did_next: Generated<string | null>;
  did_next_at: Generated<number | null>;
};

export type StandbyRecordsTable = {
  agreement_id: number;
  object_uri: string;
  actor_uri: string;
  /** `public` (JSON of a Create with its proof), `sealed` (age, base64), `gone` (nothing is kept). */
  kind: string;
  body: string | null;
  seq: number;
  /** Bytes of `body`. */
  size: Generated<number>;
};

export type StandbyMediaTable = {
  agreement_id: number;
  /** SHA-256, hex. */
  hash: string;
  /** Name in the file store; null until it was fetched. */
  file: string | null;
  media_type: string;
  size: number;
  /** Where it is at the home, `/media/…`. */
  path: Generated<string | null>;
  tries: Generated<number>;
};

/** Which note or profile of whom has which file. */
export type StandbyMediaUsesTable = {
  agreement_id: number;
  object_uri: string;
  hash: string;
  actor_uri: string;
};

export type StandbySegmentsTable = {
  agreement_id: number;
  seq: number;
  hash: string;
  /** NDJSON as it is sent; null once it was taken. */
  body: string | null;
  created_at: number;
};

export type EscapeKitsTable = {
  actor_id: number;
  /** JSON of an `EscapeKit`. */
  kit: string;
  key_id: string;
  /** SHA-256 of everything that the seals depend on: key, homes, profile. Another one means that it is stale. */
  fingerprint: string;
  sealed_at: number;
  stale: Flag;
  /** When it was last compared with what it depends on. */
  examined_at: number;
  /** When its words last changed, its list of servers included; never the same twice. */
  changed_at: Generated<number>;
};

/** A new home that somebody chose by themselves; kits are sealed for it as well. */
export type EscapeHomesTable = { actor_id: number; uri: string; created_at: number };

export type EvacuationsTable = {
  id: number;
  uri: string;
  agreement_id: number;
  home: string;
  reason: string;
  /** JSON of an `EvacuationOrder` with the proofs that came so far. */
  document: string;
  /** `asked`, `waiting`, `running`, `done`, `stopped`. */
  state: string;
  /** Trustees whose proofs hold. */
  approvals: number;
  begins_at: number | null;
  /** JSON of a `LaunchObjection`: the home is alive and says so. */
  objection: Generated<string | null>;
  created_at: number;
  finished_at: number | null;
};

export type EscapesTable = {
  id: number;
  /** `standby_members.id`; the actor's own id for who was here already and brought a kit. */
  member_id: number;
  evacuation_id: number | null;
  host: string;
  inbox: string;
  software: string | null;
  /** A `MoveForm`, or `none`: the software cannot follow. */
  form: string;
  /** How many people there followed. */
  expected: number;
  /** `waiting`, `sent`, `answered`, `refused`, `unable`. */
  state: string;
  activity_id: number | null;
  fault: string | null;
  begun_at: number | null;
  answered_at: number | null;
};

export type SuccessorsTable = { old_uri: string; new_uri: string; notice: string; created_at: number };

/** The tables by name. */
export type LifeboatSchema = {
  identities: IdentitiesTable;
  lifeboats: LifeboatsTable;
  arrivals: ArrivalsTable;
  arrived_notes: ArrivedNotesTable;
  transfers: TransfersTable;
  transfer_rows: TransferRowsTable;
  standby_agreements: StandbyAgreementsTable;
  standby_consents: StandbyConsentsTable;
  standby_changes: StandbyChangesTable;
  standby_members: StandbyMembersTable;
  standby_records: StandbyRecordsTable;
  standby_media: StandbyMediaTable;
  standby_media_uses: StandbyMediaUsesTable;
  standby_segments: StandbySegmentsTable;
  escape_kits: EscapeKitsTable;
  escape_homes: EscapeHomesTable;
  evacuations: EvacuationsTable;
  escapes: EscapesTable;
  successors: SuccessorsTable;
};
