import { html } from "hono/html";
import { type ActorView, handleOf } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { Readers } from "../../server/services/notes/readers.ts";
import { findEntities } from "../../server/text/entities.ts";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { avatar } from "./actor.ts";
import { visibilityMark } from "./note.ts";

/** Faces in a row; names say the rest. */
const FACES = 6;

/**
 * Who will see what is about to be posted, spelled out; of a note for mentioned people, by name. `readers` says who is
 * known; without it the names stand as they are written.
 */
export function readersSentence(
  visit: Visit,
  composition: Composition,
  replyTo: NoteView | null,
  readers: Readers | null = null,
): Html {
  const { t, rich } = visit.i18n;
  const people = readers?.people ?? [];
  const handles =
    readers === null ? mentionedIn(composition.source) : [...people.map(handleOf), ...readers.unknown];
  const names = html`${handles.map((handle, index) => html`${index === 0 ? "" : t("list.separator")}<bdi>${handle}</bdi>`)}`;
  if (composition.visibility === "direct") {
    const sentence =
      handles.length === 0
        ? t("readers.direct_nobody")
        : rich("readers.direct", { count: handles.length, names });
    return box(visit, composition, people, html`${sentence}${unknownLine(visit, readers)}`);
  }
  if (composition.visibility === "followers" && readers !== null) {
    const count = t("readers.followers_count", { count: readers.followers });
    const also = handles.length === 0 ? "" : rich("readers.and_named", { names });
    return box(visit, composition, people, html`${count} ${also}${unknownLine(visit, readers)}`);
  }
  if (replyTo === null && composition.source === "") return html``;
  return box(visit, composition, [], html`${t(`readers.${composition.visibility}`)}`);
}

function box(visit: Visit, composition: Composition, people: readonly ActorView[], words: Html): Html {
  return html`<p class="readers${composition.visibility === "direct" ? " is-direct" : ""}">${visibilityMark(visit, composition.visibility, true)} <span>${words}</span>${people.length === 0 ? "" : html`<span class="faces" aria-hidden="true">${people.slice(0, FACES).map((person) => avatar(person, 24))}</span>`}</p>`;
}

/** A name with a slip of the pen reaches nobody, and nobody says so. */
function unknownLine(visit: Visit, readers: Readers | null): Html {
  if (readers === null || readers.unknown.length === 0) return html``;
  const names = html`${readers.unknown.map((handle, index) => html`${index === 0 ? "" : visit.i18n.t("list.separator")}<bdi>${handle}</bdi>`)}`;
  return html` ${visit.i18n.rich("readers.unknown", { names })}`;
}

function mentionedIn(source: string): readonly string[] {
  const handles = findEntities(source).flatMap((entity) =>
    entity.kind === "mention" ? [handleOf(entity)] : [],
  );
  return [...new Set(handles)];
}
