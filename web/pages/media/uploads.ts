// Uploads in pieces for our scripts, with the words of tus 1.0 (Upload-Offset, Upload-Length, 409 for a piece that does not
// fit). Answers are JSON; forms without scripts send files whole.

import { type AttachmentId, parseId } from "../../../server/domain/ids.ts";
import type { AttachmentView } from "../../../server/domain/note.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import { CausewayError, type ErrorKind, notFound } from "../../../server/errors.ts";
import { readBody } from "../../../server/http/body.ts";
import {
  addPiece,
  beginUpload,
  cancelUpload,
  getUpload,
  PIECE_BYTES,
  type UploadView,
} from "../../../server/services/media/pieces.ts";
import { findOwnMedia } from "../../../server/services/media/uploads.ts";
import { readForm } from "../../forms.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Begins an upload: `name`, `size`, `type`. */
export async function postUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    const form = await readForm(c);
    const upload = await beginUpload(c.get("visit").app, viewer, {
      name: form.text("name"),
      size: Number(form.text("size")),
      mediaType: form.text("type"),
    });
    c.header("Location", `/uploads/${upload.id}`);
    return uploadAnswer(c, upload, 201);
  });
}

/** How far an upload is; HEAD gives the headers alone. */
export async function getUploadState(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) =>
    uploadAnswer(c, await getUpload(c.get("visit").app, viewer, idOf(c)), 200),
  );
}

/** Takes a piece; after the last one the answer is the attachment. */
export async function patchUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    const { app } = c.get("visit");
    const offset = Number(c.req.header("upload-offset") ?? "");
    const bytes = await readBody(c.req.raw, PIECE_BYTES);
    if (bytes === "too_large" || !Number.isSafeInteger(offset))
      throw new CausewayError("conflict", "upload.offset");
    const { upload, attachment } = await addPiece(app, viewer, idOf(c), { offset, bytes });
    if (attachment === null) return uploadAnswer(c, upload, 200);
    c.header("Upload-Offset", String(upload.offset));
    return c.json({ ...mediaFacts(c.get("visit"), attachment), offset: upload.offset });
  });
}

/** Gives an upload up. */
export async function deleteUpload(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    await cancelUpload(c.get("visit").app, viewer, idOf(c));
    return c.body(null, 204);
  });
}

/** State and progress of an attachment of one's own. */
export async function getMediaState(c: WebContext): Promise<Response> {
  return await answering(c, async (viewer) => {
    const id = parseId<AttachmentId>(c.req.param("id"));
    const media = id === null ? null : await findOwnMedia(c.get("visit").app, viewer, id);
    if (media === null) throw notFound();
    return c.json(mediaFacts(c.get("visit"), media));
  });
}

function uploadAnswer(c: WebContext, upload: UploadView, status: 200 | 201): Response {
  c.header("Upload-Offset", String(upload.offset));
  c.header("Upload-Length", String(upload.size));
  return c.json({ upload: upload.id, offset: upload.offset, size: upload.size }, status);
}

/** `id` is of the attachment; `text` says in the reader's language how it stands. */
function mediaFacts(visit: Visit, media: AttachmentView) {
  const { id, kind, state, progress, url, coverUrl } = media;
  return { id, kind, state, progress, url, coverUrl, text: stateText(visit, media) };
}

function stateText({ i18n }: Visit, { state, progress, fault }: AttachmentView): string {
  switch (state) {
    case "waiting":
      return i18n.t("film.waiting");
    case "working":
      return i18n.t("film.working", { percent: progress });
    case "ready":
      return i18n.t("film.ready");
    case "failed":
      return i18n.message({ key: fault ?? "film.failed" });
  }
}

/** @throws not_found for a number that is no id */
function idOf(c: WebContext): number {
  const id = parseId(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

const STATUS: Readonly<Record<ErrorKind, 401 | 403 | 404 | 409 | 410 | 422 | 429 | 451 | 502 | 503>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  withheld: 451,
  conflict: 409,
  too_many: 429,
  remote_failed: 502,
  unavailable: 503,
};

/** Runs a use case for a script: faults are a sentence in JSON and not a page. */
export async function answering(
  c: WebContext,
  work: (viewer: Viewer) => Promise<Response>,
): Promise<Response> {
  const { viewer, i18n } = c.get("visit");
  c.header("Cache-Control", "private, no-store");
  c.header("Vary", "Cookie, Accept-Language");
  try {
    if (viewer === null) throw new CausewayError("unauthenticated", "error.unauthenticated");
    return await work(viewer);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    if (error.retryAfterSeconds !== undefined) c.header("Retry-After", String(error.retryAfterSeconds));
    const [field] = Object.values(error.fields);
    return c.json(
      { error: i18n.message(field ?? { key: error.key, params: error.params }) },
      STATUS[error.kind],
    );
  }
}
