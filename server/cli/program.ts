import { Command, CommanderError } from "commander";
import { readVersion } from "../ops/version.ts";
import { addAccessCommands } from "./access.ts";
import { addAccountCommands } from "./accounts.ts";
import { EXIT, faultOf, type Terminal } from "./context.ts";
import { addDomainCommands } from "./domains.ts";
import { addEmojiCommands } from "./emoji.ts";
import { addMediaCommands } from "./media.ts";
import { addRelayCommands } from "./relays.ts";
import { addReportCommands } from "./reports.ts";
import { addUpkeepCommands } from "./upkeep.ts";

/** Commands that run until they are stopped; handed in, so that the others need not load a server. */
export type LongRunning = {
  serve(): Promise<number>;
  demo(options: { readonly ports: string; readonly once: boolean; readonly keep: boolean }): Promise<number>;
};

/** Runs one command line (without node and script) and returns its exit code. */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  longRunning: LongRunning,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(terminal, longRunning, (ended) => (code = ended));
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
    .option("--ports <a,b>", "their ports", "3001,3002")
    .option("--once", "end when federation was seen to work", false)
    .option("--keep", "keep their data in ./data/demo instead of a temporary folder", false)
    .action(async (options: { readonly ports: string; readonly once: boolean; readonly keep: boolean }) =>
      end(await longRunning.demo(options)),
    );
  addAccountCommands(program, terminal);
  addAccessCommands(program, terminal);
  addDomainCommands(program, terminal);
  addRelayCommands(program, terminal);
  addReportCommands(program, terminal);
  addEmojiCommands(program, terminal);
  addMediaCommands(program, terminal);
  addUpkeepCommands(program, terminal);
  return program;
}
