import { createPrivateKey, type KeyObject } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActivityId, type ActorId, asId } from "../../domain/ids.ts";
import { EscapeKit } from "../../domain/lifeboat.ts";
import type { RateRule } from "../../domain/limits.ts";
import { CausewayError, invalid } from "../../errors.ts";
import { fromDidKey } from "../../lifeboat/did-key.ts";
import { isProvedBy, type Signed } from "../../lifeboat/proofs.ts";
import { findActorById, updateActor } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { replaceEntrusted } from "../../store/entrusted-keys.ts";
import { findMemberOfActor, hasEscapes, type MemberRow, updateMember } from "../../store/escapes.ts";
import type { KeyRow } from "../../store/keys.ts";
import { sealEntrustedKey } from "../accounts/keys.ts";
import { takeLimit } from "../accounts/limits.ts";
import { federate } from "../federation/federate.ts";
import { requestLaunches, requireOneTarget } from "./launch.ts";
import { writeNotice } from "./notices.ts";
import { areMessages } from "./messages.ts";
import { rememberOldActor } from "./old-actors.ts";
import { isSameKey, publishedKey } from "./old-keys.ts";
import { listPeers, writeTellings } from "./tell.ts";

// Somebody who is here already brings what they kept: the kit of their old account, and its key if they have it.

/** Each goes out to every server that the kit names. */
const LAUNCHES: RateRule = { name: "own-launches", limit: 6, windowMs: 24 * 3_600_000 };
const MOST_CHARACTERS = 30 * 1024 * 1024;
/** A kit is somebody's followers: nobody has them on more servers than there are. */
const MOST_PEERS = 50_000;

export type Brought = {
  /** The kit as JSON; "" = the one that the home left here. */
  readonly kit: string;
  /** The private RSA key of the old account, PEM or JWK; "" = it is not at hand. */
  readonly key: string;
};

type OldKey = { readonly actorId: ActorId; readonly row: KeyRow };

/**
 * Has the followers of one's old account told, by a kit that one kept. The kit has to be sealed for this very account: for
 * any other it is worth nothing. @throws invalid with fields, too_many, conflict
 */
export async function bringFollowers(app: App, viewer: Viewer, brought: Brought): Promise<void> {
  takeLimit(app, LAUNCHES, String(viewer.actorId));
  const member = await findMemberOfActor(app.db, viewer.actorId);
  if (await hasEscapes(app.db, member?.id ?? viewer.actorId))
    throw new CausewayError("conflict", "error.launch_told");
  if (member === undefined) await bringOwn(app, viewer, brought);
  else await bringToStandby(app, member, brought);
  app.wake();
}

async function bringToStandby(app: App, member: MemberRow, brought: Brought): Promise<void> {
  const kit = brought.kit.trim() === "" ? null : checkKit(app, member, brought.kit);
  const profile = fromJson<Signed>(member.profile, {});
  const oldKey =
    brought.key.trim() === "" ? null : await checkKey(app, { uri: member.actor_uri, profile }, brought.key);
  await transaction(app.db, async (tx) => {
    if (kit !== null) await updateMember(tx, member.id, { kit });
    if (oldKey !== null) await replaceEntrusted(tx, oldKey.row);
    await requestLaunches(app, tx, [member.id], null);
  });
}

/** Without a standby there is no copy of the old account here: what the kit says of it is what its key signed. */
async function bringOwn(app: App, viewer: Viewer, brought: Brought): Promise<void> {
  const newUri = app.uris.actor(viewer.actorId);
  const { kit, messages } = readKit(brought.kit, newUri);
  const person = messages.update["object"] as Signed;
  const oldKey =
    brought.key.trim() === "" ? null : await checkKey(app, { uri: kit.old, profile: person }, brought.key);
  const plan = {
    memberId: viewer.actorId,
    evacuationId: null,
    oldUri: kit.old,
    newId: viewer.actorId,
    newUri,
    signerId: oldKey?.actorId ?? null,
    profile: person,
    sealed: messages,
    peers: kit.peers,
  };
  const peers = await listPeers(app, plan);
  await transaction(app.db, async (tx) => {
    await requireOneTarget(app, tx, plan);
    if (oldKey !== null) await replaceEntrusted(tx, oldKey.row);
    const actor = await findActorById(tx, viewer.actorId);
    const aliases = fromJson<readonly string[]>(actor?.also_known_as ?? null, []);
    if (!aliases.includes(kit.old)) {
      await updateActor(tx, viewer.actorId, { also_known_as: toJson([...aliases, kit.old]) });
      const activityId = asId<ActivityId>(app.ids.next());
      await federate(app, tx, viewer.actorId, { type: "actor.updated", activityId, actorId: viewer.actorId });
    }
    await writeNotice(app, tx, { oldUri: kit.old, newId: viewer.actorId, order: null });
    await writeTellings(app, tx, [{ plan, messages, peers }]);
  });
}

