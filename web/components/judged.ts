import { html } from "hono/html";
import { outranks } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { LABELS } from "../../server/domain/statement.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";

/** What moderators did about a note, above it: that it is hidden, and the words that they put on it. */
export function judgedLine(visit: Visit, { hidden, waits, labels, viewer }: NoteView): Html {
  const { t } = visit.i18n;
  const words = LABELS.filter((one) => labels.includes(one)).map((one) => t(`label.${one}`));
  const why = viewer.mine ? html` <a href="/settings/decisions">${t("decisions.open")}</a>` : "";
  return html`${hidden ? html`<p class="note-context">${icon(visit, "eye")}<span>${waits ? t("note.waits") : html`${t("note.hidden_by_staff")}${why}`}</span></p>` : ""}${words.length === 0 ? "" : html`<p class="note-context">${icon(visit, "alert")}<span>${t("note.labelled")} ${words.map((word) => html`<strong>${word}</strong> `)}${hidden ? "" : why}</span></p>`}`;
}

/** The way to decide about a note or its author, for staff; null for everybody else, and for one's own. */
export function decidePath(visit: Visit, actorId: number, noteId: number | null = null): string | null {
  const { viewer } = visit;
  if (viewer === null || !outranks(viewer.role, "member") || Number(viewer.actorId) === actorId) return null;
  return `/moderation/people/${actorId}${noteId === null ? "" : `?note=${noteId}`}`;
}
