import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { PollView } from "../../server/domain/poll.ts";
import type { Refusal } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { emojiText } from "./emoji.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";

/** The poll of a note: a form for who may vote, results for everybody else. A vote that was not taken says why. */
export function pollBox(
  visit: Visit,
  note: NoteView,
  {
    isQuoted = false,
    voteRefusal = null,
  }: { readonly isQuoted?: boolean; readonly voteRefusal?: Refusal | null } = {},
): Html {
  const { poll } = note;
  if (poll === null) return html``;
  return html`<div class="poll" role="group" aria-label="${visit.i18n.t("compose.poll")}" data-component="poll">${fault(visit, voteRefusal)}${poll.mayVote && !isQuoted ? voteForm(visit, note, poll) : results(visit, note, poll)}
<p class="poll-foot muted">${foot(visit, poll)}</p></div>`;
}

function voteForm(visit: Visit, note: NoteView, poll: PollView): Html {
  const { t } = visit.i18n;
  const type = poll.multiple ? "checkbox" : "radio";
  return html`<form class="poll-form" data-live=".poll" method="post" action="${notePath(note)}/vote">${wayBack(visit)}
<fieldset class="poll-options"><legend class="poll-legend">${t(poll.multiple ? "poll.choose_several" : "poll.choose_one")}</legend>
${poll.options.map(
  (option, position) =>
    html`<label class="choice"><input type="${type}" name="option" value="${position}"${flag("required", !poll.multiple)}> <span dir="auto">${emojiText(option.title, note.emojis)}</span></label>`,
)}</fieldset>
<button class="button quiet">${t("poll.vote")}</button></form>
<details class="poll-peek"><summary>${t("poll.see_results")}</summary>${results(visit, note, poll)}</details>`;
}

function fault(visit: Visit, refusal: Refusal | null): Html {
  if (refusal === null) return html``;
  const [first] = Object.values(refusal.faults);
  const message = first ?? refusal.general;
  return message === null ? html`` : html`<p class="fault" role="alert">${visit.i18n.message(message)}</p>`;
}

function results(visit: Visit, note: NoteView, poll: PollView): Html {
  const { t } = visit.i18n;
  // Of several answers each is a share of the people, not of the answers.
  const whole = Math.max(
    1,
    poll.multiple ? Math.max(poll.votersCount, ...poll.options.map((o) => o.votes)) : poll.votesCount,
  );
  const percent = new Intl.NumberFormat(visit.i18n.locale, { style: "percent", maximumFractionDigits: 0 });
  return html`<ul class="poll-results">${poll.options.map(
    (option) => html`<li class="poll-result${option.own ? " is-own" : ""}">
<p class="poll-line"><span dir="auto">${emojiText(option.title, note.emojis)}</span>${option.own ? html` ${icon(visit, "check")}<span class="hidden">${t("poll.own")}</span>` : ""} <span class="poll-share">${percent.format(option.votes / whole)}</span></p>
<svg class="poll-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="${((option.votes / whole) * 100).toFixed(1)}" height="1"></rect></svg></li>`,
  )}</ul>`;
}

function foot(visit: Visit, poll: PollView): Html {
  const { t } = visit.i18n;
  const people = t("poll.people", { count: poll.votersCount });
  if (poll.closed) return html`${people} · ${t("poll.over")}`;
  if (poll.endsAt === null) return html`${people}`;
  const moment = visit.i18n.moment(poll.endsAt);
  return html`${people} · ${visit.i18n.rich("poll.until", { time: html`<time datetime="${isoTime(poll.endsAt)}" data-time="moment">${moment}</time>` })}`;
}
