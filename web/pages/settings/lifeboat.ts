import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { LifeboatId } from "../../../server/domain/lifeboat.ts";
import { notFound } from "../../../server/errors.ts";
import { parseRange } from "../../../server/http/range.ts";
import { getIdentity, type IdentityView } from "../../../server/services/identities/phrases.ts";
import {
  getLifeboats,
  LIFEBOAT_RULES,
  type LifeboatFile,
  type LifeboatState,
  type LifeboatView,
  openLifeboatFile,
  removeLifeboat,
} from "../../../server/services/lifeboats/lifeboats.ts";
import { bytesText } from "../../components/amounts.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { standbySection } from "./standby.ts";

const PATH = "/settings/lifeboat";

/** Everything that is the member's, as files; and who they are beyond this server. */
export async function getLifeboatSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state = await getLifeboats(visit.app, viewer);
  const identity = await getIdentity(visit.app, viewer.actorId);
  const body = html`<p class="lead">${t("lifeboat.lead")}</p>
${filesSection(visit, state)}
${phraseSection(visit, identity)}
${await standbySection(visit, viewer)}
${insideSection(visit)}`;
  return await showPage(c, {
    title: t("settings.lifeboat"),
    place: "settings",
    main: settingsFrame(visit, "lifeboat", c.req.query("saved") !== undefined, body),
  });
}

/** Removes one of the files, or stops one that is being made. */
export async function postLifeboatSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const id = parseId<LifeboatId>(form.text("remove"));
  if (id === null) throw notFound();
  await removeLifeboat(c.get("visit").app, viewer, id);
  return c.redirect(PATH, 303);
}

/** A file for its owner alone, or a part of it: downloads of gigabytes are broken off and go on. */
export async function getLifeboatFile(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = parseId<LifeboatId>(c.req.param("id"));
  if (id === null) throw notFound();
  const file = await openLifeboatFile(c.get("visit").app, viewer, id);
  const headers = {
    "content-type": file.name.endsWith(".age") ? "application/octet-stream" : "application/x-tar",
    // Names of members and hosts are letters that need no other spelling.
    "content-disposition": `attachment; filename="${file.name}"`,
    "cache-control": "private, no-store",
    "accept-ranges": "bytes",
    etag: file.tag,
    "x-content-type-options": "nosniff",
  };
  return sendPart(c, file, headers);
}

