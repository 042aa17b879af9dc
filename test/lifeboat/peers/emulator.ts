import { createPrivateKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { exportJwk, exportSpki } from "@fedify/fedify";
import type { Network } from "../../support/network.ts";
import { rsaPair } from "../../support/rsa-keys.ts";
import { believe, suspend } from "./believing.ts";
import { onActorUpdate, onMove, type Relocate } from "./moving.ts";
import { PEER_RULES, type PeerKind, type PeerRules } from "./rules.ts";
import { signedPost, type Json } from "./signatures.ts";
import { idOf, isJson, type PeerFollow, type PeerState, readActor } from "./state.ts";

/** One POST to an inbox of an emulator. */
export type EmulatedDelivery = {
  readonly path: string;
  readonly id: string | null;
  readonly type: string;
  readonly actor: string | null;
  /** The key that the HTTP signature names. */
  readonly keyId: string | null;
  readonly body: string;
  readonly status: number;
};

export type EmulatorOptions = {
  readonly clock?: { now(): number };
  /** `http` on loopback; else `https`. */
  readonly scheme?: "http" | "https";
  /** True = what was taken is carried out by itself; else when `work` is called. */
  readonly eager?: boolean;
};

/** Another server, which follows one row of the table. Everything it does is signed and sent for real. */
export type Emulator = {
  readonly kind: PeerKind;
  readonly host: string;
  readonly origin: string;
  /** Gives it people who follow nobody yet: `p1`, `p2` and so on. */
  addPeople(n: number): void;
  /** `n` new people there follow an actor, who is read and told. */
  follow(actorUri: string, n: number): Promise<void>;
  /** These people there, who may follow others already (`p1`), follow an actor. */
  followAs(actorUri: string, people: readonly string[]): Promise<void>;
  /** The people there who follow an actor, asked or accepted. */
  followersOf(actorUri: string): readonly string[];
  /** Those of them whose follow was accepted. */
  acceptedBy(actorUri: string): readonly string[];
  /** What was posted to its inboxes, oldest first. */
  readonly deliveries: EmulatedDelivery[];
  /** How often an activity was posted to it. */
  countOf(activityId: string): number;
  /** What became of each move, in words. */
  readonly moves: PeerState["moves"];
  /** Addresses that it asked for. */
  readonly asked: string[];
  /** Reads a profile as it does when its copy is old: what is gone is deleted by those who do that, new keys are taken. */
  refresh(actorUri: string): Promise<void>;
  /** Carries out what was taken, and sends again what did not arrive; how many things were done. */
  work(): Promise<number>;
  /** The next deliveries are answered with these statuses, and nothing else is done with them. */
  failNext(...statuses: readonly number[]): void;
  answer(request: Request): Promise<Response>;
};

/** Puts an emulator on a network. */
export async function createEmulator(
  network: Pick<Network, "http" | "join">,
  host: string,
  kind: PeerKind,
  options: EmulatorOptions = {},
): Promise<Emulator> {
  const pair = await rsaPair();
  const key = createPrivateKey({
    key: (await exportJwk(pair.privateKey)) as JsonWebKeyInput["key"],
    format: "jwk",
  });
  const publicPem = await exportSpki(pair.publicKey);
  const state = newState(network, host, PEER_RULES[kind], options, key, publicPem);
  const deliveries: EmulatedDelivery[] = [];
  const failing: number[] = [];
  const queue: (() => Promise<void>)[] = [];
  let running: Promise<number> | null = null;

  const run = async (): Promise<number> => {
    let done = await sendUnsent(state);
    for (let job = queue.shift(); job !== undefined; job = queue.shift(), done++) await job();
    return done;
  };
  const work = async (): Promise<number> => {
    if (running !== null) await running;
    running = run().finally(() => (running = null));
    return await running;
  };
  const answerPost = async (request: Request): Promise<Response> => {
    const { delivery, job } = await take(state, request, failing.shift());
    deliveries.push(delivery);
    if (job !== null) queue.push(job);
    if (options.eager === true) void work();
    return new Response(null, { status: delivery.status });
  };
  const emulator: Emulator = {
    kind,
    host,
    origin: state.origin,
    deliveries,
    moves: state.moves,
    asked: state.asked,
    addPeople: (n) => void (state.people += n),
    follow: (actorUri, n) => follow(state, actorUri, newPeople(state, n)),
    followAs: (actorUri, people) => follow(state, actorUri, people),
    followersOf: (uri) => followersIn(state, uri, ["asked", "accepted"]),
    acceptedBy: (uri) => followersIn(state, uri, ["accepted"]),
    countOf: (id) => deliveries.filter((one) => one.id === id).length,
    refresh: (uri) => refresh(state, uri),
    work,
    failNext: (...statuses) => void failing.push(...statuses),
    answer: async (request) => (request.method === "POST" ? await answerPost(request) : show(state, request)),
  };
  network.join(host, (request) => emulator.answer(request));
  return emulator;
}

/** A POST: who is believed to have sent it, what is answered, and what there is to do about it. */
async function take(
  state: PeerState,
  request: Request,
  failure: number | undefined,
): Promise<{ readonly delivery: EmulatedDelivery; readonly job: (() => Promise<void>) | null }> {
  const body = await request.text();
  const json = parse(body);
  const belief =
    json === null
      ? { status: 400 }
      : failure === undefined
        ? await believe(state, request, body, json)
        : null;
  const isTaken = belief !== null && "actor" in belief;
  const status = isTaken ? state.rules.statuses.taken : (belief?.status ?? failure ?? 400);
  const delivery = {
    path: new URL(request.url).pathname,
    id: idOf(json),
    type: String(json?.["type"]),
    actor: idOf(json?.["actor"]),
    keyId: /keyId="([^"]*)"/i.exec(request.headers.get("signature") ?? "")?.[1] ?? null,
    body,
    status,
  };
  const job = isTaken && json !== null ? () => carryOut(state, json, belief.actor) : null;
  return { delivery, job };
}

