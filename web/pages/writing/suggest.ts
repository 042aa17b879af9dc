import { html } from "hono/html";
import { type ActorView, handleOf, type Viewer } from "../../../server/domain/actor.ts";
import { suggest } from "../../../server/services/notes/suggestions.ts";
import { avatar } from "../../components/actor.ts";
import { emojiText } from "../../components/emoji.ts";
import type { Html } from "../../html.ts";
import { showFragment } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

/** What the word under the cursor may become, as options of a list box; for scripts. */
export async function getSuggestions(c: WebContext, viewer: Viewer): Promise<Response> {
  const found = await suggest(c.get("visit").app, viewer, c.req.query("q") ?? "");
  const options = [
    ...found.people.map((person) => option(handleOf(person), personLine(person))),
    ...found.tags.map((tag) => option(`#${tag}`, html`<bdi>#${tag}</bdi>`)),
    ...found.emojis.map(({ name, url }) =>
      option(
        `:${name}:`,
        html`<img class="emoji" src="${url}" alt="" width="20" height="20"> <bdi>:${name}:</bdi>`,
      ),
    ),
  ];
  return await showFragment(c, html`${options.map((one, index) => one(index))}`);
}

function option(value: string, line: Html): (index: number) => Html {
  return (index) =>
    html`<li role="option" id="suggestion-${index}" aria-selected="false" data-value="${value}">${line}</li>`;
}

function personLine(person: ActorView): Html {
  return html`${avatar(person, 24)}<span class="suggestion-name"><bdi>${emojiText(person.name, person.emojis)}</bdi> <span class="handle"><bdi>${handleOf(person)}</bdi></span></span>`;
}
