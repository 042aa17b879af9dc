import type { Clock } from "../context.ts";
import type { Finding } from "../domain/chore.ts";
import type { StandbyFault } from "../domain/standby.ts";
import { STANDBY_FAULTS } from "../domain/standby.ts";
import type { Database } from "../store/database.ts";
import { listAgreementRows } from "../store/standbys.ts";

const DAY = 86_400_000;
const SUBJECT = "standby";

const WHY: Readonly<Record<StandbyFault, string>> = {
  unreachable: "does not answer",
  refused: "refuses what it is sent",
  full: "has no agreed room left",
  head: "says that it has something else than it was sent",
  uri: "names accounts that are not its own",
  launched: "was told that this server is lost",
};

/** How each agreement with another server fares: when the partner was last heard from, and what keeps it. */
export async function examineStandbys(database: Database, clock: Clock): Promise<readonly Finding[]> {
  const open = (await listAgreementRows(database.db)).filter((row) => row.state !== "ended");
  if (open.length === 0)
    return [{ subject: SUBJECT, state: "ok", text: "no other server stands by for this one" }];
  return open.map(({ role, partner, state, fault, seen_at: seenAt }): Finding => {
    const what = role === "home" ? `${partner} stands by for us` : `we stand by for ${partner}`;
    if (state !== "agreed") return { subject: SUBJECT, state: "ok", text: `${what}: not agreed yet` };
    const known = STANDBY_FAULTS.find((one) => one === fault);
    if (known !== undefined)
      return { subject: SUBJECT, state: "warn", text: `${what}, but the other side ${WHY[known]}` };
    const silentMs = clock.now() - (seenAt ?? 0);
    const heard = seenAt === null ? "never" : `${Math.round(silentMs / 60_000)} minutes ago`;
    return {
      subject: SUBJECT,
      state: silentMs > DAY ? "warn" : "ok",
      text: `${what}; last heard from ${heard}`,
    };
  });
}
