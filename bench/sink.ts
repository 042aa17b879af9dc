import { type AddressInfo, createServer, type Socket } from "node:net";

// The other side of the fan-out benchmark, a process of its own that does as little as a receiver can: it finds the end of
// each request, answers 202 (the slow part of its hosts after five seconds), counts, and knows what that cost it.

export type Order =
  /** A round: how many deliveries to healthy hosts are to be counted; hosts of a number below the percentage are slow. */
  | { readonly type: "round"; readonly healthy: number; readonly slowPercent: number }
  /** Ends all connections, so that the next round begins with new ones. */
  | { readonly type: "drop" }
  | { readonly type: "report" };

/** CPU time in µs since the start, and the requests that were answered. */
export type Report = { readonly cpu: number; readonly answered: number; readonly connections: number };

const SLOW_MS = 5_000;
const ANSWER = Buffer.from("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");

const sockets = new Set<Socket>();
let order = { healthy: 0, slowPercent: 0 };
let arrived = 0;
let answered = 0;
let connections = 0;

const server = createServer({ noDelay: true }, (socket) => {
  connections += 1;
  sockets.add(socket);
  let left = 0;
  let isSlow = false;
  socket.on("data", (bytes: Buffer) => {
    // A client of ours never sends a second request before the answer, and a head in one piece.
    if (left === 0) {
      const end = bytes.indexOf("\r\n\r\n");
      const head = bytes.toString("latin1", 0, end);
      isSlow = Number(/^POST \/users\/(\d+)/.exec(head)?.[1] ?? 100) % 100 < order.slowPercent;
      left = end + 4 + Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
    }
    left -= bytes.length;
    if (left > 0) return;
    left = 0;
    answered += 1;
    if (isSlow) return void setTimeout(() => socket.write(ANSWER), SLOW_MS);
    socket.write(ANSWER);
    arrived += 1;
    if (arrived === order.healthy) process.send?.({ done: true });
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
});

process.on("message", (next: Order) => {
  if (next.type === "round") {
    order = next;
    arrived = 0;
  }
  if (next.type === "drop") for (const socket of sockets) socket.end();
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system, answered, connections } satisfies Report);
});
process.once("disconnect", () => process.exit(0));
server.listen(0, "0.0.0.0", 8_192, () => process.send?.({ port: (server.address() as AddressInfo).port }));