function sendPart(c: WebContext, file: LifeboatFile, headers: Readonly<Record<string, string>>): Response {
  const condition = c.req.header("if-range");
  const isFresh = condition === undefined || condition === file.tag;
  const range = isFresh ? parseRange(c.req.header("range"), file.size) : "whole";
  if (range === "unsatisfiable")
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${file.size}`, "cache-control": "private, no-store" },
    });
  const part = range === "whole" ? undefined : range;
  const length = part === undefined ? file.size : part.end - part.start + 1;
  const body = c.req.method === "HEAD" ? null : file.open(part);
  return new Response(body, {
    status: part === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(length),
      ...(part === undefined ? {} : { "content-range": `bytes ${part.start}-${part.end}/${file.size}` }),
    },
  });
}

function filesSection(visit: Visit, state: LifeboatState): Html {
  const { t } = visit.i18n;
  const { lifeboats } = state;
  return html`<section class="card stack" aria-labelledby="files-title"><h2 class="section-title" id="files-title">${t("lifeboat.files_title")}</h2>
${next(visit, state)}
${lifeboats.length === 0 ? html`<p class="muted">${t("lifeboat.files_empty")}</p>` : html`<form method="post" action="${PATH}">${formToken(visit)}<ul class="rows">${lifeboats.map((one) => row(visit, one))}</ul></form><p class="muted small-text">${t("lifeboat.files_kept", { days: LIFEBOAT_RULES.keptDays })}</p>`}</section>`;
}

function next(visit: Visit, { isBusy, againAt }: LifeboatState): Html {
  const { t } = visit.i18n;
  if (isBusy)
    return html`<p class="notice" role="status">${t("lifeboat.busy")} <a href="${PATH}">${t("lifeboat.look")}</a></p>`;
  if (againAt !== null) return html`<p>${t("lifeboat.again", { date: visit.i18n.day(againAt) })}</p>`;
  return html`<p><a class="button primary" href="${PATH}/new">${t("lifeboat.make")}</a></p>`;
}

function row(visit: Visit, one: LifeboatView): Html {
  const { t } = visit.i18n;
  const name = t("lifeboat.number", { seq: one.seq });
  const isUnfinished = one.state === "waiting" || one.state === "making";
  const button = html`<button class="button quiet small" name="remove" value="${one.id}">${t(isUnfinished ? "lifeboat.stop" : "lifeboat.remove")}<span class="hidden"> ${name}</span></button>`;
  const download = html`<a class="button primary small" href="${PATH}/${one.id}/file" download>${t("lifeboat.download")}<span class="hidden"> ${name}</span></a>`;
  const facts = [
    timeOf(visit, one.createdAt, ""),
    ...(one.state === "ready" && one.size !== null ? [html`${bytesText(visit, one.size)}`] : []),
    ...(one.state === "ready" ? [html`${t(`lifeboat.closing_${one.options.closing}`)}`] : []),
    ...(one.state === "making" ? [html`${t("lifeboat.done", { percent: one.percent })}`] : []),
    ...(one.goesAt === null ? [] : [html`${t("lifeboat.goes", { date: visit.i18n.day(one.goesAt) })}`]),
  ];
  return html`<li><div><p>${name} <span class="badge">${t(`lifeboat.state_${one.state}`)}</span></p>
<p class="muted small-text">${facts.map((fact, index) => html`${index === 0 ? "" : " · "}${fact}`)}</p>
${one.state === "making" ? html`<progress class="whole" max="100" value="${one.percent}" aria-label="${name}"></progress>` : ""}${one.fault === null ? "" : html`<p class="fault">${visit.i18n.message({ key: one.fault })}</p>`}</div>
<span class="form-buttons">${one.state === "ready" ? download : ""}${isUnfinished || one.state === "ready" ? button : ""}</span></li>`;
}

function phraseSection(visit: Visit, identity: IdentityView | null): Html {
  const { t } = visit.i18n;
  const told =
    identity === null
      ? html`<p>${t("lifeboat.phrase_none")}</p>`
      : html`<p>${t("lifeboat.phrase_since", { date: visit.i18n.day(identity.createdAt) })}</p>
<dl class="facts"><div><dt>${t("lifeboat.phrase_key")}</dt><dd><code class="address" dir="ltr">${identity.did}</code></dd></div></dl>`;
  const label: MessageKey = identity === null ? "lifeboat.phrase_make" : "lifeboat.phrase_replace";
  return html`<section class="card stack" aria-labelledby="phrase-title"><h2 class="section-title" id="phrase-title">${t("lifeboat.phrase_title")}</h2>${told}
<p><a class="button ${identity === null ? "primary" : "quiet"}" href="${PATH}/phrase">${t(label)}</a></p></section>`;
}

const INSIDE = ["notes", "media", "lists", "kit"] as const;
const OUTSIDE = ["direct", "others", "server"] as const;

function insideSection(visit: Visit): Html {
  const { t } = visit.i18n;
  return html`<section class="card stack" aria-labelledby="inside-title"><h2 class="section-title" id="inside-title">${t("lifeboat.inside_title")}</h2><ul class="steps">${INSIDE.map((one) => html`<li>${t(`lifeboat.inside_${one}`)}</li>`)}</ul>
<h3 class="section-title">${t("lifeboat.outside_title")}</h3><ul class="steps">${OUTSIDE.map((one) => html`<li>${t(`lifeboat.outside_${one}`)}</li>`)}</ul>
<h3 class="section-title">${t("lifeboat.verify_title")}</h3><p>${t("lifeboat.verify_text")}</p><pre class="code command" dir="ltr" tabindex="0"><code>causeway lifeboat verify lifeboat.tar</code></pre></section>`;
}
