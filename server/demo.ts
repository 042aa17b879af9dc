import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Terminal } from "./cli/context.ts";
import { type Config, parseConfig } from "./config.ts";
import { untilSignal } from "./demo/ending.ts";
import { DEMO_PASSWORD } from "./demo/people.ts";
import { type Cast, followEachOther, makeCast, tellStory } from "./demo/story.ts";
import { OperatorFault } from "./ops/fault.ts";
import { type RunningServer, startServer } from "./ops/server.ts";

export type DemoOptions = {
  /** Two ports, as in `3001,3002`. */
  readonly ports: string;
  /** End once federation was seen to work. */
  readonly once: boolean;
  /** Keep the data in `./data/demo`; a second run goes on where the first ended. */
  readonly keep: boolean;
};

const GRACE_MS = 5_000;

/**
 * Runs two whole instances on loopback that federate over real HTTP, tells a small story on them, prints where to look,
 * and runs until SIGINT or SIGTERM. Returns the exit code.
 */
export async function runDemo(terminal: Terminal, options: DemoOptions): Promise<number> {
  const ended = untilSignal();
  const folder = options.keep ? resolve("data", "demo") : await mkdtemp(join(tmpdir(), "causeway-demo-"));
  const running: RunningServer[] = [];
  try {
    for (const config of configsOf(options, folder)) running.push(await startServer(config));
    const [harbour, hill] = running;
    if (harbour === undefined || hill === undefined) throw new Error("The demo has two instances.");
    const told = harbour.setupUrl === null ? Promise.resolve() : play(terminal, harbour, hill);
    if ((await Promise.race([told, ended])) === "ended") return 0;
    terminal.print(`\nOpen ${harbour.config.origin} and ${hill.config.origin}`);
    terminal.print(
      `Sign in as ada or lin on the first, mei or tom on the second; the password is: ${DEMO_PASSWORD}`,
    );
    if (!options.once) {
      terminal.print("Ctrl-C ends the demo.");
      await ended;
    }
    return 0;
  } finally {
    // The last first: each takes its guard of the global fetch off again.
    for (const server of running.toReversed()) await server.stop(GRACE_MS);
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  }
}

/** The first run of two empty instances: people, follows, and a small story that both sides see. */
async function play(terminal: Terminal, harbour: RunningServer, hill: RunningServer): Promise<void> {
  terminal.print("Two instances are running. Their people find, follow and answer each other …");
  const cast = await makeCast(harbour.instance.app, hill.instance.app);
  await followEachOther(cast);
  await tellStory(cast);
  terminal.print("Federation works: follows, notes, pictures, replies, likes and boosts went both ways.");
  printPlaces(terminal, cast);
}

/** The two have different host names, because browsers share cookies between the ports of one host. */
function configsOf(options: DemoOptions, folder: string): readonly Config[] {
  const ports = options.ports.split(",").map((port) => port.trim());
  const [first, second] = ports;
  if (ports.length !== 2 || first === undefined || second === undefined || first === second)
    throw new OperatorFault("--ports takes two different ports, such as 3001,3002.", 2);
  return [
    configOf(first, `http://localhost:${first}`, join(folder, "harbour")),
    configOf(second, `http://127.0.0.1:${second}`, join(folder, "hill")),
  ];
}

function configOf(port: string, origin: string, dataDir: string): Config {
  const parsed = parseConfig({
    PORT: port,
    HOST: "127.0.0.1",
    CAUSEWAY_ORIGIN: origin,
    CAUSEWAY_DATA: dataDir,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
  });
  if (!parsed.ok) throw new OperatorFault(parsed.faults.join(" "), 2);
  return parsed.config;
}

function printPlaces(terminal: Terminal, cast: Cast): void {
  for (const { app, viewer } of [cast.ada, cast.mei])
    terminal.print(`  @${viewer.username}@${app.config.handleHost}  ${app.uris.profile(viewer.username)}`);
}
