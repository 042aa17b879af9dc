import type { App } from "../../server/context.ts";
import { type NoteId, parseId } from "../../server/domain/ids.ts";
import { sealStream } from "../../server/lifeboat/seal-text.ts";
import { findSealable } from "../../server/services/standbys/sources.ts";
import { bare } from "../serving/responses.ts";
import { sealedName } from "./records.ts";

const PATH = /^\/standby\/media\/([0-9a-f-]{36})\/(\d{1,16})\/([0-9a-f]{64})$/;

/**
 * `/standby/media/{agreement}/{note}/{name}`: a file of a note for followers, encrypted to its author's recipient while it is
 * read, for the standby that signed the request. 404 for everything and everybody else.
 */
export async function answerSealedMedia(
  app: App,
  signer: () => Promise<string | null>,
  path: string,
): Promise<Response> {
  const [, agreement = "", note = "", name = ""] = PATH.exec(path) ?? [];
  const noteId = parseId<NoteId>(note);
  const partnerUri = noteId === null ? null : await signer();
  if (noteId === null || partnerUri === null) return bare(404);
  const found = await findSealable(app, { agreement: `urn:uuid:${agreement}`, partnerUri, noteId });
  const file = found?.note.attachments.find((one) => sealedName(app, one.url) === name);
  if (found === null || file === undefined) return bare(404);
  const opened = await app.files.open(file.url.slice(app.uris.file("").length));
  if (opened === null) return bare(404);
  return new Response(await sealStream(opened.stream, found.recipient), {
    headers: { "content-type": "application/octet-stream", "cache-control": "private, no-store" },
  });
}
