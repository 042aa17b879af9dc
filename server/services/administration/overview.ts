import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ChoreState } from "../../domain/chore.ts";
import { countReportsIn } from "../../store/administration.ts";
import { hostCounts } from "../../store/hosts.ts";
import { jobCounts } from "../../store/jobs.ts";
import { oldestWaitingMs } from "../../store/operations.ts";
import { getStatistics } from "../accounts/settings.ts";
import { countAppeals } from "../moderation/appeals.ts";
import { countStandbyConcerns } from "../standbys/standbys.ts";
import { listBackups } from "./backups.ts";
import { findChore } from "./chores.ts";
import { requireAdministrator } from "./roles.ts";
import { causewayVersion } from "./software.ts";
import { viewStorage } from "./storage.ts";

const GIB = 1024 ** 3;
const DAY = 86_400_000;
/** Work that could run has waited too long: is there a worker? The doctor says the same (ops/doctor.ts). */
const LATE_MS = 10 * 60_000;

/** What somebody should look at, most urgent first. */
export type Concern =
  | { readonly about: "disk"; readonly bytes: number }
  | { readonly about: "late"; readonly minutes: number }
  | {
      readonly about:
        "reports" | "appeals" | "dead" | "hosts" | "examined" | "standby_asked" | "standby_fault";
      readonly count: number;
    }
  | { readonly about: "backup" | "unexamined" };

/** The state of the server at a glance; sizes in bytes, times in ms. */
export type Overview = {
  readonly members: number;
  readonly activeMonth: number;
  readonly notes: number;
  readonly openReports: number;
  readonly stored: number;
  readonly free: number | null;
  readonly waiting: number;
  readonly version: string;
  readonly examined: ChoreState<"examine"> | null;
  readonly concerns: readonly Concern[];
};

/** A fixed number of small queries. @throws forbidden below admin */
export async function viewOverview(app: App, viewer: Viewer): Promise<Overview> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  const people = await getStatistics(app);
  const openReports = await countReportsIn(app.db, "open", viewer.actorId);
  const appeals = await countAppeals(app, viewer);
  const storage = await viewStorage(app, viewer);
  const counts = await jobCounts(app.db, now);
  const lateMs = await oldestWaitingMs(app.db, now);
  const hosts = await hostCounts(app.db, now);
  const standbys = await countStandbyConcerns(app);
  const examined = await findChore(app, viewer, "examine");
  const [backup] = (await listBackups(app, viewer)).filter((one) => one.kind === "archive");
  const found = examined?.state === "done" ? examined.outcome.filter((one) => one.state !== "ok").length : 0;
  const concerns: readonly (Concern | null)[] = [
    storage.free !== null && storage.free < GIB ? { about: "disk", bytes: storage.free } : null,
    lateMs > LATE_MS ? { about: "late", minutes: Math.round(lateMs / 60_000) } : null,
    openReports > 0 ? { about: "reports", count: openReports } : null,
    appeals > 0 ? { about: "appeals", count: appeals } : null,
    Number(counts.dead) > 0 ? { about: "dead", count: Number(counts.dead) } : null,
    found > 0 ? { about: "examined", count: found } : null,
    examined === null ? { about: "unexamined" } : null,
    standbys.asked > 0 ? { about: "standby_asked", count: standbys.asked } : null,
    standbys.faults > 0 ? { about: "standby_fault", count: standbys.faults } : null,
    hosts.dead > 0 ? { about: "hosts", count: hosts.dead } : null,
    backup === undefined || backup.madeAt < now - 7 * DAY ? { about: "backup" } : null,
  ];
  return {
    members: people.members,
    activeMonth: people.activeMonth,
    notes: people.notes,
    openReports,
    stored: storage.kinds.reduce((sum, kind) => sum + kind.bytes, storage.database),
    free: storage.free,
    waiting: Number(counts.ready) + Number(counts.delayed) + Number(counts.leased),
    version: causewayVersion(),
    examined,
    concerns: concerns.filter((one) => one !== null),
  };
}
