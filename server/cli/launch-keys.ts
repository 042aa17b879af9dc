import type { Command } from "commander";
import { readBackupKeys } from "../ops/backup-keys.ts";
import {
  entrustKeys,
  findExpectedHome,
  type KeyOutcome,
  listExpectedUris,
} from "../services/escapes/entrusting.ts";
import { forgetKeys } from "../services/escapes/home-keys.ts";
import { OperatorFault } from "../ops/fault.ts";
import { configOf, EXIT, report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Keys = Json & { readonly home: string; readonly secretFile?: string };

/** `causeway launch keys` and `causeway launch forget-keys` */
export function addLaunchKeyCommands(launch: Command, terminal: Terminal): void {
  launch
    .command("keys <backup>")
    .description("at the standby: take the keys of a lost home's members from its backup, for its launch")
    .requiredOption("--home <host>", "the server that is lost, such as social.example")
    .option("--secret-file <file>", "its secret.key, when the backup has none or another one")
    .option("--json", "print JSON")
    .action((backup: string, options: Keys) => keys(terminal, backup, options));
  launch
    .command("forget-keys")
    .description("at the standby: forget the keys that were taken from a home's backup")
    .requiredOption("--home <host>", "the server that they belong to")
    .option("--json", "print JSON")
    .action((options: Json & { readonly home: string }) => forget(terminal, options));
}

const SAID: Readonly<Record<KeyOutcome, string>> = {
  taken: "taken",
  here: "is here already",
  missing: "not in this backup",
  sealed: "does not open",
  other: "is not the key that the home published",
  late: "taken: servers that could not follow are told now",
  told: "was brought over already",
};

async function keys(terminal: Terminal, backup: string, options: Keys): Promise<void> {
  const config = configOf(terminal);
  const { members, others, home } = await withApp(terminal, async (app) => {
    const expected = await findHome(options.home, () => findExpectedHome(app, options.home));
    const found = await readBackupKeys(config, backup, {
      home: expected.home,
      uris: await listExpectedUris(app, expected),
      secretFile: options.secretFile ?? null,
    });
    const outcomes = await entrustKeys(app, expected, found);
    return { members: outcomes, others: found.others, home: expected.home };
  });
  const count = (outcome: KeyOutcome): number => members.filter((one) => one.outcome === outcome).length;
  const fresh = count("taken") + count("late");
  const usable = fresh + count("here");
  report(terminal, options, { home, members, others }, [
    ...(members.length === 0 ? [] : table(members.map(({ handle, outcome }) => [handle, SAID[outcome]]))),
    `${keysWere(fresh)} taken; ${usable} of ${members.length} members of ${home} have one here now.`,
    ...(others === 0
      ? []
      : [
          `${others} ${others === 1 ? "other" : "others"} in this backup did not agree: no key of theirs was opened.`,
        ]),
    "They are used when trustees launch, or when a member comes alone, and forgotten afterwards.",
    ...(count("late") === 0 ? [] : ["The server must be running: it tells the others."]),
  ]);
}

async function forget(terminal: Terminal, options: Json & { readonly home: string }): Promise<void> {
  const count = await withApp(terminal, async (app) => {
    const { agreementUri } = await findHome(options.home, () => findExpectedHome(app, options.home));
    return await forgetKeys(app, null, agreementUri);
  });
  report(terminal, options, { forgotten: count }, [`${keysWere(count)} forgotten.`]);
}

function keysWere(count: number): string {
  return count === 1 ? "1 key was" : `${count} keys were`;
}

/** In words of its own: nothing "by that name" says little about a server. */
async function findHome<T>(host: string, find: () => Promise<T>): Promise<T> {
  return await find().catch((error: unknown) => {
    if (error instanceof Error && "kind" in error && error.kind === "not_found")
      throw new OperatorFault(
        `No members of ${host} are expected here: there is no standby agreement that holds.`,
        EXIT.notFound,
      );
    throw error;
  });
}
