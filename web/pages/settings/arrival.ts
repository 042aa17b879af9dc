import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { ARRIVAL_LIMITS } from "../../../server/domain/arrival.ts";
import { CausewayError, invalid, notFound } from "../../../server/errors.ts";
import { readBody } from "../../../server/http/body.ts";
import {
  addArrivalPiece,
  beginArrival,
  dropArrival,
  getArrival,
  listArrivals,
  receiveLifeboat,
} from "../../../server/services/arrivals/arrivals.ts";
import type { ArrivalView } from "../../../server/services/arrivals/records.ts";
import {
  arriveWithPhrase,
  findSealedReplica,
  type SealedReplica,
} from "../../../server/services/arrivals/replica.ts";
import { bytesText } from "../../components/amounts.ts";
import { describedBy, faultLine, faultSummary, fieldId, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { answering } from "../media/uploads.ts";
import { ARRIVAL_PATH as PATH, arrivalIdOf } from "./arrival-paths.ts";

/** Where lifeboats from other servers are brought. */
export async function getArrivalPage(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Takes a whole file from a form, or the phrase that opens what is kept here of the person. */
export async function postArrivalPage(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    if (form.text("do") === "open") {
      await arriveWithPhrase(app, viewer, form.text("phrase"));
      return "";
    }
    const [file] = form.files("file");
    if (file === undefined) throw invalid({ file: { key: "field.arrival_file" } });
    return `/${(await receiveLifeboat(app, viewer, file, {})).id}`;
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}${outcome.value}`, 303);
}

/** Begins a lifeboat that comes in pieces, with the words of tus as other uploads have them. */
export async function postArrivalUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    const form = await readForm(c);
    const arrival = await beginArrival(c.get("visit").app, viewer, Number(form.text("size")));
    return stateAnswer(c, arrival, 201);
  });
}

/** How far it is. */
export async function getArrivalUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    const arrival = await getArrival(c.get("visit").app, viewer, arrivalIdOf(c));
    // Nothing can be added to it any more: whoever goes on with a file begins anew.
    if (arrival.state === "failed") throw notFound();
    return stateAnswer(c, arrival, 200);
  });
}

/** Takes the next piece; after the last one the answer has an `id`. */
export async function patchArrivalUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    const offset = Number(c.req.header("upload-offset") ?? "");
    const bytes = await readBody(c.req.raw, ARRIVAL_LIMITS.pieceBytes);
    if (bytes === "too_large" || !Number.isSafeInteger(offset))
      throw new CausewayError("conflict", "upload.offset");
    const piece = { offset, bytes };
    return stateAnswer(c, await addArrivalPiece(c.get("visit").app, viewer, arrivalIdOf(c), piece), 200);
  });
}

/** Gives an upload up. */
export async function deleteArrivalUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    await dropArrival(c.get("visit").app, viewer, arrivalIdOf(c));
    return c.body(null, 204);
  });
}

function stateAnswer(c: WebContext, { id, received, size, state }: ArrivalView, status: 200 | 201): Response {
  c.header("Upload-Offset", String(received));
  c.header("Upload-Length", String(size));
  const whole = state === "coming" ? {} : { id };
  return c.json({ upload: id, offset: received, size, ...whole }, status);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const arrivals = await listArrivals(visit.app, viewer);
  const sealed = await findSealedReplica(visit.app, viewer);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`<p class="lead">${t("arrival.lead")}</p>
${sealed === null ? "" : sealedForm(visit, state, sealed)}
${fileForm(visit, state)}
<section class="card stack" aria-labelledby="brought-title"><h2 class="section-title" id="brought-title">${t("arrival.list_title")}</h2>
${arrivals.length === 0 ? html`<p class="muted">${t("arrival.list_empty")}</p>` : html`<ul class="rows">${arrivals.map((one) => row(visit, one))}</ul>`}</section>
<section class="card stack" aria-labelledby="how-title"><h2 class="section-title" id="how-title">${t("arrival.how_title")}</h2>
<ul>${(["copies", "quiet", "proof", "undo"] as const).map((one) => html`<li>${t(`arrival.how_${one}`)}</li>`)}</ul></section>`;
  return await showPage(c, {
    title: t("settings.arrival"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "arrival", false, body),
  });
}

function fileForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const id = fieldId("file");
  const size = bytesText(visit, ARRIVAL_LIMITS.formBytes);
  const hint = t("arrival.file_hint", { size });
  return html`<form class="card stack" method="post" action="${PATH}" enctype="multipart/form-data" data-pieces="${PATH}/upload">${formToken(visit)}${faultSummary(visit, state, { file: t("arrival.file"), phrase: t("arrival.phrase") })}
<div class="field"><label for="${id}">${t("arrival.file")}</label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, "file")}
<input type="file" id="${id}" name="file" accept=".tar,.age" required${describedBy(state, { name: "file", hint })}></div>
<progress class="whole" max="1" value="0" hidden aria-label="${t("arrival.coming")}"></progress><p class="fault" role="alert" hidden></p>
<div class="form-buttons"><button class="button primary">${t("arrival.look")}</button></div><p class="muted small-text">${t("arrival.look_hint")}</p></form>`;
}

function sealedForm(visit: Visit, state: FormState, { handle, notes }: SealedReplica): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<h2 class="section-title">${t("arrival.sealed_title")}</h2>
<p>${t("arrival.sealed_text", { count: notes, handle })}</p>
${textField(visit, state, { name: "phrase", label: "arrival.phrase", type: "password", hint: t("arrival.phrase_hint"), required: true, autocomplete: "off", maxlength: 300, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button primary" name="do" value="open">${t("arrival.open")}</button></div></form>`;
}

function row(visit: Visit, one: ArrivalView): Html {
  const { t } = visit.i18n;
  const name = one.handle ?? t("arrival.unread");
  const facts = [
    timeOf(visit, one.createdAt, ""),
    ...(one.report.taken === 0 ? [] : [html`${t("arrival.count_taken", { count: one.report.taken })}`]),
  ];
  return html`<li><div><p><a href="${PATH}/${one.id}"><bdi>${name}</bdi></a> <span class="badge">${t(`arrival.state_${one.state}`)}</span></p>
<p class="muted small-text">${facts.map((fact, index) => html`${index === 0 ? "" : " · "}${fact}`)}</p></div></li>`;
}