function newState(
  network: Pick<Network, "http">,
  host: string,
  rules: PeerRules,
  options: EmulatorOptions,
  key: KeyObject,
  publicPem: string,
): PeerState {
  const clock = options.clock ?? { now: () => Date.now() };
  return {
    rules,
    host,
    origin: `${options.scheme ?? "https"}://${host}`,
    http: network.http(),
    now: () => clock.now(),
    key,
    publicPem,
    actors: new Map(),
    keys: new Map(),
    follows: [],
    suspended: new Set(),
    locks: new Map(),
    asked: [],
    moves: [],
    people: 0,
    counter: 0,
  };
}

function followersIn(
  state: PeerState,
  uri: string,
  states: readonly PeerFollow["state"][],
): readonly string[] {
  return state.follows
    .filter((one) => one.target === uri && states.includes(one.state))
    .map((one) => one.person);
}

function newPeople(state: PeerState, n: number): readonly string[] {
  return Array.from({ length: n }, (_, at) => `p${state.people + at + 1}`);
}

async function follow(state: PeerState, actorUri: string, people: readonly string[]): Promise<void> {
  const { actor } = await readActor(state, actorUri);
  if (actor === null) throw new Error(`${state.host} cannot read ${actorUri}.`);
  for (const name of people) {
    state.people = Math.max(state.people, Number(name.slice(1)));
    addFollow(state, `${state.origin}/users/${name}`, actorUri, null);
  }
  await sendUnsent(state);
}

function addFollow(state: PeerState, person: string, target: string, instead: string | null): void {
  const id = `${state.origin}/follows/${++state.counter}`;
  state.follows.push({ id, person, target, state: "unsent", instead });
}

/** Sends the follows that did not arrive yet; how many arrived. */
async function sendUnsent(state: PeerState): Promise<number> {
  let sent = 0;
  for (const one of state.follows.filter(({ state: is }) => is === "unsent")) {
    const activity = { id: one.id, type: "Follow", actor: one.person, object: one.target };
    if (!(await send(state, one.target, one.person, activity))) continue;
    sent++;
    // An Accept may have come while the Follow was on its way.
    if (one.state === "unsent") one.state = "asked";
    // Mastodon lets go of the old one as soon as the new one was told (MigratedFollowDeliveryWorker), not when it accepts.
    if (one.instead !== null) await letGo(state, one.person, one.instead);
    one.instead = null;
  }
  return sent;
}

async function letGo(state: PeerState, person: string, old: string): Promise<void> {
  const at = state.follows.findIndex((one) => one.person === person && one.target === old);
  const [gone] = at < 0 ? [] : state.follows.splice(at, 1);
  if (gone === undefined) return;
  const object = { id: gone.id, type: "Follow", actor: person, object: old };
  await send(state, old, person, { id: `${gone.id}/undo`, type: "Undo", actor: person, object });
}

