// Posts by the thousand: HTTP/1.1 over the guarded connections of the outgoing door, with nothing of an answer but its
// status. A library's client costs more for each new host than the signature of a delivery (docs/adr/0009-sender.md).
import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { type BodyCounter, countBody, readAnswerHead } from "./answer-head.ts";
import { EgressError, toEgressError } from "./egress-error.ts";
import { toOutgoingUrl } from "./egress-url.ts";

/** A body for one address. Header names are lower-case; host, length and user agent are the client's. */
export type PostRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For connecting and the head of the answer together; default 10 s. */
  readonly timeoutMs?: number;
  /** Never sent again by itself: the caller has to know that it may have arrived. */
  readonly once?: boolean;
};

/** What a post was answered with; the body is not kept. */
export type PostAnswer = { readonly status: number; readonly retryAfter: string | null };

export type Poster = {
  /** @throws {EgressError} when there is no answer; redirects and refusals are answers. */
  post(request: PostRequest): Promise<PostAnswer>;
  close(): void;
};

export type PosterOptions = {
  readonly connect: buildConnector.connector;
  readonly allowPrivateAddresses: boolean;
  readonly userAgent: string;
};

const DEFAULT_TIMEOUT_MS = 10_000;
/** Answers are cut here: the status counts, and nobody reads the rest (threats F19). */
const MAX_ANSWER_BYTES = 65_536;
/** Connections kept for the next delivery: shorter than the servers' own limits, few enough for small machines. */
const IDLE_MS = 15_000;
const MAX_IDLE = 2_000;
/** What is sent once takes a connection that the other side is not likely to close in this very moment. */
const FRESH_MS = 1_000;
const MAX_IDLE_PER_HOST = 4;
/** One timer looks after all: a timer for each request costs more than a look at those that are under way. */
const SWEEP_MS = 200;

