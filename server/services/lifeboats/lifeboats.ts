// Lifeboats: one file per member with everything that is theirs, proved and, on wish, sealed. Part of services/: may import what
// services may; imported by the doors and by roots. Formats and proofs are in server/lifeboat/.

import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type App, isoTime } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { LifeboatId, LifeboatPart } from "../../domain/lifeboat.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { deleteValue } from "../../store/kv.ts";
import {
  findLifeboat,
  insertLifeboat,
  lastLifeboatNumber,
  type LifeboatRow,
  listLifeboats,
  removeFiles,
} from "../../store/lifeboats.ts";
import { takeLimit } from "../accounts/limits.ts";
import type { Closing, LifeboatOptions, LifeboatOwner, RequestLifeboat } from "./order.ts";
import { keepSecrets, prepareSecrets, sealSecrets, secretsKey } from "./secrets.ts";

export type LifeboatView = {
  readonly id: LifeboatId;
  readonly seq: number;
  readonly state: "waiting" | "making" | "ready" | "failed" | "removed";
  readonly options: LifeboatOptions;
  readonly size: number | null;
  /** How far it is: 0 to 100. */
  readonly percent: number;
  /** Message key. */
  readonly fault: string | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** When the file goes by itself. */
  readonly goesAt: number | null;
};

/** Everything that the page of lifeboats shows. */
export type LifeboatState = {
  readonly lifeboats: readonly LifeboatView[];
  /** When the next one can be asked for, ms; null = now. */
  readonly againAt: number | null;
  /** One is being made. */
  readonly isBusy: boolean;
};

export const LIFEBOAT_RULES = { keptDays: 7, kept: 3, passphraseCharacters: 10 } as const;

const DAY = 86_400_000;
const LISTED = 10;
/** Folder of the data folder with finished lifeboats; not that of the media, whose files anybody may ask for by name. */
export const LIFEBOAT_FOLDER = "lifeboats";

/** The member's lifeboats, and when the next one can be asked for. */
export async function getLifeboats(app: App, { accountId }: LifeboatOwner): Promise<LifeboatState> {
  const rows = await listLifeboats(app.db, accountId, LISTED);
  const lifeboats: LifeboatView[] = [];
  for (const row of rows) lifeboats.push(toView(await asOnDisk(app, row)));
  return {
    lifeboats,
    againAt: againAt(rows, app.clock.now()),
    isBusy: rows.some(isUnfinished),
  };
}

/**
 * Asks for a lifeboat: it is made in the background, one at a time and one a day. What seals and signs it is made from the
 * secrets now, so that these need not be kept. @throws invalid with fields; conflict; too_many
 */
export async function requestLifeboat(
  app: App,
  owner: LifeboatOwner,
  command: RequestLifeboat,
): Promise<LifeboatId> {
  requireSense(command);
  takeLimit(app, USE_LIMITS.lifeboats, String(owner.accountId));
  const id: LifeboatId = asId(app.ids.next());
  const seq = (await lastLifeboatNumber(app.db, owner.accountId)) + 1;
  // Before the work of making secrets, and again where nobody can come in between.
  await requireTurn(app, app.db, owner, seq);
  const secrets = await sealSecrets(app, id, await prepareSecrets(app, owner, { ...command, seq }));
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, owner.accountId);
    await requireTurn(app, tx, owner, seq);
    await insertLifeboat(tx, newRow(app, owner, { id, seq, command }));
    await keepSecrets(app, tx, id, secrets);
    await enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "lifeboat",
      payload: { lifeboatId: id },
      dedupeKey: `lifeboat:${id}`,
      orderingKey: "lifeboats",
      lane: 2,
    });
  });
  app.wake();
  return id;
}

/** @throws invalid when an order contradicts itself */
export function requireSense(command: RequestLifeboat): void {
  const { closing, passphrase, keys } = command;
  const min = LIFEBOAT_RULES.passphraseCharacters;
  if (closing === "passphrase" && [...passphrase].length < min)
    throw invalid({ passphrase: { key: "field.passphrase_short", params: { min } } });
  if (keys && closing === "open") throw invalid({ keys: { key: "field.keys_open" } });
}

async function requireTurn(app: App, tx: Db, owner: LifeboatOwner, seq: number): Promise<void> {
  const rows = await listLifeboats(tx, owner.accountId, LISTED);
  if (rows.some(isUnfinished) || (await lastLifeboatNumber(tx, owner.accountId)) + 1 !== seq)
    throw new CausewayError("conflict", "error.lifeboat_busy");
  const at = againAt(rows, app.clock.now());
  if (at !== null)
    throw new CausewayError("too_many", "error.lifeboat_daily", {
      retryAfterSeconds: Math.ceil((at - app.clock.now()) / 1000),
    });
}

