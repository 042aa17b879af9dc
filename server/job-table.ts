import type { App } from "./context.ts";
import { asId, type NoteId } from "./domain/ids.ts";
import { GiveUp, type JobHandler } from "./store/jobs.ts";
import { emptyActorTraces } from "./services/accounts/departures.ts";
import { workOnWave } from "./services/accounts/wave-work.ts";
import { workOnArrival } from "./services/arrivals/work.ts";
import { refreshPoll } from "./services/notes/poll-refresh.ts";
import { publishDue } from "./services/notes/scheduled.ts";
import { tellTallies } from "./services/notes/polls.ts";
import { readList } from "./services/moderation/domains-lists.ts";
import { continueDrafts } from "./services/moderation/domains-work.ts";
import { classifyNote, classifyProfile } from "./services/moderation/late-looks.ts";
import { applyHostRules } from "./services/moderation/domains-apply.ts";
import { refreshFeatured } from "./services/actors/featured.ts";
import { verifyLinks } from "./services/actors/links.ts";
import { fetchCard } from "./services/cards/fetch-card.ts";
import { forgetProxied } from "./services/media/proxy.ts";
import { workOnFilm } from "./services/media/film-job.ts";
import { tellFrozen } from "./services/identities/freezing.ts";
import { moveRelations } from "./services/moves/moved-relations.ts";
import { recheckMove } from "./services/moves/received-moves.ts";
import { carryOutEvacuation } from "./services/escapes/evacuations.ts";
import { learnSoftware } from "./services/escapes/software.ts";
import { forgetTransfer } from "./services/transfers/import.ts";
import { workOnTransfer } from "./services/transfers/work.ts";
import { runChore } from "./ops/chores.ts";
import { appendDeletion, repeatDeletions } from "./ops/deletion-journal.ts";

/** Background work of the domain by kind; the federation door brings its own. Every handler may be run again. */
export const JOBS: Readonly<Record<string, JobHandler>> = {
  "remove-files": async (app, payload) => {
    for (const name of namesOf(payload)) await app.files.remove(name);
  },
  "forget-proxied": async (app, payload) => {
    const keys = isRecord(payload) ? payload["keys"] : null;
    if (Array.isArray(keys))
      await forgetProxied(
        app,
        keys.filter((key) => typeof key === "string"),
      );
  },
  "empty-actor": async (app: App, payload) => {
    if (isRecord(payload) && typeof payload["actorId"] === "number")
      await emptyActorTraces(app, asId(payload["actorId"]));
  },
  "tell-tallies": async (app, payload) => {
    const noteId = noteIdOf(payload);
    if (noteId !== null) await tellTallies(app, noteId);
  },
  "refresh-poll": async (app, payload) => {
    const noteId = noteIdOf(payload);
    if (noteId !== null) await refreshPoll(app, noteId);
  },
  arrival: async (app, payload, context) => await workOnArrival(app, numberOf(payload, "arrivalId"), context),
  publish: async (app) => void (await publishDue(app)),
  featured: async (app, payload) => await refreshFeatured(app, asId(numberOf(payload, "actorId"))),
  "verify-links": async (app, payload) => await verifyLinks(app, asId(numberOf(payload, "actorId"))),
  "move-relations": async (app, payload) =>
    await moveRelations(app, asId(numberOf(payload, "fromId")), asId(numberOf(payload, "toId"))),
  transfer: async (app, payload, context) =>
    await workOnTransfer(app, numberOf(payload, "transferId"), context),
  "forget-transfer": async (app, payload) => await forgetTransfer(app, numberOf(payload, "transferId")),
  "recheck-move": async (app, payload) => await recheckMove(app, numberOf(payload, "actorId")),
  "tell-frozen": async (app, payload) => await tellFrozen(app, asId(numberOf(payload, "actorId"))),
  "journal-deletion": appendDeletion,
  "repeat-deletions": async (app) => void (await repeatDeletions(app)),
  card: async (app, payload) => {
    const key = isRecord(payload) ? payload["key"] : null;
    if (typeof key === "string") await fetchCard(app, key);
  },
  "classify-note": async (app, payload) => await classifyNote(app, numberOf(payload, "noteId")),
  "classify-profile": async (app, payload) => await classifyProfile(app, numberOf(payload, "actorId")),
  film: async (app, payload, context) =>
    await workOnFilm(app, asId(numberOf(payload, "attachmentId")), context),
  evacuate: async (app, payload) => await carryOutEvacuation(app, numberOf(payload, "evacuationId")),
  "learn-software": async (app, payload) => {
    const origin = isRecord(payload) ? payload["origin"] : null;
    if (typeof origin === "string") await learnSoftware(app, origin);
  },
  chore: async (app, payload, { signal }) =>
    await runChore(app, isRecord(payload) ? payload["chore"] : null, signal),
  "domain-drafts": async (app, payload, { signal }) => {
    const source = isRecord(payload) ? payload["source"] : null;
    const accountId = isRecord(payload) ? payload["accountId"] : null;
    if (typeof source === "string")
      await continueDrafts(app, source, typeof accountId === "number" ? accountId : null, signal);
  },
  "domain-list": async (app, payload) => await readList(app, numberOf(payload, "listId")),
  wave: async (app, payload, { signal }) => await workOnWave(app, numberOf(payload, "waveId"), signal),
  "apply-domains": async (app, payload) => {
    const host = isRecord(payload) ? payload["host"] : null;
    await applyHostRules(app, typeof host === "string" ? host : null);
  },
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function noteIdOf(payload: unknown): NoteId | null {
  const id = isRecord(payload) ? payload["noteId"] : undefined;
  return typeof id === "number" ? asId(id) : null;
}

function numberOf(payload: unknown, name: string): number {
  const value = isRecord(payload) ? payload[name] : undefined;
  if (typeof value !== "number") throw new GiveUp(`payload without ${name}`);
  return value;
}

function namesOf(payload: unknown): readonly string[] {
  const files = isRecord(payload) ? payload["files"] : undefined;
  return Array.isArray(files) ? files.filter((name) => typeof name === "string") : [];
}
