import { type Command, Option } from "commander";
import { moveMedia, type Place, pruneMedia, verifyMedia } from "../ops/media.ts";
import { OperatorFault } from "../ops/fault.ts";
import { auditAlone } from "../services/moderation/audit.ts";
import { configOf, EXIT, report, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };

/** `causeway media move|verify|prune`: where uploaded files are, and whether they all are. */
export function addMediaCommands(program: Command, terminal: Terminal): void {
  const media = program.command("media").description("uploaded files, on disk or in a bucket");
  media
    .command("move")
    .description("move all files into the bucket or back to the data folder; run it again to go on")
    .addOption(new Option("--to <place>", "where to").choices(["s3", "disk"]).makeOptionMandatory())
    .option("--keep", "leave the files where they were as well")
    .option("--json", "print JSON")
    .action((options: Json & { readonly to: Place; readonly keep?: boolean }) => move(terminal, options));
  media
    .command("verify")
    .description("name files that something needs and that are not there; exit code 1 when there are any")
    .option("--json", "print JSON")
    .action((options: Json) => verify(terminal, options));
  media
    .command("prune")
    .description("remove files older than a day that nothing in the database names")
    .option("--dry-run", "only say how many")
    .option("--json", "print JSON")
    .action((options: Json & { readonly dryRun?: boolean }) => prune(terminal, options));
}

async function move(
  terminal: Terminal,
  options: Json & { readonly to: Place; readonly keep?: boolean },
): Promise<void> {
  const done = await moveMedia(configOf(terminal), options.to, { keep: options.keep === true }, (soFar) => {
    if (terminal.isInteractive && soFar.moved > 0 && soFar.moved % 500 === 0)
      terminal.warn(`${soFar.moved} files so far`);
  });
  const verb = options.keep === true ? "Copied" : "Moved";
  report(terminal, options, done, [
    `${verb} ${done.moved} files, ${done.bytes} bytes; ${done.skipped} were there already.`,
  ]);
}

async function verify(terminal: Terminal, options: Json): Promise<void> {
  const { needed, missing } = await withApp(terminal, verifyMedia);
  report(terminal, options, { needed, missing }, [
    ...missing.map(({ name, neededBy }) => `missing  ${name}  (${neededBy})`),
    ...(missing.length === 0 ? [`All ${needed} files are there.`] : []),
  ]);
  if (missing.length > 0)
    throw new OperatorFault(`${missing.length} of ${needed} files are not there.`, EXIT.failed);
}

async function prune(terminal: Terminal, options: Json & { readonly dryRun?: boolean }): Promise<void> {
  const isDry = options.dryRun === true;
  const done = await withApp(terminal, async (app) => {
    const found = await pruneMedia(app, { dryRun: isDry });
    if (!isDry) await auditAlone(app, null, { what: "media.pruned", detail: { files: found.files } });
    return found;
  });
  report(terminal, options, done, [
    `${isDry ? "Would remove" : "Removed"} ${done.files} files, ${done.bytes} bytes, that nothing names.`,
    ...(done.halfWritten > 0 ? [`Removed ${done.halfWritten} files that were left half-written.`] : []),
  ]);
}
