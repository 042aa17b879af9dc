// Doors between a home and its standby: agreements, segments of replication, signed requests of instance actors.
// May import services, domain, http, lifeboat and the other folders of federation/; imported by federation.ts.
// This file: what is known of members here as the records of a segment.

import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { App } from "../../server/context.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { fromBase58 } from "../../server/domain/multibase.ts";
import type { MediaRecord, SegmentRecord } from "../../server/domain/standby.ts";
import { sealedSize, sealText } from "../../server/lifeboat/seal-text.ts";
import { localActorForFederation } from "../../server/services/actors/local-actors.ts";
import { type FederatedNote, notesForFederation } from "../../server/services/federation/federated-notes.ts";
import { saltedHash } from "../../server/services/standbys/replication.ts";
import type { MemberIdentity } from "../../server/services/standbys/sources.ts";
import type { KeyStore } from "../delivery/signing.ts";
import type { Json } from "../reading/json.ts";
import { actorDocument } from "../serving/actors.ts";
import { extrasOfActor } from "../writing/actors.ts";
import { extrasOf, toNoteActivity } from "../writing/notes.ts";
import { toWire, withProof } from "../writing/wire.ts";

/** Pictures of profiles that were hashed, so that a profile that changes often is not read again each time. */
const hashes = (): LRUCache<string, { sha256: string; size: number }> => new LRUCache({ max: 200 });

/** What of a member's notes for followers may be told: sealed to the recipient, or nothing. */
export type May = {
  readonly followers: boolean;
  readonly recipient: string | null;
  /** The agreement that it is told under. */
  readonly agreement: string;
};

export type RecordMaker = {
  /** The actor as it is served, and its pictures. Empty when they are gone. */
  member(actorId: ActorId, identity: MemberIdentity | null): Promise<readonly SegmentRecord[]>;
  /** Each note with its files as the standby may have it: as it is, sealed, gone, or not at all. */
  notes(
    actorId: ActorId,
    noteIds: readonly number[],
    may: May,
  ): Promise<readonly { readonly id: number; readonly records: readonly SegmentRecord[] }[]>;
};

/** Makes records; proofs are by the members' own keys. */
export function createRecordMaker(app: App, keys: KeyStore): RecordMaker {
  const known = hashes();
  return {
    member: (actorId, identity) => memberRecords(app, known, actorId, identity),
    notes: async (actorId, noteIds, may) => {
      const made: { readonly id: number; readonly records: readonly SegmentRecord[] }[] = [];
      for (const note of await notesForFederation(app, noteIds))
        made.push({ id: note.id, records: await noteRecords(app, keys, actorId, note, may) });
      return made;
    },
  };
}

async function memberRecords(
  app: App,
  known: ReturnType<typeof hashes>,
  actorId: ActorId,
  identity: MemberIdentity | null,
): Promise<readonly SegmentRecord[]> {
  const local = await localActorForFederation(app, actorId);
  if (local === null || local.deleted) return [];
  const extras = extrasOfActor(local, app.config.handleHost, app.uris);
  const actor = await toWire(await actorDocument(app, local), extras);
  const pictures: MediaRecord[] = [];
  for (const url of [local.avatarUrl, local.headerUrl]) {
    const picture = url === null ? null : await pictureRecord(app, known, local.uri, url);
    if (picture !== null) pictures.push(picture);
  }
  const member: SegmentRecord = {
    kind: "member",
    actor,
    handle: `${local.username}@${app.config.handleHost}`,
    statement: identity?.statement ?? null,
    recipient: identity?.recipient ?? null,
    media: pictures.map((one) => one.sha256),
  };
  return [member, ...pictures];
}

