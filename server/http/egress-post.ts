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
const MAX_IDLE_PER_HOST = 4;
const SWEEP_MS = 5_000;

type Exchange = { readonly resolve: (answer: PostAnswer) => void; readonly reject: (error: Error) => void };

type Connection = {
  readonly socket: Socket;
  readonly origin: string;
  /** Who waits for an answer. */
  exchange: Exchange | null;
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
    open: new Set(),
    idle: new Map(),
    idleCount: 0,
    sweeper: undefined,
    isClosed: false,
  };
  return {
    post: (request) => post(pool, request),
    close: () => {
      pool.isClosed = true;
      clearInterval(pool.sweeper);
      for (const connection of pool.open) connection.socket.destroy();
    },
  };
}

async function post(pool: Pool, request: PostRequest): Promise<PostAnswer> {
  const url = toOutgoingUrl(request.url, pool.options.allowPrivateAddresses);
  if (url === null) throw new EgressError("refused");
  const head = headOf(pool, url, request);
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>();
  const control = { aborted: false, connection: null as Connection | null };
  const timer = setTimeout(() => {
    control.aborted = true;
    control.connection?.socket.destroy();
    reject(new EgressError("timeout"));
  }, request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const attempt = async (known: Connection | undefined): Promise<PostAnswer> => {
    const connection = known ?? (await connect(pool, url));
    control.connection = connection;
    // The time was up while it connected.
    if (control.aborted) connection.socket.destroy();
    return await exchange(connection, head, request.body);
  };
  const run = async (): Promise<PostAnswer> => {
    const known = takeIdle(pool, url.origin);
    if (known === undefined) return await attempt(undefined);
    try {
      return await attempt(known);
    } catch (error) {
      // Closed by the other side in this very moment: activities have ids, so asking twice does no harm.
      if (control.aborted || pool.isClosed || known.received > 0) throw error;
      return await attempt(undefined);
    }
  };
  run().then(resolve, reject);
  try {
    return await promise;
  } catch (error) {
    throw toEgressError(error, control);
  } finally {
    clearTimeout(timer);
  }
}

function headOf(pool: Pool, url: URL, { headers, body }: PostRequest): string {
  let head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? "";
    // A header that is two. Whatever else is wrong with a value harms nobody but this request.
    if (value.includes("\n") || value.includes("\r")) throw new EgressError("refused");
    head += `${name}: ${value}\r\n`;
  }
  return `${head}user-agent: ${pool.options.userAgent}\r\ncontent-length: ${body.byteLength}\r\n\r\n`;
}

function connect(pool: Pool, url: URL): Promise<Connection> {
  const { protocol, hostname, port, host, origin } = url;
  return new Promise((resolve, reject) => {
    pool.options.connect({ protocol, hostname, host, port }, (error, socket) => {
      if (error !== null || socket === null) return reject(error ?? new EgressError("network"));
      if (pool.isClosed) {
        socket.destroy();
        return reject(new EgressError("network"));
      }
      resolve(open(pool, origin, socket));
    });
  });
}

function open(pool: Pool, origin: string, socket: Socket): Connection {
  const connection: Connection = {
    socket,
    origin,
    exchange: null,
    pending: null,
    rest: null,
    received: 0,
    keepsAlive: false,
    idleSince: 0,
  };
  pool.open.add(connection);
  pool.sweeper ??= setInterval(() => sweep(pool), SWEEP_MS).unref();
  const fail = (error: Error | null): void => {
    const waiting = connection.exchange;
    connection.exchange = null;
    socket.destroy();
    // Errors are made for those who hear of them: their stack costs as much as a request.
    waiting?.reject(error ?? new EgressError("network", "ECONNRESET"));
  };
  socket.on("data", (bytes: Buffer) => {
    try {
      receive(pool, connection, bytes);
    } catch (error) {
      fail(error instanceof Error ? error : new EgressError("network"));
    }
  });
  socket.on("error", fail);
  socket.on("end", () => fail(null));
  socket.on("close", () => {
    pool.open.delete(connection);
    removeIdle(pool, connection);
    fail(null);
  });
  return connection;
}

function exchange(connection: Connection, head: string, body: Uint8Array): Promise<PostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>();
  const { socket } = connection;
  if (socket.destroyed) return Promise.reject(new EgressError("network", "ECONNRESET"));
  connection.exchange = { resolve, reject };
  connection.received = 0;
  socket.cork();
  socket.write(head, "latin1");
  socket.write(body);
  socket.uncork();
  return promise;
}

function receive(pool: Pool, connection: Connection, bytes: Buffer): void {
  connection.received += bytes.length;
  if (connection.rest !== null) return receiveRest(pool, connection, bytes);
  // Nobody asked.
  if (connection.exchange === null) throw new EgressError("network");
  const all = connection.pending === null ? bytes : Buffer.concat([connection.pending, bytes]);
  const read = readAnswerHead(all);
  connection.pending = read === null ? all : null;
  if (read === null) return;
  const { status, retryAfter, body, keepsAlive } = read.head;
  const waiting = connection.exchange;
  connection.exchange = null;
  connection.rest = countBody(body);
  connection.keepsAlive = keepsAlive;
  receiveRest(pool, connection, all.subarray(read.at));
  waiting.resolve({ status, retryAfter });
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

function takeIdle(pool: Pool, origin: string): Connection | undefined {
  const list = pool.idle.get(origin);
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

/** Ends connections that nobody used for a while, and those on which the rest of an answer does not come. */
function sweep(pool: Pool): void {
  const before = performance.now() - IDLE_MS;
  for (const connection of pool.open)
    if (connection.exchange === null && connection.idleSince < before) connection.socket.destroy();
}
