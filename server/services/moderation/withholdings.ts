import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId, type WithholdingId } from "../../domain/ids.ts";
import { parseHandle } from "../../domain/actor.ts";
import type { Statement } from "../../domain/statement.ts";
import {
  isCountry,
  type NewWithholding,
  WITHHOLDING_BASES,
  WITHHOLDING_LIMITS,
  type WithholdingBasis,
  type WithholdingView,
  type WithholdingWork,
} from "../../domain/withholding.ts";
import { type FieldFaults, forbidden, invalid, notFound } from "../../errors.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction, type Tx } from "../../store/database.ts";
import { findNoteById, type NoteRow } from "../../store/notes.ts";
import {
  findWithholding,
  insertWithholding,
  listDueWithholdings,
  listWithholdings,
  setWithholdingDecision,
  settleWithheld,
  type WithholdingRow,
  withholdingsAbout,
} from "../../store/withholdings.ts";
import { requireModerator } from "../administration/roles.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { search } from "../search.ts";
import { recordDecision } from "./decision-records.ts";
import { mayActOn, roleOf, tellPerson } from "./decisions.ts";
import { statementOf } from "./statements.ts";
import { fromNowhere } from "./withheld-here.ts";
import { forgetWithheldFiles } from "./withheld-files.ts";
import { endWithholdingWithin } from "./withholding-ends.ts";

/** Longer than this is until somebody ends it, ms. */
const LONGEST_MS = 20 * 366 * 86_400_000;
const SHOWN = 200;
/** Demands that are ended in one go; the next go comes a minute later. */
const DUE_BATCH = 100;

type Target = { readonly actor: ActorRow; readonly note: NoteRow | null };

/**
 * Keeps a note or a person from visitors of the countries that a legal demand names; everywhere else, and for other servers,
 * nothing changes. It stands in the public log, is a decision with its statement, and the member concerned is told.
 * @throws forbidden below moderator and about equals and those above, invalid with fields
 */
export async function placeWithholding(
  app: App,
  viewer: Viewer,
  command: NewWithholding,
): Promise<WithholdingId> {
  requireModerator(viewer);
  const now = app.clock.now();
  const faults = faultsOf(command, now);
  const target = command.object.trim() === "" ? null : await findTarget(app, command.object.trim());
  if (target === null)
    faults["object"] = { key: command.object.trim() === "" ? "field.required" : "error.not_found" };
  if (target === null || Object.keys(faults).length > 0) throw invalid(faults);
  await requireMayWithhold(app.db, viewer, target.actor.id);
  const statement = await toStatement(app, target, command);
  const instanceId = await getInstanceActorId(app);
  const { actor, note } = target;
  const id = app.ids.next();
  await transaction(app.db, async (tx) => {
    await insertWithholding(tx, toRow(id, viewer, target, command, now));
    await settle(tx, target);
    const decisionId = await recordDecision(app, tx, viewer, {
      measure: "withhold",
      actorId: actor.id,
      noteId: note?.id,
      objectUri: note?.uri ?? actor.uri,
      host: actor.host === "" ? undefined : actor.host,
      statement,
      endsAt: command.endsAt ?? undefined,
      line: {
        kind: "withheld",
        what: command.basis,
        subject: subjectOf(target),
        object: note?.uri ?? actor.uri,
      },
    });
    await setWithholdingDecision(tx, id, decisionId);
    if (actor.host === "") await tellPerson(app, tx, actor.id, instanceId);
    forgetWithheldFiles(app);
  });
  app.wake();
  return asId(id);
}

/** As for every decision; owners, who answer for the server, withhold what is their own too. @throws forbidden */
async function requireMayWithhold(db: Db, viewer: Viewer | null, actorId: number): Promise<void> {
  if (viewer === null || viewer.role === "owner") return;
  if (!mayActOn(viewer, actorId, await roleOf(db, actorId))) throw forbidden();
}

function subjectOf({ actor, note }: Target): "note" | "member" | "remote" {
  if (note !== null) return "note";
  return actor.host === "" ? "member" : "remote";
}

