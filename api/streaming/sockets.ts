import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { App } from "../../server/context.ts";
import { CausewayError, type Message } from "../../server/errors.ts";
import { clientAddress, clientKey } from "../../server/http/addresses.ts";
import { requestCountry } from "../../server/http/country.ts";
import { isOneOfHosts } from "../../server/http/hosts.ts";
import { LIMITS } from "../../server/http/rate-limit.ts";
import { findHolder, type TokenHolder } from "../../server/services/clients/tokens.ts";
import { readingFrom } from "../../server/services/moderation/withheld-here.ts";
import { refuse, type Refused, type Say } from "../errors.ts";
import { MOST_UNREAD } from "./events.ts";
import { followOrders } from "./orders.ts";
import type { Connection, Frame, Outlet, Registry } from "./registry.ts";

export const STREAMING_PATH = "/api/v1/streaming";
/** A client that has not answered the last one when the next is due is gone. */
const PING_MS = 25_000;
const MOST_FRAME_BYTES = 16 * 1024;
/** How long a client may take to agree to the end. */
const GOODBYE_MS = 1_000;

/** Takes connections that become WebSockets, straight from the HTTP server. */
export type Sockets = {
  /** Whether a request with an `Upgrade` header is for us; others are answered like any request. */
  wants(incoming: IncomingMessage): boolean;
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to all (1001), and takes nobody any more. Resolves when they are gone. */
  stop(): Promise<void>;
};

/** WebSockets of one process. Nobody is known by cookies here, so that no page can listen in somebody's name. */
export function createSockets(app: App, registry: Registry, say: Say): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MOST_FRAME_BYTES,
    perMessageDeflate: false,
    // Browsers and iOS drop the connection when nobody takes the protocol that they named; it is the token.
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });
  const heart = startHeart(server);
  let stopped = false;
  const take = async (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (stopped) throw new CausewayError("unavailable", "error.streams_full", { retryAfterSeconds: 10 });
    const asked = readRequest(app, incoming);
    const holder = await identify(app, asked);
    const { outlet, attach } = createOutlet();
    const connection = registry.open(holder, asked.ip, outlet);
    socket.once("close", () => connection.close());
    try {
      if (asked.stream !== null) await connection.subscribe({ ...asked.params, stream: asked.stream });
      else if (holder === null) throw new CausewayError("unauthenticated", "error.token");
    } catch (error) {
      connection.close();
      throw error;
    }
    if (socket.destroyed) return connection.close();
    server.handleUpgrade(incoming, socket, head, (ws) => {
      heart.watch(ws);
      welcome(ws, connection, attach, (message) => say(message, asked.language));
    });
  };
  return {
    wants: (incoming) =>
      pathOf(incoming) === STREAMING_PATH && incoming.headers.upgrade?.toLowerCase() === "websocket",
    upgrade(incoming, socket, head) {
      // Until it is a WebSocket nobody else looks after it.
      socket.on("error", () => socket.destroy());
      if (!isForUs(app, incoming))
        return refuseSocket(socket, { status: 421, body: { error: "Misdirected request" }, headers: {} });
      const from = { country: countryOf(app, incoming), met: false };
      readingFrom(from, () => take(incoming, socket, head)).catch((error: unknown) => {
        const language = incoming.headers["accept-language"] ?? null;
        refuseSocket(
          socket,
          refuse(error, (message: Message) => say(message, language), {
            method: "GET",
            path: STREAMING_PATH,
          }),
        );
      });
    },
    async stop() {
      stopped = true;
      heart.stop();
      const gone = [...server.clients].map((ws) => goodbye(ws));
      await Promise.all(gone);
    },
  };
}

/** Pings everybody now and then; whoever has not answered until the next time is gone. */
function startHeart(server: WebSocketServer): { watch(ws: WebSocket): void; stop(): void } {
  const alive = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const ws of server.clients) {
      if (!alive.delete(ws)) ws.terminate();
      else ws.ping();
    }
  }, PING_MS);
  timer.unref();
  return {
    watch(ws) {
      alive.add(ws);
      ws.on("pong", () => alive.add(ws));
    },
    stop: () => clearInterval(timer),
  };
}

