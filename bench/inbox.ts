import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printTable, seeded } from "./measure.ts";
import {
  aCreate,
  openSenders,
  send,
  type Senders,
  toWire,
  withLinkedSignature,
  withProof,
} from "./senders.ts";

const SENDERS = 400;
const ROUNDS = 5;
const PER_ROUND = 3_000;
const WARM_UP = 3_000;
const PER_SEALED = 400;
const NOTES = 20_000;
const MEAN_TEXT = 250;
const TEXT =
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. ".repeat(
    4,
  );

type Costs = { readonly verify: number; readonly store: number };
type Usage = { readonly cpuMs: number; readonly rssMb: number };

/**
 * Signed Creates of 3 KB as Mastodon writes them, from 400 servers, verified and kept with full sync, through a real
 * node:http server in a process of its own. Beside it the sum of what cannot be saved, measured in the same run: one
 * RSA-2048 verification, one activity and its job in a commit of sixteen, and node:http reading a body of that size.
 * Then with linked data signatures and integrity proofs in the body, beside Fedify by itself; and what a note takes.
 */
export async function benchInbox(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const senders = await openSenders(SENDERS);
  const servers = await Promise.all(
    ["limit", "bare", "causeway", "fedify"].map((kind) => start(kind, folder)),
  );
  try {
    const [limits, bare, causeway, fedify] = servers;
    if (limits === undefined || bare === undefined || causeway === undefined || fedify === undefined)
      return false;
    const isFast = await benchPlain(limits, bare, causeway, senders);
    const isAhead = await benchSealed(causeway, fedify, senders);
    const isSmall = await benchBytes(folder, senders);
    return isFast && isAhead && isSmall;
  } finally {
    for (const { child } of servers) child.disconnect();
    senders.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchPlain(
  limits: Server,
  bare: Server,
  causeway: Server,
  senders: Senders,
): Promise<boolean> {
  await send(causeway.port, plain(causeway.port, senders, WARM_UP, "w"));
  await send(bare.port, plain(bare.port, senders, WARM_UP, "w"));
  const rows: string[][] = [
    ["round", "verify µs", "store µs", "http µs", "limit /s", "taken /s", "ratio", "CPU µs", "RSS MB"],
  ];
  const ratios: number[] = [];
  let rssMb = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = (await ask(limits.child, "limit")) as Costs;
    const http = await measured(bare, plain(bare.port, senders, PER_ROUND, `b${round}`));
    const taken = await measured(causeway, plain(causeway.port, senders, PER_ROUND, `r${round}`));
    const after = (await ask(limits.child, "limit")) as Costs;
    const [verify, store] = [(before.verify + after.verify) / 2, (before.store + after.store) / 2];
    const limit = 1e6 / (verify + store + http.cpuUs);
    ratios.push(taken.rate / limit);
    rssMb = Math.max(rssMb, taken.rssMb);
    const costs = [verify, store, http.cpuUs, limit, taken.rate].map((value) => value.toFixed(0));
    rows.push([
      String(round + 1),
      ...costs,
      (taken.rate / limit).toFixed(2),
      taken.cpuUs.toFixed(0),
      taken.rssMb.toFixed(0),
    ]);
  }
  const { kept } = (await ask(causeway.child, "count")) as { kept: number };
  const isKept = kept === WARM_UP + ROUNDS * PER_ROUND;
  printTable("Inbox: signed Creates of 3 KB, verified and kept, SQLite", rows);
  console.log(
    `  median ratio ${median(ratios).toFixed(2)} (mark 0.25), RSS ${rssMb.toFixed(0)} MB (mark 400), all ${kept} kept: ${isKept ? "yes" : "NO"}`,
  );
  return median(ratios) >= 0.25 && isKept && rssMb < 400;
}

/** What is in the body: nothing more, a linked data signature, a proof; and proofs that are all there is to go by. */
async function benchSealed(causeway: Server, fedify: Server, senders: Senders): Promise<boolean> {
  const kinds: Readonly<Record<string, (actor: string, activity: Record<string, unknown>) => unknown>> = {
    "linked data signature": withLinkedSignature,
    "integrity proof": withProof,
  };
  const rows: string[][] = [["in the body", "Fedify /s", "taken /s", "times", "mark"]];
  let isAhead = true;
  for (const [kind, seal] of Object.entries(kinds)) {
    const times: number[] = [];
    const rates: [number, number][] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const name = `${kind.slice(0, 1)}${round}`;
      const theirs = await send(fedify.port, await sealed(fedify.port, senders, PER_SEALED, name, seal), 32);
      const ours = await send(
        causeway.port,
        await sealed(causeway.port, senders, PER_SEALED, name, seal),
        32,
      );
      if (round === 0) continue;
      rates.push([theirs, ours]);
      times.push(ours / theirs);
    }
    isAhead &&= median(times) >= 2;
    const [theirs, ours] = [0, 1].map((index) => median(rates.map((rate) => rate[index] ?? 0)).toFixed(0));
    rows.push([kind, theirs ?? "", ours ?? "", median(times).toFixed(1), "≥ 2"]);
  }
  const forwarded = (name: string) =>
    Promise.all(
      Array.from({ length: PER_SEALED }, (_, index) => {
        const actor = senders.uri(index % senders.count);
        const forwarder = senders.uri((index + 1) % senders.count);
        return toWire(causeway.port, forwarder, withProof(actor, aCreate(actor, `${name}${index}`, TEXT)));
      }),
    );
  await send(causeway.port, await forwarded("fw"), 32);
  const rate = await send(causeway.port, await forwarded("fx"), 32);
  rows.push(["a proof, forwarded by another", "", rate.toFixed(0), "", ""]);
  printTable("Inbox: with signatures in the body", rows);
  return isAhead;
}

