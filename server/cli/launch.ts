import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { isoTime } from "../context.ts";
import { EvacuationOrder } from "../domain/lifeboat.ts";
import { addProof, type Signed } from "../lifeboat/proofs.ts";
import { keysOfPhrase } from "../lifeboat/phrase.ts";
import { OperatorFault } from "../ops/fault.ts";
import { getCommunityProgress, listCommunities } from "../services/escapes/communities.ts";
import { sealAllAgain } from "../services/escapes/coverage.ts";
import { draftOrder, ORDER_REASONS, submitOrder } from "../services/escapes/trustees.ts";
import { EXIT, report, table, type Terminal, withApp } from "./context.ts";
import { addLaunchKeyCommands } from "./launch-keys.ts";
import { readSecret } from "./secret.ts";

type Json = { readonly json?: boolean };
type Sign = { readonly phraseFile?: string; readonly phraseStdin?: boolean };

const RUNNING = "The server must be running: it does the rest.";

/** `causeway launch …` */
export function addLaunchCommands(program: Command, terminal: Terminal): void {
  const launch = program
    .command("launch")
    .description("bring members of a lost server over to the server that waits for them");
  launch
    .command("order <agreement>")
    .description(`print what trustees sign; the reason is one of ${ORDER_REASONS.join(", ")}`)
    .requiredOption("--reason <reason>", "what happened")
    .action((agreement: string, options: { readonly reason: string }) => order(terminal, agreement, options));
  launch
    .command("sign <file>")
    .description("sign an order with a recovery phrase and print it; needs no instance and no network")
    .option("--phrase-stdin", "read the recovery phrase from standard input")
    .option("--phrase-file <file>", "read the recovery phrase from a file")
    .action((file: string, options: Sign) => sign(terminal, file, options));
  launch
    .command("submit <file>")
    .description("take a signed order at the server that waits")
    .option("--json", "print JSON")
    .action((file: string, options: Json) => submit(terminal, file, options));
  launch
    .command("status")
    .description("list the communities that this server waits for, and how far launches are")
    .option("--json", "print JSON")
    .action((options: Json) => status(terminal, options));
  addLaunchKeyCommands(launch, terminal);
  launch
    .command("seal")
    .description("seal the messages of all members with a new home again")
    .option("--json", "print JSON")
    .action((options: Json) => seal(terminal, options));
}

async function order(
  terminal: Terminal,
  agreement: string,
  options: { readonly reason: string },
): Promise<void> {
  const reason = ORDER_REASONS.find((one) => one === options.reason);
  if (reason === undefined)
    throw new OperatorFault(`The reason is one of ${ORDER_REASONS.join(", ")}.`, EXIT.usage);
  const document = await withApp(terminal, (app) => draftOrder(app, agreementUri(agreement), reason));
  terminal.print(JSON.stringify(document, null, 2));
}

function agreementUri(text: string): string {
  return text.startsWith("urn:uuid:") ? text : `urn:uuid:${text.toLowerCase()}`;
}

async function sign(terminal: Terminal, file: string, options: Sign): Promise<void> {
  const document = await readOrder(file);
  const { home, standby, reason } = EvacuationOrder.parse(document);
  terminal.warn(`You sign that ${home} is lost (${reason}), and that ${standby} takes its members in.`);
  const secret = { file: options.phraseFile, stdin: options.phraseStdin };
  const keys = await keysOfPhrase(await readSecret(terminal, secret, "Recovery phrase"));
  if (keys === null)
    throw new OperatorFault("These are not the twelve words of a recovery phrase.", EXIT.invalid);
  const created = isoTime(Date.parse(String(document["at"]))).replace(/\.\d{3}Z$/, "Z");
  terminal.print(JSON.stringify(addProof(document, keys.signer, created), null, 2));
}

/** What is signed is what is in the file, so it has to be an order and nothing else. */
async function readOrder(file: string): Promise<Signed> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new OperatorFault(`${file} cannot be read.`, EXIT.notFound);
  });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new OperatorFault(`${file} is no JSON.`, EXIT.invalid);
  }
  if (!EvacuationOrder.safeParse(document).success)
    throw new OperatorFault(`${file} is no order for a launch.`, EXIT.invalid);
  return document as Signed;
}

async function submit(terminal: Terminal, file: string, options: Json): Promise<void> {
  const document = await readOrder(file);
  const text = JSON.stringify(document);
  const command = { agreementUri: String(document["agreement"]), text, ip: "console" };
  const taken = await withApp(terminal, (app) => submitOrder(app, command));
  const { state, approvals, threshold, beginsAt } = taken;
  const begins = beginsAt === null ? "" : ` It begins ${isoTime(beginsAt)}.`;
  report(terminal, options, { state, approvals, threshold, beginsAt }, [
    `${approvals} of ${threshold} trustees have signed.${begins} ${RUNNING}`,
  ]);
}

async function status(terminal: Terminal, options: Json): Promise<void> {
  const found = await withApp(terminal, async (app) => {
    const rows = [];
    for (const community of await listCommunities(app))
      rows.push({ community, progress: await getCommunityProgress(app, community) });
    return rows;
  });
  const views = found.map(({ community, progress }) => ({
    agreement: community.uri,
    home: community.home,
    state: community.evacuation?.state ?? "none",
    servers: progress?.servers ?? 0,
    answered: progress?.answered ?? 0,
    cannotFollow: progress?.lost ?? 0,
    followers: progress?.arrived ?? 0,
    expected: (progress?.expected ?? 0) + (progress?.expectedLost ?? 0),
    keys: community.keys,
  }));
  const rows = views.map((one) => [
    one.home,
    one.state,
    `${one.answered} of ${one.servers} servers`,
    `${one.followers} of about ${one.expected} followers`,
    `${one.keys} keys`,
    one.agreement,
  ]);
  report(terminal, options, views, rows.length === 0 ? ["No community is expected here."] : table(rows));
}

async function seal(terminal: Terminal, options: Json): Promise<void> {
  const members = await withApp(terminal, sealAllAgain);
  report(terminal, options, { members }, [`The messages of ${members} members are sealed again. ${RUNNING}`]);
}