function pathOf(incoming: IncomingMessage): string {
  return (incoming.url ?? "").split("?", 1)[0]?.replace(/\/$/, "") ?? "";
}

type Asked = {
  readonly ip: string;
  readonly token: string | null;
  readonly stream: string | null;
  readonly params: { readonly tag: string | undefined; readonly list: string | undefined };
  readonly language: string | null;
};

/** As `hostGuard` has it for requests (RFC 9110, 15.5.20). */
function isForUs({ config }: App, { headers }: IncomingMessage): boolean {
  return isOneOfHosts(headers.host ?? "", [new URL(config.origin).host, config.handleHost]);
}

function readRequest(app: App, incoming: IncomingMessage): Asked {
  const { headers } = incoming;
  const query = new URLSearchParams((incoming.url ?? "").split("?").slice(1).join("?"));
  const given = { get: (name: string) => textOf(headers[name.toLowerCase()]) };
  const address = clientAddress(incoming.socket.remoteAddress ?? "", given, app.config.trustedProxies);
  return {
    ip: clientKey(address),
    token:
      /^Bearer +(\S{1,512})$/i.exec(headers.authorization ?? "")?.[1] ??
      query.get("access_token") ??
      headers["sec-websocket-protocol"]?.split(",", 1)[0]?.trim() ??
      null,
    stream: query.get("stream"),
    params: { tag: query.get("tag") ?? undefined, list: query.get("list") ?? undefined },
    language: headers["accept-language"] ?? null,
  };
}

function countryOf(app: App, { headers, socket }: IncomingMessage): string | null {
  return requestCountry(app.config, socket.remoteAddress ?? "", (name) =>
    textOf(headers[name.toLowerCase()]),
  );
}

function textOf(value: string | readonly string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}

/** @throws too_many, unauthenticated */
async function identify(app: App, { token, ip }: Asked): Promise<TokenHolder | null> {
  const turn = app.limiter.take(LIMITS.streams, ip);
  if (!turn.ok)
    throw new CausewayError("too_many", "error.too_many", {
      retryAfterSeconds: Math.ceil(turn.retryAfterMs / 1000),
    });
  if (token === null || token === "") return null;
  const holder = await findHolder(app, token);
  if (holder === null) throw new CausewayError("unauthenticated", "error.token");
  return holder;
}

/** What is sent before the client has its socket waits for it. */
function createOutlet(): { readonly outlet: Outlet; attach(ws: WebSocket): void } {
  let ws: WebSocket | null = null;
  let early: Frame[] = [];
  let isOver = false;
  const write = (socket: WebSocket, frame: Frame) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(
      JSON.stringify(frame.payload === null ? { stream: frame.stream, event: frame.event } : frame),
    );
    if (socket.bufferedAmount > MOST_UNREAD) socket.terminate();
  };
  return {
    outlet: {
      send: (frame) => (ws === null ? void early.push(frame) : write(ws, frame)),
      end: (why) => {
        isOver = true;
        // 1008: our rules do not allow it any more (RFC 6455, 7.4.1).
        if (ws !== null) void goodbye(ws, why === "shutdown" ? 1001 : 1008);
      },
    },
    attach(socket) {
      ws = socket;
      for (const frame of early) write(socket, frame);
      early = [];
      if (isOver) void goodbye(socket, 1008);
    },
  };
}

function welcome(
  ws: WebSocket,
  connection: Connection,
  attach: (ws: WebSocket) => void,
  say: (message: Message) => string,
): void {
  ws.on("error", () => ws.terminate());
  ws.on("close", () => connection.close());
  followOrders(ws, connection, say);
  attach(ws);
}

/** Ends a connection politely, and by force when the client does not answer. */
async function goodbye(ws: WebSocket, code = 1001): Promise<void> {
  if (ws.readyState === WebSocket.CLOSED) return;
  const gone = new Promise<void>((closed) => ws.once("close", () => closed()));
  ws.close(code);
  const force = setTimeout(() => ws.terminate(), GOODBYE_MS);
  await gone;
  clearTimeout(force);
}

/** Answers as HTTP what does not become a WebSocket. */
function refuseSocket(socket: Duplex, { status, body, headers }: Refused): void {
  if (socket.destroyed) return;
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Cache-Control: no-store",
    "Connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
}
