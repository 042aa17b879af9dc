import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import { effectOf } from "../../domain/statement.ts";
import { findAccountOfActor } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Tx, transaction } from "../../store/database.ts";
import { endDecisionRow, findDecision, insertDecision } from "../../store/decisions.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { settleSignUp } from "../../store/sign-ups.ts";
import {
  findWave,
  listFollowed,
  listWaveMembers,
  removeNotificationsBy,
  turnWave,
  rememberBefore,
  turnWaveMember,
  type WaveMemberRow,
  type WaveRow,
} from "../../store/waves.ts";
import { settleActor, takeMeasureOnActor } from "../moderation/effects.ts";
import { statementIn } from "../moderation/decision-records.ts";
import { dropFollow, writeFollow } from "../relations/follows.ts";
import { enqueueWork } from "./sign-up-waves.ts";

/** People of one stretch; then other jobs have their turn. */
const STRETCH = 50;
/** Follows of one person that are remembered for taking back. */
const FOLLOWS = 2_000;

/** What was done to one of a wave, so that it can be undone. */
type Before = { readonly decisionId: number | null; readonly follows: readonly number[] };

/**
 * One stretch of the work on a wave, forwards or back: each person in a transaction of their own, so that it goes on where
 * it was when a process dies. Goes on by another job until nobody is left.
 */
export async function workOnWave(app: App, waveId: number, signal?: AbortSignal): Promise<void> {
  const wave = await findWave(app.db, waveId);
  if (wave?.state !== "working" && wave?.state !== "undoing") return;
  const isForwards = wave.state === "working";
  const members = await listWaveMembers(app.db, waveId, isForwards ? "waiting" : "done", STRETCH);
  for (const member of members) {
    // What is left is taken up again by whoever runs the job next.
    signal?.throwIfAborted();
    await transaction(app.db, (tx) =>
      isForwards ? take(app, tx, wave, member) : giveBack(app, tx, wave, member),
    );
  }
  await transaction(app.db, async (tx) => {
    if (isForwards)
      await removeNotificationsBy(
        tx,
        members.map((member) => member.actor_id),
      );
    if (members.length === STRETCH) return await enqueueWork(app, tx, waveId);
    await turnWave(
      tx,
      waveId,
      isForwards ? { from: "working", to: "done" } : { from: "undoing", to: "undone" },
    );
  });
  app.wake();
}

/** Does to one person what was decided about the wave; once, whoever else works on it. */
async function take(app: App, tx: Tx, wave: WaveRow, member: WaveMemberRow): Promise<void> {
  const which = { waveId: wave.id, actorId: member.actor_id };
  if (!(await turnWaveMember(tx, which, { from: "waiting", to: "done", step: 1 }))) return;
  const before = await judge(app, tx, wave, member.actor_id);
  await rememberBefore(tx, which, before === null ? null : toJson(before));
}

/** Null when there is nothing left to do. */
async function judge(app: App, tx: Tx, wave: WaveRow, actorId: number): Promise<Before | null> {
  const actor = await findActorById(tx, asId(actorId));
  const account = await findAccountOfActor(tx, actorId);
  const decision = await findDecision(tx, wave.decision_id);
  if (actor === undefined || account === undefined || decision === undefined) return null;
  if (account.role !== "member" || actor.deleted_at !== null) return null;
  const now = app.clock.now();
  const statement = statementIn(decision);
  if (account.pending_at !== null) {
    // Who only waits at the door is turned away, and reads why.
    await settleSignUp(tx, account.id, {
      state: "refused",
      answer: `${statement.ground}\n${statement.decisionFacts}`,
      decided_at: now,
      by_id: wave.by_id,
    });
    return null;
  }
  const decisionId = app.ids.next();
  await insertDecision(tx, {
    id: decisionId,
    measure: wave.measure,
    label: null,
    actor_id: actorId,
    note_id: null,
    object_uri: actor.uri,
    host: null,
    report_id: null,
    by_id: wave.by_id,
    state: "in_force",
    statement: toJson({ ...statement, ...effectOf(wave.measure, "account") }),
    before: null,
    automated: 0,
    // One line of the log tells of all of them.
    log_seq: decision.log_seq,
    created_at: now,
    ends_at: null,
    ended_at: null,
    ended_by_id: null,
  });
  await takeMeasureOnActor(app, tx, actor, wave.measure === "limit" ? "limit" : "suspend");
  const follows = await listFollowed(tx, actorId, FOLLOWS);
  for (const targetId of follows) await dropFollow(app, tx, asId(actorId), asId(targetId));
  return { decisionId, follows };
}

/** Takes it back for one person: they are in again and follow whom they followed. */
async function giveBack(app: App, tx: Tx, wave: WaveRow, member: WaveMemberRow): Promise<void> {
  const which = { waveId: wave.id, actorId: member.actor_id };
  if (!(await turnWaveMember(tx, which, { from: "done", to: "undone", step: -1 }))) return;
  const { decisionId, follows } = fromJson<Before>(member.before, { decisionId: null, follows: [] });
  const end = { state: "reversed", at: app.clock.now(), byId: wave.by_id } as const;
  if (decisionId !== null && (await endDecisionRow(tx, decisionId, end)))
    await settleActor(app, tx, member.actor_id);
  const actor = await findActorById(tx, asId(member.actor_id));
  if (actor !== undefined && actor.deleted_at === null && actor.suspended_at === null)
    for (const targetId of follows) {
      const target = await findActorById(tx, asId(targetId));
      const isThere = target !== undefined && target.deleted_at === null && target.suspended_at === null;
      if (isThere && !(await blockedEitherWay(tx, member.actor_id, targetId)))
        await writeFollow(app, tx, asId(member.actor_id), target);
    }
}
