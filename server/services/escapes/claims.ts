import type { App } from "../../context.ts";
import { type AccountId, type ActorId, asId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { type CausewayError, invalid } from "../../errors.ts";
import { keysOfPhrase, type PhraseKeys } from "../../lifeboat/phrase.ts";
import { findAccountOfActor, insertAccount } from "../../store/accounts.ts";
import { findActorByHandle, findActorById } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import { findMemberOfActor, listMembersByDid, type MemberRow, updateMember } from "../../store/escapes.ts";
import { takeLimit } from "../accounts/limits.ts";
import { passwordFault } from "../accounts/passwords.ts";
import { openSession } from "../accounts/sessions.ts";
import { activateMember } from "../standbys/activation.ts";
import { requestLaunches, requireOneTarget } from "./launch.ts";
import { keepSignedNotice, signNotice } from "./notices.ts";

/** Each try costs a few signatures, and each right one opens an account. */
const TRIES: RateRule = { name: "launch-claims", limit: 20, windowMs: 10 * 60_000 };

export type Claim = {
  readonly phrase: string;
  readonly password: string;
  readonly ip: string;
  readonly agent: string;
  readonly locale: string | null;
};

/** What was proved before anything is written. */
type Checked = {
  readonly member: MemberRow;
  readonly keys: PhraseKeys;
  readonly passwordHash: string;
};

/**
 * Somebody from a lost server takes the account that waited for them, and has their followers told: the recovery phrase
 * proves that they are who the home said. The phrase is derived from, used and forgotten.
 * @throws invalid with fields, too_many, conflict when they went somewhere else a short while ago
 */
export async function claimAccount(
  app: App,
  claim: Claim,
): Promise<{ readonly sessionToken: string; readonly username: string }> {
  takeLimit(app, TRIES, claim.ip);
  const { member, keys, passwordHash } = await check(app, claim);
  const newId = asId<ActorId>(member.actor_id ?? 0);
  const newUri = app.uris.actor(newId);
  const now = app.clock.now();
  const notice = signNotice(keys, { oldUri: member.actor_uri, newUri, now });
  const sessionToken = await transaction(app.db, async (tx) => {
    await requireOneTarget(app, tx, { oldUri: member.actor_uri, newUri });
    if ((await findAccountOfActor(tx, newId)) !== undefined) throw taken();
    await activateMember(app, tx, member.id);
    const accountId = await addAccount(app, tx, { actorId: newId, passwordHash, locale: claim.locale });
    await updateMember(tx, member.id, { claimed_at: now });
    await keepSignedNotice(tx, notice, now);
    await requestLaunches(app, tx, [member.id], null);
    return await openSession(app, tx, accountId, claim.agent, "recovery");
  });
  app.wake();
  const actor = await findActorById(app.db, newId);
  return { sessionToken, username: actor?.username ?? "" };
}

/**
 * Opens the account of somebody whom trustees brought over and who never had a recovery phrase, so that the owner of this
 * server, who knows them, can give them a link to set a password. False when nobody of the name waits like that: who has an
 * account already, was not brought over, or has a phrase and can come by themselves.
 */
export async function openAccountWithoutPhrase(app: App, username: string): Promise<boolean> {
  const actor = await findActorByHandle(app.db, username.trim().replace(/^@/, "").toLowerCase(), "");
  if (actor === undefined || actor.deleted_at !== null) return false;
  const actorId = asId<ActorId>(actor.id);
  // Nobody knows it: what is set by the link takes its place.
  const passwordHash = await app.passwords.hash(app.ids.secret(32));
  return await transaction(app.db, async (tx) => {
    const member = await findMemberOfActor(tx, actorId);
    if (member?.state !== "launched" || member.did !== null || member.claimed_at !== null) return false;
    if ((await findAccountOfActor(tx, actorId)) !== undefined) return false;
    await addAccount(app, tx, { actorId, passwordHash, locale: null });
    await updateMember(tx, member.id, { claimed_at: app.clock.now() });
    return true;
  });
}

function taken(): CausewayError {
  return invalid({ phrase: { key: "field.claimed" } });
}

async function check(app: App, claim: Claim): Promise<Checked> {
  const keys = await keysOfPhrase(claim.phrase);
  if (keys === null) throw invalid({ phrase: { key: "field.phrase" } });
  const found = await listMembersByDid(app.db, keys.did);
  const member = found.find((one) => one.actor_id !== null);
  if (member === undefined) throw invalid({ phrase: { key: "field.nobody_waits" } });
  if (member.claimed_at !== null) throw taken();
  const fault = passwordFault(claim.password, member.username ?? "");
  if (fault !== null) throw invalid({ password: fault });
  return { member, keys, passwordHash: await app.passwords.hash(claim.password) };
}

async function addAccount(
  app: App,
  tx: Db,
  account: { readonly actorId: ActorId; readonly passwordHash: string; readonly locale: string | null },
): Promise<AccountId> {
  const id = asId<AccountId>(app.ids.next());
  await insertAccount(tx, {
    id,
    actor_id: account.actorId,
    email: null,
    password_hash: account.passwordHash,
    role: "member",
    locale: account.locale,
    languages: "[]",
    invite_id: null,
    created_at: app.clock.now(),
    suspended_at: null,
    notifications_read_id: 0,
  });
  return id;
}
