// Lifeboats that members bring from elsewhere, and notes that this server kept as a standby: examined, taken in, undone.
// A use case folder like its neighbours: imported by the doors, the command line and job-table.

import { constants, createWriteStream } from "node:fs";
import { copyFile, link } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebStream } from "node:stream/web";
import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import { CausewayError } from "../../errors.ts";
import { isObject, readActorDocument } from "../../lifeboat/actor-documents.ts";
import type { ListName } from "../../lifeboat/archive-format.ts";
import { isOwnCreate } from "../../lifeboat/check-outbox.ts";
import { isProvedBy, type Signed } from "../../lifeboat/proofs.ts";
import type { Archive } from "../../lifeboat/read-archive.ts";
import { openText } from "../../lifeboat/seal-text.ts";
import { fromJson } from "../../store/codec.ts";
import { findMember } from "../../store/standby-replicas.ts";
import { listReplica, type ReplicaRecord } from "../standbys/activation.ts";

/** A file that came with a note. */
export type ArrivingFile = {
  /** Hex, of the bytes that `writeTo` writes. */
  readonly sha256: string;
  /** Puts the bytes at a path of this machine; false when they are not those that were promised. */
  writeTo(path: string): Promise<boolean>;
};

/** One note on its way in. `create` is null when it cannot be opened. */
export type ArrivingNote = {
  /** Counted from 1, in an order that stays the same. */
  readonly position: number;
  readonly uri: string;
  readonly create: Signed | null;
  /** A file by the address that the note names it by; null when it did not come along. */
  fileAt(url: string): Promise<ArrivingFile | null>;
};

/** Where an arrival comes from: a lifeboat, or what a standby kept. */
export type ArrivalSource = {
  readonly actorUri: string;
  /** The old actor's document. */
  readonly actor: Signed;
  /** The notes behind a position. */
  notes(after: number): AsyncIterable<ArrivingNote>;
  /** A file of the profile, by its address. */
  fileAt(url: string): Promise<ArrivingFile | null>;
  /** A list as Mastodon writes it; null when it is not there. */
  list(name: ListName): Promise<string | null>;
};

/** A lifeboat that was checked and unpacked. */
export async function lifeboatSource(archive: Archive): Promise<ArrivalSource> {
  const { files } = await archive.mediaList();
  const hashes = new Map(files.map((file) => [file.url, file.sha256]));
  const fileAt = async (url: string): Promise<ArrivingFile | null> => {
    const sha256 = hashes.get(url);
    const found = sha256 === undefined ? null : await archive.media(sha256);
    if (found === null) return null;
    return { sha256: found.file.sha256, writeTo: (path) => linkTo(found.path, path) };
  };
  return {
    actorUri: archive.manifest.actor,
    actor: archive.actor,
    async *notes(after) {
      for await (const { line, create } of archive.outbox(after + 1))
        yield { position: line, uri: uriOf(create), create, fileAt };
    },
    fileAt,
    list: (name) => archive.csv(name),
  };
}

/**
 * What is kept here of a member of another server: public notes, and with the age identity of their phrase also those that
 * only followers could read. @throws not_found
 */
export async function replicaSource(
  app: App,
  memberId: number,
  identity: string | null,
): Promise<ArrivalSource> {
  const member = await findMember(app.db, memberId);
  if (member === undefined) throw new CausewayError("not_found", "error.not_found");
  const actor = fromJson<Signed>(member.profile, {});
  const actorUri = member.actor_uri;
  return {
    actorUri,
    actor,
    async *notes(after) {
      let position = 0;
      for await (const record of listReplica(app, memberId)) {
        position += 1;
        if (position <= after) continue;
        const create = await createOf(record, actor, actorUri, identity);
        yield { position, uri: record.uri, create, fileAt: async (url) => keptFile(app, record, url) };
      }
    },
    // The pictures of the profile are on the account since it was made.
    fileAt: () => Promise.resolve(null),
    list: () => Promise.resolve(null),
  };
}

/** What was sealed nobody could check before: it has to be proved by the actor's own key. */
async function createOf(
  { content, uri }: ReplicaRecord,
  actor: Signed,
  actorUri: string,
  identity: string | null,
): Promise<Signed | null> {
  if (content.type === "public") return isOwnCreate(content.activity, actorUri) ? content.activity : null;
  const text = identity === null ? null : await openText(content.age, identity).catch(() => null);
  const create = text === null ? null : fromJson<unknown>(text, null);
  const known = readActorDocument(Buffer.from(JSON.stringify(actor)));
  if (!isObject(create) || known === null || !isOwnCreate(create, actorUri)) return null;
  return uriOf(create) === uri && isProvedBy(create, known.key.method, known.key.key) ? create : null;
}

function keptFile(app: App, { media }: ReplicaRecord, url: string): ArrivingFile | null {
  const path = URL.parse(url)?.pathname;
  const found = media.find((one) => one.path !== null && one.path === path);
  if (found === undefined) return null;
  return {
    sha256: found.sha256,
    async writeTo(target) {
      const opened = await app.files.open(found.file);
      if (opened === null) return false;
      const hash = createHash("sha256");
      const source = Readable.fromWeb(opened.stream as WebStream<Uint8Array>);
      source.on("data", (chunk: Uint8Array) => hash.update(chunk));
      await pipeline(source, createWriteStream(target, { mode: 0o600 }));
      return hash.digest("hex") === found.sha256;
    },
  };
}

/** Another name for the same bytes, where the disk can do that: films are moved away from under it. */
async function linkTo(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
  return true;
}

/** The address of what a Create made. */
export function uriOf(create: Signed): string {
  const object = create["object"];
  const id = isObject(object) ? object["id"] : null;
  return typeof id === "string" ? id : "";
}