/** Posts to an actor's inbox; false when it was not taken. */
async function send(state: PeerState, to: string, person: string, activity: Json): Promise<boolean> {
  const inbox = state.actors.get(to)?.inbox;
  if (inbox === undefined) return false;
  const body = JSON.stringify({ "@context": "https://www.w3.org/ns/activitystreams", ...activity });
  const headers = signedPost(inbox, body, { keyId: `${person}#main-key`, key: state.key, now: state.now() });
  try {
    const { status } = await state.http.post({ url: inbox, headers, body: new TextEncoder().encode(body) });
    return status >= 200 && status < 300;
  } catch {
    return false;
  }
}

async function carryOut(state: PeerState, json: Json, actor: string): Promise<void> {
  const relocate: Relocate = async (old, home) => {
    const followers = followersIn(state, old, ["asked", "accepted"]);
    const leaves = state.rules.move?.keepsOld !== true;
    for (const person of followers) {
      const isThere = state.follows.some((one) => one.person === person && one.target === home.uri);
      if (!isThere) addFollow(state, person, home.uri, leaves ? old : null);
      else if (leaves) await letGo(state, person, old);
    }
    await sendUnsent(state);
  };
  const type = json["type"];
  if (type === "Move") await onMove(state, json, actor, relocate);
  if (type === "Update") await onActorUpdate(state, json, actor, relocate);
  if (type === "Accept" || type === "Reject") answered(state, json, actor);
  if (type === "Delete" && idOf(json["object"]) === actor) suspend(state, actor);
}

function answered(state: PeerState, json: Json, actor: string): void {
  const object = json["object"];
  const id = idOf(object);
  const at = state.follows.findIndex(
    (one) =>
      one.target === actor && (one.id === id || (isJson(object) && idOf(object["actor"]) === one.person)),
  );
  const row = state.follows[at];
  if (row === undefined) return;
  if (json["type"] === "Accept") row.state = "accepted";
  else state.follows.splice(at, 1);
}

async function refresh(state: PeerState, uri: string): Promise<void> {
  const before = state.actors.get(uri);
  const { actor, status } = await readActor(state, uri);
  const { followsNewKeys, deletesGone } = state.rules;
  if (status === 410 && deletesGone) return suspend(state, uri);
  if (actor === null || before === undefined || !followsNewKeys || actor.pem === before.pem) return;
  // Mastodon's RefollowWorker: all keys are others, so the server lost its database and knows of no follow.
  for (const one of state.follows) if (one.target === uri) one.state = "unsent";
  await sendUnsent(state);
}

/** Documents of the server: its people, WebFinger and NodeInfo. */
function show(state: PeerState, request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  const { origin, host, publicPem, rules } = state;
  if (pathname === "/.well-known/nodeinfo")
    return json("application/json", {
      links: [{ rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: `${origin}/nodeinfo/2.0` }],
    });
  if (pathname === "/nodeinfo/2.0")
    return json("application/json", {
      version: "2.0",
      software: { name: rules.software, version: "1.0.0" },
      protocols: ["activitypub"],
      services: { inbound: [], outbound: [] },
      openRegistrations: false,
      usage: { users: { total: state.people } },
      metadata: {},
    });
  const fingered = /^acct:(p\d+)@/.exec(searchParams.get("resource") ?? "")?.[1];
  const name = /^\/users\/(p\d+)$/.exec(pathname)?.[1] ?? fingered;
  if (name === undefined || Number(name.slice(1)) > state.people) return new Response(null, { status: 404 });
  const id = `${origin}/users/${name}`;
  if (pathname === "/.well-known/webfinger")
    return json("application/jrd+json", {
      subject: `acct:${name}@${host}`,
      links: [{ rel: "self", type: "application/activity+json", href: id }],
    });
  return json("application/activity+json", {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id,
    type: "Person",
    preferredUsername: name,
    name,
    inbox: `${id}/inbox`,
    outbox: `${id}/outbox`,
    followers: `${id}/followers`,
    endpoints: { sharedInbox: `${origin}/inbox` },
    publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem: publicPem },
  });
}

function json(type: string, body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { "content-type": type } });
}

function parse(body: string): Json | null {
  try {
    const value: unknown = JSON.parse(body);
    return isJson(value) ? value : null;
  } catch {
    return null;
  }
}
