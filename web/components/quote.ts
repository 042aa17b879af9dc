import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";
import { icon } from "./icon.ts";

type Quote = NonNullable<NoteView["quote"]>;

/**
 * What a note quotes. It is drawn when its author agreed; otherwise a line says what is known, with a link where the
 * author's server decides who may read. `draw` draws the quoted note.
 */
export function quoteCard(visit: Visit, note: NoteView, draw: (quoted: NoteView) => Html): Html {
  const { quote } = note;
  if (quote === null) return html``;
  const drawn = quote.note === null ? quoteLine(visit, quote) : draw(quote.note);
  return html`<div class="quote u-quotation-of h-cite" role="group" aria-label="${visit.i18n.t("quote.label")}">${drawn}${revokeForm(visit, note)}</div>`;
}

const LINES: Readonly<Record<Quote["state"], MessageKey>> = {
  accepted: "quote.unavailable",
  pending: "quote.pending",
  unverified: "quote.unverified",
  rejected: "quote.rejected",
  revoked: "quote.revoked",
};

function quoteLine(visit: Visit, quote: Quote): Html {
  const { t } = visit.i18n;
  const link = html` <a class="u-url" href="${outwards(quote)}" rel="nofollow noopener">${t("quote.link")}</a>`;
  // Who took their note out does not want it to be one press away.
  return html`<p class="quote-line">${icon(visit, "stack")}<span>${t(LINES[quote.state])}${quote.state === "revoked" ? "" : link}</span></p>`;
}

/** Under a quote of one's own note by somebody else: the way out of it. */
function revokeForm(visit: Visit, note: NoteView): Html {
  const { quote } = note;
  if (visit.viewer === null || quote?.note === null || quote === null) return html``;
  if (quote.state !== "accepted" || !quote.note.viewer.mine || note.viewer.mine) return html``;
  return html`<form class="quote-revoke" method="post" action="${notePath(note)}/revoke-quote">${wayBack(visit)}<button class="button quiet small">${visit.i18n.t("quote.revoke")}</button></form>`;
}
