import { html } from "hono/html";
import { endSession } from "../../../server/services/accounts/sessions.ts";
import { withdrawSignUp } from "../../../server/services/accounts/sign-up-line.ts";
import { readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { forgetSession } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

/** Where somebody stands who asked to join, and how to take it back. */
export async function getWaitingRoom(c: WebContext): Promise<Response> {
  const { viewer, waiting, settings, i18n } = c.get("visit");
  if (waiting === null)
    return c.redirect(viewer === null ? "/login?then=%2Fjoin%2Fwaiting" : "/welcome", 303);
  const { t, day } = i18n;
  const isRefused = waiting.state === "refused";
  const until = day(waiting.until);
  return await showPage(c, {
    title: t("waiting_room.title"),
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t(isRefused ? "waiting_room.refused_title" : "waiting_room.title")}</h1>
<p class="lead">${t(isRefused ? "waiting_room.refused" : "waiting_room.lead", { name: waiting.username, server: settings.name })}</p>
<div class="card stack">${
      isRefused
        ? html`${waiting.answer === null ? "" : html`<h2 class="section-title">${t("waiting_room.answer")}</h2><blockquote class="kept" dir="auto">${waiting.answer}</blockquote>`}<p class="muted">${t("waiting_room.refused_until", { date: until })}</p>`
        : html`<p>${t("waiting_room.asked", { date: day(waiting.askedAt) })}</p><blockquote class="kept" dir="auto">${waiting.reason}</blockquote><p class="muted">${t("waiting_room.until", { date: until })}</p>`
    }
<div class="form-buttons"><form method="post" action="/join/waiting"><button class="button quiet" name="do" value="leave">${t("nav.logout")}</button></form>
<form method="post" action="/join/waiting"><button class="button quiet" name="do" value="withdraw">${t(isRefused ? "waiting_room.forget" : "waiting_room.withdraw")}</button></form></div></div>`,
  });
}

/** Signs out, or takes the request back with everything that belongs to it. */
export async function postWaitingRoom(c: WebContext): Promise<Response> {
  const { app, waiting } = c.get("visit");
  if (waiting === null) return c.redirect("/", 303);
  const form = await readForm(c);
  if (form.text("do") === "withdraw") await withdrawSignUp(app, waiting);
  else await endSession(app, waiting.sessionToken);
  forgetSession(c);
  return c.redirect("/", 303);
}
