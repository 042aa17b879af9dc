import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { OutgoingEvent } from "../../domain/outgoing.ts";
import type { StandbyAgreement } from "../../domain/lifeboat.ts";
import { notFound } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { readSetting, writeSetting } from "../../store/settings.ts";
import { findIdentityFor } from "../../store/standby-segments.ts";
import {
  type Change,
  findAgreement,
  insertChanges,
  insertConsent,
  insertLeft,
  listAgreementRows,
  listConsentsOf,
  removeConsent,
  removeStandbyTraces,
} from "../../store/standbys.ts";
import { audit } from "../moderation/audit.ts";
import { termsOf } from "./agreements.ts";
import { requestReplication } from "./errands.ts";

/** Changes are gathered this long before they are sent, ms. */
const GATHER_MS = 20_000;
const ASKS = "standbyAsksNewcomers";

/** What a member decides about one standby. */
export type ConsentChoice = {
  readonly agreementId: number;
  readonly standby: string;
  readonly scope: StandbyAgreement["scope"];
  readonly trustees: number;
  readonly threshold: number;
  readonly waitHours: number;
  readonly since: number;
  readonly given: boolean;
  /** The account that waits there, once the standby told. */
  readonly handle: string | null;
  readonly uri: string | null;
  /** What is for followers is sent only sealed, and that takes a recovery phrase. */
  readonly canSeal: boolean;
};

/** The standbys of this server, and what the person decided about each; empty when there is none. */
export async function listConsentChoices(app: App, viewer: Viewer): Promise<readonly ConsentChoice[]> {
  const rows = (await listAgreementRows(app.db)).filter(
    (row) => row.role === "home" && row.state === "agreed",
  );
  if (rows.length === 0) return [];
  const given = await listConsentsOf(app.db, viewer.actorId);
  const canSeal = (await findIdentityFor(app.db, viewer.actorId)) !== null;
  return rows.map((row) => {
    const terms = termsOf(row);
    const own = given.find((one) => one.agreement_id === row.id);
    return {
      agreementId: row.id,
      standby: row.partner,
      scope: terms.scope,
      trustees: terms.trustees.length,
      threshold: terms.threshold,
      waitHours: terms.waitHours,
      since: row.agreed_at ?? row.created_at,
      given: own !== undefined,
      handle: own?.standby_handle ?? null,
      uri: own?.standby_uri ?? null,
      canSeal,
    };
  });
}

/** The person lets a standby keep a copy of what they write. Saying it again changes nothing. @throws not_found */
export async function giveConsent(app: App, viewer: Viewer, agreementId: number): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const row = await findAgreement(tx, agreementId);
    if (row === undefined || row.role !== "home" || row.state !== "agreed") throw notFound();
    const consent = { actor_id: viewer.actorId, agreement_id: agreementId, created_at: now };
    if (!(await insertConsent(tx, consent))) return;
    await noteChange(app, tx, { kind: "member", objectId: viewer.actorId, actorId: viewer.actorId }, 0);
  });
  app.wake();
}

/** The person takes it back: the standby is told at once to delete everything of theirs. @throws not_found */
export async function withdrawConsent(app: App, viewer: Viewer, agreementId: number): Promise<void> {
  const { actorId } = viewer;
  await transaction(app.db, async (tx) => {
    const given = (await listConsentsOf(tx, actorId)).some((one) => one.agreement_id === agreementId);
    if (!given) throw notFound();
    await insertLeft(tx, agreementId, actorId, app.ids.next());
    await removeConsent(tx, actorId, agreementId);
    await requestReplication(app, tx, agreementId, 0);
  });
  app.wake();
}

/**
 * Writes down for the standbys of `by` what an event changed, in the transaction of the fact. One statement for whoever has
 * no standby.
 */
export async function noteStandbyChange(app: App, tx: Db, by: number, event: OutgoingEvent): Promise<void> {
  const change = changeOf(by, event);
  if (change === null) return;
  await noteChange(app, tx, change, GATHER_MS);
  if (change.kind === "left") await removeStandbyTraces(tx, by);
}

function changeOf(by: number, event: OutgoingEvent): Change | null {
  switch (event.type) {
    case "note.created":
    case "note.updated":
    case "note.deleted":
      return { kind: "note", objectId: event.noteId, actorId: by };
    case "actor.updated":
      return { kind: "member", objectId: by, actorId: by };
    case "actor.deleted":
      return { kind: "left", objectId: by, actorId: by };
    default:
      return null;
  }
}

async function noteChange(app: App, tx: Db, change: Change, inMs: number): Promise<void> {
  const agreements = await insertChanges(tx, change, app.ids.next());
  for (const id of agreements) await requestReplication(app, tx, id, inMs);
}

/** Whether people who join are asked about standbys on their first page. */
export async function asksNewcomers(app: App): Promise<boolean> {
  return fromJson<boolean>(await readSetting(app.db, ASKS), false);
}

/** The owner decides whether people who join are asked. */
export async function setAsksNewcomers(app: App, asks: boolean, by: Viewer | null = null): Promise<void> {
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, ASKS, toJson(asks));
    await audit(app, tx, by, { what: "standby.newcomers", detail: { asks } });
  });
}
