import type { App } from "../../context.ts";
import {
  OPEN_POLICY,
  type OwnPolicy,
  type Permission,
  permissionOf,
  type PolicyOwner,
  readOwnPolicy,
  type ReceivedPolicy,
  type ReceivedRule,
  toRules,
  type Verb,
} from "../../domain/policy.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { CausewayError } from "../../errors.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { fromJson, isSet, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { findTies } from "../../store/interactions.ts";
import { listMentions, type NoteRow } from "../../store/notes.ts";

/** The rules of a note, ours or remote; null for what they say nothing about. */
export type NoteRules = Readonly<Record<Verb, ReceivedRule | null>>;

const NO_RULES: NoteRules = { reply: null, like: null, announce: null, quote: null };

/** The rules that a note's row carries. `mentionUris` are those of everybody it names. */
export function rulesOf(
  row: Pick<NoteRow, "local" | "policy" | "visibility">,
  owner: PolicyOwner,
  mentionUris: readonly string[],
): NoteRules {
  if (!isSet(row.local))
    return { ...NO_RULES, ...(row.policy === null ? {} : fromJson<Partial<ReceivedPolicy>>(row.policy, {})) };
  const policy = row.policy === null ? OPEN_POLICY : readOwnPolicy(fromJson<unknown>(row.policy, null));
  return toRules(policy, { owner, mentionUris, visibility: row.visibility as Visibility });
}

/** An author as rules name them. */
export function ownerOf(app: App, author: ActorRow): PolicyOwner {
  const isLocal = author.host === "";
  return {
    uri: author.uri,
    followersUri: isLocal ? app.uris.followers(author.id) : author.followers_uri,
    followingUri: isLocal ? app.uris.following(author.id) : author.following_uri,
  };
}

/** What an actor may do with a note that they can see. `no` for authors that are gone, and where one blocks the other. */
export async function findPermission(
  app: App,
  db: Db,
  note: NoteRow,
  actorId: number,
  verb: Verb,
): Promise<Permission> {
  if (note.actor_id === actorId) return "yes";
  const author = await findActorById(db, note.actor_id);
  const actor = await findActorById(db, actorId);
  if (author === undefined || actor === undefined) return "no";
  if (await blockedEitherWay(db, actorId, author.id)) return "no";
  const mentions = await listMentions(db, [note.id]);
  const { follows, followedBy } = await findTies(db, actorId, [author.id]);
  const owner = ownerOf(app, author);
  const rules = rulesOf(
    note,
    owner,
    mentions.map((mention) => mention.uri),
  );
  return permissionOf(rules[verb], verb, owner, {
    uri: actor.uri,
    isAuthor: false,
    isMentioned: mentions.some((mention) => mention.id === actorId),
    followsAuthor: follows.has(author.id),
    followedByAuthor: followedBy.has(author.id),
  });
}

const DENIED: Readonly<Record<Verb, string>> = {
  reply: "error.policy_reply",
  like: "error.policy_like",
  announce: "error.policy_announce",
  quote: "error.policy_quote",
};

/** What somebody here may do with a note. @throws forbidden when its author does not want it. */
export async function requirePermission(
  app: App,
  db: Db,
  note: NoteRow,
  actorId: number,
  verb: Verb,
): Promise<Exclude<Permission, "no">> {
  const permission = await findPermission(app, db, note, actorId, verb);
  if (permission === "no") throw new CausewayError("forbidden", DENIED[verb]);
  return permission;
}

/** The column for the policy of a note of ours; null when everything is allowed. */
export function policyColumn(policy: Partial<OwnPolicy> | undefined, standard: string | null): string | null {
  const fallback = standard === null ? OPEN_POLICY : readOwnPolicy(fromJson<unknown>(standard, null));
  const chosen = readOwnPolicy(policy, fallback);
  const json = toJson(chosen);
  return json === toJson(OPEN_POLICY) ? null : json;
}

/** Uris that one rule names at most; more are left out. */
const RULE_MAX = 64;

/** The column for the policy of a remote note, cut to what anybody needs. */
export function receivedPolicyColumn(policy: ReceivedPolicy | null): string | null {
  if (policy === null) return null;
  const cut = (rule: ReceivedRule) => ({
    automatic: rule.automatic.slice(0, RULE_MAX),
    manual: rule.manual.slice(0, RULE_MAX),
  });
  const { reply, like, announce, quote } = policy;
  // What is not said is not kept: every note of Mastodon carries the same one rule.
  const rules = Object.entries({ reply, like, announce, quote }).flatMap(([verb, rule]) =>
    rule === null ? [] : [[verb, cut(rule)] as const],
  );
  return rules.length === 0 ? null : toJson(Object.fromEntries(rules));
}
