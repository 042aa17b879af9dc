import { createServer, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import type { Http } from "../../../server/context.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "./emulator.ts";
import type { PeerKind } from "./rules.ts";

/** Puts an emulator on a port of this machine, over real HTTP, until the test is over. It reaches others there as well. */
export async function serveEmulator(
  kind: PeerKind,
  options: EmulatorOptions & {
    /** Stands around each answer to a POST: may put it off, or break the connection off by throwing. */
    readonly around?: (request: Request, answer: () => Promise<Response>) => Promise<Response>;
  } = {},
): Promise<Emulator> {
  const { around = (_request, answer) => answer() } = options;
  const waiting: { answer: ((request: Request) => Promise<Response>) | null } = { answer: null };
  const server = createServer((request, response) => {
    void toRequest(request)
      .then(async (asked) => {
        const answer = () => waiting.answer?.(asked) ?? Promise.resolve(new Response(null, { status: 503 }));
        return asked.method === "POST" ? await around(asked.clone(), answer) : await answer();
      })
      .then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(Buffer.from(await answer.arrayBuffer()));
      })
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const network = {
    http: () => LOOPBACK,
    join: (_host: string, answer: (request: Request) => Promise<Response>) => void (waiting.answer = answer),
  };
  return await createEmulator(network, `127.0.0.1:${port}`, kind, { ...options, scheme: "http" });
}

async function toRequest(request: IncomingMessage): Promise<Request> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, [value].flat().join(", "));
  const url = `http://${request.headers.host ?? ""}${request.url ?? "/"}`;
  const body = Buffer.concat(parts);
  return new Request(
    url,
    request.method === "POST" ? { method: "POST", headers, body } : { method: "GET", headers },
  );
}

/** The way out of an emulator on loopback. */
const LOOPBACK: Http = {
  async fetch({ url, headers }) {
    const answer = await fetch(url, { headers: { ...headers } });
    const body = new Uint8Array(await answer.arrayBuffer());
    return { status: answer.status, url: answer.url, headers: answer.headers, body };
  },
  async post({ url, headers, body }) {
    const { host: _host, ...rest } = headers;
    const answer = await fetch(url, { method: "POST", headers: rest, body: new Uint8Array(body) });
    return { status: answer.status, retryAfter: answer.headers.get("retry-after") };
  },
  stream: () => Promise.reject(new Error("nothing is streamed here")),
};