/** What one note of a remote author takes when all work is done: words for search, entry, and the memory of its id. */
async function benchBytes(parent: string, senders: Senders): Promise<boolean> {
  const folder = await mkdtemp(join(parent, "bytes-"));
  const server = await start("causeway", folder);
  try {
    const random = seeded(7);
    await ask(server.child, {
      follow: Array.from({ length: senders.count }, (_, index) => senders.uri(index)),
    });
    await send(server.port, plain(server.port, senders, SENDERS, "first"));
    await handled(server);
    const before = (await ask(server.child, "bytes")) as Bytes;
    for (let sent = 0; sent < NOTES; sent += 4_000)
      await send(
        server.port,
        plain(server.port, senders, 4_000, `n${sent}-`, () => aText(random)),
      );
    const started = performance.now();
    await handled(server);
    const seconds = (performance.now() - started) / 1000;
    const after = (await ask(server.child, "bytes")) as Bytes;
    const count = after.notes - before.notes;
    const perNote = (after.bytes - before.bytes) / count;
    const rows = [["table or index", "bytes a note"]];
    for (const [name, bytes] of Object.entries(after.parts)) {
      const share = (bytes - (before.parts[name] ?? 0)) / count;
      if (share >= 5) rows.push([name, share.toFixed(0)]);
    }
    printTable(`Storage of ${count} remote notes, mean text ${MEAN_TEXT} characters`, rows);
    console.log(
      `  ${perNote.toFixed(0)} bytes a note (mark 1536); carried out ${(count / seconds).toFixed(0)} a second`,
    );
    return count === NOTES && perNote <= 1_536;
  } finally {
    server.child.disconnect();
  }
}

type Bytes = {
  readonly bytes: number;
  readonly notes: number;
  readonly parts: Readonly<Record<string, number>>;
};

async function handled({ child }: Server): Promise<void> {
  await ask(child, "work");
  for (;;) {
    const { waiting } = (await ask(child, "count")) as { waiting: number };
    if (waiting === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await ask(child, "rest");
}

const WORDS =
  `the and of to in a is that for it was on are with as people bridge river harbour ferry tide lantern market
  garden weather train evening morning letter window kitchen colour question answer number 桥梁 河流 港口 渡船 灯笼 花园
  天气 火车 晚上 信件 问题 свет мост река гавань вечер письмо окно вопрос`.split(/\s+/);

function aText(random: () => number): string {
  const length = 80 + Math.floor(random() * 2 * (MEAN_TEXT - 80));
  let text = "";
  while (text.length < length)
    text += `${WORDS[Math.floor(random() * WORDS.length)] ?? ""}${random() < 0.2 ? Math.floor(random() * 1e6).toString(36) : ""} `;
  return text.trim();
}

type Server = { readonly child: ChildProcess; readonly port: number };

async function start(kind: string, folder: string): Promise<Server> {
  const file = kind === "fedify" ? "fedify-server.ts" : "inbox-server.ts";
  const child = fork(join(import.meta.dirname, file), [kind, folder], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv:
      process.env["CAUSEWAY_BENCH_PROFILE"] === kind ? ["--cpu-prof", "--cpu-prof-dir=/tmp/prof"] : [],
  });
  const { port } = (await answerOf(child)) as { port: number };
  return { child, port };
}

async function ask(child: ChildProcess, question: string | object): Promise<unknown> {
  child.send(question);
  return await answerOf(child);
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("A process of the benchmark ended."));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}

async function measured({ child, port }: Server, requests: readonly Buffer[]) {
  const before = (await ask(child, "usage")) as Usage;
  const rate = await send(port, requests);
  const after = (await ask(child, "usage")) as Usage;
  return { rate, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / requests.length, rssMb: after.rssMb };
}

function plain(
  port: number,
  senders: Senders,
  count: number,
  name: string,
  text: () => string = () => TEXT,
): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const actor = senders.uri(index % senders.count);
    return toWire(port, actor, aCreate(actor, `${name}${index}`, text()));
  });
}

async function sealed(
  port: number,
  senders: Senders,
  count: number,
  name: string,
  seal: (actor: string, activity: Record<string, unknown>) => unknown,
): Promise<readonly Buffer[]> {
  const requests: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    // Few senders, so that Fedify's keys are in its memory too.
    const actor = senders.uri(index % Math.min(40, senders.count));
    requests.push(toWire(port, actor, await seal(actor, aCreate(actor, `${name}${index}`, TEXT))));
  }
  return requests;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
