import { connect, type Socket } from "node:net";
import { aCreate, openSenders, toWire } from "../../bench/senders.ts";

// Sends signed deliveries to a server as fast as it answers, over many connections, in a process of its own: told what to do by
// its parent, tells what was answered. What is turned away is sent again, as other servers do.

export type Flood = {
  readonly port: number;
  readonly signed: number;
  readonly connections: number;
  readonly ms: number;
};
/** Answers by status, and the ids of activities that were answered with 202. */
export type Flooded = {
  readonly statuses: Readonly<Record<string, number>>;
  readonly taken: readonly string[];
};

const SENDERS = 400;

process.on("message", (flood: Flood) => {
  void run(flood).then((flooded) => process.send?.(flooded));
});

async function run({ port, signed, connections, ms }: Flood): Promise<Flooded> {
  const senders = await openSenders(SENDERS);
  const waiting = Array.from({ length: signed }, (_, index) => {
    const actor = senders.uri(index % SENDERS);
    const activity = aCreate(actor, `flood${index}`, "One of very many. ".repeat(14));
    return { id: String(activity["id"]), wire: toWire(port, actor, activity) };
  });
  process.send?.("ready");
  const statuses: Record<string, number> = {};
  const taken: string[] = [];
  const until = performance.now() + ms;
  const next = () => (performance.now() < until ? waiting.shift() : undefined);
  const note = (one: (typeof waiting)[number], status: string) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === "202") taken.push(one.id);
    else waiting.push(one);
  };
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let one = next(); one !== undefined; one = next()) await sendOver(port, one, next, note);
    }),
  );
  senders.close();
  return { statuses, taken };
}

type Signed = { readonly id: string; readonly wire: Buffer };

/** One connection, used until it ends or nothing is left. */
function sendOver(
  port: number,
  first: Signed,
  next: () => Signed | undefined,
  note: (one: Signed, status: string) => void,
): Promise<void> {
  return new Promise((done) => {
    const socket: Socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    let current: Signed | undefined = first;
    let text = "";
    socket.on("connect", () => socket.write(first.wire));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (current !== undefined) note(current, "broken");
      done();
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0 || current === undefined) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      note(current, text.slice(9, 12));
      text = "";
      current = next();
      if (current === undefined) return void socket.end();
      socket.write(current.wire);
    });
  });
}
