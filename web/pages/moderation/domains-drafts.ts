import { html } from "hono/html";
import { outranks, type Viewer } from "../../../server/domain/actor.ts";
import type { DomainDraft, DraftSource } from "../../../server/domain/domain-draft.ts";
import { parseId, type Id } from "../../../server/domain/ids.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import {
  DRAFT_GROUPS,
  type DraftGroup,
  type DraftPage,
  viewDrafts,
} from "../../../server/services/moderation/domains-drafts.ts";
import {
  decideDrafts,
  DRAFT_MOVES,
  type DraftMove,
} from "../../../server/services/moderation/domains-work.ts";
import { adminFrame, choiceTabs } from "../../components/admin-nav.ts";
import { domainName, ruleWords } from "../../components/domain-rule.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

type Kind = DraftSource["kind"];
const GROUPS = ["waiting", "applied", "refused", "same", "unfit"] as const satisfies readonly DraftGroup[];

/** Lines of a file, with what each would change. */
export async function getDomainsFileDrafts(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, "file", freshForm());
}

/** Lines of a list that is subscribed to. */
export async function getDomainsListDrafts(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, "list", freshForm());
}

/** Applies, refuses or undoes lines of a file. */
export async function postDomainsFileDrafts(c: WebContext, viewer: Viewer): Promise<Response> {
  return await decide(c, viewer, "file");
}

/** The same for a list. */
export async function postDomainsListDrafts(c: WebContext, viewer: Viewer): Promise<Response> {
  return await decide(c, viewer, "list");
}

function sourceOf(c: WebContext, kind: Kind): DraftSource {
  const id = parseId<Id<"list">>(c.req.param("id"));
  if (id === null) throw notFound();
  return { kind, id };
}

function pathOf({ kind, id }: DraftSource): string {
  return `/moderation/domains/${kind === "file" ? "files" : "lists"}/${id}`;
}

/** `do` is a move, alone for the chosen lines, with `-all` for all that are where it begins. */
async function decide(c: WebContext, viewer: Viewer, kind: Kind): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const source = sourceOf(c, kind);
  const word = form.text("do");
  const move = DRAFT_MOVES.find((one) => word === one || word === `${one}-all`);
  if (move === undefined) throw notFound();
  const ids = word.endsWith("-all") ? null : form.all("line").flatMap((id) => parseId<Id<"line">>(id) ?? []);
  const outcome = await attempt(async () => {
    if (ids?.length === 0) throw new CausewayError("invalid", "domains.none_chosen");
    return await decideDrafts(app, viewer, move, { source, ids });
  });
  if (!outcome.ok) return await show(c, viewer, kind, returnedForm(form, outcome.refusal));
  return c.redirect(`${pathOf(source)}?done=${move}`, 303);
}

async function show(c: WebContext, viewer: Viewer, kind: Kind, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const source = sourceOf(c, kind);
  const group = GROUPS.find((one) => one === c.req.query("show")) ?? "waiting";
  const after = parseId<Id<"line">>(c.req.query("after")) ?? 0;
  const page = await viewDrafts(visit.app, viewer, { source, group, after });
  const asked = c.req.query("done");
  const done = asked === "read" ? asked : DRAFT_MOVES.find((one) => one === asked);
  const underway = page.counts.applying + page.counts.undoing;
  const body = html`${faultSummary(visit, state)}
${page.url === null ? "" : html`<p class="muted small-text" dir="ltr">${page.url}</p>`}
${underway === 0 ? "" : html`<p class="notice" role="status">${t("domains.progress", { count: underway })}</p>`}
${page.counts.waiting === 0 ? "" : html`<p>${lossWords(visit, page)}</p>`}
${choiceTabs(
  page.name,
  GROUPS.map((one) => ({
    href: `${pathOf(source)}?show=${one}`,
    text: `${t(`domains.group_${one}`)} (${visit.i18n.count(countOf(page, one))})`,
    isHere: one === group,
  })),
)}
${list(visit, page, outranks(viewer.role, "moderator"))}`;
  return await showPage(c, {
    title: page.name,
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "domains", body, {
      title: page.name,
      lead: t("domains.bring_lead"),
      done: done === undefined ? undefined : `domains.done_${done}`,
    }),
  });
}

function countOf({ counts }: DraftPage, group: DraftGroup): number {
  return DRAFT_GROUPS[group].reduce((sum, state) => sum + counts[state], 0);
}

