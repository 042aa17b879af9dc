import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import { handleOf } from "../../server/domain/actor.ts";
import { findEntities } from "../../server/text/entities.ts";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { visibilityMark } from "./note.ts";

/** Who will see what is about to be posted, spelled out; of a note for mentioned people, by name. */
export function readersSentence(visit: Visit, composition: Composition, replyTo: NoteView | null): Html {
  const { t, rich } = visit.i18n;
  const handles = mentionedIn(composition.source);
  const names = html`${handles.map((handle, index) => html`${index === 0 ? "" : t("list.separator")}<bdi>${handle}</bdi>`)}`;
  if (composition.visibility === "direct")
    return html`<p class="readers is-direct">${visibilityMark(visit, "direct", true)} <span>${handles.length === 0 ? t("readers.direct_nobody") : rich("readers.direct", { count: handles.length, names })}</span></p>`;
  if (replyTo === null && composition.source === "") return html``;
  return html`<p class="readers">${visibilityMark(visit, composition.visibility, true)} <span>${t(`readers.${composition.visibility}`)}</span></p>`;
}

function mentionedIn(source: string): readonly string[] {
  const handles = findEntities(source).flatMap((entity) =>
    entity.kind === "mention" ? [handleOf(entity)] : [],
  );
  return [...new Set(handles)];
}
