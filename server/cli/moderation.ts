import { type Command, InvalidArgumentError, Option } from "commander";
import { type App, isoTime } from "../context.ts";
import { handleOf, parseHandle } from "../domain/actor.ts";
import {
  type DecisionView,
  isOneAct,
  type Measure,
  PERSON_MEASURES,
  NOTE_MEASURES,
} from "../domain/decision.ts";
import { type ActorId, type DecisionId, type NoteId, parseId } from "../domain/ids.ts";
import { LABELS } from "../domain/statement.ts";
import { notFound } from "../errors.ts";
import { lookUpActor } from "../services/actors/actors.ts";
import { listAllDecisions } from "../services/moderation/decision-views.ts";
import { decide, reverseDecision } from "../services/moderation/decisions.ts";
import { NO_REASONS, statementOf } from "../services/moderation/statements.ts";
import { report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Act = Json & {
  readonly note?: NoteId;
  readonly label?: string;
  readonly reason?: string;
  readonly days?: number;
};

const SHOWN = 80;
const DAY_MS = 86_400_000;

/** `causeway moderation …` */
export function addModerationCommands(program: Command, terminal: Terminal): void {
  const moderation = program.command("moderation").description("decisions about people and notes");
  moderation
    .command("list")
    .description("list the newest 80 decisions")
    .option("--about <handle>", "those about one person, such as @ada or @ada@example.org")
    .option("--json", "print JSON")
    .action((options: Json & { readonly about?: string }) => list(terminal, options));
  moderation
    .command("act <handle> <measure>")
    .description(
      `decide about somebody (${PERSON_MEASURES.join(", ")}) or a note (${NOTE_MEASURES.join(", ")})`,
    )
    .option("--note <id>", "about this note of theirs", noteId)
    .addOption(new Option("--label <word>", "the word that is put on the note").choices(LABELS))
    .option("--reason <text>", "what happened; the person reads it")
    .option("--days <number>", "for so many days", days)
    .option("--json", "print JSON")
    .action((handle: string, measure: string, options: Act) => act(terminal, handle, measure, options));
  moderation
    .command("reverse <id>")
    .description("take a decision back")
    .option("--json", "print JSON")
    .action((id: string, options: Json) => reverse(terminal, decisionId(id), options));
}

async function list(terminal: Terminal, options: Json & { readonly about?: string }): Promise<void> {
  const views = await withApp(terminal, async (app) => {
    const actorId = options.about === undefined ? undefined : await actorIdOf(app, options.about);
    return (await listAllDecisions(app, { actorId }, SHOWN)).map(view);
  });
  const lines =
    views.length === 0
      ? ["No decisions."]
      : table(views.map((one) => [one.id, one.at.slice(0, 10), one.measure, one.state, one.about]));
  report(terminal, options, views, lines);
}

async function act(terminal: Terminal, handle: string, word: string, options: Act): Promise<void> {
  const measure = [...PERSON_MEASURES, ...NOTE_MEASURES].find((one): one is Measure => one === word);
  if (measure === undefined) throw new InvalidArgumentError("There is no such measure.");
  const id = await withApp(terminal, async (app) => {
    const actorId = await actorIdOf(app, handle);
    const what = { measure, noteId: options.note, isReported: false };
    return await decide(app, null, {
      measure,
      actorId,
      noteId: options.note,
      label: options.label,
      ...(options.days === undefined || isOneAct(measure)
        ? {}
        : { endsAt: app.clock.now() + options.days * DAY_MS }),
      statement: await statementOf(app, what, { ...NO_REASONS, facts: options.reason ?? "" }),
    });
  });
  report(terminal, options, { id: String(id), measure }, [`Decided: ${measure} (decision ${id}).`]);
}

async function reverse(terminal: Terminal, id: DecisionId, options: Json): Promise<void> {
  await withApp(terminal, (app) => reverseDecision(app, null, id));
  report(terminal, options, { id: String(id), state: "reversed" }, [`Decision ${id} is taken back.`]);
}

async function actorIdOf(app: App, text: string): Promise<ActorId> {
  const handle = parseHandle(text);
  const actor = handle === null ? null : await lookUpActor(app, null, handle);
  if (actor === null) throw notFound();
  return actor.id;
}

function view(one: DecisionView) {
  return {
    id: String(one.id),
    at: isoTime(one.createdAt),
    measure: one.measure,
    state: one.state,
    about: one.actor === null ? (one.host ?? "") : handleOf(one.actor),
    object: one.objectUri,
    until: one.endsAt === null ? null : isoTime(one.endsAt),
    ground: one.statement.ground,
    facts: one.statement.decisionFacts,
  };
}

function decisionId(text: string): DecisionId {
  const id = parseId<DecisionId>(text);
  if (id === null) throw new InvalidArgumentError("It must be the number of a decision.");
  return id;
}

function noteId(text: string): NoteId {
  const id = parseId<NoteId>(text);
  if (id === null) throw new InvalidArgumentError("It must be the number of a note.");
  return id;
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 3_650)
    throw new InvalidArgumentError("It must be a whole number of days, 1 to 3650.");
  return value;
}
