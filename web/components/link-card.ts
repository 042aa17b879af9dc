import { html } from "hono/html";
import type { CardView } from "../../server/domain/card.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

/** A picture at least this wide, and not taller than wide, stands above the words; smaller ones stand beside them. */
const WIDE = 480;

/** What the page behind the first link of a note says about itself: one link, and nothing of the page is run or loaded. */
export function linkCard(visit: Visit, note: NoteView): Html {
  const { card } = note;
  if (card === null) return html``;
  // What a page shows may be as hard to look at as what its note shows.
  const hasPicture = card.imageUrl !== null && (!note.sensitive || note.summary !== null);
  const isWide = hasPicture && (card.width ?? 0) >= WIDE && (card.width ?? 0) > (card.height ?? 0);
  const lang = card.language === null ? html`` : html` lang="${card.language}"`;
  return html`<div class="link-card${isWide ? " is-wide" : ""}" data-component="link-card">${hasPicture ? picture(card) : ""}
<div class="link-card-words"><p class="link-card-site"><bdi>${card.site}</bdi></p>
<p class="link-card-title" dir="auto"><a href="${card.url}" rel="nofollow noopener noreferrer"${lang}>${card.title}</a></p>
${card.description === "" ? "" : html`<p class="link-card-text"${lang} dir="auto">${card.description}</p>`}${byline(visit, card)}</div></div>`;
}

function picture({ imageUrl, width, height }: CardView): Html {
  const size = width === null || height === null ? html`` : html` width="${width}" height="${height}"`;
  return html`<img class="link-card-picture" src="${imageUrl}" alt=""${size} loading="lazy" decoding="async">`;
}

/** Who wrote the page; a link where the account and the page's site name each other (`fediverse:creator`). */
function byline(visit: Visit, { author, authorHandle }: CardView): Html {
  if (author === "") return html``;
  const name =
    authorHandle === null
      ? html`<bdi>${author}</bdi>`
      : html`<a class="link-card-author" href="/${encodeURI(authorHandle)}"><bdi>${authorHandle}</bdi></a>`;
  return html`<p class="link-card-by">${visit.i18n.rich("card.by", { name })}</p>`;
}
