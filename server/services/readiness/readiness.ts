// How well a community is prepared for the loss of its server, host or domain.
// Part of services/: may import what services may; imported by the doors and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { StandbyAgreement } from "../../domain/lifeboat.ts";
import { escapeWay } from "../../domain/move-forms.ts";
import type { Message } from "../../errors.ts";
import {
  countReadiness,
  type FollowingSoftware,
  listFollowingSoftware,
  listStandbysInForce,
  type ReadinessCounts,
  type StandbyInForce,
} from "../../store/readiness.ts";
import { fromJson } from "../../store/codec.ts";
import { listBackups } from "../administration/backups.ts";
import { findChore } from "../administration/chores.ts";
import { requireAdministrator } from "../administration/roles.ts";

export const READINESS_SUBJECTS = [
  "standby",
  "distance",
  "trustees",
  "members",
  "seals",
  "phrases",
  "lifeboats",
  "peers",
  "backup",
  "drill",
] as const;
export type ReadinessSubject = (typeof READINESS_SUBJECTS)[number];

/** One line of the list: what it is about, how it stands, and that in words. */
export type ReadinessLine = {
  readonly subject: ReadinessSubject;
  readonly state: "ok" | "warn" | "fail";
  readonly text: Message;
};

/** The list, and what the followers' servers would do. */
export type Readiness = {
  readonly lines: readonly ReadinessLine[];
  readonly counts: ReadinessCounts;
  /** Followers elsewhere: all of them, those who would come with keys, and those who would come with seals alone. */
  readonly followers: { readonly all: number; readonly withKeys: number; readonly sealed: number };
};

const DAY = 86_400_000;
/** A standby is told every few minutes; a day of silence is a fault. */
const SILENT_MS = DAY;
const LIFEBOAT_MS = 180 * DAY;
const BACKUP_MS = 7 * DAY;
const DRILL_MS = 90 * DAY;

/** Looks at everything that a launch would need. @throws forbidden below admin */
export async function viewReadiness(app: App, viewer: Viewer): Promise<Readiness> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  const counts = await countReadiness(app.db, now - LIFEBOAT_MS);
  const software = await listFollowingSoftware(app.db);
  const [standby] = await listStandbysInForce(app.db);
  const newest = (await listBackups(app, viewer)).find(({ kind }) => kind === "archive");
  const drill = await findChore(app, viewer, "drill");
  return {
    counts,
    followers: followersOf(software),
    lines: [
      standbyLine(standby, now),
      distanceLine(app, standby),
      trusteesLine(standby),
      ...memberLines(counts),
      peersLine(software),
      ageLine("backup", newest?.madeAt ?? null, now, BACKUP_MS),
      drill?.state === "done" && !drill.outcome.isWell
        ? line("drill", "fail", "readiness.drill_failed")
        : ageLine("drill", drill?.state === "done" ? drill.at : null, now, DRILL_MS),
    ],
  };
}

function line(
  subject: ReadinessSubject,
  state: ReadinessLine["state"],
  key: string,
  params: Message["params"] = {},
): ReadinessLine {
  return { subject, state, text: { key, params } };
}

function standbyLine(standby: StandbyInForce | undefined, now: number): ReadinessLine {
  if (standby === undefined) return line("standby", "fail", "readiness.standby_none");
  const partner = new URL(standby.partner).host;
  const silent = now - (standby.seenAt ?? 0);
  if (silent > SILENT_MS) return line("standby", "fail", "readiness.standby_silent", { partner });
  return line("standby", "ok", "readiness.standby_ok", { partner });
}

/** Two names under one ending can be taken by one authority. */
function distanceLine(app: App, standby: StandbyInForce | undefined): ReadinessLine {
  if (standby === undefined) return line("distance", "fail", "readiness.distance_none");
  const ending = (origin: string): string => new URL(origin).hostname.split(".").at(-1) ?? "";
  const [ours, theirs] = [ending(app.config.origin), ending(standby.partner)];
  const params = { ending: `.${ours}` };
  if (ours === theirs) return line("distance", "warn", "readiness.distance_same", params);
  return line("distance", "ok", "readiness.distance_ok");
}

function trusteesLine(standby: StandbyInForce | undefined): ReadinessLine {
  const parsed = StandbyAgreement.safeParse(fromJson<unknown>(standby?.document ?? null, null));
  const { trustees, threshold } = parsed.success ? parsed.data : { trustees: [], threshold: 1 };
  const params = { count: trustees.length, threshold };
  if (trustees.length === 0) return line("trustees", "fail", "readiness.trustees_none");
  // One person alone can be pressed or lost; all of them together are never there.
  if (threshold < 2 || threshold === trustees.length)
    return line("trustees", "warn", "readiness.trustees_few", params);
  return line("trustees", "ok", "readiness.trustees_ok", params);
}

function memberLines(counts: ReadinessCounts): readonly ReadinessLine[] {
  const share = (subject: ReadinessSubject, count: number, all: number, enough: number): ReadinessLine => {
    const state = all > 0 && count >= all * enough ? "ok" : count === 0 ? "fail" : "warn";
    return line(subject, state, `readiness.${subject}_share`, { count, all });
  };
  const { members, agreed, sealed, stale, phrases, lifeboats } = counts;
  return [
    share("members", agreed, members, 0.8),
    stale > 0
      ? line("seals", "warn", "readiness.seals_stale", { count: stale })
      : share("seals", sealed, agreed, 1),
    share("phrases", phrases, members, 0.5),
    share("lifeboats", lifeboats, members, 0.3),
  ];
}

/** Without its software's name a server is told in the commonest way, which may be the wrong one. */
function peersLine(software: readonly FollowingSoftware[]): ReadinessLine {
  const hosts = software.reduce((sum, one) => sum + one.hosts, 0);
  const unknown = software.find((one) => one.software === null)?.hosts ?? 0;
  if (hosts === 0) return line("peers", "ok", "readiness.peers_none");
  const params = { count: hosts - unknown, all: hosts };
  return line("peers", unknown > hosts * 0.2 ? "warn" : "ok", "readiness.peers_share", params);
}

function ageLine(subject: "backup" | "drill", at: number | null, now: number, mostMs: number): ReadinessLine {
  if (at === null) return line(subject, "warn", `readiness.${subject}_none`);
  const days = Math.floor((now - at) / DAY);
  return line(subject, now - at > mostMs ? "warn" : "ok", `readiness.${subject}_age`, { count: days });
}

function followersOf(software: readonly FollowingSoftware[]): Readiness["followers"] {
  const able = (key: "live" | "sealed"): number =>
    software
      .filter((one) => "form" in escapeWay(one.software, { origin: "silent", key }))
      .reduce((sum, one) => sum + one.followers, 0);
  const all = software.reduce((sum, one) => sum + one.followers, 0);
  return { all, withKeys: able("live"), sealed: able("sealed") };
}
