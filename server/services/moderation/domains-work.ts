import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { DraftSource, DraftState } from "../../domain/domain-draft.ts";
import type { DomainRule } from "../../domain/host-policy.ts";
import { asId } from "../../domain/ids.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Tx, transaction } from "../../store/database.ts";
import { type DraftRow, finishDraft, listDrafts, moveDrafts } from "../../store/domain-drafts.ts";
import { findDomainRules } from "../../store/domains.ts";
import { enqueue } from "../../store/jobs.ts";
import { findViewerOfAccount } from "../accounts/viewers.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { audit } from "./audit.ts";
import { enqueueApplying, takeEffect } from "./domains.ts";
import { parseSource, proposedRule, requireSource, sourceKey } from "./domains-drafts.ts";
import { changeRules, ruleOf, type RuleChangeOf } from "./domains-records.ts";

/** Chosen lines of a source; null = all of them. */
export type Choice = { readonly source: DraftSource; readonly ids: readonly number[] | null };

/** What can be done with lines, from where to where. `one by one` some may be taken up again that were refused. */
const MOVES = {
  apply: { from: ["waiting"], chosen: ["waiting", "refused", "retracted", "undone"], to: "applying" },
  refuse: { from: ["waiting"], chosen: ["waiting"], to: "refused" },
  undo: { from: ["applied"], chosen: ["applied"], to: "undoing" },
} as const satisfies Readonly<
  Record<
    string,
    { readonly from: readonly DraftState[]; readonly chosen: readonly DraftState[]; readonly to: DraftState }
  >
>;
export type DraftMove = keyof typeof MOVES;
export const DRAFT_MOVES = ["apply", "refuse", "undo"] as const satisfies readonly DraftMove[];

/** Lines of one transaction, and as many as are done before the answer. */
const BATCH = 50;
/** More rules than these, and what is stored is gone through once for all of them. */
const ONE_BY_ONE = 10;

/**
 * Applies, refuses or undoes lines of a source; long ones go on in the background. Returns how many were chosen. `by`: null
 * for the operator. @throws forbidden below admin, not_found
 */
export async function decideDrafts(
  app: App,
  by: Viewer | null,
  move: DraftMove,
  { source, ids }: Choice,
): Promise<number> {
  if (by !== null) requireAdministrator(by);
  const { name } = await requireSource(app, source);
  const { from, chosen, to } = MOVES[move];
  const key = sourceKey(source);
  const moved = await transaction(app.db, async (tx) => {
    const now = app.clock.now();
    const found = await moveDrafts(tx, key, {
      from: ids === null ? from : chosen,
      to,
      ids,
      at: move === "refuse" ? now : null,
    });
    if (found === 0) return 0;
    await audit(app, tx, by, { what: `domains.${move}`, subject: name, detail: { lines: found } });
    if (move !== "refuse")
      await enqueue(tx, {
        id: app.ids.next(),
        now,
        kind: "domain-drafts",
        payload: { source: key, accountId: by?.accountId ?? null },
        orderingKey: "domain-drafts",
        lane: 1,
      });
    return found;
  });
  if (moved > 0 && moved <= BATCH && move !== "refuse") await workOnDrafts(app, key, by);
  else app.wake();
  return moved;
}

/**
 * The job behind `domain-drafts`: applies and undoes what was chosen. May be run again, and goes on where `signal` stopped it.
 * @throws the reason of `signal`
 */
export async function continueDrafts(
  app: App,
  key: string,
  accountId: number | null,
  signal?: AbortSignal,
): Promise<void> {
  const by = accountId === null ? null : await findViewerOfAccount(app, asId(accountId));
  // Who chose and is staff no more leaves the choice to others.
  if (accountId !== null && (by === null || (by.role !== "admin" && by.role !== "owner"))) {
    await moveDrafts(app.db, key, { from: ["applying"], to: "waiting", ids: null, at: null });
    await moveDrafts(app.db, key, { from: ["undoing"], to: "applied", ids: null, at: null });
    return;
  }
  await workOnDrafts(app, key, by, signal);
}

async function workOnDrafts(app: App, key: string, by: Viewer | null, signal?: AbortSignal): Promise<void> {
  if (parseSource(key) === null) return;
  for (;;) {
    signal?.throwIfAborted();
    const left = await transaction(app.db, async (tx) => {
      const rows = await listDrafts(tx, key, {
        states: ["applying", "undoing"],
        after: 0,
        limit: BATCH + 1,
      });
      const batch = rows.slice(0, BATCH);
      if (batch.length === 0) return 0;
      const changed = await applyBatch(app, tx, by, batch);
      await enqueueFollowing(app, tx, changed, rows.length > BATCH);
      return rows.length - batch.length;
    });
    takeEffect(app);
    if (left === 0) return;
  }
}

/** While more is to come, what is stored waits for the rest. */
async function enqueueFollowing(
  app: App,
  tx: Tx,
  hosts: readonly string[],
  isMoreToCome: boolean,
): Promise<void> {
  if (!isMoreToCome && hosts.length <= ONE_BY_ONE) {
    for (const host of hosts) await enqueueApplying(app, tx, host);
    return;
  }
  const now = app.clock.now();
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt: isMoreToCome ? now + 60_000 : now,
    kind: "apply-domains",
    payload: { host: null },
    // A key of its own for the last: one that waits already keeps its time.
    dedupeKey: isMoreToCome ? "apply-domains:drafts" : "apply-domains:end",
    orderingKey: "apply-domains",
    lane: 1,
  });
}

async function applyBatch(
  app: App,
  tx: Tx,
  by: Viewer | null,
  rows: readonly DraftRow[],
): Promise<readonly string[]> {
  const at = app.clock.now();
  const found = await findDomainRules(
    tx,
    rows.map((row) => row.host),
  );
  const rules = new Map(found.map((row) => [row.host, ruleOf(row)]));
  const changes: RuleChangeOf[] = [];
  for (const row of rows) {
    const now = rules.get(row.host) ?? null;
    if (row.state === "applying") {
      // Another process at the same file was faster.
      if (await finishDraft(tx, row.id, { from: "applying", to: "applied", before: toJson(now), at }))
        changes.push({ host: row.host, rule: proposedRule(row, now) });
      continue;
    }
    // Somebody changed the rule by hand since: that was decided later, and stays.
    const isTouched = !hasEffectOf(now, proposedRule(row, now));
    const isOurs = await finishDraft(tx, row.id, {
      from: "undoing",
      to: isTouched ? "applied" : "undone",
      at,
    });
    if (isOurs && !isTouched)
      changes.push({ host: row.host, rule: fromJson<DomainRule | null>(row.before, null) });
  }
  await changeRules(app, tx, by, changes);
  return changes.map(({ host }) => host);
}

function hasEffectOf(now: DomainRule | null, applied: DomainRule | null): boolean {
  if (now === null || applied === null) return now === applied;
  return (
    now.severity === applied.severity &&
    now.rejectMedia === applied.rejectMedia &&
    now.rejectReports === applied.rejectReports
  );
}