async function settle(tx: Tx, { actor, note }: Target): Promise<void> {
  await settleWithheld(tx, { noteId: note?.id ?? null, actorId: actor.id });
}

function toRow(
  id: number,
  viewer: Viewer,
  { actor, note }: Target,
  command: NewWithholding,
  now: number,
): WithholdingRow {
  const words = Object.entries(command.notice).map(([tag, text]) => [tag, text.trim()] as const);
  return {
    id,
    actor_id: note === null ? actor.id : null,
    note_id: note?.id ?? null,
    object_uri: note?.uri ?? actor.uri,
    countries: toJson([...new Set(command.countries)].toSorted()),
    basis: command.basis,
    legal_ref: command.legalRef.trim(),
    requester: command.requester.trim(),
    authority_url: command.authorityUrl,
    facts: command.facts.trim(),
    language: command.language,
    notice: toJson(Object.fromEntries(words.filter(([, text]) => text !== ""))),
    received_at: command.receivedAt,
    state: "in_force",
    by_id: viewer.actorId,
    decision_id: null,
    created_at: now,
    expires_at: command.endsAt,
    ended_at: null,
  };
}

async function toStatement(app: App, { note }: Target, command: NewWithholding): Promise<Statement> {
  const what = { measure: "hide", noteId: note === null ? undefined : asId<NoteId>(note.id) } as const;
  const made = await statementOf(
    app,
    { ...what, isReported: true },
    {
      ground: command.basis === "terms" ? "rules" : "law",
      groundText: command.legalRef,
      explanation: command.requester,
      facts: command.facts,
      category: command.category,
      language: command.language ?? undefined,
    },
  );
  return {
    ...made,
    decisionVisibility:
      command.basis === "age"
        ? ["DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"]
        : ["DECISION_VISIBILITY_CONTENT_DISABLED"],
    territorialScope: command.countries,
    applicationDate: app.clock.now(),
    automatedDecision: "AUTOMATED_DECISION_NOT_AUTOMATED",
  };
}

/** What everybody may see and what is stored here: staff learns nothing of notes that are not for them. */
async function findTarget(app: App, text: string): Promise<Target | null> {
  const words = wordsFor(app, text);
  if (words === null) return null;
  const found = await fromNowhere(() => search(app, null, words));
  const [view] = found.notes;
  if (view !== undefined) {
    const note = await findNoteById(app.db, view.id);
    const author = note === undefined ? undefined : await findActorById(app.db, note.actor_id);
    return note === undefined || author === undefined ? null : { actor: author, note };
  }
  const [person] = found.actors;
  const actor = person === undefined ? undefined : await findActorById(app.db, person.id);
  return actor === undefined || actor.deleted_at !== null || actor.kind === "Application"
    ? null
    : { actor, note: null };
}

