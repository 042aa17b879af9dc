import { html } from "hono/html";
import type { ActorView, Relationship } from "../../server/domain/actor.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { actorPath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";
import { decidePath } from "./judged.ts";

/** What a person can do with another one: words say the state, a form each line. */
export function relationshipControls(
  visit: Visit,
  actor: ActorView,
  relationship: Relationship,
  returnTo = visit.path,
): Html {
  const { t } = visit.i18n;
  const button = (value: string, word: MessageKey, style: "primary" | "quiet", pressed?: boolean): Html =>
    html`<button class="button ${style}" name="do" value="${value}"${pressed === undefined ? "" : html` aria-pressed="${String(pressed)}"`}>${t(word)}</button>`;
  return html`<form class="relationship" method="post" action="${actorPath(actor)}/relationship" data-live>${wayBack(visit, returnTo)}
${relationship.blocking ? button("unblock", "profile.unblock", "quiet") : isGone(actor, relationship) ? "" : followButton(relationship, button)}
${relationship.following === "accepted" ? bell(visit, relationship) : ""}${relationship.muting ? button("unmute", "profile.unmute", "quiet") : ""}
${menu(visit, actor, relationship)}
</form>`;
}

/** Being told of each of their notes. */
function bell(visit: Visit, { notifying }: Relationship): Html {
  return html`<button class="button quiet is-sign" name="do" value="${notifying ? "unbell" : "bell"}" aria-pressed="${String(notifying)}">${icon(visit, "bell")}<span class="hidden">${visit.i18n.t("profile.bell")}</span></button>`;
}

/** Nobody begins to follow an account that has moved: its new home stands above. */
function isGone(actor: ActorView, relationship: Relationship): boolean {
  return actor.movedToUri !== null && relationship.following === "no";
}

type Button = (value: string, word: MessageKey, style: "primary" | "quiet", pressed?: boolean) => Html;

function followButton(relationship: Relationship, button: Button): Html {
  switch (relationship.following) {
    case "accepted":
      return button("unfollow", "profile.following_now", "quiet", true);
    case "pending":
      return button("unfollow", "profile.requested", "quiet", true);
    case "no":
      return button(
        "follow",
        relationship.followedBy ? "profile.follow_back" : "profile.follow",
        "primary",
        false,
      );
    default: {
      const unknown: never = relationship.following;
      return unknown;
    }
  }
}

function menu(visit: Visit, actor: ActorView, relationship: Relationship): Html {
  const { t } = visit.i18n;
  const path = actorPath(actor);
  const decide = decidePath(visit, actor.id);
  return html`<details class="menu" name="menu"><summary class="button quiet">${icon(visit, "more")}<span class="hidden">${t("profile.more")}</span></summary><div class="menu-list">
${relationship.blocking ? "" : html`<a href="/compose?text=${encodeURIComponent(`${path.slice(1)} `)}">${t("profile.mention")}</a><a href="/compose?visibility=direct&amp;text=${encodeURIComponent(`${path.slice(1)} `)}">${t("profile.message")}</a>`}
${relationship.following === "accepted" ? html`<a href="${path}/lists">${t("profile.to_list")}</a>${boosts(visit, relationship)}` : ""}
${relationship.followedBy ? html`<button name="do" value="remove-follower">${t("profile.remove_follower")}</button>` : ""}
${relationship.muting ? "" : html`<a href="${path}/mute">${t("profile.mute")}</a>`}
${relationship.blocking ? "" : html`<a href="${path}/block">${t("profile.block")}</a>`}
<a href="${path}/report">${t("profile.report")}</a>${decide === null ? "" : html`<a href="${decide}">${t("decide.menu")}</a>`}
${actor.host === null ? "" : html`<a href="${outwards(actor)}" rel="noopener nofollow">${t("profile.original")}</a>${relationship.hidesHost ? "" : html`<a href="/settings/blocks?domain=${encodeURIComponent(actor.host)}#servers">${t("profile.hide_server", { host: actor.host })}</a>`}`}
</div></details>`;
}

/** Their boosts in one's own home. */
function boosts(visit: Visit, { showsAnnounces }: Relationship): Html {
  return html`<button name="do" value="${showsAnnounces ? "hide-boosts" : "show-boosts"}">${visit.i18n.t(showsAnnounces ? "profile.boosts_off" : "profile.boosts_on")}</button>`;
}

/** How they stand to the reader, in a word or two. */
export function relationshipBadges(visit: Visit, relationship: Relationship): Html {
  const { t } = visit.i18n;
  const words: readonly (MessageKey | false)[] = [
    relationship.followedBy && "profile.follows_you",
    relationship.blockedBy && "profile.blocks_you",
    relationship.blocking && "profile.blocked",
    relationship.muting && relationship.mutedUntil === null && "profile.muted",
    relationship.hidesHost && "profile.server_hidden",
  ];
  const until =
    relationship.muting && relationship.mutedUntil !== null
      ? html` <span class="badge">${t("profile.muted_until", { time: visit.i18n.moment(relationship.mutedUntil) })}</span>`
      : "";
  return html`${until}${words.map((word) => (word === false ? "" : html` <span class="badge">${t(word)}</span>`))}`;
}
