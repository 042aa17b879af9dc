import { html } from "hono/html";
import type { ActorView } from "../../server/domain/actor.ts";
import type { CollectionView } from "../../server/domain/collection.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { FeaturedTag } from "../../server/services/actors/featured-tags.ts";
import type { OtherHome } from "../../server/services/moves/moves.ts";
import type { Html } from "../html.ts";
import { outwards, tagPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { actorRow } from "./actor.ts";
import { emojiText } from "./emoji.ts";
import { noteCard } from "./note.ts";

/** Says first of all that somebody lives elsewhere now, or no more. */
export function lifeNotices(visit: Visit, actor: ActorView, home: OtherHome | null): Html {
  const { rich, t } = visit.i18n;
  const name = html`<bdi>${emojiText(actor.name, actor.emojis)}</bdi>`;
  const moved =
    home === null
      ? ""
      : html`<section class="notice moved" data-component="moved"><p class="notice-title">${rich("profile.moved", { name })}</p>${homeLine(visit, home)}</section>`;
  const memorial = actor.memorial
    ? html`<p class="notice memorial" data-component="memorial">${rich("profile.memorial", { name })}</p>`
    : "";
  const limited = actor.limited ? html`<p class="notice">${t("profile.limited")}</p>` : "";
  return html`${moved}${memorial}${limited}`;
}

/** Another home: the person as known here, or the bare address. */
export function homeLine(visit: Visit, home: OtherHome): Html {
  if (home.actor !== null) return html`<ul class="actor-list">${actorRow(visit, home.actor)}</ul>`;
  const address = outwards({ url: home.uri, uri: home.uri });
  return html`<p><a href="${address}" rel="noopener nofollow"><bdi>${home.uri}</bdi></a></p>`;
}

/** Tags that a profile names. */
export function featuredTags(visit: Visit, tags: readonly FeaturedTag[]): Html {
  if (tags.length === 0) return html``;
  return html`<ul class="tag-chips" aria-label="${visit.i18n.t("profile.tags")}">${tags.map(({ tag, name }) => html`<li><a class="tag" rel="tag" href="${tagPath(tag)}"><bdi>#${name}</bdi></a></li>`)}</ul>`;
}

/** Collections and pinned notes, above the others. */
export function featuredSection(
  visit: Visit,
  pinned: readonly NoteView[],
  collections: readonly CollectionView[],
): Html {
  const { t } = visit.i18n;
  return html`${collections.length === 0 ? "" : html`<section aria-labelledby="collections-title"><h2 class="section-title" id="collections-title">${t("collections.title")}</h2><ul class="tag-chips">${collections.map((one) => html`<li><a class="tag" href="/collections/${one.id}"><bdi>${one.name}</bdi></a></li>`)}</ul></section>`}
${pinned.length === 0 ? "" : html`<section class="pinned" aria-labelledby="pinned-title"><h2 class="section-title" id="pinned-title">${t("profile.pinned")}</h2><div class="notes">${pinned.map((note) => noteCard(visit, note))}</div></section>`}`;
}
