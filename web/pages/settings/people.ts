import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { parseHandle } from "../../../server/domain/actor.ts";
import { invalid } from "../../../server/errors.ts";
import { hideHost, listHiddenHosts, showHost } from "../../../server/services/relations/hidden-hosts.ts";
import { listMutedPeople, type MutedPerson } from "../../../server/services/relations/muted-people.ts";
import { listBlocks } from "../../../server/services/relations/relationships.ts";
import { actorList } from "../../components/actor.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken, wayBack } from "../../components/hidden.ts";
import { hiddenServers } from "../../components/hidden-servers.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath } from "../../paths.ts";
import type { MemberHandler, Visit, WebContext } from "../../visit.ts";

type What = "mutes" | "blocks";
const VERBS = { mutes: "mute", blocks: "block" } as const;

/** People whose notes are not seen at present, and until when. */
export const getMutes: MemberHandler = async (c, viewer) => await show(c, viewer, "mutes", freshForm());
/** People who neither see nor reach the person. */
export const getBlocks: MemberHandler = async (c, viewer) => await show(c, viewer, "blocks", freshForm());

/** Hides a whole server from the person, or shows it again. */
export async function postHiddenServers(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const change = form.text("do") === "show" ? showHost : hideHost;
  const outcome = await attempt(() => change(app, viewer, form.text("domain")));
  if (!outcome.ok) return await show(c, viewer, "blocks", freshForm(), returnedForm(form, outcome.refusal));
  return c.redirect("/settings/blocks?saved=yes#servers", 303);
}

export const postMutes: MemberHandler = async (c, viewer) => await look(c, viewer, "mutes");
export const postBlocks: MemberHandler = async (c, viewer) => await look(c, viewer, "blocks");

/** Both lists had one page once. */
export async function getPeopleSettings(c: WebContext): Promise<Response> {
  const to = c.req.query("list") === "mutes" ? "/settings/mutes" : "/settings/blocks";
  return await Promise.resolve(c.redirect(to, 302));
}

/** Somebody named in the form: on to the page that says what will happen, and asks. */
async function look(c: WebContext, viewer: Viewer, what: What): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    const typed = form.text("account").trim();
    const handle = parseHandle(typed.startsWith("@") ? typed : `@${typed}`);
    if (handle === null) throw invalid({ account: { key: "field.handle_short" } });
    const host = handle.host === c.get("visit").app.config.handleHost ? null : handle.host;
    return await Promise.resolve(actorPath({ username: handle.username, host }));
  });
  if (!outcome.ok) return await show(c, viewer, what, returnedForm(form, outcome.refusal));
  return c.redirect(`${outcome.value}/${VERBS[what]}`, 303);
}

async function show(
  c: WebContext,
  viewer: Viewer,
  what: What,
  state: FormState,
  servers: FormState = freshForm({ domain: c.req.query("domain") ?? "" }),
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const request = pageRequestOf(c);
  const muted = what === "mutes" ? await listMutedPeople(visit.app, viewer, request) : null;
  const blocked = what === "blocks" ? await listBlocks(visit.app, viewer, request) : null;
  const byActor = new Map((muted?.items ?? []).map((one) => [one.actor.id, one]));
  const actors = blocked?.items ?? [...byActor.values()].map(({ actor }) => actor);
  const page = muted ?? blocked ?? { older: null, newer: null };
  const body = html`<p class="muted">${t(what === "mutes" ? "confirm.mute_text" : "confirm.block_text")}</p>
${actorList(visit, actors, {
  empty: t(what === "mutes" ? "people_settings.no_mutes" : "people_settings.no_blocks"),
  controls: (actor) => html`${facts(visit, byActor.get(actor.id))}${undo(visit, actor, what)}`,
})}
${pager(visit, page, `/settings/${what}`)}
<form class="card stack" method="post" action="/settings/${what}">${formToken(visit)}<h2 class="section-title">${t(what === "mutes" ? "blocks.mute" : "blocks.add")}</h2>${faultSummary(visit, state, { account: t("blocks.account") })}
${textField(visit, state, { name: "account", label: "blocks.account", hint: t("blocks.account_hint"), required: true, literal: true, maxlength: 320, dir: "ltr" })}
<div class="form-buttons"><button class="button quiet">${t("blocks.next")}</button></div></form>
${what === "blocks" ? await serversOf(visit, viewer, servers) : ""}`;
  return await showPage(c, {
    title: t(`settings.${what}`),
    place: "settings",
    status: (state.refusal ?? servers.refusal)?.status ?? 200,
    main: settingsFrame(visit, what, c.req.query("saved") !== undefined, body),
  });
}

async function serversOf(visit: Visit, viewer: Viewer, state: FormState): Promise<Html> {
  const { items } = await listHiddenHosts(visit.app, viewer, { limit: 200 });
  return hiddenServers(visit, items, state);
}

/** Until when, and whether it is silent as well. */
function facts(visit: Visit, muted: MutedPerson | undefined): Html {
  if (muted === undefined) return html``;
  const { t, moment } = visit.i18n;
  const words = [
    ...(muted.expiresAt === null ? [] : [t("mutes.until", { date: moment(muted.expiresAt) })]),
    t(muted.hidesNotifications ? "mutes.quiet" : "mutes.loud"),
  ];
  return html`<p class="muted small-text">${words.join(" · ")}</p>`;
}

function undo(visit: Visit, actor: ActorView, what: What): Html {
  const verb = what === "mutes" ? "unmute" : "unblock";
  return html`<form class="relationship" method="post" action="${actorPath(actor)}/relationship">${wayBack(visit)}<button class="button quiet small" name="do" value="${verb}">${visit.i18n.t(`profile.${verb}`)}<span class="hidden"> ${actor.name}</span></button></form>`;
}