/** An address as it is, a handle with its server; null for anything else. */
function wordsFor(app: App, text: string): string | null {
  if (/^https?:\/\//i.test(text)) return text;
  const handle = parseHandle(text);
  return handle === null ? null : `@${handle.username}@${handle.host ?? app.config.handleHost}`;
}

function faultsOf(command: NewWithholding, now: number): Record<string, FieldFaults[string]> {
  const faults: Record<string, FieldFaults[string]> = {};
  const { countries: most, legalRef, requester, words } = WITHHOLDING_LIMITS;
  const sized = (name: string, text: string, max: number, isRequired: boolean) => {
    if (isRequired && text.trim() === "") faults[name] = { key: "field.required" };
    if (text.length > max) faults[name] = { key: "field.too_long", params: { max } };
  };
  sized("legalRef", command.legalRef, legalRef, true);
  sized("requester", command.requester, requester, true);
  sized("facts", command.facts, words, true);
  for (const [tag, text] of Object.entries(command.notice)) sized(`notice_${tag}`, text, words, false);
  if (command.countries.length === 0) faults["countries"] = { key: "field.required" };
  else if (command.countries.length > most || !command.countries.every(isCountry))
    faults["countries"] = { key: "field.choose" };
  if (command.authorityUrl !== null && !/^https?:\/\/\S{3,2000}$/i.test(command.authorityUrl))
    faults["authorityUrl"] = { key: "field.link_form" };
  if (!Number.isFinite(command.receivedAt) || command.receivedAt > now)
    faults["receivedAt"] = { key: "error.invalid" };
  const { endsAt } = command;
  if (endsAt !== null && !(endsAt > now && endsAt < now + LONGEST_MS))
    faults["endsAt"] = { key: "field.date_future" };
  return faults;
}

/** Lifts a withholding before its time, or at it (`viewer` null). @throws forbidden as for placing one, not_found */
export async function endWithholding(app: App, viewer: Viewer | null, id: number): Promise<void> {
  if (viewer !== null) requireModerator(viewer);
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    const row = await findWithholding(tx, id);
    if (row === undefined) throw notFound();
    const note = row.note_id === null ? undefined : await findNoteById(tx, row.note_id);
    const author = await findActorById(tx, row.actor_id ?? note?.actor_id ?? 0);
    await requireMayWithhold(tx, viewer, author?.id ?? 0);
    if (!(await endWithholdingWithin(app, tx, viewer, row))) return;
    if (author?.host === "" && author.deleted_at === null) await tellPerson(app, tx, author.id, instanceId);
  });
  app.wake();
}

/** Ends the withholdings whose time is over, each in a transaction of its own. Returns how many. */
export async function endDueWithholdings(app: App): Promise<number> {
  const due = await listDueWithholdings(app.db, app.clock.now(), DUE_BATCH);
  for (const row of due) await endWithholding(app, null, row.id);
  return due.length;
}

/** The newest 200 withholdings of a state, for staff. @throws forbidden below moderator */
export async function listWithheld(
  app: App,
  viewer: Viewer,
  state: "in_force" | "ended",
): Promise<readonly WithholdingWork[]> {
  requireModerator(viewer);
  const rows = await listWithholdings(app.db, state, SHOWN);
  return rows.map((row) => ({ ...toView(row), objectUri: row.object_uri }));
}

/** All withholdings as everybody may read them, newest first; those of either state at most 200. Two statements. */
export async function listPublicWithholdings(
  app: App,
): Promise<{ readonly inForce: readonly WithholdingView[]; readonly ended: readonly WithholdingView[] }> {
  const inForce = await listWithholdings(app.db, "in_force", SHOWN);
  const ended = await listWithholdings(app.db, "ended", SHOWN);
  return { inForce: inForce.map(toView), ended: ended.map(toView) };
}

/** The notice of one withholding, which everybody may read wherever they are. @throws not_found */
export async function viewWithholding(app: App, id: number): Promise<WithholdingView> {
  const row = await findWithholding(app.db, id);
  if (row === undefined) throw notFound();
  return toView(row);
}

/** Why a note or a person is withheld in a country (null: in any), oldest first; empty when it is not. */
export async function withholdingsOf(
  app: App,
  about: { readonly noteId: number | null; readonly actorId: number },
  country: string | null,
): Promise<readonly WithholdingView[]> {
  const views = (await withholdingsAbout(app.db, about)).map(toView);
  return views.filter(({ countries }) => country === null || countries.includes(country));
}

function toView(row: WithholdingRow): WithholdingView {
  return {
    id: asId(row.id),
    isAbout: row.note_id === null ? "person" : "note",
    countries: fromJson<readonly string[]>(row.countries, []),
    basis: basisOf(row.basis),
    legalRef: row.legal_ref,
    requester: row.requester,
    authorityUrl: row.authority_url,
    facts: row.facts,
    notice: fromJson<Readonly<Record<string, string>>>(row.notice, {}),
    receivedAt: row.received_at,
    createdAt: row.created_at,
    endsAt: row.expires_at,
    endedAt: row.ended_at,
  };
}

function basisOf(text: string): WithholdingBasis {
  return WITHHOLDING_BASES.find((one) => one === text) ?? "government_request";
}
