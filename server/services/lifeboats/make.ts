import { createPrivateKey } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { getLogger } from "@logtape/logtape";
import { type App, isoTime } from "../../context.ts";
import type { ActorId } from "../../domain/ids.ts";
import type { LifeboatId } from "../../domain/lifeboat.ts";
import { CausewayError } from "../../errors.ts";
import { PLACES } from "../../lifeboat/archive-format.ts";
import {
  manifestHash,
  packArchive,
  type Piece,
  pieceOf,
  readableManifest,
  signManifest,
  type SignedManifest,
  sizeOfArchive,
} from "../../lifeboat/pack-archive.ts";
import { seal } from "../../lifeboat/seal.ts";
import type { ProofSigner } from "../../lifeboat/proofs.ts";
import { findAccount } from "../../store/accounts.ts";
import { transaction } from "../../store/database.ts";
import type { JobContext } from "../../store/jobs.ts";
import { deleteValue } from "../../store/kv.ts";
import {
  countOwnNotes,
  findLastMade,
  findLifeboat,
  type LifeboatRow,
  listLifeboats,
  removeFiles,
  updateUnfinished,
} from "../../store/lifeboats.ts";
import { getKeys } from "../accounts/keys.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { freeBytes } from "../media/room.ts";
import {
  collectActors,
  collectKeys,
  collectKit,
  collectLists,
  collectMedia,
  collectNotes,
  type Collecting,
  handleOfOwner,
  picturesOf,
  visibilitiesOf,
} from "./contents.ts";
import type { LifeboatDocuments } from "./documents.ts";
import {
  fileNameOf,
  LIFEBOAT_FOLDER,
  LIFEBOAT_RULES,
  optionsOf,
  partsOf,
  removeFromDisk,
} from "./lifeboats.ts";
import type { LifeboatOptions, LifeboatOwner } from "./order.ts";
import { asOwner } from "./owners.ts";
import { createProgress, type Progress } from "./progress.ts";
import { type LifeboatSecrets, readSecrets, secretsKey } from "./secrets.ts";

/** A lifeboat that failed this often by itself fails for good. */
const MOST_TRIES = 3;
/** Left for the database and for what people write, bytes. */
const ROOM_LEFT = 256 * 1024 * 1024;
/** Folder in that of the lifeboats in which they are made. */
export const MAKING = "making";

/**
 * The job `lifeboat`: makes what was asked for. May be run again at any time: each try works in a folder of its own, and only a
 * whole file gets a name.
 */
export async function workOnLifeboat(
  app: App,
  id: LifeboatId,
  documents: LifeboatDocuments,
  context: Pick<JobContext, "attempt" | "signal">,
): Promise<void> {
  const row = await findLifeboat(app.db, id);
  const account = row === undefined ? undefined : await findAccount(app.db, row.account_id);
  if (row === undefined || account === undefined) return;
  if (!(await updateUnfinished(app.db, id, { state: "making", done: 0, total: 0 }))) return;
  const owner = asOwner(account);
  const stopped = new AbortController();
  const signal = AbortSignal.any([context.signal, stopped.signal]);
  try {
    const secrets = await readSecrets(app, id);
    if (secrets === null) throw new CausewayError("conflict", "lifeboat.fault_secrets");
    const working = join(app.config.dataDir, LIFEBOAT_FOLDER, MAKING);
    const order = { owner, seq: row.seq, options: optionsOf(row), secrets, working, signal };
    const progress = createProgress(app, id, () => stopped.abort());
    const folder = join(app.config.dataDir, LIFEBOAT_FOLDER);
    const file = fileNameOf(app, row, order.options.closing);
    const made = await writeLifeboat(app, documents, { ...order, to: join(folder, file), progress });
    await finish(app, row, { file, ...made });
  } catch (error) {
    if (context.signal.aborted) throw error;
    // Its owner took the order back.
    if (stopped.signal.aborted) return;
    const isFinal = error instanceof CausewayError || context.attempt >= MOST_TRIES;
    if (!isFinal) throw error;
    await fail(app, row, error);
  }
}

/** What is to be made, and where. */
export type LifeboatOrder = {
  readonly owner: LifeboatOwner;
  readonly seq: number;
  readonly options: LifeboatOptions;
  readonly secrets: LifeboatSecrets;
  readonly signal: AbortSignal;
  /** Where parts wait until they are packed; on the disk of `to`. */
  readonly working: string;
  /** Gets its bytes only when all of them are on disk. */
  readonly to: string;
  readonly progress: Progress;
};

/** What came of it. */
export type MadeLifeboat = {
  readonly size: number;
  readonly manifestHash: string;
  readonly previous: string | null;
  readonly notes: number;
  readonly media: number;
};

