import { createHash } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import { isReservedUsername, isUsername } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { isSealedPath } from "../../domain/standby.ts";
import { AGE_BEGINNING } from "../../lifeboat/seal-text.ts";
import { isFileName } from "../../media/files.ts";
import { isNameTaken } from "../../store/accounts.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  insertMember,
  listKeylessMembers,
  type MemberRow,
  updateMember,
} from "../../store/standby-replicas.ts";
import { countMediaTry, keepMedia, listMissingMedia, type MediaRow } from "../../store/standby-media.ts";
import { findAgreement, isHeldName } from "../../store/standbys.ts";
import { makeKeyRows } from "../accounts/keys.ts";

// At the standby: accounts that wait. Until a launch such an account is an id, a name and sealed keys in `standby_members`,
// and nothing in `actors`: what has no row is in no list, has no address that answers, and cannot be followed.

const LONGEST_NAME = 30;
const NUMBERED = 99;

type NewMember = Pick<MemberRow, "actor_uri" | "handle" | "profile" | "did" | "recipient" | "updated_at"> & {
  /** What they are called at home. */
  readonly name: string;
};

/** Keeps an id and a name for a member of a home, inside the caller's transaction. */
export async function addMember(app: App, tx: Db, agreementId: number, member: NewMember): Promise<void> {
  const { name, ...columns } = member;
  await insertMember(tx, {
    ...columns,
    id: app.ids.next(),
    agreement_id: agreementId,
    actor_id: app.ids.next(),
    username: await freeName(tx, name),
    state: "hidden",
    kit: null,
    sealed_at: null,
    followers: null,
    launched_at: null,
    claimed_at: null,
  });
}

/** The name as it is at home, or with a number when somebody here has it already. */
export async function freeName(tx: Db, wanted: string): Promise<string> {
  const plain = wanted.toLowerCase().replace(/[^a-z0-9_]/g, "_");
  const base = isUsername(plain) ? plain : `member_${plain}`.slice(0, LONGEST_NAME - 3);
  for (let number = 1; number <= NUMBERED; number += 1) {
    const name = number === 1 ? base : `${base.slice(0, LONGEST_NAME - 3)}_${number}`;
    if (!isUsername(name) || isReservedUsername(name)) continue;
    if (await isNameTaken(tx, name)) continue;
    if (!(await isHeldName(tx, name))) return name;
  }
  throw new Error(`No name like ${base} is free.`);
}

/** What the account of a member is called here. */
export function memberHandle(app: App, member: Pick<MemberRow, "username" | "actor_id">): string {
  return `${member.username ?? member.actor_id ?? ""}@${app.config.handleHost}`;
}

/** Makes the keys of accounts that wait, a few at a time; the job `standby-keys`. A launch should not have to. */
export async function makeMemberKeys(app: App, signal: AbortSignal): Promise<void> {
  for (;;) {
    const members = await listKeylessMembers(app.db, 20);
    if (members.length === 0) return;
    for (const member of members) {
      signal.throwIfAborted();
      const rows = await makeKeyRows(app, asId(member.actor_id));
      await updateMember(app.db, member.id, { keys: toJson(rows) });
    }
  }
}

/** Signs a GET as the instance actor. */
export type SignedHeaders = (url: string) => Promise<Record<string, string>>;

const MEDIA_AT_ONCE = 20;
const MEDIA_TRIES = 8;
const MEDIA_AGAIN_MS = 10 * 60_000;
const FOLDER = "standby";

/**
 * Fetches files that members have and that are not here yet; the job `standby-media`. What does not have the hash that the
 * home signed is not kept, nor what should be sealed and is not. What fails is tried again later, a few times.
 */
export async function fetchMemberMedia(
  app: App,
  agreementId: number,
  { signal, signed }: { readonly signal: AbortSignal; readonly signed: SignedHeaders },
): Promise<void> {
  const agreement = await findAgreement(app.db, agreementId);
  if (agreement === undefined || agreement.role !== "standby") return;
  const missing = await listMissingMedia(app.db, agreementId, MEDIA_AT_ONCE, MEDIA_TRIES);
  let kept = 0;
  for (const file of missing) {
    signal.throwIfAborted();
    if (await fetchOne(app, agreement.partner, file, signed)) kept += 1;
    else await countMediaTry(app.db, agreementId, file.hash);
  }
  if (missing.length === 0) return;
  const now = app.clock.now();
  const isStuck = kept < missing.length;
  await transaction(app.db, (tx) =>
    enqueue(tx, {
      id: app.ids.next(),
      now,
      runAt: isStuck ? now + MEDIA_AGAIN_MS : now,
      kind: "standby-media",
      payload: { agreementId },
      dedupeKey: `standby-media:${agreementId}`,
      lane: 2,
    }),
  );
  app.wake();
}

async function fetchOne(app: App, home: string, file: MediaRow, signed: SignedHeaders): Promise<boolean> {
  if (file.path === null) return false;
  const folder = join(app.config.dataDir, FOLDER);
  await mkdir(folder, { recursive: true });
  const path = join(folder, app.ids.secret(12));
  try {
    const url = `${home}${file.path}`;
    const isSealed = isSealedPath(file.path);
    const got = await download(app, url, isSealed ? await signed(url) : {}, { size: file.size, path });
    const isRight = isSealed ? got?.isAge === true : got?.digest === file.hash && got.bytes === file.size;
    if (!isRight) return false;
    const name = newName(app, file.path);
    await app.files.take(name, path);
    if (!(await keepMedia(app.db, file.agreement_id, file.hash, name))) await app.files.remove(name);
    return true;
  } catch {
    // The home may be down, or it may lie: either way the file is not here.
    return false;
  } finally {
    await rm(path, { force: true });
  }
}

/** What was written to `path`; null when there is nothing, or it is larger than `size`. */
async function download(
  app: App,
  url: string,
  headers: Readonly<Record<string, string>>,
  { size, path }: { readonly size: number; readonly path: string },
): Promise<{ readonly digest: string; readonly bytes: number; readonly isAge: boolean } | null> {
  const answer = await app.http.stream({ url, headers, maxBytes: size });
  if (answer.status !== 200) {
    await answer.body.cancel();
    return null;
  }
  const hash = createHash("sha256");
  let bytes = 0;
  let beginning = "";
  const reader = answer.body.getReader();
  const file = await open(path, "wx");
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.byteLength;
      if (bytes > size) return null;
      hash.update(next.value);
      if (beginning.length < AGE_BEGINNING.length)
        beginning += Buffer.from(next.value.subarray(0, AGE_BEGINNING.length)).toString("latin1");
      await file.write(next.value);
    }
  } finally {
    await file.close();
    // Not awaited: cancelling may wait for a sender who never stops.
    reader.cancel().catch(() => undefined);
  }
  return { digest: hash.digest("hex"), bytes, isAge: beginning.startsWith(AGE_BEGINNING) };
}

/** With the ending that it has at home, where that is one of the store's; what is sealed is of no kind. */
function newName(app: App, path: string): string {
  const name = `${app.ids.secret(18)}${/\.[a-z0-9]{2,5}$/.exec(path)?.[0] ?? ""}`;
  return isFileName(name) ? name : `${app.ids.secret(18)}.bin`;
}
