import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type Coverage, getCoverage, sealAgain } from "../../../server/services/escapes/coverage.ts";
import { forgetKeys, listHomeKeys } from "../../../server/services/escapes/home-keys.ts";
import { listCommunities } from "../../../server/services/escapes/communities.ts";
import {
  listOrdersAgainst,
  objectToLaunch,
  type OrderAgainst,
} from "../../../server/services/escapes/objections.ts";
import { adminFrame, figures, rowButton } from "../../components/admin-nav.ts";
import { faultSummary } from "../../components/fields.ts";
import { homeKeys } from "../../components/launch-keys.ts";
import { communityPath, evacuationState, hostOf } from "../../components/launch.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/launch";

/** What is sealed here, what trustees decide about this server elsewhere, and about others here. */
export async function getLaunch(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Seals all kits again, says at a standby that this server is alive, or forgets the keys of a lost home. */
export async function postLaunch(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    if (form.text("do") === "alive")
      return await objectToLaunch(app, viewer, {
        agreementUri: form.text("agreement"),
        uri: form.text("order"),
      });
    if (form.text("do") === "forget") return void (await forgetKeys(app, viewer, form.text("agreement")));
    await sealAgain(app, viewer);
    return undefined;
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const coverage = await getCoverage(visit.app, viewer);
  const body = html`${faultSummary(visit, state)}${covered(visit, coverage)}${await against(visit, viewer)}${await here(visit)}${homeKeys(visit, PATH, await listHomeKeys(visit.app, viewer))}`;
  return await showPage(c, {
    title: t("staff.launch"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "launch", body, {
      lead: t("launch.admin_lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

function covered(visit: Visit, { kits, kinds }: Coverage): Html {
  const { t, count } = visit.i18n;
  const rows = kinds.map(({ software, hosts, followers, withSeals, withKeys }) => {
    const reach = withSeals ? "seals" : withKeys ? "keys" : "never";
    return html`<li><div><p><strong><bdi>${software ?? t("launch.unknown_software")}</bdi></strong></p><p class="muted small-text">${t("launch.kind", { hosts: count(hosts), followers: count(followers) })} · ${t(`launch.reach_${reach}`)}</p></div></li>`;
  });
  return html`<section class="stack" aria-labelledby="kits"><h2 class="section-title" id="kits">${t("launch.sealed")}</h2>
${figures([
  { label: t("launch.members"), value: count(kits.members) },
  { label: t("launch.members_sealed"), value: count(kits.sealed) },
  { label: t("launch.members_stale"), value: count(kits.stale) },
])}<p class="muted">${t("launch.kits_text")}</p>
${rows.length === 0 ? "" : html`<h3 class="section-title">${t("launch.kinds")}</h3><ul class="rows card">${rows}</ul>`}
${kits.members === 0 ? "" : rowButton(visit, PATH, { do: "seal", text: t("launch.seal_again"), about: "" })}</section>`;
}

async function against(visit: Visit, viewer: Viewer): Promise<Html> {
  const { t } = visit.i18n;
  const { orders, silent } = await listOrdersAgainst(visit.app, viewer);
  if (orders.length === 0 && silent.length === 0) return html``;
  return html`<section class="stack" aria-labelledby="against"><h2 class="section-title" id="against">${t("launch.against")}</h2><p class="muted">${t("launch.against_text")}</p>
${silent.map((standby) => html`<p class="notice bad">${t("launch.silent", { standby: hostOf(standby) })}</p>`)}
${orders.length === 0 ? "" : html`<ul class="rows card">${orders.map((one) => againstRow(visit, one))}</ul>`}</section>`;
}

function againstRow(visit: Visit, one: OrderAgainst): Html {
  const { t, rich } = visit.i18n;
  const { state, approvals, threshold, beginsAt } = one;
  const isOpen = state === "asked" || state === "waiting";
  const stands =
    state === "waiting" && beginsAt !== null
      ? rich("launch.begins", { time: timeOf(visit, beginsAt, "", true) })
      : state === "asked"
        ? t("launch.state_asked", { approvals, threshold })
        : t(`launch.short_${state === "waiting" ? "running" : state}`);
  return html`<li><div><p><strong dir="ltr">${hostOf(one.standby)}</strong> · ${t(`launch.reason_${one.reason}`)}</p><p class="muted small-text">${stands}</p></div>
${isOpen ? rowButton(visit, PATH, { do: "alive", text: t("launch.alive"), about: hostOf(one.standby), fields: { agreement: one.agreementUri, order: one.uri } }) : ""}</li>`;
}

async function here(visit: Visit): Promise<Html> {
  const { t } = visit.i18n;
  const communities = await listCommunities(visit.app);
  if (communities.length === 0) return html``;
  return html`<section aria-labelledby="here"><h2 class="section-title" id="here">${t("launch.communities")}</h2><ul class="rows card">${communities.map(
    ({ uri, home, evacuation }) =>
      html`<li><div><p><a href="${communityPath(uri)}"><bdi dir="ltr">${hostOf(home)}</bdi></a></p><p class="muted small-text">${evacuation === null ? t("launch.state_none") : evacuationState(visit, evacuation)}</p></div></li>`,
  )}</ul></section>`;
}
