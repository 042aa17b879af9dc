import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { Html } from "../../html.ts";
import { showFragment, showPage, wantsFragment } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** What each key does, in the order of the list; `web/scripts/keys.js` does it. */
const KEYS: readonly (readonly [keys: string, word: MessageKey])[] = [
  ["j", "keys.next"],
  ["k", "keys.previous"],
  ["o", "keys.open"],
  ["r", "keys.reply"],
  ["f", "keys.like"],
  ["b", "keys.boost"],
  ["d", "keys.bookmark"],
  ["x", "keys.warning"],
  ["m", "keys.media"],
  ["n", "keys.compose"],
  ["/", "keys.search"],
  ["g h", "keys.home"],
  ["g e", "keys.explore"],
  ["g n", "keys.notifications"],
  ["?", "keys.help"],
];

/** The list of shortcuts: a page, and the dialog that `?` opens. */
export async function getKeys(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  if (wantsFragment(c)) {
    return await showFragment(
      c,
      html`<div class="keys"><h2 id="keys-title">${t("keys.title")}</h2>${list(visit, viewer)}<form method="dialog"><button class="button primary" autofocus>${t("gallery.close")}</button></form></div>`,
    );
  }
  return await showPage(c, {
    title: t("keys.title"),
    shape: "narrow",
    main: html`<div class="keys"><h1>${t("keys.title")}</h1>${list(visit, viewer)}</div>`,
  });
}

function list(visit: Visit, viewer: Viewer): Html {
  const { t } = visit.i18n;
  const signs = (keys: string) =>
    keys
      .split(" ")
      .map((key, index) => html`${index === 0 ? "" : html` ${t("keys.then")} `}<kbd>${key}</kbd>`);
  return html`<p class="muted">${t("keys.lead")}</p><dl class="keys-list">${KEYS.map(([keys, word]) => html`<div><dt>${signs(keys)}</dt><dd>${t(word)}</dd></div>`)}</dl>
${viewer.preferences.shortcuts ? "" : html`<p><a href="/settings/appearance">${t("keys.settings")}</a></p>`}`;
}
