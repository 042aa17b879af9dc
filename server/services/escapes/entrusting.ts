import type { KeyObject } from "node:crypto";
import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  type EntrustedRow,
  type EntrustingRow,
  listEntrusted,
  listEntrusting,
  listStillExpected,
  listTold,
  listUntold,
  replaceEntrusted,
  type UntoldRow,
} from "../../store/entrusted-keys.ts";
import type { KeyRow } from "../../store/keys.ts";
import { openEntrustedKey, sealEntrustedKey } from "../accounts/keys.ts";
import { type ExpectedHome, listExpectedHomes, recordKeys, requireOpen } from "./home-keys.ts";
import { tellLate } from "./late-tellings.ts";
import { rememberOldActor } from "./old-actors.ts";
import { isSameKey, publishedKey, readPublicKey } from "./old-keys.ts";

// The keys of a lost home, brought by the owner of its standby from a backup. They shorten nothing and allow nothing: trustees
// decide and everybody can see it wait as ever, for members who agreed and nobody else. A launch that finds a key uses it, so
// that servers come along which believe nothing that was sealed.

const PAGE = 100;

/**
 * The agreement by which members of a home, named by its host or address, may be brought over.
 * @throws not_found when there is none that holds here, conflict when its launch is long over
 */
export async function findExpectedHome(app: App, host: string): Promise<ExpectedHome> {
  const wanted = host.trim().toLowerCase();
  const row = (await listExpectedHomes(app)).find(
    ({ partner }) => partner === wanted.replace(/\/$/, "") || new URL(partner).host === wanted,
  );
  if (row === undefined) throw notFound();
  await requireOpen(app, app.db, row.id);
  return { agreementId: row.id, agreementUri: row.uri, home: row.partner };
}

/** The old actors of all who agreed, by their uris. */
export async function listExpectedUris(app: App, { agreementId }: ExpectedHome): Promise<readonly string[]> {
  const uris: string[] = [];
  for await (const page of pagesOf(app, agreementId)) uris.push(...page.map((member) => member.actor_uri));
  return uris;
}

