import { createHash } from "node:crypto";
import { isoTime } from "../../server/context.ts";
import type { DomainLine, RuleLine } from "../../server/services/administration/domains.ts";
import type { PersonView } from "../../server/services/administration/people.ts";
import type { ReportCase } from "../../server/services/moderation/report-cases.ts";
import type { AdminAccount, AdminDomainAllow, AdminDomainBlock, AdminReport } from "../entities/admin.ts";
import { toAccount } from "./account.ts";
import { toRule } from "./instance.ts";
import { toRole } from "./self.ts";
import { type Draw, toStatus } from "./status.ts";

/** Somebody as staff see them. Addresses they come from are not kept. */
export function toAdminAccount(
  origin: string,
  { actor, member, createdAt, suspended, request }: PersonView,
): AdminAccount {
  const invitedBy = member?.invitedBy ?? null;
  return {
    id: String(actor.id),
    username: actor.username,
    domain: actor.host,
    created_at: isoTime(createdAt),
    email: member?.email ?? "",
    ip: null,
    ips: [],
    locale: member?.locale ?? "",
    invite_request: request,
    role: toRole(member?.role ?? "member"),
    confirmed: true,
    approved: request === null,
    disabled: false,
    silenced: actor.limited,
    suspended,
    sensitized: actor.sensitized,
    account: toAccount(origin, actor),
    ...(invitedBy === null ? {} : { invited_by_account_id: String(invitedBy) }),
  };
}

/** A report as moderators see it. */
export function toAdminReport(
  draw: Draw,
  { report, people, reporter, notes, rules }: ReportCase,
): AdminReport {
  const { origin } = draw;
  const person = (view: PersonView | null) => (view === null ? null : toAdminAccount(origin, view));
  return {
    id: String(report.id),
    action_taken: report.state === "resolved",
    action_taken_at: report.resolvedAt === null ? null : isoTime(report.resolvedAt),
    category: report.category,
    comment: report.comment,
    forwarded: report.forwarded,
    created_at: isoTime(report.createdAt),
    updated_at: isoTime(report.resolvedAt ?? report.createdAt),
    account: toAdminAccount(origin, reporter),
    target_account: toAdminAccount(origin, people.target),
    assigned_account: person(people.assignedTo),
    ...(people.resolvedBy === null
      ? {}
      : { action_taken_by_account: toAdminAccount(origin, people.resolvedBy) }),
    statuses: notes.map((note) => ({ ...toStatus(draw, note) })),
    rules: rules.map(toRule),
  };
}

const SEVERITY_WORDS = { none: "noop", limit: "silence", suspend: "suspend" } as const;

/** A rule about a server, in Mastodon's words. */
export function toDomainBlock(line: RuleLine): AdminDomainBlock {
  return {
    id: line.domain,
    domain: line.domain,
    digest: createHash("sha256").update(line.domain).digest("hex"),
    created_at: isoTime(line.since),
    severity: SEVERITY_WORDS[line.severity],
    reject_media: line.rejectMedia,
    reject_reports: line.rejectReports,
    private_comment: line.privateComment,
    public_comment: line.publicComment,
    obfuscate: line.obfuscated,
  };
}

/** A domain that is allowed, also under a block of one above. */
export function toDomainAllow({ domain, since }: DomainLine): AdminDomainAllow {
  return { id: domain, domain, created_at: isoTime(since) };
}
