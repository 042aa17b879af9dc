import { notFound } from "../../../server/errors.ts";
import { latestHead } from "../../../server/services/moderation/log-heads.ts";
import { exportLog, listLog } from "../../../server/services/moderation/log-views.ts";
import { escapeHtml } from "../../../server/text/sanitize.ts";
import { lineTitle } from "../../components/log-line.ts";
import type { FeedEntry } from "../../feeds.ts";
import { streamOf } from "../../streams.ts";
import type { WebContext } from "../../visit.ts";
import { answer } from "../sharing/feeds.ts";

const PATH = "/moderation/log";

/** The newest lines as an Atom feed. */
export async function getLogFeed(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { lines } = await listLog(visit.app, {});
  const page = `${visit.app.uris.origin}${PATH}`;
  const author = { name: visit.settings.name, url: visit.app.uris.origin };
  const entries = lines.map(({ line, hash }): FeedEntry => {
    const at = Date.parse(line.at);
    const words = [line.ground, line.comment].filter((text) => text !== undefined);
    return {
      uri: `${page}/${line.seq}`,
      url: `${page}/${line.seq}`,
      title: lineTitle(visit, line),
      html: [...words.map((text) => `<p>${escapeHtml(text)}</p>`), `<p><code>${hash}</code></p>`].join(""),
      publishedAt: at,
      updatedAt: at,
      author,
      language: line.language ?? null,
      tags: [line.kind, line.what],
      files: [],
    };
  });
  return answer(
    c,
    {
      title: t("log.of_server", { server: visit.settings.name }),
      description: t("log.lead", { server: visit.settings.name }),
      page,
      stem: page,
      icon: null,
      language: visit.i18n.locale,
      author,
      entries,
    },
    "atom",
  );
}

/** The whole log with its signed heads, as lines of JSON; made while it is sent. */
export async function getLogFile(c: WebContext): Promise<Response> {
  return await Promise.resolve(
    c.body(streamOf(exportLog(c.get("visit").app)), 200, {
      "Content-Type": "application/x-ndjson; charset=utf-8",
      "Content-Disposition": 'attachment; filename="moderation-log.ndjson"',
      "Cache-Control": "public, max-age=60",
    }),
  );
}

/** The newest signed head: whoever keeps it can show later whether anything before it was changed. */
export async function getLogHead(c: WebContext): Promise<Response> {
  const head = await latestHead(c.get("visit").app);
  if (head === null) throw notFound();
  return c.body(JSON.stringify(head), 200, {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "public, max-age=60",
    "Access-Control-Allow-Origin": "*",
  });
}
