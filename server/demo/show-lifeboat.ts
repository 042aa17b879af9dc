import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Terminal } from "../cli/context.ts";
import type { DrillReport, DrillStep } from "../domain/chore.ts";
import { OperatorFault } from "../ops/fault.ts";
import { untilSignal } from "./ending.ts";
import { leaveShore, playLifeboat, type Shore } from "./lifeboat.ts";
import { DEMO_PASSWORD } from "./people.ts";

/** What a step is called on the terminal. */
const TITLES: Readonly<Record<DrillStep, string>> = {
  start: "Three servers start",
  fill: "People come and write",
  pair: "Two communities agree",
  follow: "Others follow them from elsewhere",
  replicate: "Copies arrive at the standby",
  seal: "Messages are sealed",
  lose: "The first server is lost",
  decide: "Trustees decide",
  launch: "The standby launches",
  arrive: "The followers arrive",
};

export type LifeboatDemoOptions = { readonly ports: string; readonly once: boolean };

/**
 * Shows on this machine how a community survives the loss of its server; with somebody at the terminal it waits before the loss, so
 * that they can look, and afterwards until Ctrl-C. Returns the exit code.
 */
export async function runLifeboatDemo(terminal: Terminal, options: LifeboatDemoOptions): Promise<number> {
  const [a, b, c, ...more] = options.ports.split(",").map((port) => port.trim());
  if (a === undefined || b === undefined || c === undefined || more.length > 0 || new Set([a, b, c]).size < 3)
    throw new OperatorFault("--ports takes three different ports, such as 3001,3002,3003.", 2);
  const ended = untilSignal();
  const isWatched = terminal.isInteractive && !options.once;
  return await onShore(async (folder, shore) => {
    const report = await playLifeboat({ folder, ports: [a, b, c] }, shore, async (step) => {
      printStep(terminal, step);
      if (isWatched && step.step === "seal" && step.isWell) await lookAround(terminal, shore, ended);
    });
    if (!report.isWell) return 1;
    printEnd(terminal, shore, report);
    if (!options.once) {
      terminal.print("Ctrl-C ends the demo.");
      await ended;
    }
    return 0;
  });
}

/** The same between throw-away servers at free ports, without anybody to watch. */
export async function runDrill(
  terminal: Terminal,
  options: { readonly json: boolean },
): Promise<DrillReport> {
  const ports = await freePorts();
  return await onShore(async (folder, shore) => {
    const report = await playLifeboat({ folder, ports }, shore, (step) => {
      if (!options.json) printStep(terminal, step);
    });
    if (options.json) terminal.print(JSON.stringify(report));
    else if (report.isWell) terminal.print("The drill went well.");
    return report;
  });
}

/** Makes a place for the servers, and leaves nothing of it. */
async function onShore<T>(work: (folder: string, shore: Partial<Shore>) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-lifeboat-"));
  const shore: Partial<Shore> = {};
  try {
    return await work(folder, shore);
  } finally {
    await leaveShore(shore);
    await rm(folder, { recursive: true, force: true });
  }
}

function printStep(terminal: Terminal, { step, isWell, ms, text }: DrillReport["steps"][number]): void {
  terminal.print(`${isWell ? "✓" : "✗"} ${TITLES[step]} (${(ms / 1000).toFixed(1)} s)\n  ${text}`);
}

async function lookAround(terminal: Terminal, shore: Partial<Shore>, ended: Promise<unknown>): Promise<void> {
  const { harbour, meadow } = shore;
  terminal.print(
    `\nLook around: ${harbour?.config.origin ?? ""}/@ada (sign in as ada), ${meadow?.config.origin ?? ""}/home (as mei); the password is: ${DEMO_PASSWORD}`,
  );
  terminal.print("Press Enter, and Harbour is lost for ever.\n");
  const pressed = new Promise<void>((resume) => process.stdin.once("data", () => resume()));
  process.stdin.resume();
  await Promise.race([pressed, ended]);
  process.stdin.pause();
}

function printEnd(terminal: Terminal, { hill, meadow }: Partial<Shore>, report: DrillReport): void {
  const seconds = report.steps.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  terminal.print(`\nIt took ${seconds.toFixed(0)} seconds. Nobody who followed did anything.`);
  terminal.print(`  What the standby tells everybody  ${hill?.config.origin ?? ""}/lifeboat`);
  terminal.print(`  Ada's new place                   ${hill?.config.origin ?? ""}/@ada`);
  terminal.print(`  Mei, who follows her              ${meadow?.config.origin ?? ""}/@mei/following`);
}

/** Three ports that nobody listens on at this moment. */
async function freePorts(): Promise<readonly [string, string, string]> {
  const servers = [createServer(), createServer(), createServer()] as const;
  const portOf = async (server: (typeof servers)[number]): Promise<string> => {
    await new Promise<void>((ready, failed) => server.once("error", failed).listen(0, "127.0.0.1", ready));
    const address = server.address();
    return String(typeof address === "object" && address !== null ? address.port : 0);
  };
  const ports = [await portOf(servers[0]), await portOf(servers[1]), await portOf(servers[2])] as const;
  for (const server of servers) await new Promise((closed) => server.close(closed));
  return ports;
}
