import { z } from "zod";
import type { ActorId, ReportId } from "../../server/domain/ids.ts";
import { CausewayError, notFound } from "../../server/errors.ts";
import type { Measure } from "../../server/domain/decision.ts";
import { approveSignUp, refuseSignUp } from "../../server/services/accounts/sign-up-line.ts";
import { findPeople, viewPerson } from "../../server/services/administration/people.ts";
import { decide, endMeasures } from "../../server/services/moderation/decisions.ts";
import { NO_REASONS, statementOf } from "../../server/services/moderation/statements.ts";
import { setReportState } from "../../server/services/moderation/report-closing.ts";
import { viewReport } from "../../server/services/moderation/reports.ts";
import { pageAnswer } from "../answers.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { AdminAccount } from "../entities/admin.ts";
import { Nothing } from "../entities/common.ts";
import { flag, id, listOf, oneOf, pageOf, paging, pathId, word } from "../kinds.ts";
import { toAdminAccount } from "../serialize/admin.ts";

const names = {
  username: word,
  display_name: word,
  by_domain: word,
  email: word,
  ip: word,
};
const NO_ADDRESSES = "Addresses that people come from are not kept, and nobody is disabled here";

export const getPeople = endpoint({
  who: "user",
  scopes: ["admin:read:accounts"],
  summary: "Everybody known here, for staff",
  missing: NO_ADDRESSES,
  params: z.object({
    ...paging(100, 200),
    ...names,
    local: flag,
    remote: flag,
    active: flag,
    pending: flag,
    disabled: flag,
    silenced: flag,
    suspended: flag,
    sensitized: flag,
    staff: flag,
  }),
  returns: z.array(AdminAccount),
  run: async ({ app, viewer, params }) => {
    const page = await findPeople(app, viewer, {
      ...pageOf(params),
      ...namesOf(params),
      origin: originOf(params.local, params.remote),
      state: stateOf(params),
      staff: params.staff,
      isNobody: params.ip !== undefined || params.disabled === true,
    });
    return pageAnswer(page, (person) => toAdminAccount(app.config.origin, person));
  },
});

function namesOf(params: {
  readonly username?: string | undefined;
  readonly display_name?: string | undefined;
  readonly by_domain?: string | undefined;
  readonly email?: string | undefined;
}) {
  return {
    username: params.username,
    name: params.display_name,
    host: params.by_domain,
    email: params.email,
  };
}

function originOf(local: boolean | undefined, remote: boolean | undefined) {
  if (local === true) return remote === true ? undefined : ("here" as const);
  return remote === true ? ("elsewhere" as const) : undefined;
}

function stateOf(asked: {
  readonly pending?: boolean | undefined;
  readonly active?: boolean | undefined;
  readonly suspended?: boolean | undefined;
  readonly silenced?: boolean | undefined;
  readonly sensitized?: boolean | undefined;
}) {
  if (asked.pending === true) return "waiting" as const;
  if (asked.silenced === true) return "limited" as const;
  if (asked.sensitized === true) return "sensitized" as const;
  if (asked.active === true) return asked.suspended === true ? undefined : ("active" as const);
  return asked.suspended === true ? ("suspended" as const) : undefined;
}

export const getPeopleNewer = endpoint({
  who: "user",
  scopes: ["admin:read:accounts"],
  summary: "Everybody known here, for staff",
  missing: `${NO_ADDRESSES}; role_ids is not looked at`,
  params: z.object({
    ...paging(100, 200),
    ...names,
    origin: oneOf(["local", "remote"]),
    status: oneOf(["active", "pending", "disabled", "silenced", "suspended"]),
    permissions: oneOf(["staff"]),
    role_ids: listOf(word, 50),
    invited_by: id<ActorId>(),
  }),
  returns: z.array(AdminAccount),
  run: async ({ app, viewer, params }) => {
    const { status } = params;
    const known =
      status === "silenced"
        ? "limited"
        : status === "pending"
          ? "waiting"
          : status === "active" || status === "suspended"
            ? status
            : undefined;
    const page = await findPeople(app, viewer, {
      ...pageOf(params),
      ...namesOf(params),
      origin: originOf(params.origin === "local", params.origin === "remote"),
      state: known,
      staff: params.permissions === "staff",
      invitedBy: params.invited_by,
      isNobody: params.ip !== undefined || (status !== undefined && known === undefined),
    });
    return pageAnswer(page, (person) => toAdminAccount(app.config.origin, person));
  },
});

