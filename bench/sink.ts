import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// The other side of the fan-out benchmark, a process of its own: answers deliveries with 202, those of the slow part of
// its hosts after five seconds, and says when a round's healthy deliveries are in.

export type Round = { readonly healthy: number; readonly slowPercent: number };

const SLOW_MS = 5_000;
let round: Round = { healthy: 0, slowPercent: 0 };
let arrived = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const host = Number(/^\/users\/(\d+)\//.exec(request.url ?? "")?.[1] ?? 0);
    const answer = () => void response.writeHead(202).end();
    if (host % 100 < round.slowPercent) return void setTimeout(answer, SLOW_MS);
    arrived += 1;
    answer();
    if (arrived === round.healthy) process.send?.({ done: true });
  });
});

process.on("message", (next: Round) => {
  round = next;
  arrived = 0;
  process.send?.({ ready: true });
});
process.once("disconnect", () => process.exit(0));
server.listen(0, "0.0.0.0", () => process.send?.({ port: (server.address() as AddressInfo).port }));
