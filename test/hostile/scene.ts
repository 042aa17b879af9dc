// Hostile inputs as data, and the one judge of all of them. Here: an instance with people and things worth attacking,
// two servers (a victim and an attacker), a way out that is watched, and a hash of everything that is kept.
// Imported by the tests of this folder alone.

import { hash } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { sql } from "kysely";
import type { Http, HttpRequest, HttpResponse } from "../../server/context.ts";
import { createEgress, EgressError } from "../../server/http/egress.ts";
import { toOutgoingUrl } from "../../server/http/egress-url.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import type { Database } from "../../server/store/database.ts";
import { aCreate, createPeer, deliver, type Peer } from "../federation/peer.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { createNetwork, drain, type Network } from "../support/network.ts";
import { type Private, privateThings, tablesOf } from "../web/attacks.ts";

export const AS = "https://www.w3.org/ns/activitystreams";
export const PUBLIC = `${AS}#Public`;
export type Json = Record<string, unknown>;

/** What hostile inputs name: uris of people, notes and relations that are not the attacker's. */
export type Facts = {
  readonly alice: string;
  readonly aliceNote: string;
  readonly aliceSecret: string;
  readonly vic: string;
  readonly vicNote: string;
  readonly vicSecret: string;
  readonly vicLike: string;
  readonly follow: string;
  readonly eve: string;
  /** Ids of what is carol's alone, by the name that the page table gives it. */
  readonly ids: Readonly<Record<string, number>>;
  readonly carolNote: number;
};

export type Scene = {
  readonly home: TestInstance;
  readonly facts: Facts;
  readonly bob: Member;
  /** Bob's, for everything that an app may be allowed. */
  readonly token: string;
  readonly carol: Member;
  readonly eve: Peer;
  readonly vic: Peer;
  /** Addresses that were contacted though nobody may: always empty, or the test fails. */
  readonly forbidden: readonly string[];
  /** A hash of all rows for each table, but those that `LEFT_OUT` names; one line a table, so that a difference says where. */
  state(): Promise<string>;
  close(): Promise<void>;
};

/**
 * What may move although nothing was done: the inbox (that something came is written down, also what means nothing), jobs
 * that were run, when a server was last heard of, and how often somebody tried. Columns: when something was last seen or asked for, and until when it lasts.
 * Everything else is part of the hash.
 */
const LEFT_OUT = new Set(["inbox", "inbox_seen", "jobs", "hosts", "spare_keys", "idempotency"]);
const RESTLESS = /^(?:seen_at|used_at|last_|expires_at$|fetched_at$)/;

/** Opens the scene; the caller closes it. */
export async function openScene(database?: Database): Promise<Scene> {
  const network = createNetwork();
  const watch = watchedWayOut(network);
  const home = await createInstance({
    host: "here.test",
    network,
    http: watch.http,
    ...(database === undefined ? {} : { database }),
  });
  const hers = await privateThings(home);
  const alice = await aMember(home, "alice");
  const bob = await aMember(home, "bob");
  const eve = await createPeer(home, "e.test", "eve");
  const vic = await createPeer(home, "v.test", "vic");
  const facts = await tellStory(home, hers, alice, eve, vic);
  const scopes = ["read", "write", "follow", "push", "profile"];
  const { token } = await createToken(home.app, { username: "bob", scopes, name: "test" });
  await drain(home);
  watch.begin();
  return {
    home,
    facts,
    bob,
    token,
    carol: hers.carol,
    eve,
    vic,
    forbidden: watch.forbidden,
    state: () => stateOf(home),
    close: async () => {
      await watch.end();
      await home.close();
    },
  };
}

