import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { SessionId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  listSessions,
  revokeOtherSessions,
  revokeSession,
} from "../../../server/services/accounts/sessions.ts";
import type { SessionView } from "../../../server/services/accounts/sessions.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Where the person is signed in. */
export async function getSessions(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const sessions = await listSessions(visit.app, viewer, visit.sessionToken ?? "");
  const body = html`<section class="card"><p class="muted">${t("security.sessions_hint")}</p>
<ul class="rows">${sessions.map((session) => sessionRow(visit, session))}</ul>
${sessions.length < 2 ? "" : html`<form method="post" action="/settings/sessions">${formToken(visit)}<button class="button danger" name="session" value="others">${t("security.end_others")}</button></form>`}</section>`;
  return await showPage(c, {
    title: t("settings.sessions"),
    place: "settings",
    main: settingsFrame(visit, "sessions", c.req.query("saved") !== undefined, body),
  });
}

export async function postRevokeSession(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  if (form.text("session") === "others") await revokeOtherSessions(app, viewer, sessionToken ?? "");
  else {
    const id = parseId<SessionId>(form.text("session"));
    if (id === null) throw notFound();
    await revokeSession(app, viewer, id);
  }
  return c.redirect("/settings/sessions?saved=yes", 303);
}

function sessionRow(visit: Visit, session: SessionView): Html {
  const { t } = visit.i18n;
  const times = { seen: timeOf(visit, session.seenAt, ""), since: timeOf(visit, session.createdAt, "") };
  return html`<li><div><p><strong>${session.agent === "" ? t("security.unknown_browser") : session.agent}</strong>${session.current ? html` <span class="badge">${t("security.this_one")}</span>` : ""}</p><p class="muted">${visit.i18n.rich("security.seen", times)} · ${t(`sessions.by_${session.method}`)}</p></div>
${session.current ? "" : html`<form method="post" action="/settings/sessions">${formToken(visit)}<button class="button quiet small" name="session" value="${session.id}">${t("security.end")}<span class="hidden"> ${session.agent}</span></button></form>`}</li>`;
}
