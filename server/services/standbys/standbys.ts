import type { App } from "../../context.ts";
import type { StandbyAgreement } from "../../domain/lifeboat.ts";
import { STANDBY_FAULTS, type StandbyFault } from "../../domain/standby.ts";
import { notFound } from "../../errors.ts";
import { countReplicas } from "../../store/standby-replicas.ts";
import { type AgreementRow, countConsents, listAgreementRows } from "../../store/standbys.ts";
import { termsOf } from "./agreements.ts";

/** An agreement as the people who run either side see it. Times in ms, sizes in bytes. */
export type StandbyView = {
  readonly id: number;
  /** `urn:uuid:…` */
  readonly uri: string;
  /** What this server is in it. */
  readonly role: "home" | "standby";
  /** Origin of the other server. */
  readonly partner: string;
  /** `offered` by us, `asked` of us. */
  readonly state: "offered" | "asked" | "agreed" | "ended";
  readonly terms: StandbyAgreement;
  readonly createdAt: number;
  readonly agreedAt: number | null;
  readonly endedAt: number | null;
  /** When the partner was last heard from. */
  readonly seenAt: number | null;
  /** What the standby keeps. */
  readonly bytes: number;
  readonly fault: StandbyFault | null;
  /** Members who take part, and for how many of them an account waits. */
  readonly members: number;
  readonly kept: number;
  /** At the standby: notes and files that are here. */
  readonly notes: number;
  readonly files: number;
};

/** How many ended ones a page still names. */
const ENDED = 5;

/** All agreements that are open, newest first, then the last ones that ended. */
export async function listStandbys(app: App): Promise<readonly StandbyView[]> {
  const rows = await listAgreementRows(app.db);
  const [consents, replicas] = [await countConsents(app.db), await countReplicas(app.db)];
  const views = rows.map((row): StandbyView => {
    const own = consents.get(row.id);
    const replica = replicas.get(row.id);
    const members = own?.members ?? replica?.members ?? 0;
    return {
      id: row.id,
      uri: row.uri,
      role: row.role === "home" ? "home" : "standby",
      partner: row.partner,
      state: stateOf(row),
      terms: termsOf(row),
      createdAt: row.created_at,
      agreedAt: row.agreed_at,
      endedAt: row.ended_at,
      seenAt: row.seen_at,
      bytes: row.bytes,
      fault: STANDBY_FAULTS.find((one) => one === row.fault) ?? null,
      members,
      kept: own?.kept ?? members,
      notes: replica?.notes ?? 0,
      files: replica?.files ?? 0,
    };
  });
  const ended = views.filter((view) => view.state === "ended").slice(0, ENDED);
  return [...views.filter((view) => view.state !== "ended"), ...ended];
}

/** Servers that wait for an answer of ours, and agreements that something keeps from working. */
export async function countStandbyConcerns(
  app: App,
): Promise<{ readonly asked: number; readonly faults: number }> {
  const rows = await listAgreementRows(app.db);
  return {
    asked: rows.filter((row) => row.state === "asked").length,
    faults: rows.filter((row) => row.state === "agreed" && row.fault !== null).length,
  };
}

/** One agreement. @throws not_found */
export async function getStandby(app: App, id: number): Promise<StandbyView> {
  const view = (await listStandbys(app)).find((one) => one.id === id);
  if (view === undefined) throw notFound();
  return view;
}

function stateOf({ state }: AgreementRow): StandbyView["state"] {
  return state === "offered" || state === "asked" || state === "agreed" ? state : "ended";
}
