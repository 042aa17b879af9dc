import type { RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createEgress, EgressError, type Egress, type EgressOptions } from "../../server/http/egress.ts";
import { certificate } from "./certificate.ts";
import { listen, type TestServer } from "./servers.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function serve(listener: RequestListener, scheme: "http" | "https" = "http"): Promise<TestServer> {
  const server = await listen(listener, scheme);
  opened.push(server);
  return server;
}

/** A server that speaks bytes: `answer` is called with each complete request. */
async function speak(answer: (socket: Socket, request: string, count: number) => void) {
  let count = 0;
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
      if (head < 0 || text.length < head + 4 + length) return;
      const request = text;
      text = "";
      count += 1;
      answer(socket, request, count);
    });
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, connections: () => connections, count: () => count };
}

function door(options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ allowPrivateAddresses: true, userAgent: "Causeway/1.0", ...options });
  opened.push(egress);
  return egress;
}

const body = new TextEncoder().encode('{"type":"Like","name":"漢字"}');

function post(
  egress: Egress,
  url: string,
  more: { timeoutMs?: number; headers?: Record<string, string>; once?: boolean } = {},
) {
  return egress.post({ url, headers: { "content-type": "application/activity+json" }, body, ...more });
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error("it was answered"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw error;
  return error.kind;
}

describe("a post", () => {
  test("carries its headers, its body to the byte, our user agent and the host, and gives the status", async () => {
    const received: unknown[] = [];
    const server = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { host, "user-agent": agent, "content-type": type } = request.headers;
        received.push([request.method, request.url, host, agent, type, Buffer.concat(chunks).toString()]);
        response.writeHead(202, { "retry-after": "7" }).end("thanks");
      });
    });
    const answer = await post(door(), `${server.origin}/in%20box?a=b#c`);
    expect(answer).toEqual({ status: 202, retryAfter: "7" });
    expect(received).toEqual([
      [
        "POST",
        "/in%20box?a=b",
        `127.0.0.1:${server.port}`,
        "Causeway/1.0",
        "application/activity+json",
        new TextDecoder().decode(body),
      ],
    ]);
  });

  test("uses a connection again, whatever the answers look like", async () => {
    const answers = [
      "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok",
      "HTTP/1.1 401 Unauthorized\r\nContent-Length:  5\r\n\r\nno...",
    ];
    const server = await speak((socket, _request, count) => {
      // In pieces of one byte for every second answer: nothing may depend on how it arrives.
      const text = answers[(count - 1) % answers.length] ?? "";
      if (count % 2 === 0) for (const one of text) socket.write(one);
      else socket.write(text);
    });
    const egress = door();
    const statuses: number[] = [];
    for (let index = 0; index < 10; index++) {
      statuses.push((await post(egress, server.origin)).status);
      // The rest of an answer may still be on its way.
      await new Promise((next) => setImmediate(next));
    }
    expect(statuses).toEqual([202, 204, 200, 202, 401, 202, 204, 200, 202, 401]);
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  test.each([
    ["HTTP/1.0 without keeping", "HTTP/1.0 200 OK\r\n\r\nbye"],
    ["an answer that says close", "HTTP/1.1 202 Accepted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n"],
    [
      "length and chunks",
      "HTTP/1.1 202 OK\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["more than it announced", "HTTP/1.1 202 Accepted\r\ncontent-length: 1\r\n\r\nabc"],
    ["broken chunks", "HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"],
  ])("counts by its status and does not use the connection again after %s", async (_name, answer) => {
    const server = await speak((socket) => socket.write(answer));
    const egress = door();
    const first = await post(egress, server.origin);
    const second = await post(egress, server.origin);
    expect([first.status, second.status]).toEqual([
      answer.includes("200") ? 200 : 202,
      answer.includes("200") ? 200 : 202,
    ]);
    expect(server.connections()).toBe(2);
  });

  test("is a success by its status when the answer never ends or is huge, and takes none of it (F19)", async () => {
    let written = 0;
    const server = await speak((socket, _request, count) => {
      if (count === 1)
        return void socket.write("HTTP/1.1 202 Accepted\r\ncontent-length: 1000000\r\n\r\nslow");
      socket.write("HTTP/1.1 202 Accepted\r\ncontent-length: 1073741824\r\n\r\n");
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (!socket.destroyed && written < 1_073_741_824) {
          written += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
      };
      more();
    });
    const egress = door();
    expect((await post(egress, server.origin)).status).toBe(202);
    expect((await post(egress, server.origin)).status).toBe(202);
    expect((await post(egress, server.origin)).status).toBe(202);
    expect(written).toBeLessThan(64 * 1024 ** 2);
  });

  test("is sent once more when a kept connection turns out to be closed", async () => {
    const server = await speak((socket, _request, count) => {
      // As servers do that close idle connections: after the answer, in the moment of the next request.
      if (count === 2) return void socket.destroy();
      socket.write("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
    });
    const egress = door();
    expect((await post(egress, server.origin)).status).toBe(202);
    expect((await post(egress, server.origin)).status).toBe(202);
    expect([server.connections(), server.count()]).toEqual([2, 3]);
  });

  test("is never sent again when it may be sent only once", async () => {
    const server = await speak((socket, _request, count) => {
      if (count === 2) return void socket.destroy();
      socket.write("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
    });
    const egress = door();
    expect((await post(egress, server.origin, { once: true })).status).toBe(202);
    expect(await kindOf(post(egress, server.origin, { once: true }))).toBe("network");
    expect([server.connections(), server.count()]).toEqual([1, 2]);
  });

  test("fails on what is no answer", async () => {
    const texts = [
      "SSH-2.0-OpenSSH_9.9\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
    ];
    const server = await speak((socket, _request, count) => socket.write(texts[count - 1] ?? ""));
    const egress = door();
    const kinds: string[] = [];
    for (const _ of texts) kinds.push(await kindOf(post(egress, server.origin)));
    expect(kinds).toEqual(["network", "network", "network", "too_large"]);
  });

  test("gives up on a server that takes it and says nothing", async () => {
    const server = await speak(() => undefined);
    expect(await kindOf(post(door(), server.origin, { timeoutMs: 40 }))).toBe("timeout");
  });

  test("does not follow redirects: they are answers", async () => {
    const server = await serve((_request, response) => response.writeHead(307, { location: "/else" }).end());
    expect((await post(door(), server.origin)).status).toBe(307);
    expect(server.hits).toEqual(["/"]);
  });

  test("goes nowhere but to public addresses over https, by name or literal, and to no other port", async () => {
    const server = await serve((_request, response) => response.end());
    const egress = door({ allowPrivateAddresses: false, resolve: () => Promise.resolve(["10.0.0.1"]) });
    for (const url of [
      server.origin,
      `https://127.0.0.1:${server.port}/`,
      "https://[::1]/",
      "https://inside.example/inbox",
      "https://user@inside.example/",
      "ftp://inside.example/",
      "https://inside.example:8443/",
    ])
      expect(await kindOf(post(egress, url)), url).toBe("refused");
    expect(server.connections()).toBe(0);
  });

  test("cannot be given a header that is two", async () => {
    const server = await serve((_request, response) => response.end());
    const headers = { "x-a": "b\r\nx-c: d" };
    expect(await kindOf(post(door(), server.origin, { headers }))).toBe("refused");
    expect(server.hits).toEqual([]);
  });

  test("checks the certificate of the name it goes to", async () => {
    const server = await serve((_request, response) => response.writeHead(202).end(), "https");
    const rules = {
      allowPrivateAddresses: false,
      resolve: () => Promise.resolve(["93.184.216.34"]),
      dial: () => ({ address: "127.0.0.1", port: server.port }),
    };
    expect(await kindOf(post(door(rules), "https://public.test/"))).toBe("network");
    const trusting = door({ ...rules, ca: certificate });
    expect((await post(trusting, "https://public.test/")).status).toBe(202);
    expect(await kindOf(post(trusting, "https://unnamed.test/"))).toBe("network");
  });

  test("leaves no connection behind when the door is closed", async () => {
    const server = await speak(() => undefined);
    const egress = door();
    const waiting = kindOf(post(egress, server.origin));
    while (server.count() === 0) await new Promise((next) => setImmediate(next));
    await egress.close();
    expect(await waiting).toBe("network");
  });
});
