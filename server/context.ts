// The capabilities that every use case is handed as `app`, and the real clock and ids.
// Everything random or temporal comes from here: `Date.now`, `new Date()` and random numbers live nowhere else.

import { randomBytes, randomInt } from "node:crypto";
import type { Config } from "./config.ts";
import type { ReceivedActor } from "./domain/actor.ts";
import type { ReceivedCollection } from "./domain/collection.ts";
import type { Happening } from "./domain/happening.ts";
import type { HostRules } from "./domain/host-policy.ts";
import { idAt } from "./domain/ids.ts";
import type { ReceivedNote } from "./domain/note.ts";
import type { ReceivedAuthorization } from "./domain/policy.ts";
import type { Uris } from "./domain/uris.ts";
import type { Db } from "./store/database.ts";

export type Clock = { now(): number };

export type Ids = {
  /** A new id, larger than every id made before in this process. */
  next(): number;
  /** An id inside a given millisecond, clamped to now: for remote and imported notes. */
  at(ms: number): number;
  /** An unguessable name or token of `bytes` random bytes, base64url. */
  secret(bytes?: number): string;
};

/** The single outgoing door; the real one is `http/egress.ts`, tests route it to other instances. */
export type HttpRequest = {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Cap on the body after inflation, bytes. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Whole exchange, default 10 s. */
  readonly timeoutMs?: number;
  readonly maxRedirects?: number;
  /** Fresh headers for the next hop, so that a signed GET is signed again. */
  readonly onRedirect?: (url: string) => Promise<Record<string, string>> | Record<string, string>;
};
export type HttpResponse = {
  readonly status: number;
  /** After redirects. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
};
/** A delivery; nothing of the answer is wanted but its status. */
export type HttpPost = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Never sent again by itself, also when the connection breaks off before any answer. */
  readonly once?: boolean;
};
/** A body that is handed on while it comes. */
export type HttpStreamRequest = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The stream breaks when more comes. */
  readonly maxBytes: number;
};
export type HttpStream = {
  readonly status: number;
  readonly headers: Headers;
  /** Cancel it when it is not wanted: it holds a connection. */
  readonly body: ReadableStream<Uint8Array>;
};
/** All throw on anything but an HTTP answer: refused address, timeout, too large, network, busy (`isBusy`). */
export type Http = {
  fetch(request: HttpRequest): Promise<HttpResponse>;
  post(request: HttpPost): Promise<{ readonly status: number; readonly retryAfter: string | null }>;
  stream(request: HttpStreamRequest): Promise<HttpStream>;
};

/** True when a request was not even tried, since too many to that server are under way: that says nothing about the server. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && "kind" in error && error.kind === "busy";
}

/** What the domain asks of the fediverse; implemented by `federation/remote/remote.ts`. Failures are answers, never throws. */
export type Remote = {
  /** Finds an actor by `user@host` (WebFinger) or by uri/page address, fetched from its own id. Null: nothing there. */
  findActor(handleOrUri: string): Promise<ReceivedActor | null>;
  /** Fetches a note from its own origin. Null: nothing there, or not for us. */
  fetchNote(uri: string): Promise<ReceivedNote | null>;
  /**
   * Reads a note that somebody hands in, instead of its server; nobody is asked. `followersUri`: the followers collection of
   * its author, so that it is known whom it was for. Null: it is none.
   */
  readNote(
    document: Readonly<Record<string, unknown>>,
    followersUri: string | null,
  ): Promise<ReceivedNote | null>;
  /** A public key of somebody elsewhere (SPKI, PEM) as it was known here before; nobody is asked. Null: it was not. */
  keptKey(keyId: string): Promise<string | null>;
  /** Reads a stamp at its own address. `gone`: there was one. Null: nothing there now. */
  fetchAuthorization(uri: string): Promise<ReceivedAuthorization | "gone" | null>;
  /** Looks an address up without knowing what it is. */
  fetchAny(
    uri: string,
  ): Promise<
    | { readonly type: "actor"; readonly actor: ReceivedActor }
    | { readonly type: "note"; readonly note: ReceivedNote }
    | null
  >;
  /** The newest public notes of an actor's outbox, newest first, within the collection budget (3 pages, 50 items). */
  recentNotes(outboxUri: string, limit: number): Promise<readonly ReceivedNote[]>;
  /** The public notes of a `featured` collection, in its order. Null: it cannot be read. */
  pinnedNotes(collectionUri: string, limit: number): Promise<readonly ReceivedNote[] | null>;
  /** The hashtags of a collection of them, without `#`, as written. Null: it cannot be read. */
  featuredTags(collectionUri: string, limit: number): Promise<readonly string[] | null>;
  /**
   * What a collection lists, by id, read from its own origin within a budget; of an activity, what it was done to. The
   * requests it took are counted. Null: there is no such collection.
   */
  listCollection(
    uri: string,
    budget: { readonly pages: number; readonly items: number },
  ): Promise<{
    readonly uris: readonly string[];
    readonly total: number | null;
    readonly requests: number;
  } | null>;
  /** The ids of a collection that holds all its items in one document, from its own origin. Null: it is not such a one. */
  wholeCollection(uri: string): Promise<readonly string[] | null>;
  /** A featured collection at its own address (FEP-7aa9). Null: nothing there. */
  fetchCollection(uri: string): Promise<ReceivedCollection | null>;
  /** Who agreed to stand in which collection, by a stamp at its own address. Null: nothing there (any more). */
  fetchFeatureStamp(
    uri: string,
  ): Promise<{ readonly collectionUri: string; readonly actorUri: string } | null>;
  /**
   * The link templates that WebFinger at a person's own server gives, or of the server itself without a name: by rel, at
   * most 50. Null: nobody there.
   */
  linkTemplates(handle: {
    readonly username: string | null;
    readonly host: string;
  }): Promise<ReadonlyMap<string, string> | null>;
};

