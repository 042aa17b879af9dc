import { html } from "hono/html";
import { type ActorView, handleOf, outranks, type Viewer } from "../../../server/domain/actor.ts";
import type { DecisionView, Measure, NewDecision } from "../../../server/domain/decision.ts";
import {
  type ActorId,
  type DecisionId,
  type NoteId,
  parseId,
  type ReportId,
} from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { STATEMENT_CATEGORIES } from "../../../server/domain/statement.ts";
import { CausewayError, type FieldFaults, invalid, notFound } from "../../../server/errors.ts";
import { viewPerson } from "../../../server/services/administration/people.ts";
import { listRules, ruleFor } from "../../../server/services/instance/instance.ts";
import { listDecisions } from "../../../server/services/moderation/decision-views.ts";
import { decide, mayActOn, reverseDecision } from "../../../server/services/moderation/decisions.ts";
import { type Reasons, statementOf } from "../../../server/services/moderation/statements.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { actorRow } from "../../components/actor.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import {
  DECISION_DAYS,
  decideForm,
  decideLabels,
  measuresFor,
  type RuleChoice,
} from "../../components/decide-form.ts";
import { decisionFacts, decisionTitle } from "../../components/decision.ts";
import { faultSummary } from "../../components/fields.ts";
import { noteCard } from "../../components/note.ts";
import { languagesOfReader } from "../../components/rules.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Form } from "../../form.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const DAY_MS = 86_400_000;
const PATH = "/moderation/people";
/** Decisions about somebody that the page shows. */
const SHOWN = 40;

/** Whom, and which of their notes, a page is about, and for which report. */
type Place = {
  readonly actor: ActorView;
  readonly mayAct: boolean;
  readonly noteId: NoteId | null;
  readonly reportId: ReportId | null;
};

/** Somebody, here or elsewhere, or one of their notes: what was decided, and the form that decides. */
export async function getDecide(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, await placeOf(c, viewer), freshForm(DEFAULTS));
}

const DEFAULTS = { measure: "warn", ground: "rules", category: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC" };

/** Decides, or takes a decision back. */
export async function postDecide(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const place = await placeOf(c, viewer);
  const form = await readForm(c);
  const what = form.text("do");
  const outcome = await attempt(async () => {
    if (what === "decide") return void (await decide(app, viewer, await commandOf(c, viewer, place, form)));
    if (what !== "reverse") throw notFound();
    const id = parseId<DecisionId>(form.text("decision"));
    if (id === null) throw notFound();
    await reverseDecision(app, viewer, id);
  });
  if (!outcome.ok) return await show(c, viewer, place, returnedForm(form, outcome.refusal));
  if (what === "decide" && place.reportId !== null)
    return c.redirect(`/moderation/reports/${place.reportId}?done=saved`, 303);
  // Who deleted an account is left with nobody to look at.
  if (form.text("measure") === "delete" && place.noteId === null && what === "decide")
    return c.redirect("/moderation/accounts", 303);
  return c.redirect(addressOf(place, { done: what }), 303);
}

function addressOf({ actor, noteId, reportId }: Place, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    ...(noteId === null ? {} : { note: String(noteId) }),
    ...(reportId === null ? {} : { report: String(reportId) }),
    ...more,
  }).toString();
  return `${PATH}/${actor.id}${query === "" ? "" : `?${query}`}`;
}

/** @throws not_found */
async function placeOf(c: WebContext, viewer: Viewer): Promise<Place> {
  const { app } = c.get("visit");
  const id = parseId<ActorId>(c.req.param("id"));
  if (id === null) throw notFound();
  const { actor, member } = await viewPerson(app, viewer, id);
  return {
    actor,
    mayAct: mayActOn(viewer, id, member?.role ?? null),
    noteId: parseId<NoteId>(c.req.query("note")),
    reportId: parseId<ReportId>(c.req.query("report")),
  };
}

/** The rules in the moderator's language: the words of the statement. */
async function rulesOf(visit: Visit): Promise<readonly RuleChoice[]> {
  const main = visit.settings.languages[0] ?? "en";
  return (await listRules(visit.app)).map((rule) => ({
    id: String(rule.id),
    text: ruleFor(rule, languagesOfReader(visit), main).text,
  }));
}

/** @throws invalid with fields */
async function commandOf(c: WebContext, viewer: Viewer, place: Place, form: Form): Promise<NewDecision> {
  const visit = c.get("visit");
  const about = place.noteId === null ? "person" : "note";
  const measures = measuresFor(about, outranks(viewer.role, "moderator"));
  const measure = measures.find((one) => one === form.text("measure"));
  const reasons = await reasonsOf(visit, form);
  const faults: Record<string, FieldFaults[string]> = {};
  if (measure === undefined) faults["measure"] = { key: "field.choose" };
  if (reasons.ground === "law" && reasons.groundText === "") faults["law"] = { key: "field.required" };
  if (reasons.facts.trim() === "") faults["decisionFacts"] = { key: "field.required" };
  if (measure === "delete" && form.text("sure") !== "yes") faults["sure"] = { key: "field.sure" };
  if (measure === undefined || Object.keys(faults).length > 0) throw invalid(faults);
  const days = DECISION_DAYS.find((one) => String(one) === form.text("ends"));
  const noteId = place.noteId ?? undefined;
  const isReported = place.reportId !== null;
  return {
    measure,
    actorId: place.actor.id,
    noteId,
    reportId: place.reportId ?? undefined,
    label: measure === "label" ? form.text("label") : undefined,
    ...(days === undefined || isAct(measure) ? {} : { endsAt: visit.app.clock.now() + days * DAY_MS }),
    statement: await statementOf(visit.app, { measure, noteId, isReported }, reasons),
  };
}

