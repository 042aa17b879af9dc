import { type Command, InvalidArgumentError, Option } from "commander";
import { isoTime } from "../context.ts";
import { handleOf } from "../domain/actor.ts";
import { parseId, type ReportId } from "../domain/ids.ts";
import { type ReportView, toReportOutcome } from "../domain/report.ts";
import { type MoveReport, setReportStateByOperator } from "../services/moderation/report-closing.ts";
import { listAllReports } from "../services/moderation/reports.ts";
import { report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };

const SHOWN = 100;

/** `causeway report …` */
export function addReportCommands(program: Command, terminal: Terminal): void {
  const reports = program.command("report").description("what members and other servers reported");
  reports
    .command("list")
    .description("list the newest 100 open reports")
    .option("--resolved", "those that are done instead", false)
    .option("--json", "print JSON")
    .action((options: Json & { readonly resolved: boolean }) => list(terminal, options));
  reports
    .command("resolve <id>")
    .description("close a report; the member who wrote it is told what came of it")
    .addOption(
      new Option(
        "--outcome <word>",
        "what came of it; left out: acted when something was decided on it, or none",
      ).choices(["acted", "none", "handled"]),
    )
    .option("--json", "print JSON")
    .action((id: string, { outcome, ...options }: Json & { readonly outcome?: string }) =>
      move(
        terminal,
        { reportId: reportId(id), state: "resolved", outcome: toReportOutcome(outcome ?? null) ?? undefined },
        options,
      ),
    );
  reports
    .command("reopen <id>")
    .description("open a report again")
    .option("--json", "print JSON")
    .action((id: string, options: Json) =>
      move(terminal, { reportId: reportId(id), state: "open" }, options),
    );
}

async function list(terminal: Terminal, options: Json & { readonly resolved: boolean }): Promise<void> {
  const state = options.resolved ? "resolved" : "open";
  const views = (await withApp(terminal, (app) => listAllReports(app, state, SHOWN))).map(view);
  const lines =
    views.length === 0
      ? ["No reports."]
      : table(
          views.map((one) => [
            one.id,
            one.at.slice(0, 10),
            one.target,
            one.category,
            one.reporter,
            one.comment.replace(/\s+/g, " ").slice(0, 60),
          ]),
        );
  report(terminal, options, views, lines);
}

async function move(terminal: Terminal, command: MoveReport, options: Json): Promise<void> {
  await withApp(terminal, (app) => setReportStateByOperator(app, command));
  const { reportId: id, state } = command;
  report(terminal, options, { id: String(id), state }, [`Report ${id} is ${state}.`]);
}

function view(one: ReportView) {
  return {
    id: String(one.id),
    at: isoTime(one.createdAt),
    target: handleOf(one.target),
    reporter: one.reporter === null ? "" : (one.reporter.host ?? handleOf(one.reporter)),
    category: one.category,
    comment: one.comment,
    language: one.language,
    objects: one.objectUris,
    languages: one.languages,
    forwarded: one.forwarded,
    state: one.state,
    outcome: one.outcome,
  };
}

function reportId(text: string): ReportId {
  const id = parseId<ReportId>(text);
  if (id === null) throw new InvalidArgumentError("It must be the number of a report.");
  return id;
}
