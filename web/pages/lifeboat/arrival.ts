import { html } from "hono/html";
import { notFound } from "../../../server/errors.ts";
import { findArrival } from "../../../server/services/escapes/progress.ts";
import { progressSection } from "../../components/launch.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

/** How far the followers of somebody are who came from a lost server. */
export async function getArrival(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t, rich } = visit.i18n;
  const found = await findArrival(visit.app, c.req.param("name") ?? "");
  if (found === null) throw notFound();
  const { username, old, progress } = found;
  const title = t("launch.person", { name: `@${username}` });
  const isOwn = visit.viewer?.username === username;
  return await showPage(c, {
    title,
    noindex: true,
    main: html`<h1>${title}</h1>
<p class="lead">${rich("launch.person_lead", { handle: html`<bdi dir="ltr">${old.handle ?? old.uri}</bdi>`, name: html`<a href="/@${username}"><bdi>@${username}</bdi></a>` })}</p>
${progressSection(visit, progress)}
${isOwn && progress.servers === 0 ? html`<p><a class="button primary" href="/settings/launch">${t("launch.bring")}</a></p>` : ""}
<p><a href="/.well-known/causeway/successor?uri=${encodeURIComponent(old.uri)}">${t("launch.notice")}</a></p>`,
  });
}
