import { html } from "hono/html";
import { notFound } from "../../../server/errors.ts";
import type { MessageParams } from "../../../server/errors.ts";
import type { WithholdingView } from "../../../server/domain/withholding.ts";
import { countryOfReader } from "../../../server/services/moderation/withheld-here.ts";
import {
  listPublicWithholdings,
  viewWithholding,
  withholdingsOf,
} from "../../../server/services/moderation/withholdings.ts";
import { icon } from "../../components/icon.ts";
import { namesOf, withholdingFacts } from "../../components/withheld.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/withheld";

/**
 * The page in place of a note or a profile that the law keeps from whoever reads: 451 with the whole notice (RFC 7725). The
 * link names who blocks, which is this server, and not who demanded it.
 */
export async function showWithheld(c: WebContext, what: MessageParams): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const noteId = typeof what["note"] === "number" ? what["note"] : null;
  const country = countryOfReader();
  const about = { noteId, actorId: Number(what["actor"] ?? 0) };
  const found = await withholdingsOf(visit.app, about, country);
  const [first] = found;
  c.header(
    "Link",
    `<${visit.app.uris.origin}${first === undefined ? PATH : `${PATH}/${first.id}`}>; rel="blocked-by"`,
  );
  const countries = namesOf(visit, country === null ? [] : [country]);
  return await showPage(c, {
    title: t("withheld.title"),
    status: 451,
    noindex: true,
    main: html`<div class="message"><p class="message-status" aria-hidden="true">451</p><h1>${t("withheld.title")}</h1>
<p>${t(noteId === null ? "withheld.person" : "withheld.note", { countries })}</p></div>
${found.map((one) => html`<section class="card stack">${withholdingFacts(visit, one)}</section>`)}
<p class="muted">${visit.i18n.rich("withheld.appeal", { contact: contactOf(visit) })}</p>
<p class="muted">${t("withheld.wrong")}</p>
<p><a class="button quiet" href="${PATH}">${t("withheld.list_title")}</a> <a class="button quiet" href="/">${t("error.go_home")}</a></p>`,
  });
}

function contactOf(visit: Visit): Html {
  const { contactEmail } = visit.settings;
  return contactEmail === ""
    ? html`<a href="/about">${visit.settings.name}</a>`
    : html`<a href="mailto:${contactEmail}">${contactEmail}</a>`;
}

/** Every legal demand that is followed here, and those that were; what they are about is not named. */
export async function getWithheldList(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { inForce, ended } = await listPublicWithholdings(visit.app);
  return await showPage(c, {
    title: t("withheld.list_title"),
    place: "about",
    isPublic: true,
    main: html`<h1 class="page-title">${t("withheld.list_title")}</h1><p class="muted">${t("withheld.list_lead", { server: visit.settings.name })} <a href="/moderation/log?kind=withheld">${t("log.title")}</a></p>
${inForce.length + ended.length === 0 ? html`<div class="empty">${t("withheld.list_empty")}</div>` : html`${part(visit, "withheld.in_force", inForce)}${part(visit, "withheld.ended", ended)}`}`,
  });
}

function part(
  visit: Visit,
  title: "withheld.in_force" | "withheld.ended",
  all: readonly WithholdingView[],
): Html {
  const { t, day } = visit.i18n;
  if (all.length === 0) return html``;
  return html`<section aria-labelledby="${title}"><h2 class="section-title" id="${title}">${t(title)}</h2><ul class="rows card">${all.map(
    (one) =>
      html`<li><div><p><a href="${PATH}/${one.id}"><strong>${t(`withheld.about_${one.isAbout}`)}: ${namesOf(visit, one.countries)}</strong></a></p><p class="muted small-text">${t(`basis.${one.basis}`)} · <bdi>${one.legalRef}</bdi> · ${day(one.createdAt)}</p></div></li>`,
  )}</ul></section>`;
}

/** The notice of one demand. */
export async function getWithheldNotice(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const id = Number(c.req.param("id"));
  if (!Number.isSafeInteger(id)) throw notFound();
  const one = await viewWithholding(visit.app, id);
  return await showPage(c, {
    title: `${t(`withheld.about_${one.isAbout}`)}: ${namesOf(visit, one.countries)}`,
    place: "about",
    isPublic: true,
    main: html`<p class="back"><a href="${PATH}">${icon(visit, "back")}${t("withheld.list_title")}</a></p>
<h1 class="page-title">${t(`withheld.about_${one.isAbout}`)}: ${namesOf(visit, one.countries)}</h1><section class="card stack">${withholdingFacts(visit, one)}</section>`,
  });
}
