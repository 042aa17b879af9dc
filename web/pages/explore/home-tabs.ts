import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { ListId } from "../../../server/domain/list.ts";
import { listLists } from "../../../server/services/lists/lists.ts";
import { listFollowedTags } from "../../../server/services/tags/tag-follows.ts";
import type { Html } from "../../html.ts";
import type { Visit } from "../../visit.ts";

/** The timelines of one person: home, tags, a tab for each list. Nothing while there is only home. */
export async function homeTabs(visit: Visit, viewer: Viewer, here: "home" | "tags" | ListId): Promise<Html> {
  const { t } = visit.i18n;
  const lists = await listLists(visit.app, viewer);
  const hasTags = here === "tags" || (await listFollowedTags(visit.app, viewer)).length > 0;
  if (lists.length === 0 && !hasTags) return html``;
  const tab = (href: string, words: Html | string, isHere: boolean) =>
    html`<a href="${href}"${isHere ? html` aria-current="page"` : ""}>${words}</a>`;
  return html`<nav class="tabs scroll home-tabs" aria-label="${t("home.tabs")}">${tab("/", t("home.following"), here === "home")}${hasTags ? tab("/tags", t("tags.yours"), here === "tags") : ""}${lists.map(({ id, title }) => tab(`/lists/${id}`, html`<bdi>${title}</bdi>`, here === id))}</nav>`;
}
