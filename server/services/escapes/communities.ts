import type { App } from "../../context.ts";
import { isLaunchable, KEPT_AFTER_END_MS } from "../../domain/standby.ts";
import { countEntrusted } from "../../store/entrusted-keys.ts";
import { findStandbyAgreement, listAgreements, listEvacuations } from "../../store/evacuations.ts";
import { termsOf } from "../standbys/agreements.ts";
import { getProgress, type LaunchProgress } from "./progress.ts";
import { type Evacuation, listOrders, toEvacuation } from "./evacuations.ts";

/** A community that this server waits for. */
export type Community = {
  /** Of the agreement. */
  readonly uri: string;
  /** Origin of the home. */
  readonly home: string;
  /** The newest decision about it; null = none. */
  readonly evacuation: Evacuation | null;
  /** Members whose old keys are here. */
  readonly keys: number;
};

/** The communities that this server waits for: a handful. */
export async function listCommunities(app: App): Promise<readonly Community[]> {
  const rows = await listAgreements(app.db, "standby", app.clock.now() - KEPT_AFTER_END_MS);
  const counts = await countEntrusted(
    app.db,
    rows.map(({ id }) => id),
  );
  const found = [];
  for (const row of rows) {
    const { threshold } = termsOf(row);
    const [newest] = await listEvacuations(app.db, row.id, 1);
    const evacuation = newest === undefined ? null : toEvacuation(newest, threshold);
    found.push({ uri: row.uri, home: row.partner, evacuation, keys: counts.get(row.id)?.keys ?? 0 });
  }
  return found;
}

/** Everything that the page of a community shows. */
export type CommunityView = {
  readonly home: string;
  readonly threshold: number;
  readonly trustees: number;
  readonly waitHours: number;
  /** Trustees may sign: nothing is under way yet. */
  readonly isOpen: boolean;
  readonly evacuations: readonly Evacuation[];
  /** Members whose old keys are here: more servers follow them. */
  readonly keys: number;
  /** Of the launch that runs or ran; null before. */
  readonly progress: LaunchProgress | null;
};

/** What is agreed for a community and what is decided; null for an agreement that never held here. */
export async function viewCommunity(app: App, agreementUri: string): Promise<CommunityView | null> {
  const row = await findStandbyAgreement(app.db, agreementUri);
  if (row === undefined || row.agreed_at === null) return null;
  const { threshold, trustees, waitHours } = termsOf(row);
  const evacuations = await listOrders(app, agreementUri);
  const launched = evacuations.find(({ state }) => state === "running" || state === "done");
  const isBusy = evacuations.some(({ state }) => state === "waiting" || state === "running");
  return {
    home: row.partner,
    threshold,
    trustees: trustees.length,
    waitHours,
    isOpen: isLaunchable(row, app.clock.now()) && trustees.length > 0 && !isBusy && launched === undefined,
    evacuations,
    keys: (await countEntrusted(app.db, [row.id])).get(row.id)?.keys ?? 0,
    progress: launched === undefined ? null : await getProgress(app, { evacuationId: launched.id }),
  };
}

/** How far the newest launch of a community is; null before any began. */
export async function getCommunityProgress(
  app: App,
  { evacuation }: Community,
): Promise<LaunchProgress | null> {
  const hasBegun = evacuation?.state === "running" || evacuation?.state === "done";
  return evacuation !== null && hasBegun ? await getProgress(app, { evacuationId: evacuation.id }) : null;
}