/**
 * A kit by itself: every message in it says what its form says, of one old account elsewhere, and leads here. Whether the old
 * key made them is for those to judge who know that key.
 */
function readKit(
  text: string,
  newUri: string,
): { readonly kit: EscapeKit; readonly messages: EscapeKit["homes"][number] } {
  const refuse = (key: string): CausewayError => invalid({ kit: { key } });
  const parsed = EscapeKit.safeParse(text.length > MOST_CHARACTERS ? null : fromJson<unknown>(text, null));
  if (!parsed.success || parsed.data.peers.length > MOST_PEERS) throw refuse("field.kit");
  const kit = parsed.data;
  const messages = kit.homes.find((home) => home.new === newUri);
  if (messages === undefined || kit.old === newUri) throw refuse("field.kit_elsewhere");
  if (!areMessages(messages, { oldUri: kit.old, newUri })) throw refuse("field.kit");
  return { kit, messages };
}

/** A kit of their own counts when the old account signed it, for this very home, and it is no older than the one here. */
function checkKit(app: App, member: MemberRow, text: string): string | null {
  const refuse = (key: string): CausewayError => invalid({ kit: { key } });
  const document = text.length > MOST_CHARACTERS ? null : fromJson<Signed | null>(text, null);
  const kit = EscapeKit.safeParse(document);
  if (!kit.success || document === null) throw refuse("field.kit");
  if (kit.data.old !== member.actor_uri) throw refuse("field.kit_of_another");
  const newUri = app.uris.actor(member.actor_id ?? 0);
  if (!kit.data.homes.some((home) => home.new === newUri)) throw refuse("field.kit_elsewhere");
  const profile = fromJson<Signed>(member.profile, {});
  if (!proofKeysIn(profile).some(({ id, key }) => isProvedBy(document, id, key)))
    throw refuse("field.kit_forged");
  const here = EscapeKit.safeParse(fromJson<unknown>(member.kit, null));
  const isOlder = here.success && Date.parse(here.data.sealedAt) >= Date.parse(kit.data.sealedAt);
  return isOlder ? null : toJson(document);
}

/** The Ed25519 keys of an actor's document (FEP-521a). */
function proofKeysIn(actor: Signed): readonly { readonly id: string; readonly key: KeyObject }[] {
  const listed = actor["assertionMethod"];
  const methods: readonly unknown[] = Array.isArray(listed) ? listed.slice(0, 8) : [listed];
  return methods.flatMap((method) => {
    const { id, publicKeyMultibase: text } = (method ?? {}) as Readonly<Record<string, unknown>>;
    const key = typeof text === "string" ? fromDidKey(`did:key:${text}`) : null;
    return typeof id === "string" && key !== null ? [{ id, key }] : [];
  });
}

/** The old key counts when its public half is the one that the home published: other servers know no other. */
async function checkKey(
  app: App,
  old: { readonly uri: string; readonly profile: Signed },
  text: string,
): Promise<OldKey> {
  const key = readPrivateKey(text);
  const { uri, profile } = old;
  const published = publishedKey(profile);
  if (key === null || published === null) throw invalid({ key: { key: "field.old_key" } });
  if (!isSameKey(key, published)) throw invalid({ key: { key: "field.old_key_other" } });
  const actorId = await rememberOldActor(app, uri, profile);
  return { actorId, row: await sealEntrustedKey(app, actorId, key) };
}

/** PEM, a JWK, or `key/main-key.json` of a lifeboat. */
function readPrivateKey(text: string): KeyObject | null {
  const trimmed = text.trim().slice(0, 20_000);
  try {
    const json = trimmed.startsWith("{") ? (JSON.parse(trimmed) as Readonly<Record<string, unknown>>) : null;
    const pem = json === null ? trimmed : json["privateKeyPem"];
    const key =
      typeof pem === "string" ? createPrivateKey(pem) : createPrivateKey({ key: { ...json }, format: "jwk" });
    return key.asymmetricKeyType === "rsa" ? key : null;
  } catch {
    return null;
  }
}