/** A request until it is answered. */
type Attempt = {
  readonly url: URL;
  readonly head: string;
  readonly body: Uint8Array;
  readonly resolve: (answer: PostAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
  readonly once: boolean;
  connection: Connection | null;
  isOver: boolean;
};

type Connection = {
  readonly socket: Socket;
  readonly origin: string;
  /** What waits for its answer here. */
  attempt: Attempt | null;
  /** It has carried an answer before. */
  isUsed: boolean;
  /** The beginning of an answer whose head is not complete. */
  pending: Buffer | null;
  /** Counts the rest of an answer whose status is known. */
  rest: BodyCounter | null;
  received: number;
  keepsAlive: boolean;
  idleSince: number;
};

type Pool = {
  readonly options: PosterOptions;
  readonly attempts: Set<Attempt>;
  readonly open: Set<Connection>;
  /** By origin, the one used last at the end. */
  readonly idle: Map<string, Connection[]>;
  idleCount: number;
  sweeper: NodeJS.Timeout | undefined;
  isClosed: boolean;
};

/** Makes a client that only posts, over connections that it keeps for a while. */
export function createPoster(options: PosterOptions): Poster {
  const pool: Pool = {
    options,
    attempts: new Set(),
    open: new Set(),
    idle: new Map(),
    idleCount: 0,
    sweeper: undefined,
    isClosed: false,
  };
  return {
    post: (request) => new Promise((resolve, reject) => post(pool, request, resolve, reject)),
    close: () => {
      pool.isClosed = true;
      clearInterval(pool.sweeper);
      for (const connection of pool.open) connection.socket.destroy();
      for (const attempt of pool.attempts) end(pool, attempt, new EgressError("network"));
    },
  };
}

function post(
  pool: Pool,
  request: PostRequest,
  resolve: Attempt["resolve"],
  reject: Attempt["reject"],
): void {
  const url = toOutgoingUrl(request.url, pool.options.allowPrivateAddresses);
  const head = url === null ? null : headOf(pool, url, request);
  if (url === null || head === null) return reject(new EgressError("refused"));
  const deadline = performance.now() + (request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const attempt: Attempt = {
    url,
    head,
    body: request.body,
    resolve,
    reject,
    deadline,
    once: request.once === true,
    connection: null,
    isOver: false,
  };
  pool.attempts.add(attempt);
  pool.sweeper ??= setInterval(() => sweep(pool), SWEEP_MS).unref();
  const known = takeIdle(pool, url.origin, attempt.once ? performance.now() - FRESH_MS : 0);
  if (known === undefined) dial(pool, attempt);
  else send(known, attempt);
}

/** An attempt ends without an answer. */
function end(pool: Pool, attempt: Attempt, error: unknown): void {
  if (attempt.isOver) return;
  attempt.isOver = true;
  pool.attempts.delete(attempt);
  attempt.reject(toEgressError(error, { aborted: false }));
}

/** Null for a header that is two. Whatever else is wrong with a value harms nobody but this request. */
function headOf(pool: Pool, url: URL, { headers, body }: PostRequest): string | null {
  let head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? "";
    if (value.includes("\n") || value.includes("\r")) return null;
    head += `${name}: ${value}\r\n`;
  }
  return `${head}user-agent: ${pool.options.userAgent}\r\ncontent-length: ${body.byteLength}\r\n\r\n`;
}

function dial(pool: Pool, attempt: Attempt): void {
  const { protocol, hostname, port, host, origin } = attempt.url;
  pool.options.connect({ protocol, hostname, host, port }, (error, socket) => {
    if (error !== null || socket === null) return end(pool, attempt, error ?? new EgressError("network"));
    // The time was up while it connected.
    if (pool.isClosed || attempt.isOver) return void socket.destroy();
    send(open(pool, origin, socket), attempt);
  });
}

function open(pool: Pool, origin: string, socket: Socket): Connection {
  const connection: Connection = {
    socket,
    origin,
    attempt: null,
    isUsed: false,
    pending: null,
    rest: null,
    received: 0,
    keepsAlive: false,
    idleSince: 0,
  };
  pool.open.add(connection);
  socket.on("data", (bytes: Buffer) => {
    try {
      receive(pool, connection, bytes);
    } catch (error) {
      fail(pool, connection, error);
    }
  });
  socket.on("error", (error) => fail(pool, connection, error));
  socket.on("end", () => fail(pool, connection, null));
  socket.on("close", () => {
    pool.open.delete(connection);
    removeIdle(pool, connection);
    fail(pool, connection, null);
  });
  return connection;
}

function send(connection: Connection, attempt: Attempt): void {
  const { socket } = connection;
  attempt.connection = connection;
  connection.attempt = attempt;
  connection.received = 0;
  socket.cork();
  socket.write(attempt.head, "latin1");
  socket.write(attempt.body);
  socket.uncork();
}

function fail(pool: Pool, connection: Connection, error: unknown): void {
  const { attempt } = connection;
  connection.attempt = null;
  connection.socket.destroy();
  if (attempt === null || attempt.isOver) return;
  attempt.connection = null;
  // Closed by the other side in this very moment: activities have ids, so asking twice does no harm.
  const isStale = connection.isUsed && connection.received === 0;
  if (isStale && !attempt.once && !pool.isClosed) return dial(pool, attempt);
  // Errors are made for those who hear of them: their stack costs as much as a request.
  end(pool, attempt, error ?? new EgressError("network", "ECONNRESET"));
}

function receive(pool: Pool, connection: Connection, bytes: Buffer): void {
  connection.received += bytes.length;
  if (connection.rest !== null) return receiveRest(pool, connection, bytes);
  const { attempt } = connection;
  // Nobody asked.
  if (attempt === null) throw new EgressError("network");
  const all = connection.pending === null ? bytes : Buffer.concat([connection.pending, bytes]);
  const read = readAnswerHead(all);
  connection.pending = read === null ? all : null;
  if (read === null) return;
  const { status, retryAfter, body, keepsAlive } = read.head;
  connection.attempt = null;
  connection.isUsed = true;
  connection.rest = countBody(body);
  connection.keepsAlive = keepsAlive;
  receiveRest(pool, connection, all.subarray(read.at));
  attempt.isOver = true;
  pool.attempts.delete(attempt);
  attempt.resolve({ status, retryAfter });
}

/** The rest of an answer is counted away; then the connection is free for the next one. */
function receiveRest(pool: Pool, connection: Connection, bytes: Buffer): void {
  const state = connection.rest?.(bytes) ?? "broken";
  if (state === "more" && connection.received <= MAX_ANSWER_BYTES) {
    connection.idleSince = performance.now();
    return;
  }
  connection.rest = null;
  if (state === "over" && connection.keepsAlive) addIdle(pool, connection);
  else connection.socket.destroy();
}

/** The one used last, if that was not before `since`. */
function takeIdle(pool: Pool, origin: string, since: number): Connection | undefined {
  const list = pool.idle.get(origin);
  if ((list?.at(-1)?.idleSince ?? 0) < since) return undefined;
  const connection = list?.pop();
  if (list?.length === 0) pool.idle.delete(origin);
  if (connection !== undefined) pool.idleCount -= 1;
  return connection;
}

function addIdle(pool: Pool, connection: Connection): void {
  const list = pool.idle.get(connection.origin) ?? [];
  if (pool.isClosed || pool.idleCount >= MAX_IDLE || list.length >= MAX_IDLE_PER_HOST)
    return void connection.socket.destroy();
  connection.idleSince = performance.now();
  list.push(connection);
  pool.idle.set(connection.origin, list);
  pool.idleCount += 1;
}

function removeIdle(pool: Pool, connection: Connection): void {
  const list = pool.idle.get(connection.origin);
  const at = list?.indexOf(connection) ?? -1;
  if (list === undefined || at < 0) return;
  list.splice(at, 1);
  pool.idleCount -= 1;
  if (list.length === 0) pool.idle.delete(connection.origin);
}

/**
 * Ends attempts whose time is up, connections that nobody used for a while, and those on which the rest of an answer does
 * not come. With nothing to look after it stops.
 */
function sweep(pool: Pool): void {
  const now = performance.now();
  for (const attempt of pool.attempts) {
    if (attempt.deadline > now) continue;
    end(pool, attempt, new EgressError("timeout"));
    attempt.connection?.socket.destroy();
  }
  for (const connection of pool.open)
    if (connection.attempt === null && connection.idleSince < now - IDLE_MS) connection.socket.destroy();
  if (pool.attempts.size > 0 || pool.open.size > 0) return;
  clearInterval(pool.sweeper);
  pool.sweeper = undefined;
}
