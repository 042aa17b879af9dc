import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { findChore, requestChore } from "../../../server/services/administration/chores.ts";
import { viewStorage } from "../../../server/services/administration/storage.ts";
import { adminFrame, question } from "../../components/admin-nav.ts";
import { bytesText } from "../../components/amounts.ts";
import { choreLine } from "../../components/chore.ts";
import { formToken } from "../../components/hidden.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/storage";

/** What takes how much room, and files that nothing needs. */
export async function getStorage(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const storage = await viewStorage(visit.app, viewer);
  const size = (bytes: number) => bytesText(visit, bytes);
  const rows = storage.kinds
    .filter(({ kind }) => kind !== "proxy")
    .map(({ kind, files, bytes }) => ({
      name: t(`storage.${kind}`),
      detail: t("storage.files", { count: files }),
      bytes,
    }));
  const proxy = storage.kinds.find(({ kind }) => kind === "proxy");
  const all = [
    ...rows,
    {
      name: t("storage.proxy"),
      detail: t("storage.proxy_detail", { count: count(proxy?.files ?? 0), limit: size(storage.proxyLimit) }),
      bytes: proxy?.bytes ?? 0,
    },
    { name: t("storage.database"), detail: t("storage.database_detail"), bytes: storage.database },
  ];
  const body = html`<ul class="rows card">${all.map(({ name, detail, bytes }) => html`<li><div><p><strong>${name}</strong></p><p class="muted small-text">${detail}</p></div><p class="amount">${size(bytes)}</p></li>`)}</ul>
<p class="muted">${storage.bucket === null ? "" : `${t("storage.bucket", { bucket: storage.bucket })} `}${storage.free === null ? "" : t("storage.free", { size: size(storage.free) })}</p>
${await strays(visit, viewer, c.req.query("sure") !== undefined)}`;
  return await showPage(c, {
    title: t("staff.storage"),
    place: "settings",
    main: adminFrame(visit, "storage", body, { lead: t("storage.lead") }),
  });
}

/** Files without a place in the database: looked for first, removed after a question. */
async function strays(visit: Visit, viewer: Viewer, isSure: boolean): Promise<Html> {
  const { t, count } = visit.i18n;
  const found = await findChore(visit.app, viewer, "find-strays");
  const removed = await findChore(visit.app, viewer, "remove-strays");
  const newest = removed !== null && (found === null || removed.at >= found.at) ? removed : found;
  const outcome = newest?.state === "done" ? newest.outcome : null;
  const isFound = newest === found && outcome !== null && outcome.files > 0;
  const amount = { files: count(outcome?.files ?? 0), size: bytesText(visit, outcome?.bytes ?? 0) };
  if (isFound && isSure)
    return question(visit, {
      title: t("strays.sure"),
      text: t("strays.sure_text", amount),
      action: PATH,
      fields: { do: "remove-strays" },
      button: t("strays.remove"),
      back: PATH,
    });
  return html`<section class="card stack" id="strays" aria-labelledby="strays-title"><div><h2 class="section-title" id="strays-title">${t("strays.title")}</h2><p class="muted">${t("strays.lead")}</p></div>
${choreLine(visit, newest, PATH)}${outcome === null ? "" : html`<p role="status">${newest === removed ? t("strays.removed", amount) : outcome.files === 0 ? t("strays.none") : t("strays.found", amount)}</p>`}
<form class="form-buttons" method="post" action="${PATH}">${formToken(visit)}<button class="button quiet" name="do" value="find-strays">${t("strays.find")}</button>${isFound ? html` <a class="button quiet" href="${PATH}?sure=yes#question">${t("strays.remove")}</a>` : ""}</form></section>`;
}

/** Starts to look for such files, or to remove them. */
export async function postStorage(c: WebContext, viewer: Viewer): Promise<Response> {
  const chore = (await readForm(c)).text("do") === "remove-strays" ? "remove-strays" : "find-strays";
  await requestChore(c.get("visit").app, viewer, chore);
  return c.redirect(`${PATH}#strays`, 303);
}
