import { html } from "hono/html";
import { PROFILE_LIMITS, type Viewer } from "../../../server/domain/actor.ts";
import { featureTag, listFeaturedTags, unfeatureTag } from "../../../server/services/actors/featured-tags.ts";
import { listPinned } from "../../../server/services/actors/pins.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { noteList } from "../../components/timeline.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { tagPath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** What stands on top of the person's profile: tags and pinned notes. */
export async function getFeaturedSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

export async function postFeaturedSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const removed = form.text("remove");
  const outcome = await attempt(() =>
    removed === "" ? featureTag(app, viewer, form.text("tag")) : unfeatureTag(app, viewer, removed),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect("/settings/featured?saved=yes", 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const tags = await listFeaturedTags(visit.app, viewer.actorId);
  const pinned = await listPinned(visit.app, viewer, viewer.actorId);
  const rows = tags.map(
    ({ tag, name }) =>
      html`<li><p><a href="${tagPath(tag)}"><bdi>#${name}</bdi></a></p><button class="button quiet small" name="remove" value="${tag}">${t("featured.remove")}<span class="hidden"> #${name}</span></button></li>`,
  );
  const body = html`<section class="card stack" aria-labelledby="tags-title"><h2 class="section-title" id="tags-title">${t("profile.tags")}</h2><p class="muted">${t("featured.tags_hint", { max: PROFILE_LIMITS.tags })}</p>
${rows.length === 0 ? "" : html`<form method="post" action="/settings/featured">${formToken(visit)}<ul class="rows">${rows}</ul></form>`}
<form class="stack" method="post" action="/settings/featured">${formToken(visit)}${faultSummary(visit, state, { tag: t("featured.tag") })}
${textField(visit, state, { name: "tag", label: "featured.tag", required: true, dir: "auto", literal: true, maxlength: 101 })}
<div class="form-buttons"><button class="button primary">${t("featured.add")}</button></div></form></section>
<section aria-labelledby="pinned-title"><h2 class="section-title" id="pinned-title">${t("profile.pinned")}</h2><p class="muted">${t("featured.pins_hint", { max: PROFILE_LIMITS.pins })}</p>
${pinned.length === 0 ? html`<p class="empty">${t("featured.no_pins")}</p>` : noteList(visit, pinned)}</section>`;
  return await showPage(c, {
    title: t("settings.featured"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "featured", c.req.query("saved") !== undefined, body),
  });
}
