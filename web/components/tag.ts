import { html } from "hono/html";
import type { Html } from "../html.ts";
import { tagPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";

/** Follows a tag or no more; nothing for visitors, who follow it by its feed. */
export function followTagButton(visit: Visit, tag: string, following: boolean): Html {
  if (visit.viewer === null) return html``;
  const { t } = visit.i18n;
  return html`<form method="post" action="${tagPath(tag)}">${wayBack(visit)}<button class="button small ${following ? "quiet" : "primary"}" name="do" value="${following ? "unfollow" : "follow"}" aria-pressed="${String(following)}">${t(following ? "tags.following" : "tags.follow")}<span class="hidden"> #${tag}</span></button></form>`;
}
