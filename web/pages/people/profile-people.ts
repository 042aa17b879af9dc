import { html } from "hono/html";
import type { ActorView } from "../../../server/domain/actor.ts";
import type { Page } from "../../../server/domain/note.ts";
import { listFollowers, listFollowing } from "../../../server/services/actors/actors.ts";
import type { PeopleRequest } from "../../../server/services/actors/actors.ts";
import { emojiText } from "../../components/emoji.ts";
import { actorList } from "../../components/actor.ts";
import { icon } from "../../components/icon.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { actorOf } from "../../member.ts";
import { actorPath, outwards } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** Who follows somebody. */
export async function getFollowers(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const actor = await actorOf(c);
  const page = await listFollowers(app, viewer, actor.id, peopleRequestOf(c));
  return await showPeople(c, actor, page, "followers");
}

/** Whom somebody follows. */
export async function getFollowing(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const actor = await actorOf(c);
  const page = await listFollowing(app, viewer, actor.id, peopleRequestOf(c));
  return await showPeople(c, actor, page, "following");
}

function peopleRequestOf(c: WebContext): PeopleRequest {
  return { ...pageRequestOf(c), words: wordsOf(c) };
}

/** What is looked for among them. */
function wordsOf(c: WebContext): string {
  return (c.req.query("q") ?? "").trim().slice(0, 100);
}

async function showPeople(
  c: WebContext,
  actor: ActorView,
  page: Page<ActorView>,
  which: "followers" | "following",
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const path = actorPath(actor);
  if (actor.host !== null && visit.viewer === null) return c.redirect(outwards(actor), 302);
  const isHidden = actor.hidesRelations && visit.viewer?.actorId !== actor.id;
  const title: MessageKey = which === "followers" ? "people.followers_of" : "people.followed_by";
  const empty: MessageKey = which === "followers" ? "people.no_followers" : "people.no_following";
  const words = wordsOf(c);
  const here = `${path}/${which}${words === "" ? "" : `?q=${encodeURIComponent(words)}`}`;
  const nobody = isHidden ? "people.hidden" : words === "" ? empty : "people.found_none";
  return await showPage(c, {
    title: t(title, { name: actor.name }),
    isPublic: true,
    noindex: true,
    main: html`<p class="back"><a href="${path}">${icon(visit, "back")}<span>${t("people.back")}</span></a></p>
<h1 class="page-title">${visit.i18n.rich(title, { name: html`<bdi>${emojiText(actor.name, actor.emojis)}</bdi>` })}</h1>
<nav class="tabs" aria-label="${t("profile.tabs")}"><a href="${path}/followers"${which === "followers" ? html` aria-current="page"` : ""}>${t("people.followers")}</a><a href="${path}/following"${which === "following" ? html` aria-current="page"` : ""}>${t("people.following")}</a></nav>
${isHidden || (page.items.length === 0 && words === "") ? "" : search(c, `${path}/${which}`, words)}
${actorList(visit, page.items, { empty: t(nobody) })}${pager(visit, page, here)}
${actor.host === null ? "" : html`<p class="notice small">${t("people.remote", { host: actor.host })}</p>`}`,
  });
}

/** Long lists are looked through by name. */
function search(c: WebContext, path: string, words: string): Html {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  return html`<form class="people-find" method="get" action="${path}" role="search"><label class="hidden" for="f-q">${t("people.find")}</label><input id="f-q" name="q" type="search" value="${words}" placeholder="${t("people.find")}" maxlength="100" dir="auto"><button class="button quiet">${icon(visit, "search")}<span>${t("people.find_button")}</span></button></form>`;
}
