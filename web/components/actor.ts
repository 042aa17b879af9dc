import { html, raw } from "hono/html";
import type { ActorView } from "../../server/domain/actor.ts";
import { handleOf } from "../../server/domain/actor.ts";
import type { Html } from "../html.ts";
import { actorPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { emojiText } from "./emoji.ts";
import { excerpt } from "./excerpt.ts";

/** How many colours there are for covers and initials; classes `tone-1` … in the style sheet. */
const TONES = 8;

/** Made once: making one takes longer than everything else about a note. */
const GRAPHEMES = new Intl.Segmenter();
/** Families of emoji are the longest that a name begins with. */
const LONGEST_GRAPHEME = 32;

/** The colour of a thing: always the same for the same id. */
export function toneOf(id: number): string {
  return `tone-${((Math.floor(id / 2048) + (id % 2048)) % TONES) + 1}`;
}

/** Picture or initial. Decorative: the name always stands beside it. */
export function avatar(actor: ActorView, size: 24 | 32 | 44 | 96): Html {
  if (actor.avatarUrl !== null)
    return html`<img class="avatar size-${size}" src="${actor.avatarUrl}" width="${size}" height="${size}" alt="" loading="lazy" decoding="async">`;
  const initial = firstCharacter(actor.name.trim()) ?? "?";
  return html`<span class="avatar size-${size} ${toneOf(actor.id)}" aria-hidden="true">${initial.toUpperCase()}</span>`;
}

/** The first character as people see it: most names begin with a Latin letter that nothing is put upon. */
function firstCharacter(name: string): string | undefined {
  const plain = /^[ -~](?=[ -\u02ff]|$)/.exec(name)?.[0];
  if (plain !== undefined) return plain;
  const [first] = GRAPHEMES.segment(name.slice(0, LONGEST_GRAPHEME));
  return first?.segment;
}

/** Display name, isolated so that its direction cannot leak into the line. */
export function actorName(actor: ActorView): Html {
  return html`<bdi>${emojiText(actor.name, actor.emojis)}</bdi>`;
}

/** Name as a link to the profile here. */
export function actorLink(actor: ActorView): Html {
  return html`<a class="name" href="${actorPath(actor)}" title="${handleOf(actor)}"><bdi>${emojiText(actor.name, actor.emojis)}</bdi></a>`;
}

/** One line of a list of people, with room for buttons at its end. */
export function actorRow(visit: Visit, actor: ActorView, controls?: Html): Html {
  const bio = excerpt(actor.bioHtml, 120);
  return html`<li class="actor-row h-card" data-component="actor">
<a class="actor-avatar" href="${actorPath(actor)}" tabindex="-1" aria-hidden="true">${avatar(actor, 44)}</a>
<div class="actor-text">
<p class="actor-name"><a class="name p-name u-url" href="${actorPath(actor)}"><bdi>${emojiText(actor.name, actor.emojis)}</bdi></a>${actor.bot ? html` <span class="badge">${visit.i18n.t("profile.bot")}</span>` : ""}</p>
<p class="handle"><bdi>${handleOf(actor)}</bdi></p>
${bio === "" ? "" : html`<p class="actor-bio" dir="auto">${bio}</p>`}
</div>
${controls === undefined ? "" : html`<div class="actor-controls">${controls}</div>`}
</li>`;
}

/** A list of people, or a sentence when there is nobody. */
export function actorList(
  visit: Visit,
  actors: readonly ActorView[],
  options: { readonly empty: string; readonly controls?: (actor: ActorView) => Html },
): Html {
  if (actors.length === 0) return html`<p class="empty">${options.empty}</p>`;
  return html`<ul class="actor-list">${actors.map((actor) => actorRow(visit, actor, options.controls?.(actor)))}</ul>`;
}

/** Sanitised HTML from a service, as it is. */
export function sanitised(text: string): Html {
  return raw(text);
}
