import { createPrivateKey } from "node:crypto";
import type { App } from "../../context.ts";
import { handleOf } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import type { LifeboatMedia } from "../../domain/lifeboat.ts";
import { TRANSFER_FILES, TRANSFER_KINDS } from "../../domain/transfer.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { LIFEBOAT_LIMITS, LISTS, PLACES, placeOfList, placeOfMedia } from "../../lifeboat/archive-format.ts";
import { type Piece, pieceOf } from "../../lifeboat/pack-archive.ts";
import { findActorById } from "../../store/actors.ts";
import { type AttachmentRow, listAttachments } from "../../store/attachments.ts";
import { fromJson } from "../../store/codec.ts";
import { findKit } from "../../store/escape-kits.ts";
import { listFollowersOut, listOwnNotes, type TakenVisibility } from "../../store/lifeboats.ts";
import { csvLine } from "../../text/csv.ts";
import { getKeys } from "../accounts/keys.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import type { KeptCaptions } from "../media/attachments.ts";
import { exportFile } from "../transfers/export.ts";
import type { LifeboatDocuments } from "./documents.ts";
import type { LifeboatOptions, LifeboatOwner } from "./order.ts";
import { createPieceWriter, type Measured, measureStored, storedPiece } from "./pieces.ts";

/** What collecting works with. */
export type Collecting = {
  readonly app: App;
  readonly owner: LifeboatOwner;
  readonly options: LifeboatOptions;
  readonly documents: LifeboatDocuments;
  /** Where texts wait until they are packed. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Counts notes or files. */
  readonly step: (count: number) => void;
};

type MediaFile = LifeboatMedia["files"][number];
/** A stored file that a note or the profile shows, before it was measured. */
export type Wanted = Omit<MediaFile, "path" | "sha256" | "size"> & { readonly name: string };

/** Notes that are written at a time, so that neither memory nor the event loop notices how many there are. */
const BATCH = 25;
const ROWS = 500;

/** Which of somebody's notes are taken along: never what was said to single people. */
export function visibilitiesOf({ followersOnly }: LifeboatOptions): readonly TakenVisibility[] {
  return followersOnly ? ["public", "unlisted", "followers"] : ["public", "unlisted"];
}

/** The actors of the member and of the server. */
export async function collectActors(collecting: Collecting): Promise<readonly Piece[]> {
  const { app, owner, documents } = collecting;
  const actor = await documents.actor(app, owner.actorId);
  const instance = await documents.actor(app, await getInstanceActorId(app));
  return [pieceOf(PLACES.actor, json(actor)), pieceOf(PLACES.instance, json(instance))];
}

/** The outbox, the oldest first, and the files that its notes show. */
export async function collectNotes(
  collecting: Collecting,
): Promise<{ readonly piece: Piece; readonly count: number; readonly wanted: readonly Wanted[] }> {
  const { app, owner, options, documents, folder, signal } = collecting;
  const writer = await createPieceWriter(folder, PLACES.outbox);
  const of = { actorId: owner.actorId, visibilities: visibilitiesOf(options) };
  const wanted: Wanted[] = [];
  let count = 0;
  for (let after = 0; ;) {
    signal.throwIfAborted();
    const ids = await listOwnNotes(app.db, { ...of, after }, BATCH);
    const creates = await documents.creates(app, ids);
    for (const create of creates) await writer.write(`${JSON.stringify(create)}\n`);
    wanted.push(...(await listAttachments(app.db, ids)).flatMap((row) => wantedOf(app, row)));
    count += creates.length;
    collecting.step(ids.length);
    const last = ids.at(-1);
    if (last === undefined || ids.length < BATCH) break;
    after = last;
  }
  return { piece: await writer.end(), count, wanted };
}

/** The pictures of the profile. */
export async function picturesOf(app: App, actorId: ActorId): Promise<readonly Wanted[]> {
  const row = await findActorById(app.db, actorId);
  if (row === undefined) throw notFound();
  const picture = (name: string | null, use: "avatar" | "header"): readonly Wanted[] =>
    name === null ? [] : [{ ...plain(app, name, "image/webp"), use }];
  return [...picture(row.avatar, "avatar"), ...picture(row.header, "header")];
}

/** Lists of people, notes and filters, as Mastodon writes them. */
export async function collectLists(collecting: Collecting): Promise<readonly Piece[]> {
  const { app, owner, folder, options, signal } = collecting;
  const pieces: Piece[] = [];
  for (const name of LISTS) {
    signal.throwIfAborted();
    const kind = TRANSFER_KINDS.find((one) => TRANSFER_FILES[one] === name);
    if (kind === undefined) continue;
    const writer = await createPieceWriter(folder, placeOfList(name));
    for await (const text of exportFile(app, owner, kind)) await writer.write(text);
    pieces.push(await writer.end());
  }
  return options.followers ? [...pieces, await collectFollowers(collecting)] : pieces;
}

