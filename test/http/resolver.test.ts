import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createResolver } from "../../server/http/resolver.ts";

const open: Socket[] = [];
afterEach(() => open.splice(0).forEach((socket) => socket.close()));

/** A name server: addresses by name, nothing (NXDOMAIN) for other names, silence for `silent.test`. */
async function aNameServer(names: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  open.push(socket);
  socket.on("message", (query, peer) => {
    const [name, end] = nameIn(query);
    const type = query.readUInt16BE(end);
    asked.push(`${name} ${type === 28 ? "AAAA" : "A"}`);
    if (name === "silent.test") return;
    const addresses = (names[name] ?? []).filter((address) => isIPv6(address) === (type === 28));
    socket.send(toAnswer(query, end, type, addresses, names[name] !== undefined), peer.port, peer.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { asked, servers: [`127.0.0.1:${socket.address().port}`] };
}

function nameIn(query: Buffer): [name: string, end: number] {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return [labels.join(".").toLowerCase(), at + 1];
}

function toAnswer(
  query: Buffer,
  end: number,
  type: number,
  addresses: readonly string[],
  exists: boolean,
): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(exists ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const data =
      type === 28
        ? Buffer.from(
            address
              .split(":")
              .map((part) => part.padStart(4, "0"))
              .join(""),
            "hex",
          )
        : Buffer.from(address.split(".").map(Number));
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, query.subarray(12, end + 4), ...records]);
}

test("gives the addresses of both families and asks once for what it knows", async () => {
  const { asked, servers } = await aNameServer({ "both.test": ["192.0.2.1", "2001:db8:0:0:0:0:0:1"] });
  const resolve = createResolver({ servers });
  expect(await resolve("both.test")).toEqual(["192.0.2.1", "2001:db8::1"]);
  await resolve("both.test");
  expect(asked.toSorted()).toEqual(["both.test A", "both.test AAAA"]);
});

test("is content with one family", async () => {
  const { servers } = await aNameServer({ "old.test": ["192.0.2.1"], "new.test": ["2001:db8:0:0:0:0:0:2"] });
  const resolve = createResolver({ servers });
  expect(await resolve("old.test")).toEqual(["192.0.2.1"]);
  expect(await resolve("new.test")).toEqual(["2001:db8::2"]);
});

test("asks the system for what DNS does not know, and not for what it says nothing about", async () => {
  const { servers } = await aNameServer({});
  const asked: string[] = [];
  const otherwise = (name: string) => {
    asked.push(name);
    return Promise.resolve(["192.0.2.9"]);
  };
  const resolve = createResolver({ servers, timeoutMs: 20, otherwise });
  expect(await resolve("hosts-file.test")).toEqual(["192.0.2.9"]);
  await expect(resolve("silent.test")).rejects.toMatchObject({ code: "ETIMEOUT" });
  expect(asked).toEqual(["hosts-file.test"]);
});

test("a hundred names whose servers are silent do not hold up another one", async () => {
  const { servers } = await aNameServer({ "live.test": ["192.0.2.1"] });
  const resolve = createResolver({
    servers,
    timeoutMs: 200,
    otherwise: () => Promise.reject(new Error("no")),
  });
  const over: string[] = [];
  const silent = Array.from({ length: 100 }, () =>
    resolve("silent.test").catch(() => void over.push("silent.test")),
  );
  expect(await resolve("live.test")).toEqual(["192.0.2.1"]);
  expect(over).toEqual([]);
  await Promise.all(silent);
});
