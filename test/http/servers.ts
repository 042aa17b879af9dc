// Real HTTP servers on loopback for the tests of the outgoing door and the guards.
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { certificate, privateKey } from "./certificate.ts";

export type TestServer = {
  readonly port: number;
  readonly origin: string;
  /** Paths asked for, in order. */
  readonly hits: string[];
  /** TCP connections accepted. */
  connections(): number;
  close(): Promise<void>;
};

/** Starts a server on a free port of 127.0.0.1. */
export async function listen(
  listener: RequestListener,
  scheme: "http" | "https" = "http",
): Promise<TestServer> {
  const hits: string[] = [];
  let connections = 0;
  const counted: RequestListener = (request, response) => {
    hits.push(request.url ?? "");
    listener(request, response);
  };
  const server: Server =
    scheme === "http"
      ? createServer(counted)
      : createTlsServer({ cert: certificate, key: privateKey }, counted);
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}`,
    hits,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