function newRow(
  app: App,
  { accountId }: LifeboatOwner,
  made: { readonly id: LifeboatId; readonly seq: number; readonly command: RequestLifeboat },
) {
  const { closing, followersOnly, followers, keys } = made.command;
  const options: LifeboatOptions = { closing, followersOnly, followers, keys };
  return {
    id: made.id,
    account_id: accountId,
    seq: made.seq,
    state: "waiting",
    options: toJson(options),
    file: null,
    size: null,
    manifest_hash: null,
    previous: null,
    done: 0,
    total: 0,
    fault: null,
    created_at: app.clock.now(),
    finished_at: null,
  };
}

/** Removes a lifeboat of one's own, or stops one that is being made. @throws not_found */
export async function removeLifeboat(app: App, owner: LifeboatOwner, id: LifeboatId): Promise<void> {
  const files = await transaction(app.db, async (tx) => {
    const row = await findLifeboat(tx, id);
    if (row === undefined || row.account_id !== owner.accountId) throw notFound();
    await deleteValue(tx, secretsKey(id));
    return await removeFiles(tx, [id], app.clock.now());
  });
  await removeFromDisk(app, files);
}

/** A finished lifeboat for its owner. */
export type LifeboatFile = {
  /** For the person's disk. */
  readonly name: string;
  readonly size: number;
  /** Changes with the file. */
  readonly tag: string;
  open(range?: { readonly start: number; readonly end: number }): ReadableStream<Uint8Array>;
};

/** Opens a finished lifeboat of one's own. @throws not_found */
export async function openLifeboatFile(
  app: App,
  owner: LifeboatOwner & Pick<Viewer, "username">,
  id: LifeboatId,
): Promise<LifeboatFile> {
  const row = await findLifeboat(app.db, id);
  if (row === undefined || row.account_id !== owner.accountId || row.file === null) throw notFound();
  const path = join(app.config.dataDir, LIFEBOAT_FOLDER, row.file);
  const found = await stat(path).catch(() => null);
  if (found === null) throw notFound();
  return {
    name: lifeboatName(app, owner.username, row.seq, optionsOf(row).closing),
    size: found.size,
    tag: `"${id}"`,
    open: (range) => Readable.toWeb(createReadStream(path, range ?? {})) as ReadableStream<Uint8Array>,
  };
}

/** What the file is called on the person's disk. */
export function lifeboatName(app: App, username: string, seq: number, closing: Closing): string {
  return `lifeboat-${username}@${app.config.handleHost}-${seq}.tar${closing === "open" ? "" : ".age"}`;
}

/** Removes finished files from the disk. */
export async function removeFromDisk(app: App, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(app.config.dataDir, LIFEBOAT_FOLDER, name), { force: true });
}

/** What a row says was asked for. */
export function optionsOf(row: Pick<LifeboatRow, "options">): LifeboatOptions {
  const none: LifeboatOptions = { closing: "open", followersOnly: false, followers: false, keys: false };
  return { ...none, ...fromJson<Partial<LifeboatOptions>>(row.options, {}) };
}

/** What the manifest calls what was asked for, besides the kit. */
export function partsOf(options: LifeboatOptions): readonly LifeboatPart[] {
  return [
    ...(options.followersOnly ? (["followers_only"] as const) : []),
    ...(options.followers ? (["followers"] as const) : []),
    ...(options.keys ? (["keys"] as const) : []),
  ];
}

/** A file's name that nobody guesses, in the folder of lifeboats. */
export function fileNameOf(app: App, row: Pick<LifeboatRow, "id" | "created_at">, closing: Closing): string {
  const day = isoTime(row.created_at).slice(0, 10);
  return `${day}-${row.id}-${app.ids.secret(18)}.tar${closing === "open" ? "" : ".age"}`;
}

/** A backup holds no lifeboats: after a restore a row may name a file that is not there. */
async function asOnDisk(app: App, row: LifeboatRow): Promise<LifeboatRow> {
  if (row.file === null) return row;
  const found = await stat(join(app.config.dataDir, LIFEBOAT_FOLDER, row.file)).catch(() => null);
  return found === null ? { ...row, state: "removed", file: null } : row;
}

function againAt(rows: readonly LifeboatRow[], now: number): number | null {
  const last = rows.find((row) => row.state !== "failed" && row.manifest_hash !== null);
  const at = last === undefined ? 0 : last.created_at + DAY;
  return at > now ? at : null;
}

function isUnfinished(row: LifeboatRow): boolean {
  return row.state === "waiting" || row.state === "making";
}

function toView(row: LifeboatRow): LifeboatView {
  const goesAt =
    row.state === "ready" && row.finished_at !== null
      ? row.finished_at + LIFEBOAT_RULES.keptDays * DAY
      : null;
  return {
    id: asId(row.id),
    seq: row.seq,
    state: row.state as LifeboatView["state"],
    options: optionsOf(row),
    size: row.size,
    percent: row.total === 0 ? 0 : Math.min(99, Math.floor((100 * row.done) / row.total)),
    fault: row.fault,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    goesAt,
  };
}
