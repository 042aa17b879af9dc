import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { EventFacts } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import { outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";

/** When and where an event is. Times are UTC: the reader's zone is not known, and the event's need not be given. */
export function eventFacts(visit: Visit, event: EventFacts | null): Html {
  if (event === null) return html``;
  const { t } = visit.i18n;
  const time = (ms: number) =>
    html`<time datetime="${isoTime(ms)}" data-time="moment">${visit.i18n.moment(ms)}</time>`;
  const place = event.place ?? (event.placeUrl === null ? null : t("event.online"));
  const link = event.placeUrl === null ? null : outwards({ url: event.placeUrl, uri: event.placeUrl });
  if (event.startsAt === null && place === null && !event.isCancelled) return html``;
  return html`<dl class="event">
${event.isCancelled ? html`<div class="is-cancelled"><dt>${t("event.state")}</dt><dd>${t("event.cancelled")}</dd></div>` : ""}
${event.startsAt === null ? "" : html`<div><dt>${t("event.starts")}</dt><dd class="dt-start">${time(event.startsAt)}</dd></div>`}
${event.endsAt === null ? "" : html`<div><dt>${t("event.ends")}</dt><dd class="dt-end">${time(event.endsAt)}</dd></div>`}
${place === null ? "" : html`<div><dt>${t("event.where")}</dt><dd class="p-location" dir="auto">${link === null ? place : html`<a href="${link}" rel="noopener nofollow">${place}</a>`}</dd></div>`}
</dl>`;
}
