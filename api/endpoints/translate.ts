import { CausewayError } from "../../server/errors.ts";
import { findLine } from "../../server/services/notes/entries.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { endpoint } from "../endpoint.ts";
import { Translation } from "../entities/status.ts";
import { word } from "../kinds.ts";
import { statusId } from "./statuses.ts";

export const translateStatus = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "A status in another language",
  params: statusId.extend({ lang: word }),
  returns: Translation,
  missing:
    "No server of ours translates: the answer is 503, and the instance says so (`translation.enabled`).",
  run: async ({ app, viewer, params }) => {
    const { noteId } = await findLine(app, viewer, params.id);
    await viewNote(app, viewer, noteId);
    throw new CausewayError("unavailable", "error.no_translation");
  },
});
