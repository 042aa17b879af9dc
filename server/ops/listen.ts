import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, createServer as createProbe } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { answerDelivery, type Deliver, isDelivery } from "../http/lane.ts";
import { codeOf, OperatorFault, reasonOf } from "./fault.ts";

/** An open port; `stop` refuses new connections, waits for requests that run, and cuts what is left after `graceMs`. */
export type Listener = {
  readonly port: number;
  stop(graceMs: number): Promise<void>;
};

/** Answers a request; `ip` is the peer of the connection, not a forwarded address. */
export type Answer = (request: Request, info: { readonly ip: string }) => Promise<Response>;

/** Takes connections that become something else than HTTP. */
export type Upgrades = {
  /** Whether such a request is wanted; others are answered as if they had not asked. */
  wants(incoming: IncomingMessage): boolean;
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to all of them. */
  stop(): Promise<void>;
};

/** Opens a port for requests. */
export type Listen = (
  where: { readonly host: string; readonly port: number },
  answer: Answer,
  deliver?: Deliver,
  upgrades?: Upgrades,
) => Promise<Listener>;

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** A client that sends its headers slower than this is cut (slow loris). */
  headersTimeout: 15_000,
  /** The whole request, uploads on slow lines included. */
  requestTimeout: 120_000,
  /** Longer than proxies keep their idle connections (60 s), so that it is never us who closes one in use. */
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
} as const;

/** How often connections are looked at while the server stops. */
const SWEEP_MS = 100;

/** Opens a port with Node's HTTP server; POSTs to inboxes and reads of apps go to `deliver`, if given. @throws OperatorFault with a sentence when it cannot. */
export async function listen(
  where: { readonly host: string; readonly port: number },
  answer: Answer,
  deliver?: Deliver,
  upgrades?: Upgrades,
): Promise<Listener> {
  const listener = getRequestListener(
    async (request, env) => await answer(toRequest(request), { ip: peerOf(env as HttpBindings) }),
    { overrideGlobalObjects: false },
  );
  const shouldUpgradeCallback = (incoming: IncomingMessage) => upgrades?.wants(incoming) === true;
  const server = createServer({ ...LIMITS, shouldUpgradeCallback }, (incoming, outgoing) => {
    const otherwise = () => void listener(incoming, outgoing);
    if (deliver === undefined || !isDelivery(incoming)) return otherwise();
    void answerDelivery(incoming, outgoing, deliver, otherwise);
  });
  const upgraded = takeUpgrades(server, upgrades);
  await new Promise<void>((ready, fail) => {
    server.once("error", (error) => fail(portFault(error, where)));
    server.listen(where.port, where.host, () => ready());
  });
  server.on("error", () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) => stopServer(server, upgraded, graceMs),
  };
}

/** A port nobody listens on now, for `PORT=0`: the port is part of the origin, so it must be known before all else. */
export async function findFreePort(host = "127.0.0.1"): Promise<number> {
  const probe = createProbe();
  await new Promise<void>((ready, fail) => {
    probe.once("error", (error) => fail(portFault(error, { host, port: 0 })));
    probe.listen(0, host, () => ready());
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((closed) => probe.close(() => closed()));
  return port;
}

/** The adapter's own kind of request cannot be copied by `new Request(request, …)`, as guards and Fedify do. */
function toRequest({ url, method, headers, body }: Request): Request {
  // `duplex` is required for streams (Fetch standard), but missing in TypeScript's DOM types.
  const init: RequestInit & { readonly duplex: "half" } = { method, headers, body, duplex: "half" };
  return new Request(url, init);
}

function peerOf(env: HttpBindings): string {
  return env.incoming.socket.remoteAddress ?? "";
}

/** The server counts these connections, but does not end them. */
type Upgraded = { stop(): void; cut(): void };

function takeUpgrades(server: Server, upgrades: Upgrades | undefined): Upgraded {
  const open = new Set<Duplex>();
  if (upgrades !== undefined)
    server.on("upgrade", (incoming, socket, head) => {
      // A runtime that does not ask beforehand (Deno).
      if (!upgrades.wants(incoming)) return socket.destroy();
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      upgrades.upgrade(incoming, socket, head);
    });
  return {
    stop: () => void upgrades?.stop().catch(() => undefined),
    cut: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

async function stopServer(server: Server, upgraded: Upgraded, graceMs: number): Promise<void> {
  upgraded.stop();
  const cut = setTimeout(() => {
    server.closeAllConnections();
    upgraded.cut();
  }, graceMs);
  // A connection that is busy now becomes idle with its answer, and would be kept for further requests.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  await new Promise<void>((closed) => {
    server.close(() => closed());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
  clearInterval(sweep);
}

function portFault(error: Error, where: { readonly host: string; readonly port: number }): OperatorFault {
  const place = `port ${where.port} on ${where.host}`;
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `Another program listens on ${place}: stop it, or choose another PORT.`,
    EACCES: `This user may not listen on ${place}: choose a PORT above 1023 and put a proxy in front.`,
    EADDRNOTAVAIL: `This machine has no address ${where.host}: change HOST.`,
    ENOTFOUND: `HOST "${where.host}" is not an address of this machine.`,
  };
  return new OperatorFault(sentences[codeOf(error)] ?? `Cannot listen on ${place}: ${reasonOf(error)}.`, 1, {
    cause: error,
  });
}
