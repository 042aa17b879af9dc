import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { StandbyId } from "../../../server/domain/standby.ts";
import { notFound } from "../../../server/errors.ts";
import { answerOffer, endAgreement } from "../../../server/services/standbys/agreements.ts";
import { asksNewcomers, setAsksNewcomers } from "../../../server/services/standbys/consents.ts";
import { inviteStandby } from "../../../server/services/standbys/invitations.ts";
import { startOver } from "../../../server/services/standbys/replication.ts";
import { getStandby, listStandbys, type StandbyView } from "../../../server/services/standbys/standbys.ts";
import { adminFrame, question } from "../../components/admin-nav.ts";
import { bytesText } from "../../components/amounts.ts";
import { areaField, checkField, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/standby";
const FRESH = { withFollowersOnly: "yes", maxGigabytes: "50", threshold: "1", waitHours: "6" };

/** Agreements with other servers, both ways; with `?end=` the question before one is ended. */
export async function getStandbys(c: WebContext, _viewer: Viewer): Promise<Response> {
  const end = c.req.query("end");
  return end === undefined ? await show(c, freshForm(FRESH)) : await ask(c, end);
}

/** `do` says what: ask a server, answer one, end, start over, or ask newcomers. */
export async function postStandbys(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const id = parseId<StandbyId>(form.text("id")) ?? 0;
  const outcome = await attempt(async () => {
    switch (form.text("do")) {
      case "agree":
      case "decline":
        return await answerOffer(app, id, form.text("do") === "agree" ? "agree" : "decline", viewer);
      case "end":
        return await endAgreement(app, id, viewer);
      case "over":
        return await startOver(app, id, viewer);
      case "newcomers":
        return await setAsksNewcomers(app, form.text("newcomers") === "yes", viewer);
      case "ask":
        return void (await inviteStandby(app, invitationOf(form), viewer));
      default:
        throw notFound();
    }
  });
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes`, 303);
}

function invitationOf(form: Form) {
  return {
    standby: form.text("standby"),
    withFollowersOnly: form.text("withFollowersOnly") === "yes",
    maxGigabytes: form.text("maxGigabytes"),
    trustees: form.text("trustees"),
    threshold: form.text("threshold"),
    waitHours: form.text("waitHours"),
  };
}

async function ask(c: WebContext, id: string): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const one = await getStandby(visit.app, parseId<StandbyId>(id) ?? 0);
  const partner = hostOf(one);
  const body = question(visit, {
    title: t("standby.end_title", { partner }),
    text: t(one.role === "home" ? "standby.end_home" : "standby.end_standby", { partner }),
    action: PATH,
    button: t("standby.end"),
    back: PATH,
    fields: { do: "end", id: String(one.id) },
  });
  return await showPage(c, {
    title: t("staff.standby"),
    place: "settings",
    main: adminFrame(visit, "standby", body, { title: t("standby.end") }),
  });
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const all = await listStandbys(visit.app);
  const open = all.filter((one) => one.state !== "ended");
  const asked = open.filter((one) => one.state === "asked");
  const body = html`${faultSummary(visit, state, {
    standby: t("standby.address"),
    maxGigabytes: t("standby.gigabytes"),
    trustees: t("standby.trustee_keys"),
    threshold: t("standby.threshold"),
    waitHours: t("standby.wait_hours"),
  })}
${open.length === 0 ? html`<div class="empty">${t("standby.none")}</div>` : ""}
${part(visit, "asked", asked)}
${part(
  visit,
  "home",
  open.filter((one) => one.role === "home"),
)}
${part(
  visit,
  "standby",
  open.filter((one) => one.role === "standby" && one.state !== "asked"),
)}
${invitation(visit, state)}
${newcomers(visit, await asksNewcomers(visit.app))}
${part(
  visit,
  "ended",
  all.filter((one) => one.state === "ended"),
)}`;
  return await showPage(c, {
    title: t("staff.standby"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "standby", body, {
      lead: t("standby.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function part(
  visit: Visit,
  name: "asked" | "home" | "standby" | "ended",
  agreements: readonly StandbyView[],
): Html {
  if (agreements.length === 0) return html``;
  return html`<section class="stack" aria-labelledby="standby-${name}"><h2 class="section-title" id="standby-${name}">${visit.i18n.t(`standby.${name}_title`)}</h2>
${agreements.map((one) => card(visit, one))}</section>`;
}

function hostOf(one: StandbyView): string {
  return new URL(one.partner).host;
}

function card(visit: Visit, one: StandbyView): Html {
  const { t } = visit.i18n;
  const partner = hostOf(one);
  return html`<article class="card stack" aria-labelledby="agreement-${one.id}"><h3 id="agreement-${one.id}"><bdi dir="ltr">${partner}</bdi> <span class="badge">${t(`standby.state_${one.state}`)}</span></h3>
${one.fault === null || one.state === "ended" ? "" : html`<p class="notice bad">${t(`standby.fault_${one.fault}`)}</p>`}
${one.state === "asked" ? html`<p>${t("standby.asked_text", { partner })}</p>` : ""}
${one.state === "ended" ? "" : facts(visit, one)}${buttons(visit, one)}</article>`;
}

function facts(visit: Visit, one: StandbyView): Html {
  const { t, count } = visit.i18n;
  const { terms } = one;
  const isAgreed = one.state === "agreed";
  const isHome = one.role === "home";
  const rows: readonly (readonly [string, Html | string])[] = [
    [
      t("standby.scope"),
      t(terms.scope.includes("followers") ? "standby.scope_followers" : "standby.scope_public"),
    ],
    [t("standby.room"), bytesText(visit, terms.maxBytes)],
    ...(isAgreed ? [[t("standby.used"), bytesText(visit, one.bytes)] as const] : []),
    [t("standby.trustees"), trusteesText(visit, one)],
    [t("standby.wait"), t("standby.hours", { count: terms.waitHours })],
    ...(isAgreed
      ? [
          [
            t("standby.members"),
            isHome
              ? t("standby.members_kept", { count: count(one.members), kept: count(one.kept) })
              : count(one.members),
          ] as const,
        ]
      : []),
    ...(isAgreed && !isHome
      ? [
          [
            t("standby.copies"),
            t("standby.copies_text", { notes: count(one.notes), files: count(one.files) }),
          ] as const,
        ]
      : []),
    ...(one.agreedAt === null ? [] : [[t("standby.since"), timeOf(visit, one.agreedAt, "")] as const]),
    [t("standby.seen"), one.seenAt === null ? t("standby.never") : timeOf(visit, one.seenAt, "")],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function trusteesText(visit: Visit, { terms }: StandbyView): Html | string {
  const { t } = visit.i18n;
  const { trustees, threshold } = terms;
  if (trustees.length === 0) return t("standby.trustees_none");
  return html`<details class="fold"><summary>${t("standby.trustees_some", { count: trustees.length, threshold })}</summary><ul class="steps">${trustees.map((did) => html`<li><code class="address" dir="ltr">${did}</code></li>`)}</ul></details>`;
}

function buttons(visit: Visit, one: StandbyView): Html {
  const { t } = visit.i18n;
  if (one.state === "ended") return html``;
  const about = html`<span class="hidden"> ${hostOf(one)}</span>`;
  const end = html`<a class="button quiet" href="${PATH}?end=${one.id}">${t("standby.end")}${about}</a>`;
  const form = (inner: Html): Html =>
    html`<form class="form-buttons" method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${one.id}">${inner}</form>`;
  if (one.state === "asked")
    return form(
      html`<button class="button primary" name="do" value="agree">${t("standby.agree")}${about}</button> <button class="button quiet" name="do" value="decline">${t("standby.decline")}${about}</button>`,
    );
  if (one.state === "offered")
    return form(
      html`<button class="button quiet" name="do" value="end">${t("standby.take_back")}${about}</button>`,
    );
  return one.fault === "head" || one.fault === "refused" || one.fault === "uri"
    ? form(
        html`<button class="button quiet" name="do" value="over">${t("standby.start_over")}${about}</button> ${end}`,
      )
    : html`<p class="form-buttons">${end}</p>`;
}

function invitation(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const number = { inputmode: "numeric", maxlength: 6, literal: true, required: true } as const;
  return html`<form class="card stack" method="post" action="${PATH}" aria-labelledby="standby-invite">${formToken(visit)}<div><h2 class="section-title" id="standby-invite">${t("standby.invite_title")}</h2><p>${t("standby.invite_text")}</p></div>
${textField(visit, state, { name: "standby", label: "standby.address", required: true, literal: true, dir: "ltr", maxlength: 300 })}
${checkField(visit, state, { name: "withFollowersOnly", label: "standby.followers", hint: t("standby.followers_hint") })}
${textField(visit, state, { name: "maxGigabytes", label: "standby.gigabytes", ...number })}
${areaField(visit, state, { name: "trustees", label: "standby.trustee_keys", hint: t("standby.trustee_keys_hint"), rows: 3 })}
${textField(visit, state, { name: "threshold", label: "standby.threshold", ...number })}
${textField(visit, state, { name: "waitHours", label: "standby.wait_hours", ...number })}
<div class="form-buttons"><button class="button primary" name="do" value="ask">${t("standby.ask")}</button></div></form>`;
}

function newcomers(visit: Visit, asks: boolean): Html {
  const { t } = visit.i18n;
  const state = freshForm({ newcomers: asks ? "yes" : "" });
  return html`<form class="card stack" method="post" action="${PATH}" aria-labelledby="standby-newcomers">${formToken(visit)}<h2 class="section-title" id="standby-newcomers">${t("standby.newcomers_title")}</h2>
${checkField(visit, state, { name: "newcomers", label: "standby.newcomers", hint: t("standby.newcomers_hint") })}
<div class="form-buttons"><button class="button primary" name="do" value="newcomers">${t("form.save")}</button></div></form>`;
}