/** Everybody has something: alice follows vic, vic likes alice's note, eve is known here and has said hello. */
async function tellStory(
  home: TestInstance,
  hers: Private,
  alice: Member,
  eve: Peer,
  vic: Peer,
): Promise<Facts> {
  const received = await home.app.remote.findActor(vic.actorUri);
  if (received === null) throw new Error("The victim is not there.");
  await followActor(home.app, alice.viewer, await receiveActor(home.app, received));
  await drain(home);
  const follow = String(vic.received.findLast((one) => one.json["type"] === "Follow")?.json["id"]);
  const aliceUri = home.app.uris.actor(alice.viewer.actorId);
  const note = await aNote(home, { by: alice.viewer, source: "Good morning" });
  const secret = await aNote(home, { by: alice.viewer, source: "between us", visibility: "followers" });
  const vicLike = "https://v.test/likes/1";
  const toAlice = { tag: [{ type: "Mention", href: aliceUri, name: "@alice@here.test" }] };
  const audience = { to: [`${vic.actorUri}/followers`] };
  for (const activity of [
    { id: "https://v.test/accepts/1", type: "Accept", actor: vic.actorUri, object: follow },
    aCreate(vic, "1", toAlice),
    aCreate(vic, "2", { content: "between us", ...audience, ...toAlice }, audience),
    { id: vicLike, type: "Like", actor: vic.actorUri, object: note.uri },
  ])
    await deliver(home, vic, activity);
  await deliver(home, eve, aCreate(eve, "hello", toAlice));
  await drain(home);
  return {
    alice: aliceUri,
    aliceNote: note.uri,
    aliceSecret: secret.uri,
    vic: vic.actorUri,
    vicNote: "https://v.test/notes/1",
    vicSecret: "https://v.test/notes/2",
    vicLike,
    follow,
    eve: eve.actorUri,
    ids: hers.ids,
    carolNote: hers.notes[0] ?? 0,
  };
}

/** The lines of a state that are not those of another. */
export function differences(before: string, after: string): string {
  const known = new Set(before.split("\n"));
  return after
    .split("\n")
    .filter((line) => !known.has(line))
    .join("\n");
}

async function stateOf(home: TestInstance): Promise<string> {
  const lines: string[] = [];
  for (const name of await tablesOf(home)) {
    if (LEFT_OUT.has(name)) continue;
    const { rows } = await sql`select * from ${sql.raw(`"${name}"`)}`.execute(home.app.db);
    const kept = rows.map((row) =>
      JSON.stringify(Object.entries(row ?? {}).filter(([column]) => !RESTLESS.test(column))),
    );
    lines.push(`${name} ${kept.length} ${hash("sha256", kept.toSorted().join("\n"))}`);
  }
  return lines.toSorted().join("\n");
}

/**
 * The way out: names that end with `.test` are on the network in memory, under the same rules for addresses as outside;
 * everything else goes to the real outgoing door, whose names all lead to loopback. Whatever it opens, or answers, is
 * forbidden.
 */
function watchedWayOut(network: Network) {
  const forbidden: string[] = [];
  const inside = network.http();
  const egress = createEgress({
    allowPrivateAddresses: false,
    userAgent: "test",
    isBlockedHost: () => Promise.resolve(false),
    resolve: () => Promise.resolve(["127.0.0.1"]),
  });
  const onConnect = (message: unknown): void => {
    forbidden.push(`connected ${JSON.stringify(Object(message)["connectParams"] ?? "")}`);
  };
  const isInside = (text: string): boolean => {
    const url = toOutgoingUrl(text, false);
    if (url === null) throw new EgressError("refused");
    return url.hostname.endsWith(".test");
  };
  const outside = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    const answer = await ask();
    forbidden.push(what);
    return answer;
  };
  const fetchHops = async (request: HttpRequest): Promise<HttpResponse> => {
    let { url } = request;
    let headers = { ...request.headers };
    for (let hop = 0; ; hop++) {
      const one = { ...request, url, headers, maxRedirects: 0 };
      const answer = isInside(url)
        ? await inside.fetch(one)
        : await outside(url, () => egress.fetch(one as Parameters<typeof egress.fetch>[0]));
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
      if (hop >= (request.maxRedirects ?? 3)) throw new EgressError("redirect");
      url = new URL(location, url).href;
      headers = { ...headers, ...(await request.onRedirect?.(url)) };
    }
  };
  const http: Http = {
    fetch: fetchHops,
    post: async (request) =>
      isInside(request.url)
        ? await inside.post(request)
        : await outside(request.url, () => egress.post(request)),
    stream: async (request) =>
      isInside(request.url)
        ? await inside.stream(request)
        : await outside(request.url, () => egress.stream(request)),
  };
  return {
    http,
    forbidden,
    begin: () => subscribe("undici:client:connected", onConnect),
    end: async () => {
      unsubscribe("undici:client:connected", onConnect);
      await egress.close();
    },
  };
}
