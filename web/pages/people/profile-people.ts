import { html } from "hono/html";
import type { ActorView } from "../../../server/domain/actor.ts";
import type { Page } from "../../../server/domain/note.ts";
import { listFollowers, listFollowing } from "../../../server/services/actors/actors.ts";
import { emojiText } from "../../components/emoji.ts";
import { actorList } from "../../components/actor.ts";
import { icon } from "../../components/icon.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { actorOf } from "../../member.ts";
import { actorPath, outwards } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** Who follows somebody. */
export async function getFollowers(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const actor = await actorOf(c);
  const page = await listFollowers(app, viewer, actor.id, pageRequestOf(c));
  return await showPeople(c, actor, page, "followers");
}

/** Whom somebody follows. */
export async function getFollowing(c: WebContext): Promise<Response> {
  const { app, viewer } = c.get("visit");
  const actor = await actorOf(c);
  const page = await listFollowing(app, viewer, actor.id, pageRequestOf(c));
  return await showPeople(c, actor, page, "following");
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
  return await showPage(c, {
    title: t(title, { name: actor.name }),
    isPublic: true,
    noindex: true,
    main: html`<p class="back"><a href="${path}">${icon(visit, "back")}<span>${t("people.back")}</span></a></p>
<h1 class="page-title">${visit.i18n.rich(title, { name: html`<bdi>${emojiText(actor.name, actor.emojis)}</bdi>` })}</h1>
<nav class="tabs" aria-label="${t("profile.tabs")}"><a href="${path}/followers"${which === "followers" ? html` aria-current="page"` : ""}>${t("people.followers")}</a><a href="${path}/following"${which === "following" ? html` aria-current="page"` : ""}>${t("people.following")}</a></nav>
${actorList(visit, page.items, { empty: t(isHidden ? "people.hidden" : empty) })}${pager(visit, page, `${path}/${which}`)}
${actor.host === null ? "" : html`<p class="notice small">${t("people.remote", { host: actor.host })}</p>`}`,
  });
}
