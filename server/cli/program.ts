import { Command, CommanderError } from "commander";
import { readVersion } from "../ops/version.ts";
import { EXIT, faultOf, type Terminal } from "./context.ts";

/** `lifeboat`: the loss of a server and how its community survives, on three ports. */
export type DemoChoice = {
  readonly ports: string | undefined;
  readonly once: boolean;
  readonly keep: boolean;
  readonly lifeboat: boolean;
};

/** Commands that run until they are stopped; handed in, so that the others need not load a server. */
export type LongRunning = {
  serve(): Promise<number>;
  demo(options: DemoChoice): Promise<number>;
};

type Add = (program: Command, terminal: Terminal) => void;

/** The first word of a command → where its group is made. A command loads its own group and no other. */
const GROUPS: readonly { readonly words: readonly string[]; readonly load: () => Promise<Add> }[] = [
  { words: ["account"], load: async () => (await import("./accounts.ts")).addAccountCommands },
  {
    words: ["token", "invite", "sign-up", "setup-link"],
    load: async () => (await import("./access.ts")).addAccessCommands,
  },
  { words: ["domain"], load: async () => (await import("./domains.ts")).addDomainCommands },
  { words: ["relay"], load: async () => (await import("./relays.ts")).addRelayCommands },
  { words: ["report"], load: async () => (await import("./reports.ts")).addReportCommands },
  { words: ["moderation"], load: async () => (await import("./moderation.ts")).addModerationCommands },
  { words: ["log", "audit"], load: async () => (await import("./log.ts")).addLogCommands },
  { words: ["emoji"], load: async () => (await import("./emoji.ts")).addEmojiCommands },
  { words: ["lifeboat"], load: async () => (await import("./lifeboat.ts")).addLifeboatCommands },
  { words: ["launch"], load: async () => (await import("./launch.ts")).addLaunchCommands },
  { words: ["standby"], load: async () => (await import("./standby.ts")).addStandbyCommands },
  { words: ["media"], load: async () => (await import("./media.ts")).addMediaCommands },
  {
    words: ["backup", "restore", "config", "doctor", "migrate"],
    load: async () => (await import("./upkeep.ts")).addUpkeepCommands,
  },
];
/** Commands that need none of them. */
const ALONE: ReadonlySet<string> = new Set(["serve", "demo"]);

/** Runs one command line (without node and script) and returns its exit code. */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  longRunning: LongRunning,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(terminal, longRunning, (ended) => (code = ended));
  const groups = ALONE.has(args[0] ?? "") ? [] : groupsFor(args[0]);
  for (const add of await Promise.all(groups.map(({ load }) => load()))) add(program, terminal);
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its own sentence already; --help and --version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const fault = faultOf(error);
    terminal.warn(fault.sentence);
    return fault.code;
  }
}

function createProgram(terminal: Terminal, longRunning: LongRunning, end: (code: number) => void): Command {
  const program = new Command("causeway")
    .description("A federated social server. Options come from the environment: docs/configuration.md")
    .version(readVersion())
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
    })
    .showHelpAfterError("Add --help to see how it is used.")
    .exitOverride();
  program
    .command("serve")
    .description("run the server until SIGTERM or SIGINT")
    .action(async () => end(await longRunning.serve()));
  program
    .command("demo")
    .description("run two instances on this machine that follow each other")
    .option("--lifeboat", "show how a community survives the loss of its server, on three instances", false)
    .option("--ports <a,b>", "their ports; 3001 and the next ones unless told otherwise")
    .option("--once", "end when it was seen to work", false)
    .option("--keep", "keep their data in ./data/demo instead of a temporary folder", false)
    .action(async (options: DemoChoice) => end(await longRunning.demo(options)));
  return program;
}

/** The group of a word; all of them when it is no command, since then help or a suggestion is wanted. */
function groupsFor(word: string | undefined): typeof GROUPS {
  const own = GROUPS.filter(({ words }) => word !== undefined && words.includes(word));
  return own.length > 0 ? own : GROUPS;
}
