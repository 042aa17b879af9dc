import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import { followActor } from "../../../server/services/relations/follows.ts";
import { announceNote, likeNote } from "../../../server/services/reactions/reactions.ts";
import { search } from "../../../server/services/search.ts";
import { safeHttpUrl } from "../../../server/text/sanitize.ts";
import { actorRow } from "../../components/actor.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard } from "../../components/note.ts";
import { attempt, freshForm, readForm, type Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { actorPath, notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

// Activity intents (FEP-3b86): another site sends somebody who lives here to do something with a thing elsewhere. A GET
// shows it and asks; only the form does it; the way back is a link with its host in sight, never a redirect.

const VERBS = ["follow", "like", "announce"] as const;
type Verb = (typeof VERBS)[number];

type Thing =
  { readonly type: "actor"; readonly actor: ActorView } | { readonly type: "note"; readonly note: NoteView };

export async function getIntent(c: WebContext, viewer: Viewer): Promise<Response> {
  const verb = verbOf(c);
  const uri = (c.req.query("object") ?? "").slice(0, 2000);
  const found = await attempt(() => findThing(c, viewer, verb, uri));
  const thing = found.ok ? found.value : null;
  return await ask(c, verb, thing, found.ok ? null : found.refusal, {
    uri,
    success: c.req.query("success") ?? c.req.query("on-success") ?? "",
    cancel: c.req.query("cancel") ?? c.req.query("on-cancel") ?? "",
  });
}

export async function postIntent(c: WebContext, viewer: Viewer): Promise<Response> {
  const verb = verbOf(c);
  const form = await readForm(c);
  const ways = { uri: form.text("object"), success: form.text("on-success"), cancel: form.text("on-cancel") };
  const found = await attempt(() => findThing(c, viewer, verb, ways.uri));
  const thing = found.ok ? found.value : null;
  if (thing === null) return await ask(c, verb, null, found.ok ? null : found.refusal, ways);
  const outcome = await attempt(() => act(c, viewer, verb, thing));
  return outcome.ok
    ? await showDone(c, verb, thing, ways.success)
    : await ask(c, verb, thing, outcome.refusal, ways);
}

function verbOf(c: WebContext): Verb {
  const verb = VERBS.find((one) => one === c.req.param("verb"));
  if (verb === undefined) throw notFound();
  return verb;
}

async function findThing(c: WebContext, viewer: Viewer, verb: Verb, uri: string): Promise<Thing | null> {
  const text = uri.replace(/^acct:/, "@").replace(/^@@/, "@");
  const { actors, notes } = await search(c.get("visit").app, viewer, text);
  const [actor] = actors;
  const [note] = notes;
  if (verb === "follow") return actor === undefined ? null : { type: "actor", actor };
  return note === undefined ? null : { type: "note", note };
}

async function act(c: WebContext, viewer: Viewer, verb: Verb, thing: Thing): Promise<void> {
  const { app } = c.get("visit");
  if (thing.type === "actor") await followActor(app, viewer, thing.actor.id);
  else if (verb === "like") await likeNote(app, viewer, thing.note.id);
  else if (verb === "announce") await announceNote(app, viewer, thing.note.id);
  else throw new CausewayError("invalid", "error.invalid");
}

type Ways = { readonly uri: string; readonly success: string; readonly cancel: string };

async function ask(
  c: WebContext,
  verb: Verb,
  thing: Thing | null,
  refusal: Refusal | null,
  ways: Ways,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const title: MessageKey = `intent.${verb}_title`;
  const cancel =
    wayOut(visit, ways.cancel, "intent.cancel") ??
    html`<a class="button quiet" href="/">${t("form.cancel")}</a>`;
  const form =
    thing === null
      ? html`<div class="empty"><p>${t("interact.nothing")}</p></div><p>${cancel}</p>`
      : html`${card(visit, thing)}<form method="post" action="/intents/${verb}">${formToken(visit)}
<input type="hidden" name="object" value="${uriOf(thing)}"><input type="hidden" name="on-success" value="${ways.success}"><input type="hidden" name="on-cancel" value="${ways.cancel}">
<div class="form-buttons"><button class="button primary">${t(`intent.${verb}`)}</button> ${cancel}</div></form>`;
  return await showPage(c, {
    title: t(title),
    status: refusal?.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1 class="page-title">${t(title)}</h1>${faultSummary(visit, { ...freshForm(), refusal })}${form}`,
  });
}

async function showDone(c: WebContext, verb: Verb, thing: Thing, success: string): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const back = wayOut(visit, success, "intent.back");
  const path = thing.type === "actor" ? actorPath(thing.actor) : notePath(thing.note);
  return await showPage(c, {
    title: t(`intent.${verb}_done`),
    shape: "narrow",
    noindex: true,
    main: html`<h1 class="page-title">${t(`intent.${verb}_done`)}</h1>${card(visit, thing)}
<p class="form-buttons">${back ?? ""} <a class="button quiet" href="${path}">${t(thing.type === "actor" ? "interact.view_profile" : "interact.view_note")}</a></p>`,
  });
}

function card(visit: Visit, thing: Thing): Html {
  return thing.type === "actor"
    ? html`<ul class="actor-list">${actorRow(visit, thing.actor)}</ul>`
    : html`<section class="quoted">${noteCard(visit, thing.note, { isQuoted: true })}</section>`;
}

function uriOf(thing: Thing): string {
  return thing.type === "actor" ? thing.actor.uri : thing.note.uri;
}

/** The way back to where somebody came from: web addresses only, and the host is said. */
function wayOut(visit: Visit, address: string, label: MessageKey): Html | null {
  const url = safeHttpUrl(address);
  if (url === null) return null;
  return html`<a class="button quiet" href="${url}" rel="noopener nofollow">${visit.i18n.t(label, { host: new URL(url).host })}</a>`;
}