async function pictureRecord(
  app: App,
  known: ReturnType<typeof hashes>,
  actorUri: string,
  url: string,
): Promise<MediaRecord | null> {
  const path = new URL(url).pathname;
  const name = path.replace(/^\/media\//, "");
  const facts = known.get(name) ?? (await hashOf(app, name));
  if (facts === null) return null;
  known.set(name, facts);
  return { kind: "media", actor: actorUri, object: actorUri, mediaType: "image/webp", path, ...facts };
}

async function hashOf(app: App, name: string): Promise<{ sha256: string; size: number } | null> {
  const bytes = await app.files.read(name);
  return bytes === null ? null : { sha256: hash("sha256", bytes), size: bytes.byteLength };
}

async function noteRecords(
  app: App,
  keys: KeyStore,
  actorId: ActorId,
  note: FederatedNote,
  may: May,
): Promise<readonly SegmentRecord[]> {
  // Direct notes are other people's as much as their author's: nothing of them leaves, not even that they were.
  if (!note.local || note.actorId !== actorId || note.visibility === "direct") return [];
  const of = { actor: note.actorUri, object: note.uri };
  if (note.deleted) return [{ kind: "gone", ...of }];
  if (note.visibility === "followers") {
    if (may.followers && may.recipient !== null) {
      const age = await sealText(JSON.stringify(await provedCreate(app, keys, note)), may.recipient);
      const files = sealedMedia(app, note, may);
      return [{ kind: "sealed", ...of, age, media: files.map((one) => one.sha256) }, ...files];
    }
    // It may have been for more people before an edit.
    return note.updatedAt === null ? [] : [{ kind: "gone", ...of }];
  }
  const media = note.attachments.flatMap((one) => mediaRecord(app, of, one));
  const activity = await provedCreate(app, keys, note);
  return [{ kind: "note", ...of, activity, media: media.map((one) => one.sha256) }, ...media];
}

/** The Create of a note as the outbox has it, with a proof by its author (FEP-8b32). */
async function provedCreate(app: App, keys: KeyStore, note: FederatedNote): Promise<Json> {
  const activity = toNoteActivity("create", `${note.uri}#create`, note, app.uris);
  const json = await toWire(activity, extrasOf(note));
  return await withProof(json, await keys.proofKey(note.actorId), app.clock.now());
}

function mediaRecord(
  app: App,
  of: { readonly actor: string; readonly object: string },
  one: FederatedNote["attachments"][number],
): readonly MediaRecord[] {
  const multihash = one.digest === null ? null : fromBase58(one.digest, 34);
  const isOurs = one.url.startsWith(`${app.config.origin}/media/`);
  if (multihash === null || one.size === null || one.size < 1 || !isOurs) return [];
  const sha256 = Buffer.from(multihash.subarray(2)).toString("hex");
  const path = new URL(one.url).pathname;
  return [{ kind: "media", ...of, sha256, mediaType: one.mediaType, size: one.size, path }];
}

/** Files of a note for followers, under names that only this server can make: a hash would say which file it is. */
function sealedMedia(app: App, note: FederatedNote, { agreement }: May): readonly MediaRecord[] {
  return note.attachments.flatMap((one) => {
    const isOurs = one.url.startsWith(`${app.config.origin}/media/`);
    if (one.size === null || one.size < 1 || !isOurs) return [];
    const sha256 = sealedName(app, one.url);
    return [
      {
        kind: "media" as const,
        actor: note.actorUri,
        object: note.uri,
        sha256,
        mediaType: one.mediaType,
        size: sealedSize(one.size),
        path: `/standby/media/${agreement.replace("urn:uuid:", "")}/${note.id}/${sha256}`,
      },
    ];
  });
}

/** What a file is called when it is handed out sealed; another one for each server and each file. */
export function sealedName(app: App, url: string): string {
  return hash("sha256", app.vault.mac(url, "standby media"));
}

/** Who follows, as hashes with a salt that is made for this list. */
export function followersRecord(
  actorUri: string,
  uris: readonly string[],
  salt: string,
): Extract<SegmentRecord, { readonly kind: "followers" }> {
  return { kind: "followers", actor: actorUri, salt, hashes: uris.map((uri) => saltedHash(salt, uri)) };
}
