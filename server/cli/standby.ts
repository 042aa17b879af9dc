import type { Command } from "commander";
import { isoTime } from "../context.ts";
import { parseId } from "../domain/ids.ts";
import type { StandbyId } from "../domain/standby.ts";
import { answerOffer, endAgreement } from "../services/standbys/agreements.ts";
import { inviteStandby } from "../services/standbys/invitations.ts";
import { getStandby, listStandbys, type StandbyView } from "../services/standbys/standbys.ts";
import { report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Invite = Json & {
  readonly publicOnly?: boolean;
  readonly gigabytes: string;
  readonly trustee: readonly string[];
  readonly threshold: string;
  readonly wait: string;
};

const GIB = 1024 ** 3;
const RUNNING = "The server must be running: it brings the word to the other one.";

/** `causeway standby …` */
export function addStandbyCommands(program: Command, terminal: Terminal): void {
  const standby = program
    .command("standby")
    .description("agreements with servers that take members in when a server is lost");
  standby
    .command("invite <address>")
    .description("ask another server to be the standby of this one; its owner has to agree")
    .option("--public-only", "copy public notes alone, not those for followers")
    .option("--gigabytes <number>", "room at most", "50")
    .option(
      "--trustee <did>",
      "somebody who may decide with others that this server is lost; may be given again",
      (did: string, before: readonly string[]) => [...before, did],
      [],
    )
    .option("--threshold <number>", "how many trustees it takes", "1")
    .option("--wait <hours>", "hours between that decision and the move", "6")
    .option("--json", "print JSON")
    .action((address: string, options: Invite) => invite(terminal, address, options));
  standby
    .command("list")
    .description("list the agreements, both ways")
    .option("--json", "print JSON")
    .action((options: Json) => list(terminal, options));
  standby
    .command("status <id>")
    .description("say all about one agreement")
    .option("--json", "print JSON")
    .action((id: string, options: Json) => status(terminal, id, options));
  const act = (name: "agree" | "decline" | "end", description: string): void => {
    standby
      .command(`${name} <id>`)
      .description(description)
      .option("--json", "print JSON")
      .action((id: string, options: Json) => change(terminal, name, id, options));
  };
  act("agree", "become the standby of a server that asked");
  act("decline", "say no to a server that asked");
  act("end", "end an agreement, or take a question back; copies are deleted after two weeks");
}

async function invite(terminal: Terminal, address: string, options: Invite): Promise<void> {
  const made = await withApp(terminal, async (app) => {
    const id = await inviteStandby(app, {
      standby: address,
      withFollowersOnly: options.publicOnly !== true,
      maxGigabytes: options.gigabytes,
      trustees: options.trustee.join("\n"),
      threshold: options.threshold,
      waitHours: options.wait,
    });
    return await getStandby(app, id);
  });
  report(terminal, options, view(made), [`${made.partner} is asked (${made.id}). ${RUNNING}`]);
}

async function list(terminal: Terminal, options: Json): Promise<void> {
  const all = (await withApp(terminal, (app) => listStandbys(app))).map(view);
  const lines =
    all.length === 0
      ? ["There is no agreement."]
      : table(
          all.map((one) => [
            String(one.id),
            one.role === "home" ? "stands by for us" : "we stand by for",
            one.partner,
            one.state,
            `${one.members} members`,
            one.fault ?? "",
          ]),
        );
  report(terminal, options, all, lines);
}

async function status(terminal: Terminal, id: string, options: Json): Promise<void> {
  const one = view(await withApp(terminal, (app) => getStandby(app, numberOf(id))));
  report(
    terminal,
    options,
    one,
    table(
      Object.entries(one).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(" ") : String(value ?? "-"),
      ]),
    ),
  );
}

async function change(
  terminal: Terminal,
  name: "agree" | "decline" | "end",
  id: string,
  options: Json,
): Promise<void> {
  const one = await withApp(terminal, async (app) => {
    if (name === "end") await endAgreement(app, numberOf(id));
    else await answerOffer(app, numberOf(id), name);
    return await getStandby(app, numberOf(id));
  });
  const done = name === "agree" ? "agreed" : name === "decline" ? "declined" : "ended";
  report(terminal, options, view(one), [`The agreement with ${one.partner} is ${done}. ${RUNNING}`]);
}

function numberOf(id: string): number {
  return parseId<StandbyId>(id) ?? 0;
}

function view(one: StandbyView) {
  const time = (ms: number | null) => (ms === null ? null : isoTime(ms));
  return {
    id: one.id,
    agreement: one.uri,
    role: one.role,
    partner: one.partner,
    state: one.state,
    fault: one.fault,
    scope: one.terms.scope,
    gigabytes: Math.round((one.terms.maxBytes / GIB) * 10) / 10,
    bytes: one.bytes,
    trustees: one.terms.trustees,
    threshold: one.terms.threshold,
    waitHours: one.terms.waitHours,
    members: one.members,
    accounts: one.kept,
    agreed: time(one.agreedAt),
    heard: time(one.seenAt),
    ended: time(one.endedAt),
  };
}
