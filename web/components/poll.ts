import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { PollView } from "../../server/domain/poll.ts";
import type { Html } from "../html.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { emojiText } from "./emoji.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";

/** The poll of a note: a form for who may vote, results for everybody else. */
export function pollBox(visit: Visit, note: NoteView): Html {
  const { poll } = note;
  if (poll === null) return html``;
  return html`<div class="poll" data-component="poll">${poll.mayVote ? voteForm(visit, note, poll) : results(visit, note, poll)}
<p class="poll-foot muted">${foot(visit, poll)}</p></div>`;
}

function voteForm(visit: Visit, note: NoteView, poll: PollView): Html {
  const { t } = visit.i18n;
  const type = poll.multiple ? "checkbox" : "radio";
  return html`<form method="post" action="${notePath(note)}/vote">${wayBack(visit)}
<fieldset class="poll-options"><legend class="hidden">${t(poll.multiple ? "poll.choose_several" : "poll.choose_one")}</legend>
${poll.options.map(
  (option, position) =>
    html`<label class="choice"><input type="${type}" name="option" value="${position}"> <span dir="auto">${emojiText(option.title, note.emojis)}</span></label>`,
)}</fieldset>
<button class="button quiet small">${t("poll.vote")}</button></form>
<details class="poll-peek"><summary>${t("poll.see_results")}</summary>${results(visit, note, poll)}</details>`;
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
<meter class="poll-bar" min="0" max="${whole}" value="${option.votes}" aria-hidden="true"></meter></li>`,
  )}</ul>`;
}

function foot(visit: Visit, poll: PollView): Html {
  const { t } = visit.i18n;
  const people = t("poll.people", { count: poll.votersCount });
  if (poll.closed) return html`${people} · ${t("poll.over")}`;
  if (poll.endsAt === null) return html`${people}`;
  const moment = visit.i18n.moment(poll.endsAt);
  return html`${people} · ${visit.i18n.rich("poll.until", { time: html`<time datetime="${isoTime(poll.endsAt)}">${moment}</time>` })}`;
}
