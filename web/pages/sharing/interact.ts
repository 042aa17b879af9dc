import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { findRelationship } from "../../../server/services/actors/actors.ts";
import { search } from "../../../server/services/search.ts";
import { actorRow } from "../../components/actor.ts";
import { faultSummary } from "../../components/fields.ts";
import { noteCard } from "../../components/note.ts";
import { relationshipControls } from "../../components/relationship.ts";
import { attempt, freshForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath, notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** Where other servers send their visitors who have an account here: shows what it is and asks; nothing happens by GET. */
export async function getInteraction(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const uri = (c.req.query("uri") ?? "")
    // The scheme of links that name no server: whoever has an account somewhere opens them there.
    .replace(/^web\+ap:\/*(?=[^/])/i, "https://")
    .replace(/^acct:/, "@")
    .replace(/^@@/, "@")
    .slice(0, 2000);
  const outcome = await attempt(() => search(visit.app, viewer, uri));
  const state = { ...freshForm(), refusal: outcome.ok ? null : outcome.refusal };
  return await showPage(c, {
    title: t("interact.title"),
    status: outcome.ok ? 200 : outcome.refusal.status,
    noindex: true,
    main: html`<h1 class="page-title">${t("interact.title")}</h1>${faultSummary(visit, state)}${outcome.ok ? await found(c, viewer, outcome.value) : ""}`,
  });
}

async function found(
  c: WebContext,
  viewer: Viewer,
  result: Awaited<ReturnType<typeof search>>,
): Promise<Html> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const [actor] = result.actors;
  const [note] = result.notes;
  if (actor !== undefined) {
    const relationship = await findRelationship(visit.app, viewer, actor.id);
    const controls = relationshipControls(visit, actor, relationship, actorPath(actor));
    return html`<p>${t("interact.actor")}</p><ul class="actor-list">${actorRow(visit, actor, controls)}</ul><p><a class="button quiet" href="${actorPath(actor)}">${t("interact.view_profile")}</a></p>`;
  }
  if (note !== undefined)
    return html`<p>${t("interact.note")}</p>${noteCard(visit, note)}<p><a class="button primary" href="${notePath(note)}">${t("interact.view_note")}</a></p>`;
  return html`<div class="empty"><p>${t("interact.nothing")}</p></div>`;
}
