import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import {
  findMembers,
  MEMBER_SORTS,
  MEMBER_STATES,
  type MemberLine,
} from "../../../server/services/administration/members.ts";
import { adminFrame, choiceTabs } from "../../components/admin-nav.ts";
import { avatar } from "../../components/actor.ts";
import { emojiText } from "../../components/emoji.ts";
import { options } from "../../components/fields.ts";
import { icon } from "../../components/icon.ts";
import { timeOf } from "../../components/note.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/accounts";

/** Members: looked for, sorted, by state. Everything is in the address. */
export async function getAccounts(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const words = (c.req.query("q") ?? "").slice(0, 100);
  const state = MEMBER_STATES.find((one) => one === c.req.query("state")) ?? "all";
  const sort = MEMBER_SORTS.find((one) => one === c.req.query("sort")) ?? "new";
  const page = Math.max(1, Number(c.req.query("page")) || 1);
  const found = await findMembers(visit.app, viewer, { words, state, sort, role: "all", page });
  const address = (change: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({ q: words, state, sort, ...change });
    return `${PATH}?${query.toString()}`;
  };
  const tabs = MEMBER_STATES.map((one) => ({
    href: address({ state: one }),
    text: t(`accounts.state_${one}`),
    isHere: one === state,
  }));
  const sorts = MEMBER_SORTS.map((value) => ({ value, label: t(`accounts.sort_${value}`) }));
  const body = html`<form class="search members" role="search" action="${PATH}" aria-label="${t("accounts.search")}"><label class="hidden" for="q">${t("accounts.search")}</label><input type="search" id="q" name="q" value="${words}" placeholder="${t("accounts.search")}" maxlength="100" dir="auto"><input type="hidden" name="state" value="${state}">
<label class="hidden" for="sort">${t("accounts.sort")}</label><select class="sort" id="sort" name="sort">${options(sorts, sort)}</select>
<button class="button quiet">${icon(visit, "search")}<span>${t("settings.search_button")}</span></button></form>
${choiceTabs(t("staff.accounts"), tabs)}
<p class="muted" role="status">${t("accounts.found", { count: found.all })}</p>
${found.members.length === 0 ? html`<div class="empty">${t("accounts.empty")}</div>` : html`<ul class="settings-list card">${found.members.map((one) => row(visit, one))}</ul>`}
${found.pages < 2 ? "" : pages(visit, { page, last: found.pages, count, address })}`;
  return await showPage(c, {
    title: t("staff.accounts"),
    place: "settings",
    main: adminFrame(visit, "accounts", body),
  });
}

function row(visit: Visit, one: MemberLine): Html {
  const { t, rich } = visit.i18n;
  const { actor } = one;
  const marks = [
    ...(one.role === "member" ? [] : [t(`role.${one.role}`)]),
    ...(one.state === "active" ? [] : [t(`accounts.is_${one.state}`)]),
    ...(one.openReports === 0 ? [] : [t("accounts.reports", { count: one.openReports })]),
  ];
  const times = html`${rich("accounts.joined", { time: timeOf(visit, one.joinedAt, "") })}${one.seenAt === null ? "" : html` · ${rich("accounts.seen", { time: timeOf(visit, one.seenAt, "") })}`}`;
  return html`<li><a href="${PATH}/${actor.username}"><span class="concern">${avatar(actor, 44)}<span><strong><bdi>${emojiText(actor.name, actor.emojis)}</bdi></strong><small><bdi>${handleOf(actor)}</bdi> · ${times}</small>${marks.map((mark) => html`<span class="badge">${mark}</span> `)}</span></span>${icon(visit, "next")}</a></li>`;
}

function pages(
  visit: Visit,
  at: {
    readonly page: number;
    readonly last: number;
    readonly count: (value: number) => string;
    address(change: Readonly<Record<string, string>>): string;
  },
): Html {
  const { t } = visit.i18n;
  const to = (page: number) => at.address({ page: String(page) });
  return html`<nav class="pager" aria-label="${t("pager.label")}">${at.page <= 1 ? html`<span></span>` : html`<a class="button quiet" rel="prev" href="${to(at.page - 1)}">${icon(visit, "back")}<span>${t("accounts.before")}</span></a>`}
${at.page >= at.last ? "" : html`<a class="button quiet" rel="next" href="${to(at.page + 1)}"><span>${t("accounts.after")}</span>${icon(visit, "next")}</a>`}</nav>`;
}
