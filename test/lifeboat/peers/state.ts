import type { KeyObject } from "node:crypto";
import type { Http } from "../../../server/context.ts";
import type { PeerRules } from "./rules.ts";
import type { Json } from "./signatures.ts";

/** An actor of another server, as an emulator last read it. */
export type KnownActor = {
  readonly uri: string;
  readonly username: string;
  readonly inbox: string;
  readonly aliases: readonly string[];
  /** `alsoKnownAs` was a list. */
  readonly hasAliasList: boolean;
  readonly movedTo: string | null;
  readonly keyId: string | null;
  readonly pem: string | null;
  readonly fetchedAt: number;
};

export type KnownKey = { readonly ownerUri: string; readonly pem: string; readonly fetchedAt: number };

/** One person's follow of an actor elsewhere. */
export type PeerFollow = {
  readonly id: string;
  readonly person: string;
  readonly target: string;
  /** `unsent` ones did not arrive and are tried again. */
  state: "unsent" | "asked" | "accepted";
  /** Whom this person followed until now; let go when this one arrived. */
  instead: string | null;
};

/** What an emulator remembers. */
export type PeerState = {
  readonly rules: PeerRules;
  readonly host: string;
  readonly origin: string;
  readonly http: Http;
  readonly now: () => number;
  readonly key: KeyObject;
  readonly publicPem: string;
  readonly actors: Map<string, KnownActor>;
  readonly keys: Map<string, KnownKey>;
  readonly follows: PeerFollow[];
  /** Actors that this server deleted for good. */
  readonly suspended: Set<string>;
  /** Until when nothing of these actors is looked at as a move. */
  readonly locks: Map<string, number>;
  /** Addresses that were asked for. */
  readonly asked: string[];
  /** What became of each move, in words. */
  readonly moves: { readonly actor: string; readonly target: string; readonly outcome: string }[];
  people: number;
  counter: number;
};

export type Got = { readonly status: number | null; readonly json: Json | null };

/** A GET; status null when nobody answers. */
export async function get(state: PeerState, url: string): Promise<Got> {
  state.asked.push(url);
  try {
    const answer = await state.http.fetch({ url, headers: { accept: "application/activity+json" } });
    if (answer.status !== 200) return { status: answer.status, json: null };
    const json: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    return { status: 200, json: isJson(json) ? json : null };
  } catch {
    return { status: null, json: null };
  }
}

/** Reads an actor at its own address and remembers it; null when it cannot be had, with what it was answered. */
export async function readActor(
  state: PeerState,
  uri: string,
  suffix = "",
): Promise<{ readonly actor: KnownActor | null; readonly status: number | null }> {
  const { status, json } = await get(state, uri + suffix);
  const actor = json === null ? null : rememberActor(state, uri, json);
  return { actor, status };
}

/** Takes an actor's document for what it is; null when it is not the one of this address. */
export function rememberActor(state: PeerState, uri: string, json: Json): KnownActor | null {
  const inbox = json["inbox"];
  if (json["id"] !== uri || typeof inbox !== "string") return null;
  const key = [json["publicKey"]].flat().find(isJson);
  const keyId = textIn(key, "id");
  const pem = textIn(key, "publicKeyPem");
  const also = json["alsoKnownAs"];
  const actor: KnownActor = {
    uri,
    inbox,
    username: textIn(json, "preferredUsername") ?? "",
    aliases: [also].flat().filter((alias) => typeof alias === "string"),
    hasAliasList: Array.isArray(also),
    movedTo: idOf(json["movedTo"]),
    keyId,
    pem,
    fetchedAt: state.now(),
  };
  state.actors.set(uri, actor);
  if (state.rules.learnsKeys === "profiles" && keyId !== null && pem !== null)
    state.keys.set(keyId, { ownerUri: uri, pem, fetchedAt: state.now() });
  return actor;
}

/** The id of an object, embedded or not. */
export function idOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return isJson(value) ? textIn(value, "id") : null;
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(json: Json | undefined, name: string): string | null {
  const value = json?.[name];
  return typeof value === "string" ? value : null;
}
