import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { escapeWay } from "../../domain/move-forms.ts";
import { transaction } from "../../store/database.ts";
import {
  countFollowersBySoftware,
  countKits,
  type KitCounts,
  markAllKitsStale,
} from "../../store/escape-kits.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { audit } from "../moderation/audit.ts";
import { examineKits } from "./kits.ts";

/** What kinds of servers follow members with a new home, and whether they would come along. */
export type SoftwareCoverage = {
  readonly software: string | null;
  readonly hosts: number;
  readonly followers: number;
  /** When nothing is left but what was sealed; and when the keys survived. */
  readonly withSeals: boolean;
  readonly withKeys: boolean;
};

export type Coverage = { readonly kits: KitCounts; readonly kinds: readonly SoftwareCoverage[] };

/** How far sealing is, and whom it would reach. @throws forbidden below admin */
export async function getCoverage(app: App, viewer: Viewer): Promise<Coverage> {
  requireAdministrator(viewer);
  const kinds = await countFollowersBySoftware(app.db);
  const reaches = (software: string | null, key: "live" | "sealed"): boolean =>
    "form" in escapeWay(software, { origin: "silent", key });
  return {
    kits: await countKits(app.db),
    kinds: kinds.map((kind) => ({
      ...kind,
      withSeals: reaches(kind.software, "sealed"),
      withKeys: reaches(kind.software, "live"),
    })),
  };
}

/** Has all kits sealed again, as after a change of keys. Returns how many. @throws forbidden below admin */
export async function sealAgain(app: App, viewer: Viewer): Promise<number> {
  requireAdministrator(viewer);
  return await sealAllAgain(app, viewer);
}

/** The same for the command line, whose user has the machine. */
export async function sealAllAgain(app: App, by: Viewer | null = null): Promise<number> {
  await transaction(app.db, async (tx) => {
    await markAllKitsStale(tx);
    await audit(app, tx, by, { what: "launch.sealed_again" });
  });
  return await examineKits(app);
}