async function* pagesOf(app: App, agreementId: number): AsyncGenerator<readonly EntrustingRow[]> {
  for (let after = ""; ;) {
    const page = await listEntrusting(app.db, agreementId, { after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.actor_uri;
  }
}

/** What a backup has of the private key of each old actor: one that opens, or one that does not. Who is missing is not in it. */
export type FoundKeys = ReadonlyMap<string, KeyObject | "sealed">;

/**
 * What became of the key of a member: `taken`; `here` already; `late` = they were brought over without it, and servers that
 * could not follow are told now; `told` = everybody was; `missing` in the backup; `sealed` = another vault key closed it;
 * `other` = it is not the key that the home published.
 */
export type KeyOutcome = "taken" | "here" | "late" | "told" | "missing" | "sealed" | "other";

export type EntrustedMember = { readonly handle: string; readonly outcome: KeyOutcome };

/**
 * Takes the keys of a home's members, each only when it is the one behind what the home published, and says of everybody what
 * became of theirs. Doing it again changes nothing. For the command line, whose user has the machine: a backup is too large
 * for a form. @throws conflict when the launch is long over
 */
export async function entrustKeys(
  app: App,
  expected: ExpectedHome,
  brought: { readonly keys: FoundKeys; readonly madeAt: string },
): Promise<readonly EntrustedMember[]> {
  const outcomes: EntrustedMember[] = [];
  for await (const page of pagesOf(app, expected.agreementId))
    outcomes.push(...(await entrustPage(app, expected, page, brought)));
  app.wake();
  return outcomes;
}

/** A member whose key is good, with its row and the servers that wait for it. */
type Taken = {
  readonly member: EntrustingRow;
  readonly actorId: ActorId;
  readonly row: KeyRow;
  readonly untold: readonly UntoldRow[];
};

async function entrustPage(
  app: App,
  expected: ExpectedHome,
  page: readonly EntrustingRow[],
  { keys, madeAt }: { readonly keys: FoundKeys; readonly madeAt: string },
): Promise<readonly EntrustedMember[]> {
  const ids = page.map(({ id }) => id);
  const uris = page.map((member) => member.actor_uri);
  const told = await listTold(app.db, ids);
  const untold = Map.groupBy(await listUntold(app.db, ids), (row) => row.member_id);
  const here = new Map((await listEntrusted(app.db, uris)).map((row) => [row.uri, row]));
  const taken: Taken[] = [];
  const outcomes = new Map<number, KeyOutcome>();
  for (const member of page) {
    const waiting = untold.get(member.id) ?? [];
    const isTold = told.has(member.id) || member.state === "elsewhere";
    const found = keys.get(member.actor_uri);
    // A key that is here came too late for the launch when somebody waits for it still: then it is as good as new.
    const known = waiting.length === 0 ? here.get(member.actor_uri) : undefined;
    const outcome = isTold && waiting.length === 0 ? "told" : await judge(app, member, found, known);
    outcomes.set(member.id, outcome);
    if (outcome !== "taken" || found === undefined || found === "sealed") continue;
    const profile = fromJson<Readonly<Record<string, unknown>>>(member.profile, {});
    const actorId = await rememberOldActor(app, member.actor_uri, profile);
    taken.push({ member, actorId, row: await sealEntrustedKey(app, actorId, found), untold: waiting });
  }
  await transaction(app.db, async (tx) => {
    await requireOpen(app, tx, expected.agreementId);
    // Whoever left a moment ago takes their key along.
    const still = await listStillExpected(tx, expected.agreementId, uris);
    let count = 0;
    for (const one of taken.filter(({ member }) => still.has(member.actor_uri))) {
      const outcome = await keep(app, tx, one);
      outcomes.set(one.member.id, outcome);
      if (outcome !== "told") count += 1;
    }
    if (count > 0) await recordKeys(app, tx, expected, { what: "brought", count, by: null, why: madeAt });
  });
  return page.map(({ id, handle }) => ({ handle, outcome: outcomes.get(id) ?? "missing" }));
}

/** A key that comes too late for the launch is kept only when somebody is told with it. */
async function keep(app: App, tx: Db, { member, actorId, row, untold }: Taken): Promise<KeyOutcome> {
  if (untold.length > 0) {
    const count = await tellLate(app, tx, { memberId: member.id, signerId: actorId, untold });
    if (count === 0) return "told";
  }
  await replaceEntrusted(tx, row);
  return untold.length > 0 ? "late" : "taken";
}

async function judge(
  app: App,
  member: EntrustingRow,
  found: KeyObject | "sealed" | undefined,
  here: EntrustedRow | undefined,
): Promise<KeyOutcome> {
  if (found === undefined) return "missing";
  if (found === "sealed") return "sealed";
  const published = await pinnedKey(app, member);
  if (published === null || !isSameKey(found, published)) return "other";
  return here !== undefined && (await isUsable(app, here, published)) ? "here" : "taken";
}

/** The key that the home published last, or the one by which this server knew the actor before. */
async function pinnedKey(app: App, member: Pick<EntrustingRow, "actor_uri" | "profile">) {
  const published = publishedKey(fromJson<Readonly<Record<string, unknown>>>(member.profile, {}));
  if (published !== null) return published;
  const kept = await app.remote.keptKey(`${member.actor_uri}#main-key`);
  return kept === null ? null : readPublicKey(kept);
}

/** False for a key that another took the place of at the home, or that this server cannot open. */
async function isUsable(app: App, row: EntrustedRow, published: KeyObject | null): Promise<boolean> {
  const key = readPublicKey(row.public_key);
  if (key === null || (published !== null && !isSameKey(key, published))) return false;
  return await openEntrustedKey(app, row.actor_id, row).then(
    () => true,
    () => false,
  );
}

/**
 * The row of an old actor whose key is at hand, so that it can sign; null when there is none, or none that other servers
 * would believe: then there is what was sealed.
 */
export async function findEntrustedSigner(
  app: App,
  member: Pick<EntrustingRow, "actor_uri" | "profile">,
): Promise<ActorId | null> {
  const [row] = await listEntrusted(app.db, [member.actor_uri]);
  if (row === undefined || !(await isUsable(app, row, await pinnedKey(app, member)))) return null;
  return asId<ActorId>(row.actor_id);
}
