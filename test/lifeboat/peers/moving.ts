import { isFingered } from "./believing.ts";
import { get, idOf, isJson, readActor, rememberActor, type KnownActor, type PeerState } from "./state.ts";
import type { Json } from "./signatures.ts";

/** How followers are taken along: each follows the new home, and lets go of the old one when that arrived. */
export type Relocate = (old: string, home: KnownActor) => Promise<void>;

/** A Move that was believed to be from `actor`. */
export async function onMove(state: PeerState, json: Json, actor: string, relocate: Relocate): Promise<void> {
  const target = idOf(json["target"]);
  const rules = state.rules.move;
  if (rules === null || target === null) return;
  const outcome = await judge(state, rules, json, actor, target, relocate);
  state.moves.push({ actor, target, outcome });
}

/** An Update of an actor with `movedTo`, as Misskey takes it: the embedded document is the profile now. */
export async function onActorUpdate(
  state: PeerState,
  json: Json,
  actor: string,
  relocate: Relocate,
): Promise<void> {
  const object = json["object"];
  if (!isJson(object) || object["id"] !== actor) return;
  if (!state.rules.movesByUpdate) {
    // Everybody else asks the origin what the profile is now.
    if (object["inbox"] !== undefined) await readActor(state, actor);
    return;
  }
  const updated = rememberActor(state, actor, object);
  if (updated === null || updated.movedTo === null) return;
  const outcome = await settle(state, actor, updated.movedTo, relocate);
  state.moves.push({ actor, target: updated.movedTo, outcome });
}

async function judge(
  state: PeerState,
  rules: NonNullable<PeerState["rules"]["move"]>,
  json: Json,
  actor: string,
  target: string,
  relocate: Relocate,
): Promise<string> {
  if (rules.wantsBareObject && typeof json["object"] !== "string") return "the object is no id";
  if (idOf(json["object"]) !== actor) return "of somebody else";
  if (rules.old === "dereferenced" && typeof json["object"] === "string") {
    const { status } = await get(state, actor);
    if (status !== 200) return "the old actor cannot be read";
  }
  if (rules.old === "has to say so" || rules.old === "has to say so, past caches") {
    const past = rules.old === "has to say so" ? "" : `?cb=${state.counter++}`;
    const { actor: old } = await readActor(state, actor, past);
    if (old === null) return "the old actor cannot be read";
    if (old.movedTo !== target) return "the old actor does not say so";
  }
  return await settle(state, actor, target, relocate);
}

/** The new home is looked at, and everybody goes there. */
async function settle(state: PeerState, actor: string, target: string, relocate: Relocate): Promise<string> {
  const rules = state.rules.move;
  if (rules === null) return "not understood";
  const locked = rules.locksHome ? [actor, target] : [actor];
  const now = state.now();
  if (locked.some((uri) => (state.locks.get(uri) ?? 0) > now)) return "too soon";
  for (const uri of locked) state.locks.set(uri, now + rules.attemptCooldown);
  const known = rules.home === "as known" ? (state.actors.get(target) ?? null) : null;
  const home = known ?? (await readActor(state, target)).actor;
  if (home === null) return "the new actor cannot be read";
  if (rules.asksWebFinger && !(await isFingered(state, home.uri, home.username))) return "no WebFinger";
  const aliases = rules.wantsAliasList && !home.hasAliasList ? [] : home.aliases;
  if (rules.wantsAlias && !aliases.includes(actor)) return "the new actor does not know the old one";
  if (rules.refusesMovedHome && home.movedTo !== null) return "the new actor moved itself";
  for (const uri of locked) state.locks.set(uri, now + Math.max(rules.cooldown, rules.attemptCooldown));
  await relocate(actor, home);
  return "moved";
}