function lossWords(visit: Visit, { loss }: DraftPage): string {
  const { t, count } = visit.i18n;
  if (loss.servers === 0) return t("domains.loss_nothing");
  const { following, followers, servers } = loss;
  return t("domains.loss", {
    following: count(following),
    followers: count(followers),
    servers: count(servers),
  });
}

/** What can be done with lines of a group. */
const MOVES: Readonly<Record<DraftGroup, readonly DraftMove[]>> = {
  waiting: ["apply", "refuse"],
  applied: ["undo"],
  refused: ["apply"],
  same: [],
  unfit: [],
};

function list(visit: Visit, page: DraftPage, mayChange: boolean): Html {
  const { t } = visit.i18n;
  if (page.items.length === 0) return html`<div class="empty">${t("domains.none_in_group")}</div>`;
  const moves = mayChange ? MOVES[page.group] : [];
  const path = pathOf(page.source);
  const next =
    page.next === null
      ? ""
      : html`<p><a class="button quiet" href="${path}?show=${page.group}&amp;after=${page.next}">${t("domains.more_lines")}</a></p>`;
  const buttons = moves.map(
    (move, index) =>
      html`<button class="button ${index === 0 ? "primary" : "quiet"}" name="do" value="${move}">${t(`domains.${move}_chosen`)}</button> `,
  );
  return html`<form class="card stack" method="post" action="${path}?show=${page.group}">${formToken(visit)}
<ul class="rows">${page.items.map((one) => line(visit, one, moves.length > 0))}</ul>
${moves.length === 0 ? "" : html`<div class="form-buttons">${buttons}</div>`}</form>${next}${moves.length === 0 ? "" : wholesale(visit, page)}`;
}

/** Buttons for all lines at once, beside a sentence what that means. */
function wholesale(visit: Visit, page: DraftPage): Html {
  const { t } = visit.i18n;
  const { group, counts } = page;
  if (group !== "waiting" && group !== "applied") return html``;
  const count = group === "waiting" ? counts.waiting : counts.applied;
  if (count < 2) return html``;
  const buttons = MOVES[group].map(
    (move) =>
      html`<button class="button ${move === "refuse" ? "quiet" : "danger"}" name="do" value="${move}-all">${t(`domains.${move}_all`, { count })}</button> `,
  );
  return html`<form class="card stack" method="post" action="${pathOf(page.source)}?show=${group}">${formToken(visit)}<p>${group === "waiting" ? lossWords(visit, page) : t("domains.all_text")}</p><div class="form-buttons">${buttons}</div></form>`;
}

function line(visit: Visit, one: DomainDraft, isChosen: boolean): Html {
  const { t } = visit.i18n;
  const mayChoose = isChosen && one.state !== "applying" && one.state !== "undoing";
  // The whole line is what a thumb presses.
  const named = (words: Html) =>
    mayChoose
      ? html`<label class="choice"><input type="checkbox" name="line" value="${one.id}" id="line-${one.id}" aria-label="${t("domains.choose", { domain: one.domain })}"> <span>${words}</span></label>`
      : html`<p>${words}</p>`;
  if (one.fault !== null)
    return html`<li><div><p>${domainName(one.domain)}</p><p class="small-text fault">${t(`domains.fault_${one.fault}`)}</p></div></li>`;
  const { severity, ...rest } = one.proposal;
  const then = severity === "lifted" ? t("domains.becomes_lifted") : ruleWords(visit, { ...rest, severity });
  const isWaiting = one.state === "waiting";
  const word =
    isWaiting && one.change !== null ? t(`domains.change_${one.change}`) : t(`domains.state_${one.state}`);
  const ends = one.following + one.followers;
  return html`<li><div>${named(html`${domainName(one.domain)} <span class="badge">${word}</span>`)}
<p class="small-text">${t("domains.now", { rule: one.now === null ? t("domains.no_rule") : ruleWords(visit, one.now) })} · ${t("domains.then", { rule: then })}</p>
${one.proposal.publicComment === null ? "" : html`<p class="small-text" dir="auto">${one.proposal.publicComment}</p>`}${ends === 0 ? "" : html`<p class="small-text"><strong>${t("domains.loss_line", { following: one.following, followers: one.followers })}</strong></p>`}</div></li>`;
}
