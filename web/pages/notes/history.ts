import { html } from "hono/html";
import type { NoteVersion } from "../../../server/domain/note.ts";
import { listVersions } from "../../../server/services/threads/threads.ts";
import { diffWords } from "../../../server/text/diff.ts";
import { sanitised } from "../../components/actor.ts";
import { plainLines } from "../../components/excerpt.ts";
import { icon } from "../../components/icon.ts";
import { timeOf } from "../../components/note.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { noteOf } from "../../member.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { backLink } from "./lists.ts";

/** What changed in a note with each edit, newest first, each version whole a press away. */
export async function getHistory(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = await noteOf(c);
  const versions = await listVersions(visit.app, visit.viewer, note.id);
  const pairs = versions.map((version, index) => ({ version, earlier: versions[index - 1] ?? null }));
  return await showPage(c, {
    title: t("history.title"),
    noindex: true,
    main: html`${backLink(c, note)}<h1 class="page-title">${t("history.title")}</h1><p class="muted">${t("history.lead")}</p>
<ol class="plain-list versions">${pairs.toReversed().map(({ version, earlier }) => card(visit, version, earlier))}</ol>`,
  });
}

function card(visit: Visit, version: NoteVersion, earlier: NoteVersion | null): Html {
  const { t } = visit.i18n;
  const when = html`<p class="version-when"><strong>${t(earlier === null ? "history.written" : "history.changed")}</strong> <span class="muted">${timeOf(visit, version.at, "", true)}</span></p>`;
  if (earlier === null) return html`<li class="card">${when}${whole(visit, version)}</li>`;
  return html`<li class="card">${when}${changes(visit, version, earlier)}
<details class="version-whole"><summary>${t("history.whole")}</summary>${whole(visit, version)}</details></li>`;
}

/** What was struck out and put in, word by word; pictures and polls have no versions of their own. */
function changes(visit: Visit, version: NoteVersion, earlier: NoteVersion): Html {
  const { t } = visit.i18n;
  const [before, after] = [plainLines(earlier.contentHtml), plainLines(version.contentHtml)];
  const summaries = [earlier.summary ?? "", version.summary ?? ""] as const;
  const isSame = before === after && summaries[0] === summaries[1];
  if (isSame) return html`<p class="muted">${t("history.same")}</p>`;
  return html`${summaries[0] === summaries[1] ? "" : html`<p class="preview-warning">${icon(visit, "alert")} ${marked(visit, summaries[0], summaries[1], version.language)}</p>`}
${before === after ? "" : html`<p class="version-changes"${version.language === null ? "" : html` lang="${version.language}"`} dir="auto">${marked(visit, before, after, version.language)}</p>`}`;
}

/** Said to screen readers in words, since many do not speak of `ins` and `del`. */
function marked(visit: Visit, before: string, after: string, language: string | null): Html {
  const { t } = visit.i18n;
  const words = diffWords(before, after, language ?? "und");
  return html`<span>${words.map(({ kind, text }) => {
    if (kind === "same") return text;
    const label = html`<span class="hidden"> [${t(kind === "new" ? "history.new" : "history.gone")}] </span>`;
    return kind === "new" ? html`<ins>${label}${text}</ins>` : html`<del>${label}${text}</del>`;
  })}</span>`;
}

function whole(visit: Visit, version: NoteVersion): Html {
  return html`${version.summary === null ? "" : html`<p class="preview-warning">${icon(visit, "alert")} <span dir="auto">${version.summary}</span></p>`}
<div class="prose"${version.language === null ? "" : html` lang="${version.language}"`} dir="auto">${sanitised(version.contentHtml)}</div>`;
}