const named = z.object({ id: pathId<ActorId>() });

export const getPerson = endpoint({
  who: "user",
  scopes: ["admin:read:accounts"],
  summary: "Somebody, for staff",
  missing: NO_ADDRESSES,
  params: named,
  returns: AdminAccount,
  run: async ({ app, viewer, params }) =>
    answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id))),
});

export const approve = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary: "Lets somebody in who waits for approval",
  params: named,
  returns: AdminAccount,
  run: async ({ app, viewer, params }) => {
    await approveSignUp(app, viewer, { actorId: params.id });
    return answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id)));
  },
});

export const reject = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary: "Turns somebody away who waits for approval; they read it for a week",
  missing: "Apps give no reason; on the pages there is always one",
  params: named,
  returns: AdminAccount,
  run: async ({ app, viewer, params }) => {
    await refuseSignUp(app, viewer, { actorId: params.id }, null);
    return answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id)));
  },
});

/** What an app's word is here; null = nothing is decided. */
const MEASURE_OF = {
  none: null,
  silence: "limit",
  sensitive: "sensitive",
  suspend: "suspend",
} as const satisfies Readonly<Record<string, Measure | null>>;

export const postAction = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary:
    "Decides about somebody, here or elsewhere: warns, limits, covers media, suspends; closes the report named",
  missing:
    "Type disable is refused; type none warns when there is a text and else only closes the report; text is the explanation of the statement of reasons; warning_preset_id and send_email_notification are not looked at",
  params: named.extend({
    type: oneOf(["none", "disable", "silence", "sensitive", "suspend"]),
    report_id: id<ReportId>(),
    text: word,
  }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    const type = params.type ?? "none";
    if (type === "disable") throw new CausewayError("invalid", "error.invalid");
    const { actor } = await viewPerson(app, viewer, params.id);
    const report = params.report_id === undefined ? null : await viewReport(app, viewer, params.report_id);
    if (report !== null && report.target.id !== actor.id) throw notFound();
    const explanation = (params.text ?? "").trim();
    const measure = MEASURE_OF[type] ?? (explanation === "" ? null : "warn");
    if (measure !== null)
      await decide(app, viewer, {
        measure,
        actorId: actor.id,
        reportId: report?.id,
        statement: await statementOf(
          app,
          { measure, isReported: report !== null },
          { ...NO_REASONS, explanation },
        ),
      });
    if (report !== null) await setReportState(app, viewer, { reportId: report.id, state: "resolved" });
    return answer({});
  },
});

/** Takes back everything of a kind that was decided about somebody as a whole. */
function end(summary: string, measure: "suspend" | "limit" | "sensitive"): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: ["admin:write:accounts"],
    summary,
    params: named,
    returns: AdminAccount,
    run: async ({ app, viewer, params }) => {
      await viewPerson(app, viewer, params.id);
      await endMeasures(app, viewer, { actorId: params.id, measure });
      return answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id)));
    },
  });
}

export const unsuspend = end("Lets somebody in again who was suspended", "suspend");
export const unsilence = end("Ends that somebody is limited", "limit");
export const unsensitive = end("Ends that all media of somebody are covered", "sensitive");

export const deletePerson = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary: "Deletes somebody who is suspended, with everything of theirs here, for good; for administrators",
  params: named,
  returns: AdminAccount,
  run: async ({ app, viewer, params }) => {
    const person = await viewPerson(app, viewer, params.id);
    // As Mastodon has it: nobody is deleted who could still sign in.
    if (!person.suspended) throw new CausewayError("forbidden", "error.forbidden");
    await decide(app, viewer, {
      measure: "delete",
      actorId: params.id,
      statement: await statementOf(app, { measure: "delete", isReported: false }, NO_REASONS),
    });
    return answer(toAdminAccount(app.config.origin, person));
  },
});

export const enable = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary: "Leaves an account as it is",
  missing: "Nobody can be disabled here without being suspended",
  params: named,
  returns: AdminAccount,
  run: async ({ app, viewer, params }) =>
    answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id))),
});