/** Mastodon has no such list to read; addresses for people, ids for whoever lets them in again. */
async function collectFollowers({ app, owner, folder }: Collecting): Promise<Piece> {
  const writer = await createPieceWriter(folder, placeOfList("followers.csv"));
  await writer.write(csvLine(["Account address", "Actor"]));
  for (let before: number = Number.MAX_SAFE_INTEGER; ;) {
    const rows = await listFollowersOut(app.db, owner.actorId, before, ROWS);
    for (const { username, host, uri } of rows)
      await writer.write(csvLine([`${username}@${host === "" ? app.config.handleHost : host}`, uri]));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS) return await writer.end();
    before = last.id;
  }
}

/** The media files, each once, and what is known of them. @throws invalid when there are too many */
export async function collectMedia(
  collecting: Collecting,
  wanted: readonly Wanted[],
): Promise<{ readonly pieces: readonly Piece[]; readonly count: number }> {
  const { app, folder, signal } = collecting;
  const writer = await createPieceWriter(folder, PLACES.media);
  const pieces = new Map<string, Piece>();
  const measured = new Map<string, Measured | null>();
  const missing: string[] = [];
  let files = 0;
  await writer.write('{"files":[');
  for (const { name, ...facts } of wanted) {
    signal.throwIfAborted();
    const known = measured.get(name);
    const found = known === undefined ? await measureStored(app, name) : known;
    measured.set(name, found);
    collecting.step(1);
    if (found === null) missing.push(facts.url);
    if (found === null) continue;
    const path = placeOfMedia(found.sha256, facts.mediaType);
    const file: MediaFile = { path, ...found, ...facts };
    await writer.write(`${files === 0 ? "" : ","}\n${JSON.stringify(file)}`);
    files += 1;
    pieces.set(path, storedPiece(app, path, name, found));
    if (files > LIFEBOAT_LIMITS.files - 100) throw new CausewayError("invalid", "lifeboat.fault_files");
  }
  await writer.write(`\n],"missing":${JSON.stringify(missing)}}`);
  return { pieces: [await writer.end(), ...pieces.values()], count: pieces.size };
}

/** What would be sent if this server were lost; only in a sealed lifeboat, since it names every server of followers. */
export async function collectKit({ app, owner, options }: Collecting): Promise<readonly Piece[]> {
  const kit = options.closing === "open" ? undefined : await findKit(app.db, owner.actorId);
  return kit === undefined ? [] : [pieceOf(PLACES.kit, Buffer.from(kit.kit))];
}

/** The private keys of the actor, for who asked for them. */
export async function collectKeys({ app, owner, options }: Collecting): Promise<readonly Piece[]> {
  if (!options.keys || options.closing === "open") return [];
  const keys = await getKeys(app, owner.actorId);
  const controller = app.uris.actor(owner.actorId);
  const key = (fragment: string, privateJwk: JsonWebKey, path: string): Piece => {
    const privateKey = createPrivateKey({ key: { ...privateJwk }, format: "jwk" });
    const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" });
    return pieceOf(path, json({ type: "Key", id: `${controller}#${fragment}`, controller, privateKeyPem }));
  };
  return [
    key("main-key", keys.rsa.privateJwk, PLACES.rsaKey),
    key("ed25519-key", keys.ed25519.privateJwk, PLACES.ed25519Key),
  ];
}

/** `@name@host` of a member. */
export async function handleOfOwner(app: App, { actorId }: LifeboatOwner): Promise<string> {
  const row = await findActorById(app.db, actorId);
  if (row === undefined || row.deleted_at !== null) throw notFound();
  return handleOf({ username: row.username, host: app.config.handleHost });
}

function wantedOf(app: App, row: AttachmentRow): readonly Wanted[] {
  const captions = fromJson<readonly KeptCaptions[]>(row.captions, []).map(({ file, language }) => ({
    ...plain(app, file, "text/vtt"),
    use: "captions" as const,
    language,
  }));
  const cover = row.kind === "image" ? null : row.cover_file;
  return [
    ...(row.file === null ? [] : [{ ...plain(app, row.file, row.media_type), ...factsOf(row) }]),
    ...(cover === null ? [] : [{ ...plain(app, cover, "image/webp"), use: "cover" as const }]),
    ...captions,
  ];
}

function factsOf(row: AttachmentRow) {
  const { focus_x: x, focus_y: y } = row;
  const focalPoint: [number, number] | null = x === null || y === null ? null : [x / 1000, y / 1000];
  return {
    use: "attachment" as const,
    alt: row.alt,
    focalPoint,
    blurhash: row.blurhash,
    width: row.width,
    height: row.height,
    durationMs: row.duration_ms,
  };
}

function plain(app: App, name: string, mediaType: string) {
  return {
    name,
    mediaType,
    url: app.uris.file(name),
    alt: "",
    focalPoint: null,
    blurhash: null,
    width: null,
    height: null,
    durationMs: null,
    language: null,
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
