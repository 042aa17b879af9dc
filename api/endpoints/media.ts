import { z } from "zod";
import type { AttachmentId } from "../../server/domain/ids.ts";
import type { AttachmentView } from "../../server/domain/note.ts";
import { CausewayError, invalid, notFound } from "../../server/errors.ts";
import { changeMedia, discardMedia } from "../../server/services/media/changes.ts";
import { addMedia, findOwnMedia } from "../../server/services/media/uploads.ts";
import { type Answer, answer, type Call, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { MediaAttachment } from "../entities/status.ts";
import { file, pathId, text } from "../kinds.ts";
import { toMedia } from "../serialize/media.ts";
import { focus } from "./composition.ts";

const said = { description: text, focus, thumbnail: file };
const mediaId = z.object({ id: pathId<AttachmentId>() });
const OWN_THUMBNAILS = "A thumbnail of one's own is for films and recordings; pictures get theirs here.";

async function bytesOf(given: File): Promise<Uint8Array> {
  return new Uint8Array(await given.arrayBuffer());
}

/** @throws invalid with the reason why a film cannot be used. */
function mediaAnswer(origin: string, media: AttachmentView, unready: 200 | 202 | 206): Answer {
  if (media.state === "failed") throw new CausewayError("invalid", media.fault ?? "field.media_failed");
  return answer(toMedia(origin, media), { status: media.state === "ready" ? 200 : unready });
}

const uploaded = z.object({ file, ...said });

async function upload({ app, viewer, params }: Call<z.infer<typeof uploaded>, "user">): Promise<Answer> {
  const { file: given, description, focus: point, thumbnail } = params;
  if (given === undefined) throw invalid({ file: { key: "field.required" } });
  const bytes = await bytesOf(given);
  const media = await addMedia(app, viewer, { name: given.name, alt: description, bytes });
  if (point === undefined && thumbnail === undefined) return mediaAnswer(app.config.origin, media, 202);
  const cover = thumbnail === undefined ? undefined : await bytesOf(thumbnail);
  const changed = await changeMedia(app, viewer, media.id, { focus: point, cover });
  return mediaAnswer(app.config.origin, changed, 202);
}

export const postMedia = endpoint({
  who: "user",
  scopes: ["write:media"],
  summary: "Uploads a picture, a film or a recording; 202 while a film is worked on",
  params: uploaded,
  returns: MediaAttachment,
  takesFiles: true,
  missing: OWN_THUMBNAILS,
  run: upload,
});

export const postMediaAtOnce = endpoint({
  who: "user",
  scopes: ["write:media"],
  summary: "The older way to upload",
  params: uploaded,
  returns: MediaAttachment,
  takesFiles: true,
  missing: `Films are not waited for: 202, as in the newer one. ${OWN_THUMBNAILS}`,
  run: upload,
});

export const getMedia = endpoint({
  who: "user",
  scopes: ["write:media"],
  summary: "A file of the person's own; 206 while it is worked on",
  params: mediaId,
  returns: MediaAttachment,
  run: async ({ app, viewer, params }) => {
    const media = await findOwnMedia(app, viewer, params.id);
    if (media === null) throw notFound();
    return mediaAnswer(app.config.origin, media, 206);
  },
});

export const putMedia = endpoint({
  who: "user",
  scopes: ["write:media"],
  summary: "Describes a file of the person's own",
  params: mediaId.extend(said),
  returns: MediaAttachment,
  takesFiles: true,
  missing: OWN_THUMBNAILS,
  run: async ({ app, viewer, params }) => {
    const { id, description: alt, focus: point, thumbnail } = params;
    const cover = thumbnail === undefined ? undefined : await bytesOf(thumbnail);
    const media = await changeMedia(app, viewer, id, { alt, focus: point, cover });
    return mediaAnswer(app.config.origin, media, 200);
  },
});

export const deleteMedia = endpoint({
  who: "user",
  scopes: ["write:media"],
  summary: "Throws a file of the person's own away that was not posted",
  params: mediaId,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await discardMedia(app, viewer, params.id);
    return answer({});
  },
});