/** What is over at once has no end to choose. */
function isAct(measure: Measure): boolean {
  return measure === "warn" || measure === "delete";
}

async function reasonsOf(visit: Visit, form: Form): Promise<Reasons> {
  const ground = form.text("ground");
  const isLaw = ground === "law";
  const rule = (await rulesOf(visit)).find(({ id }) => ground === `rule:${id}`);
  const category = STATEMENT_CATEGORIES.find((one) => one === form.text("category"));
  return {
    ground: isLaw ? "law" : "rules",
    groundText: isLaw ? form.text("law").trim() : (rule?.text ?? visit.i18n.t("decide.rule_other")),
    explanation: form.text("explanation"),
    facts: form.text("decisionFacts"),
    category: category ?? "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    language: visit.i18n.locale,
  };
}

async function show(c: WebContext, viewer: Viewer, place: Place, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { actor, noteId, mayAct } = place;
  const note = noteId === null ? null : await seenNote(visit, viewer, place);
  const which = { actorId: actor.id, noteId: noteId ?? undefined, limit: SHOWN };
  const { items: decisions } = await listDecisions(visit.app, viewer, which);
  const title = t("decide.title", { name: handleOf(actor) });
  const about = noteId === null ? "person" : "note";
  const done = c.req.query("done");
  const form = decideForm(visit, state, {
    action: addressOf(place),
    about,
    measures: measuresFor(about, outranks(viewer.role, "moderator")),
    rules: await rulesOf(visit),
  });
  const body = html`${faultSummary(visit, state, decideLabels(visit))}
<ul class="actor-list">${actorRow(visit, actor)}</ul>
${noteId === null ? "" : aboutNote(visit, place, note)}${ways(visit, place)}
${held(visit, place, decisions)}
${mayAct ? html`<section class="stack" aria-labelledby="decide"><h2 class="section-title" id="decide">${t(`decide.about_${about}`)}</h2><p class="muted">${t(actor.host === null ? "decide.lead" : "decide.lead_remote")}</p>${form}</section>` : html`<p class="muted">${t("decide.may_not")}</p>`}
${past(visit, decisions)}`;
  return await showPage(c, {
    title,
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, actor.host === null ? "accounts" : "reports", body, {
      title,
      done: done === "decide" ? "decide.done" : done === "reverse" ? "decide.reversed" : undefined,
    }),
  });
}

/** The note, as far as the moderator may see it. */
async function seenNote(visit: Visit, viewer: Viewer, place: Place): Promise<NoteView | null> {
  if (place.noteId === null) return null;
  try {
    const note = await viewNote(visit.app, viewer, place.noteId);
    return note.author.id === place.actor.id ? note : null;
  } catch (error) {
    if (error instanceof CausewayError && (error.kind === "not_found" || error.kind === "gone")) return null;
    throw error;
  }
}

function aboutNote(visit: Visit, place: Place, note: NoteView | null): Html {
  const { t } = visit.i18n;
  return html`${note === null ? html`<p class="notice">${t("decide.unseen")}</p>` : html`<div class="quoted">${noteCard(visit, { ...note, sensitive: true }, { isQuoted: true })}</div>`}
<p><a class="button quiet small" href="${addressOf({ ...place, noteId: null })}">${t("decide.about_person")}</a></p>`;
}

function ways(visit: Visit, { reportId }: Place): Html {
  const { t } = visit.i18n;
  if (reportId === null) return html``;
  return html`<p class="muted">${t("decide.on_report")} <a href="/moderation/reports/${reportId}">${t("decide.to_report")}</a></p>`;
}

/** What holds now, each with a button that takes it back. */
function held(visit: Visit, place: Place, decisions: readonly DecisionView[]): Html {
  const { t, day } = visit.i18n;
  const force = decisions.filter((one) => one.state === "in_force");
  if (force.length === 0) return html``;
  const row = (one: DecisionView) =>
    html`<li class="stack"><h3>${decisionTitle(visit, one)}</h3>${decisionFacts(visit, one, { showsWho: true })}${
      place.mayAct
        ? rowButton(visit, addressOf(place), {
            do: "reverse",
            text: t("decide.take_back"),
            about: t("decide.take_back_of", { what: decisionTitle(visit, one), date: day(one.createdAt) }),
            fields: { decision: String(one.id) },
          })
        : ""
    }</li>`;
  return html`<section class="card stack" aria-labelledby="force"><h2 class="section-title" id="force">${t("decide.in_force")}</h2><ul class="rows">${force.map(row)}</ul></section>`;
}

function past(visit: Visit, decisions: readonly DecisionView[]): Html {
  const { t } = visit.i18n;
  const rest = decisions.filter((one) => one.state !== "in_force");
  return html`<section class="card stack" aria-labelledby="past"><h2 class="section-title" id="past">${t("decide.history")}</h2>
${rest.length === 0 ? html`<p class="muted">${t("decide.nothing")}</p>` : html`<ul class="rows">${rest.map((one) => html`<li class="stack"><h3>${decisionTitle(visit, one)}</h3>${decisionFacts(visit, one, { showsWho: true })}</li>`)}</ul>`}</section>`;
}