/** Blobs under unguessable names: the data folder's `media/`, or a bucket. A file never changes under its name. */
export type Files = {
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Moves a finished file of this machine into the store. */
  take(name: string, path: string): Promise<void>;
  /** Null when there is no such file. */
  read(name: string): Promise<Uint8Array | null>;
  /** Bytes of a file; null when there is none. */
  size(name: string): Promise<number | null>;
  /** A file or a part of it (`end` is included) for an answer; `size` is of the whole file. Null when there is none. */
  open(
    name: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<{ readonly size: number; readonly stream: ReadableStream<Uint8Array> } | null>;
  /** Runs `work` with a path on this machine where the file can be read meanwhile. Null when there is no such file. */
  withPath<T>(name: string, work: (path: string) => Promise<T>): Promise<T | null>;
  remove(name: string): Promise<void>;
  /** Every file, in no order; `changedAt` in ms. What is written meanwhile may be missing. */
  list(): AsyncIterable<{ readonly name: string; readonly size: number; readonly changedAt: number }>;
  /** Total bytes kept. */
  usage(): Promise<number>;
  /** Removes what was left half-written before a time in ms by a process that died; returns how many. */
  sweep(before: number): Promise<number>;
};

/** A request to one address of the owner's choice, such as a bucket; never to what a stranger names. */
export type EndpointRequest = {
  readonly url: string;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};
/** Redirects are not followed. Throws on anything but an HTTP answer. */
export type EndpointFetch = (request: EndpointRequest) => Promise<{
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array>;
}>;

/** Seals private keys with the key-encryption key outside the database (jose, A256GCM), bound to a purpose. */
export type Vault = {
  seal(plaintext: string, purpose: string): Promise<string>;
  /** @throws when the text was sealed for another purpose, with another key, or was changed. */
  open(sealed: string, purpose: string): Promise<string>;
  /** Keyed hash for tokens and signed addresses, base64url. */
  mac(text: string, purpose: string): string;
};

/** Argon2id with a concurrency cap, so that a login flood cannot take all memory. */
export type Passwords = {
  hash(password: string): Promise<string>;
  /** False for a null hash, after the same time: an unknown name must not answer faster. */
  verify(hash: string | null, password: string): Promise<boolean>;
  /** True when a hash was made at another cost than today's: hash again at the next sign-in. */
  isOutdated(hash: string): boolean;
};

export type RateLimiter = {
  take(
    rule: {
      readonly name: string;
      readonly limit: number;
      readonly windowMs: number;
      readonly burst?: number;
    },
    key: string,
  ):
    | { readonly ok: true; readonly left: number; readonly fullInMs: number }
    | { readonly ok: false; readonly retryAfterMs: number };
};

/** One answer of the database, kept for a moment because it is asked for with each request. */
export type Recent<T> = {
  /** What was loaded a moment ago, or is loaded now; those who ask at the same time share one load. */
  get(load: () => Promise<T>): Promise<T>;
  /** After a change by this process. Other processes see it when their moment is over. */
  forget(): void;
};

/** What is told to open streams after a commit; services call `announce` of `services/streams/announce.ts`. */
export type Happenings = {
  /** Tells this process and, on PostgreSQL, the other ones. Never throws, never waits. */
  publish(happening: Happening): void;
  /** Hears what any process tells. Returns how to end it. */
  subscribe(listener: (happening: Happening) => void): () => void;
};

/** Everything a use case may touch; built once per instance in `app.ts`. */
export type App = {
  readonly config: Config;
  readonly db: Db;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly uris: Uris;
  readonly http: Http;
  readonly remote: Remote;
  readonly files: Files;
  /** Pictures of other servers, kept on this machine while there is room; may be emptied at any time. */
  readonly cache: Files;
  readonly vault: Vault;
  readonly passwords: Passwords;
  readonly limiter: RateLimiter;
  /** Blocked and allowed servers; asked through `services/moderation/domains.ts` alone. */
  readonly hostRules: Recent<HostRules>;
  readonly happenings: Happenings;
  /** Call after a commit that wrote jobs: wakes the worker of this process. */
  wake(): void;
};

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Ids from a clock: monotonic in this process, random start in each millisecond so that processes rarely meet. */
export function createIds(clock: Clock): Ids {
  let last = 0;
  return {
    next() {
      const candidate = idAt(clock.now(), randomInt(1024));
      last = candidate > last ? candidate : last + 1;
      return last;
    },
    at: (ms) => idAt(Math.min(ms, clock.now()), randomInt(2048)),
    secret: (bytes = 32) => randomBytes(bytes).toString("base64url"),
  };
}

/** Remembers one answer for `keepMs`. A failed load is not kept. */
export function createRecent<T>(clock: Clock, keepMs: number): Recent<T> {
  let held: { readonly answer: Promise<T>; readonly until: number } | null = null;
  return {
    get(load) {
      const now = clock.now();
      if (held !== null && held.until > now) return held.answer;
      const fresh = { answer: load(), until: now + keepMs };
      held = fresh;
      fresh.answer.catch(() => {
        if (held === fresh) held = null;
      });
      return fresh.answer;
    },
    forget: () => void (held = null),
  };
}

/** `YYYY-MM-DDTHH:mm:ss.sssZ` of a time in ms. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
