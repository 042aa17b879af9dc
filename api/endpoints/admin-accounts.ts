import { z } from "zod";
import type { ActorId, ReportId } from "../../server/domain/ids.ts";
import { CausewayError, notFound } from "../../server/errors.ts";
import { findPeople, suspendPerson, viewPerson } from "../../server/services/administration/people.ts";
import { setReportState, viewReport } from "../../server/services/moderation/reports.ts";
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
const NO_ADDRESSES =
  "Addresses that people come from are not kept, and nobody is disabled, silenced or waits for approval here";

const OLD_STATES = ["pending", "disabled", "silenced", "sensitized"] as const;

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
      state: stateOf(params.active, params.suspended),
      staff: params.staff,
      isNobody: params.ip !== undefined || OLD_STATES.some((state) => params[state] === true),
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

function stateOf(active: boolean | undefined, suspended: boolean | undefined) {
  if (active === true) return suspended === true ? undefined : ("active" as const);
  return suspended === true ? ("suspended" as const) : undefined;
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
    const known = status === "active" || status === "suspended" ? status : undefined;
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

export const postAction = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary: "Suspends a member, or closes a report without doing anything",
  missing:
    "Types disable, silence and sensitive are refused; text, warning_preset_id and send_email_notification are not looked at; people of other servers are kept away by a block of their server",
  params: named.extend({
    type: oneOf(["none", "disable", "silence", "sensitive", "suspend"]),
    report_id: id<ReportId>(),
  }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    const type = params.type ?? "none";
    if (type !== "none" && type !== "suspend") throw new CausewayError("invalid", "error.invalid");
    const { actor } = await viewPerson(app, viewer, params.id);
    const report = params.report_id === undefined ? null : await viewReport(app, viewer, params.report_id);
    if (report !== null && report.target.id !== actor.id) throw notFound();
    if (type === "suspend") await suspendPerson(app, viewer, { actorId: params.id, suspended: true });
    if (report !== null) await setReportState(app, viewer, { reportId: report.id, state: "resolved" });
    return answer({});
  },
});

export const unsuspend = endpoint({
  who: "user",
  scopes: ["admin:write:accounts"],
  summary: "Lets a suspended member in again",
  params: named,
  returns: AdminAccount,
  run: async ({ app, viewer, params }) => {
    await suspendPerson(app, viewer, { actorId: params.id, suspended: false });
    return answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id)));
  },
});

/** Ends a state that nobody can be in here: as asked, and the person as they are. */
function endNothing(summary: string): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: ["admin:write:accounts"],
    summary,
    missing: "Nobody can be in that state here",
    params: named,
    returns: AdminAccount,
    run: async ({ app, viewer, params }) =>
      answer(toAdminAccount(app.config.origin, await viewPerson(app, viewer, params.id))),
  });
}

export const enable = endNothing("Enables an account that was disabled");
export const unsilence = endNothing("Ends that somebody is silenced");
export const unsensitive = endNothing("Ends that all media of somebody are sensitive");
