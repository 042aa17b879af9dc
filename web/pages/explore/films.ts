import { html } from "hono/html";
import type { AttachmentView, NoteView } from "../../../server/domain/note.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import { exploreTimeline } from "../../../server/services/trends/explore.ts";
import { avatar } from "../../components/actor.ts";
import { emojiText } from "../../components/emoji.ts";
import { excerpt } from "../../components/excerpt.ts";
import { icon } from "../../components/icon.ts";
import { lookingOf, lookingPath } from "../../components/looking.ts";
import { noteActions } from "../../components/note-actions.ts";
import { player } from "../../components/player.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath, notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { exploreHead } from "./explore.ts";

/** Films on a page: each fills the screen, and nothing of it is fetched before it is looked at. */
const FILMS = 8;

/** One film a screen, newest first; without scripts a list of players. */
export async function getFilms(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const looking = lookingOf(c, "list");
  const filter = { ...looking.filter, media: ["video"] as const };
  const page = await exploreTimeline(visit.app, visit.viewer, {
    ...pageRequestOf(c),
    limit: FILMS,
    filter,
    calm: visit.viewer === null,
  });
  const films = page.items.flatMap(({ note }) => {
    const film = filmOf(note);
    return film === null ? [] : [{ note, film }];
  });
  const mayPlay = visit.viewer?.preferences.autoplay !== false;
  const path = lookingPath("/explore/films", looking, { filter: { media: [] } });
  return await showPage(c, {
    title: t("films.title"),
    place: "explore",
    isPublic: true,
    head: html`<link rel="canonical" href="${visit.app.uris.origin}/explore/films">`,
    main: html`<div class="explore-head">${exploreHead(visit, "films")}</div>
${films.length === 0 ? html`<p class="empty">${t(page.older === null ? "films.none" : "explore.look_further")}</p>` : html`<div class="films" data-films="${mayPlay ? "play" : ""}" data-sound-on="${t("films.sound_on")}" data-sound-off="${t("films.sound_off")}">${films.map(({ note, film }) => filmScreen(visit, note, film))}</div>`}
${pager(visit, page, path)}`,
  });
}

/** The first film of a note that is played here and that its author has not closed. */
function filmOf(note: NoteView): AttachmentView | null {
  if (note.summary !== null || note.sensitive || note.filtered !== null) return null;
  return (
    note.attachments.find(
      ({ kind, state, url }) => kind === "video" && state === "ready" && url.startsWith("/"),
    ) ?? null
  );
}

function filmScreen(visit: Visit, note: NoteView, film: AttachmentView): Html {
  const { t } = visit.i18n;
  const { author } = note;
  const words = note.title ?? excerpt(note.contentHtml, 110);
  const id = `film-${note.id}`;
  return html`<article class="film${isUpright(film) ? " is-upright" : ""}" id="note-${note.id}" aria-labelledby="${id}" tabindex="-1" data-component="film">
${player(visit, film)}
<div class="film-over"><div class="film-text"><p class="film-by"><a href="${actorPath(author)}">${avatar(author, 32)}<span><bdi>${emojiText(author.name, author.emojis)}</bdi> <span class="handle"><bdi>${handleOf(author)}</bdi></span></span></a></p>
<h2 class="film-title" id="${id}"><a href="${notePath(note)}"${note.language === null ? "" : html` lang="${note.language}"`} dir="auto">${words === "" ? t("note.by", { name: author.name }) : words}</a></h2></div>
<div class="film-actions"><button class="button film-sound" type="button" data-sound hidden>${icon(visit, "mute")}<span>${t("films.sound_on")}</span></button>${noteActions(visit, note)}</div></div>
</article>`;
}

/** Upright films fill the screen; all others are shown whole. */
function isUpright({ width, height }: AttachmentView): boolean {
  return width !== null && height !== null && width / height < 0.7;
}
