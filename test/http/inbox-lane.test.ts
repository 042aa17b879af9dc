import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { answerDelivery, type Deliver, isDelivery } from "../../server/http/lane.ts";

// Real sockets: what matters here is what comes in pieces, twice, too much or not at all.

const MAX = 100_000;
let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  server?.closeAllConnections();
});

type Seen = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly body: string;
};

/** Serves inboxes that remember what they read; everything else goes the ordinary way, which answers 299. */
async function start(deliver?: Deliver): Promise<{ readonly port: number; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const remember: Deliver = async (request) => {
    const body = await request.read(MAX);
    if (body === "too_large") return { status: 413, headers: {} };
    const headers = {
      host: request.header("host"),
      signature: request.header("signature"),
      date: request.header("date"),
    };
    seen.push({ path: request.url.pathname, headers, body: new TextDecoder().decode(body) });
    return { status: 202, headers: { "x-test": "1" } };
  };
  server = createServer((incoming, outgoing) => {
    const otherwise = () => void outgoing.writeHead(299).end();
    if (!isDelivery(incoming)) return otherwise();
    void answerDelivery(incoming, outgoing, deliver ?? remember, otherwise);
  });
  await new Promise<void>((ready) => server?.listen(0, "127.0.0.1", () => ready()));
  return { port: (server.address() as AddressInfo).port, seen };
}

/** Sends pieces one after the other and gives what came back until the other side is done or `count` answers are there. */
async function exchange(port: number, pieces: readonly string[], count = 1): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let text = "";
  const done = new Promise<string>((resolve) => {
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (text.split("HTTP/1.1 ").length > count && text.endsWith("\r\n\r\n")) resolve(text);
    });
    socket.on("close", () => resolve(text));
    socket.on("error", () => resolve(text));
  });
  for (const piece of pieces) {
    await new Promise<void>((sent) => void socket.write(piece, () => sent()));
    await new Promise((turn) => setImmediate(turn));
  }
  return await done;
}

const head = (lines: readonly string[], path = "/inbox") =>
  [`POST ${path} HTTP/1.1`, "Host: here.test", ...lines, "", ""].join("\r\n");

test("a delivery is read whole, in however many pieces it comes", async () => {
  const { port, seen } = await start();
  expect(await exchange(port, [head(["Content-Length: 10"]), "01234", "56789"])).toMatch(
    /^HTTP\/1.1 202 .*x-test: 1/s,
  );
  expect(
    await exchange(port, [head(["Transfer-Encoding: chunked"]), "3\r\nabc\r\n", "2\r\nde\r\n0\r\n\r\n"]),
  ).toMatch(/^HTTP\/1.1 202/);
  expect(seen.map(({ body }) => body)).toEqual(["0123456789", "abcde"]);
});

test("connections are kept, and deliveries on one of them are told apart", async () => {
  const { port, seen } = await start();
  const one = (body: string) => head([`Content-Length: ${body.length}`], "/users/5/inbox") + body;
  expect((await exchange(port, [one("a") + one("bb"), one("ccc")], 3)).match(/HTTP\/1.1 202/g)).toHaveLength(
    3,
  );
  expect(seen.map(({ body, path }) => path + body)).toEqual([
    "/users/5/inboxa",
    "/users/5/inboxbb",
    "/users/5/inboxccc",
  ]);
});

test("headers that come twice are both there, so that nobody signs one and sends another (SIG-11)", async () => {
  const { port, seen } = await start();
  await exchange(port, [head(["Signature: a", "Date: x", "SIGNATURE: b", "date: y", "Content-Length: 0"])]);
  expect(seen[0]?.headers).toMatchObject({ signature: "a, b", date: "x, y" });
});

test("too much is answered with 413 and the end of the connection, whatever its length claimed (DOS-01)", async () => {
  const { port, seen } = await start();
  for (const pieces of [
    [head([`Content-Length: ${MAX + 1}`])],
    [
      head(["Transfer-Encoding: chunked"]),
      ...Array.from({ length: 30 }, () => `2710\r\n${"x".repeat(10_000)}\r\n`),
    ],
  ])
    expect(await exchange(port, pieces)).toMatch(/^HTTP\/1.1 413 .*connection: close/is);
  expect(seen).toEqual([]);
  expect(await exchange(port, [head(["Content-Length: 2"]) + "ok"])).toMatch(/^HTTP\/1.1 202/);
});

test("two lengths, or a length and chunks, are refused before anybody reads them (WEB-16)", async () => {
  const { port, seen } = await start();
  for (const lines of [
    ["Content-Length: 1", "Transfer-Encoding: chunked"],
    ["Content-Length: 1", "Content-Length: 2"],
    ["Transfer-Encoding: xchunked"],
  ])
    expect(await exchange(port, [head(lines), "0\r\n\r\n"])).toMatch(/^HTTP\/1.1 400/);
  expect(seen).toEqual([]);
});

test("queries, absolute forms, other paths and methods go the ordinary way", async () => {
  const { port, seen } = await start();
  for (const path of [
    "/inbox?x=1",
    "http://v.test/inbox",
    "/users/x/inbox",
    "/inbox/",
    "//inbox",
    "/users/1/outbox",
  ])
    expect(await exchange(port, [head(["Content-Length: 0"], path)])).toMatch(/^HTTP\/1.1 299/);
  expect(await exchange(port, [head(["Content-Length: 0"]).replace("POST", "PUT")])).toMatch(
    /^HTTP\/1.1 299/,
  );
  expect(seen).toEqual([]);
});

test("whoever declines leaves the whole delivery to the ordinary way", async () => {
  const { port } = await start(() => Promise.resolve(null));
  expect(await exchange(port, [head(["Content-Length: 2"]) + "ok"])).toMatch(/^HTTP\/1.1 299/);
});

test("a fault of ours is a 500, and a client who breaks off is nobody's", async () => {
  const { port } = await start(() => Promise.reject(new Error("fault")));
  expect(await exchange(port, [head(["Content-Length: 0"])])).toMatch(/^HTTP\/1.1 500/);
  server?.close();
  const next = await start();
  const socket = connect(next.port, "127.0.0.1");
  await new Promise<void>((sent) => void socket.write(`${head(["Content-Length: 10"])}123`, () => sent()));
  socket.destroy();
  expect(await exchange(next.port, [head(["Content-Length: 2"]) + "ok"])).toMatch(/^HTTP\/1.1 202/);
  expect(next.seen.map(({ body }) => body)).toEqual(["ok"]);
});

test("hosts that are no hosts cannot break the address", async () => {
  const { port, seen } = await start();
  for (const host of ["", "a b", "[", "x/../y", "v.test@here.test"])
    expect(
      await exchange(port, [head(["Content-Length: 0"]).replace("Host: here.test", `Host: ${host}`)]),
    ).toMatch(/^HTTP\/1.1 (?:202|400)/);
  expect(seen.every(({ path }) => path === "/inbox")).toBe(true);
});
