// Captions and the cover of a film or a recording of one's own, before and after it was posted.

import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type AttachmentId, parseId } from "../../../server/domain/ids.ts";
import type { AttachmentView } from "../../../server/domain/note.ts";
import { invalid, notFound } from "../../../server/errors.ts";
import {
  noteOfFilm,
  removeCaptions,
  replaceCover,
  saveCaptions,
  viewOwnFilm,
} from "../../../server/services/media/captions.ts";
import { CAPTION_LIMITS } from "../../../server/text/webvtt.ts";
import { describedBy, faultLine, faultSummary, fieldId, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { player, recording } from "../../components/player.ts";
import type { Form } from "../../form.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { safeReturn } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** What was done, as the address says it after a submit. */
const DONE = ["saved", "removed", "cover_saved"] as const;

export async function getCaptions(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const media = await viewOwnFilm(app, viewer, idOf(c));
  const language = viewer.languages[0] ?? c.get("visit").i18n.locale;
  return await show(c, viewer, media, freshForm({ language }));
}

export async function postCaptions(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = idOf(c);
  const form = await readForm(c);
  const removed = form.text("remove");
  const done = removed !== "" ? "removed" : form.text("do") === "cover" ? "cover_saved" : "saved";
  const outcome = await attempt(async () => {
    if (done === "removed") return await removeCaptions(app, viewer, id, removed);
    if (done === "cover_saved") return await replaceCover(app, viewer, id, await coverOf(form));
    return await saveCaptions(app, viewer, id, {
      language: form.text("language"),
      source: await sourceOf(form),
    });
  });
  if (outcome.ok) {
    const query = new URLSearchParams({ done, then: safeReturn(form.text("then"), "") });
    return c.redirect(`/media/${id}/captions?${String(query)}`, 303);
  }
  // The service speaks of the file it was given; on this page there are two.
  const { file, ...faults } = outcome.refusal.faults;
  const refusal =
    file === undefined ? outcome.refusal : { ...outcome.refusal, faults: { ...faults, cover: file } };
  return await show(c, viewer, await viewOwnFilm(app, viewer, id), returnedForm(form, refusal));
}

async function sourceOf(form: Form): Promise<string> {
  const [file] = form.files("file");
  if (file === undefined) return form.text("captions");
  if (file.size > CAPTION_LIMITS.bytes)
    throw invalid({
      captions: {
        key: "field.captions_large",
        params: { max: CAPTION_LIMITS.bytes / 1024, cues: CAPTION_LIMITS.cues },
      },
    });
  return new TextDecoder().decode(await bytesOf(file));
}

async function coverOf(form: Form): Promise<Uint8Array> {
  const [file] = form.files("cover");
  if (file === undefined) throw invalid({ file: { key: "field.cover_choose" } });
  return await bytesOf(file);
}

function idOf(c: WebContext): AttachmentId {
  const id = parseId<AttachmentId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

async function show(
  c: WebContext,
  viewer: Viewer,
  media: AttachmentView,
  state: FormState,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const noteId = await noteOfFilm(visit.app, viewer, media.id);
  const back = noteId === null ? "/drafts" : `/@${viewer.username}/${noteId}`;
  const then = safeReturn(c.req.query("then") ?? state.value("then"), back);
  const done = DONE.find((word) => word === c.req.query("done"));
  const main = html`<div class="page-head"><h1 class="page-title">${t("captions.title")}</h1><a class="button quiet small" href="${then}">${t("captions.back")}</a></div>
${done === undefined ? "" : html`<p class="notice good" role="status">${t(`captions.${done}`)}</p>`}
${faultSummary(visit, state, { captions: t("captions.here"), language: t("captions.language"), cover: t("captions.cover") })}
<section class="card stack" aria-label="${t("captions.preview")}">${preview(visit, media)}</section>
${
  media.state === "failed"
    ? ""
    : html`<section class="card stack" aria-labelledby="captions-title"><h2 class="section-title" id="captions-title">${t("captions.here")}</h2><p class="muted">${t("captions.intro")}</p>
${captionsList(visit, media, then)}</section>${addForm(visit, media, state, then)}${coverForm(visit, media, state, then)}`
}`;
  return await showPage(c, {
    title: t("captions.title"),
    status: state.refusal?.status ?? 200,
    noindex: true,
    main,
  });
}

function preview(visit: Visit, media: AttachmentView): Html {
  const { t, message } = visit.i18n;
  if (media.state === "failed")
    return html`<p class="fault">${message({ key: media.fault ?? "film.failed" })}</p>`;
  if (media.state !== "ready")
    return html`<p class="muted">${media.state === "waiting" ? t("film.waiting") : t("film.working", { percent: media.progress })}. ${t("film.may_go_on")}</p><progress max="100" value="${media.progress}" aria-label="${t("film.waiting")}"></progress>`;
  return media.kind === "audio"
    ? recording(visit, media)
    : html`<div class="media-film">${player(visit, media)}</div>`;
}

function captionsList(visit: Visit, media: AttachmentView, then: string): Html {
  const { t, languageName } = visit.i18n;
  if (media.captions.length === 0) return html`<p class="empty">${t("captions.none")}</p>`;
  return html`<form method="post" action="/media/${media.id}/captions">${ours(visit, then)}<ul class="rows">${media.captions.map(
    ({ url, language }) =>
      html`<li><p><bdi>${languageName(language)}</bdi> <a href="${url}" download="${language}.vtt">${t("captions.download")}<span class="hidden"> ${languageName(language)}</span></a></p><button class="button quiet small" name="remove" value="${language}"><span aria-hidden="true">${t("captions.remove")}</span><span class="hidden">${t("captions.remove_named", { language: languageName(language) })}</span></button></li>`,
  )}</ul></form>`;
}

function addForm(visit: Visit, media: AttachmentView, state: FormState, then: string): Html {
  const { t, locale } = visit.i18n;
  const file = fieldId("captions-file");
  const text = fieldId("captions");
  const first = [...(visit.viewer?.languages ?? []), locale];
  return html`<section class="card stack" aria-labelledby="add-title"><h2 class="section-title" id="add-title">${t("captions.add")}</h2>
<form class="stack" method="post" action="/media/${media.id}/captions" enctype="multipart/form-data">${ours(visit, then)}
${selectField(visit, state, { name: "language", label: "captions.language", choices: languageChoices(visit.i18n, first) })}
<div class="field"><label for="${file}">${t("captions.file")}</label><input type="file" id="${file}" name="file" accept=".vtt,.srt,text/vtt" aria-describedby="${file}-hint"><p class="hint" id="${file}-hint">${t("captions.file_help", { max: CAPTION_LIMITS.bytes / 1024 })}</p></div>
<div class="field"><label for="${text}">${t("captions.text")}</label>${faultLine(visit, state, "captions")}<textarea id="${text}" name="captions" rows="5" dir="auto" spellcheck="false" placeholder="00:00.000 --> 00:03.000"${describedBy(state, { name: "captions", hint: "" })}>
${state.value("captions")}</textarea><p class="hint" id="${text}-hint">${t("captions.text_help")}</p></div>
<div class="form-buttons"><button class="button primary" name="do" value="captions">${t("captions.save")}</button></div></form></section>`;
}

function coverForm(visit: Visit, media: AttachmentView, state: FormState, then: string): Html {
  const { t } = visit.i18n;
  const id = fieldId("cover");
  return html`<section class="card stack" aria-labelledby="cover-title"><h2 class="section-title" id="cover-title">${t("captions.cover")}</h2><p class="muted">${t("captions.cover_help")}</p>
${media.coverUrl === null ? "" : html`<img class="cover-now" src="${media.coverUrl}" alt="${t("captions.cover_alt")}" width="${media.width ?? 320}" height="${media.height ?? 320}" loading="lazy" decoding="async">`}
<form class="stack" method="post" action="/media/${media.id}/captions" enctype="multipart/form-data">${ours(visit, then)}
<div class="field"><label for="${id}">${t("captions.cover_file")}</label>${faultLine(visit, state, "cover")}<input type="file" id="${id}" name="cover" accept="image/*" required${describedBy(state, { name: "cover" })}></div>
<div class="form-buttons"><button class="button quiet" name="do" value="cover">${t("captions.cover_save")}</button></div></form></section>`;
}

function ours(visit: Visit, then: string): Html {
  return html`${formToken(visit)}<input type="hidden" name="then" value="${then}">`;
}