/** Makes one lifeboat under its final name, in constant memory. @throws conflict, unavailable, and faults of the disk */
export async function writeLifeboat(
  app: App,
  documents: LifeboatDocuments,
  order: LifeboatOrder,
): Promise<MadeLifeboat> {
  const folder = join(order.working, app.ids.secret(12));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const { owner, options, signal, progress } = order;
    const visibilities = visibilitiesOf(options);
    const total = await countOwnNotes(app.db, { actorId: owner.actorId, visibilities });
    progress.expect(total);
    const collecting = { app, owner, options, documents, folder, signal, step: progress.step };
    const created = createdAt(app);
    const { pieces, notes, media } = await collect(collecting, progress, created);
    const previous = (await findLastMade(app.db, owner.accountId, order.seq))?.manifest_hash ?? null;
    const manifest = await manifestOf(app, order, { created, pieces, notes, media, previous });
    await requireRoom(order.working, sizeOfArchive(manifest, pieces));
    const temporary = join(folder, "lifeboat");
    const packed = packArchive(manifest, pieces, () => progress.step(1));
    await writeWhole(
      order.secrets.seal === null ? packed : seal(packed, order.secrets.seal),
      temporary,
      signal,
    );
    const size = await settle(temporary);
    await rename(temporary, order.to);
    return { size, manifestHash: manifestHash(manifest.document), previous, notes, media };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function collect(collecting: Collecting, progress: Progress, created: string) {
  const { app, owner } = collecting;
  const actors = await collectActors(collecting);
  const { piece: outbox, count: notes, wanted } = await collectNotes(collecting);
  const pictures = await picturesOf(app, owner.actorId);
  const files = [...pictures, ...wanted];
  // Each file is read twice: to be measured, and to be packed.
  progress.expect(2 * files.length);
  const lists = await collectLists(collecting);
  const { pieces: stored, count: media } = await collectMedia(collecting, files);
  const rest = [...(await collectKit(collecting)), ...(await collectKeys(collecting))];
  const pieces = [...actors, outbox, ...lists, ...stored, ...rest];
  return { pieces: [await readable(collecting, pieces, created), ...pieces], notes, media };
}

async function readable(
  { app, owner }: Collecting,
  pieces: readonly Piece[],
  created: string,
): Promise<Piece> {
  const facts = {
    actor: app.uris.actor(owner.actorId),
    handle: await handleOfOwner(app, owner),
    instance: app.config.origin,
    created,
  };
  const paths = pieces.map(({ path }) => path);
  return pieceOf(PLACES.readable, Buffer.from(readableManifest(facts, paths)));
}

async function manifestOf(
  app: App,
  { owner, seq, options, secrets }: LifeboatOrder,
  found: {
    readonly created: string;
    readonly pieces: readonly Piece[];
    readonly notes: number;
    readonly media: number;
    readonly previous: string | null;
  },
): Promise<SignedManifest> {
  const { created, pieces, notes, media, previous } = found;
  const hasKit = pieces.some(({ path }) => path === PLACES.kit);
  const facts = {
    actor: app.uris.actor(owner.actorId),
    handle: await handleOfOwner(app, owner),
    instance: app.config.origin,
    seq,
    previous,
    created,
    counts: { notes, media },
    includes: [...partsOf(options), ...(hasKit ? (["kit"] as const) : [])],
    delegation: secrets.delegation,
  };
  const signers = [
    await signerFor(app, owner.actorId),
    await signerFor(app, await getInstanceActorId(app)),
    ...(secrets.signer === null ? [] : [secrets.signer]),
  ];
  return signManifest(facts, pieces, signers);
}

async function signerFor(app: App, actorId: ActorId): Promise<ProofSigner> {
  const { ed25519 } = await getKeys(app, actorId);
  const privateKey = createPrivateKey({ key: { ...ed25519.privateJwk }, format: "jwk" });
  return { verificationMethod: `${app.uris.actor(actorId)}#ed25519-key`, privateKey };
}

/** Whole seconds, as proofs have them. */
function createdAt(app: App): string {
  return isoTime(app.clock.now()).replace(/\.\d{3}Z$/, "Z");
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free !== null && free < bytes + ROOM_LEFT)
    throw new CausewayError("unavailable", "lifeboat.fault_room");
}

async function writeWhole(
  source: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600, highWaterMark: 1024 * 1024 });
  await pipeline(Readable.from(source, { objectMode: false, highWaterMark: 1024 * 1024 }), file, { signal });
}

/** Waits until the bytes are on the disk; how many they are. */
async function settle(path: string): Promise<number> {
  const file = await open(path, "r");
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function finish(
  app: App,
  row: LifeboatRow,
  made: MadeLifeboat & { readonly file: string },
): Promise<void> {
  const now = app.clock.now();
  const removed = await transaction(app.db, async (tx) => {
    const isKept = await updateUnfinished(tx, row.id, {
      state: "ready",
      file: made.file,
      size: made.size,
      manifest_hash: made.manifestHash,
      previous: made.previous,
      finished_at: now,
    });
    await deleteValue(tx, secretsKey(row.id));
    // Removed while it was made.
    if (!isKept) return [made.file];
    const ready = (await listLifeboats(tx, row.account_id, 50)).filter(({ state }) => state === "ready");
    const ids = ready.slice(LIFEBOAT_RULES.kept).map(({ id }) => id);
    return await removeFiles(tx, ids, now);
  });
  await removeFromDisk(app, removed);
}

async function fail(app: App, row: LifeboatRow, error: unknown): Promise<void> {
  const isSaid = error instanceof CausewayError && error.key.startsWith("lifeboat.");
  const fault = isSaid ? error.key : "lifeboat.fault_unknown";
  getLogger(["causeway", "lifeboats"]).error("Lifeboat {id} failed: {error}", { id: row.id, error });
  await transaction(app.db, async (tx) => {
    await updateUnfinished(tx, row.id, { state: "failed", fault, finished_at: app.clock.now() });
    await deleteValue(tx, secretsKey(row.id));
  });
}
