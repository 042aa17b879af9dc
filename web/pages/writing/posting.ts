import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { CausewayError, invalid } from "../../../server/errors.ts";
import { findPosted } from "../../../server/services/notes/drafts.ts";
import { createNote, getNoteSource } from "../../../server/services/notes/notes.ts";
import { schedulePost } from "../../../server/services/notes/scheduled.ts";
import { altReminder } from "../../components/alt-reminder.ts";
import { altName, toCreateNote, toDraftCommand } from "../../drafting.ts";
import type { Composition } from "../../drafting.ts";
import { keptEntries } from "../../errors.ts";
import type { Form } from "../../form.ts";
import { attempt } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";
import { showCompose } from "./show.ts";

/** Posts what was written, now or later; everything typed comes back when that does not work. */
export async function post(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  form: Form,
): Promise<Response> {
  const { app } = c.get("visit");
  if (composition.draftId !== null) {
    const posted = await answerPosted(c, viewer, composition);
    if (posted !== null) return posted;
  }
  const isMissing = composition.attachments.some(({ alt }) => alt === "");
  if (isMissing && mustRemind(viewer, form)) return await remind(c, viewer, composition, form);
  if (composition.scheduleAt !== null || isWorkedOn(composition))
    return await postLater(c, viewer, composition);
  const outcome = await attempt(() => createNote(app, viewer, toCreateNote(composition)));
  if (outcome.ok) return c.redirect(`${notePath(outcome.value)}#note-${outcome.value.id}`, 303);
  const isReused = outcome.refusal.general?.key === "error.idempotency";
  const again = isReused ? { ...composition, key: app.ids.secret(12) } : composition;
  return await showCompose(c, viewer, again, { refusal: outcome.refusal });
}

/**
 * A form that was posted before: the same text gives the same note; a text that was changed meanwhile is not lost, it may
 * become a note of its own.
 */
async function answerPosted(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
): Promise<Response | null> {
  const visit = c.get("visit");
  if (composition.draftId === null) return null;
  const id = await findPosted(visit.app, viewer, composition.draftId);
  if (id === null) return null;
  const source = await sourceOf(c, viewer, id);
  const path = source === null ? `/@${viewer.username}` : `/@${viewer.username}/${id}#note-${id}`;
  if (source === null || same(source, composition.source)) return c.redirect(path, 303);
  const { t } = visit.i18n;
  const fresh = { ...composition, draftId: null, attachments: [], key: visit.app.ids.secret(12) };
  return await showCompose(c, viewer, fresh, {
    refusal: { status: 409, faults: {}, general: { key: "compose.posted_before" } },
    notice: html`<p class="notice"><a href="${path}">${t("compose.posted_note")}</a></p>`,
  });
}

function same(a: string, b: string): boolean {
  return a.normalize("NFC").trim() === b.normalize("NFC").trim();
}

/** "require" is a promise to oneself: there is no button around it. */
function mustRemind(viewer: Viewer, form: Form): boolean {
  const { altReminder: wish } = viewer.preferences;
  if (wish === "off") return false;
  return wish === "require" || form.text("action") !== "post-anyway";
}

async function remind(
  c: WebContext,
  viewer: Viewer,
  composition: Composition,
  form: Form,
): Promise<Response> {
  const visit = c.get("visit");
  const asked = new Set(composition.attachments.filter(({ alt }) => alt === "").map(({ id }) => altName(id)));
  const own = new Set(["action", "draft", "media", ...asked]);
  const entries = keptEntries(form).filter(([name]) => !own.has(name));
  const draft = composition.draftId === null ? [] : [["draft", String(composition.draftId)] as const];
  const order = composition.attachments.map(({ id }) => ["media", String(id)] as const);
  const title = visit.i18n.t("alt.title");
  return await showPage(c, {
    title,
    place: "write",
    status: 422,
    main: html`<h1 class="page-title">${title}</h1><section class="card compose-card" aria-label="${title}">${altReminder(visit, { attachments: composition.attachments, entries: [...entries, ...draft, ...order], isRequired: viewer.preferences.altReminder === "require" })}</section>`,
  });
}

/** A film that is still worked on is posted when it is ready. */
function isWorkedOn({ attachments }: Composition): boolean {
  return attachments.some(({ state }) => state === "waiting" || state === "working");
}

async function postLater(c: WebContext, viewer: Viewer, composition: Composition): Promise<Response> {
  const { app } = c.get("visit");
  const now = app.clock.now();
  const at = composition.scheduleAt ?? now;
  const outcome = await attempt(async () => {
    if (composition.scheduleAt !== null && !(at > now)) throw invalid({ schedule: scheduleFault(at) });
    if (composition.attachments.some(({ state }) => state === "failed"))
      throw invalid({ attachments: { key: "field.media_failed" } });
    refuseEmpty(composition);
    return await schedulePost(app, viewer, { ...toDraftCommand(composition), at });
  });
  if (!outcome.ok) return await showCompose(c, viewer, composition, { refusal: outcome.refusal });
  const status = composition.scheduleAt === null ? "film" : "scheduled";
  return c.redirect(`/scheduled?status=${status}#draft-${outcome.value.id}`, 303);
}

function scheduleFault(at: number) {
  return { key: Number.isNaN(at) ? "field.schedule" : "field.schedule_past" };
}

/** Said now, while somebody is there to mend it. */
function refuseEmpty({ source, title, attachments }: Composition): void {
  if (`${source}${title}`.trim() === "" && attachments.length === 0)
    throw invalid({ source: { key: "field.empty_note" } });
}

/** What the note was written as; null when it was deleted since. */
async function sourceOf(c: WebContext, viewer: Viewer, id: Parameters<typeof getNoteSource>[2]) {
  try {
    return (await getNoteSource(c.get("visit").app, viewer, id)).source;
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "not_found") return null;
    throw error;
  }
}
