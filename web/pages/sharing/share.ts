import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type AttachmentView, NOTE_LIMITS } from "../../../server/domain/note.ts";
import { addMedia } from "../../../server/services/media/uploads.ts";
import { saveDraft } from "../../../server/services/notes/drafts.ts";
import { search } from "../../../server/services/search.ts";
import { blankComposition, toDraftCommand } from "../../drafting.ts";
import { attempt, bytesOf, readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

/** What other apps and sites hand over; a link that the text repeats is said once. */
type Shared = { readonly title: string; readonly text: string; readonly url: string };

/** `/share?text=&url=&title=`: a note begun elsewhere goes on in the compose form. Also FEP-3b86 `Create`. */
export async function getShare(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const of = (name: string): string => c.req.query(name) ?? "";
  const words = wordsOf({
    title: of("title") || of("name"),
    text: of("text") || of("content"),
    url: of("url"),
  });
  const parentUri = c.req.query("inReplyTo") ?? c.req.query("in_reply_to") ?? "";
  const [parent] = /^https?:/.test(parentUri) ? (await search(app, viewer, parentUri)).notes : [];
  const query = new URLSearchParams({ text: words });
  if (parent !== undefined) query.set("reply", String(parent.id));
  return c.redirect(`/compose?${query.toString()}`, 303);
}

/**
 * What another app shares with ours, files included (Web Share Target): a draft, open in the compose form. Nothing is
 * posted; files that cannot be taken are named, the rest is kept.
 */
export async function postShare(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const form = await readForm(c);
  const words = wordsOf({ title: form.text("title"), text: form.text("text"), url: form.text("url") });
  const taken: AttachmentView[] = [];
  const refused: string[] = [];
  for (const file of form.files("files").slice(0, NOTE_LIMITS.media)) {
    const bytes = await bytesOf(file);
    const outcome = await attempt(() => addMedia(visit.app, viewer, { name: file.name, bytes }));
    if (outcome.ok) taken.push(outcome.value);
    else {
      const fault = outcome.refusal.faults["file"] ?? outcome.refusal.general;
      refused.push(fault === null ? file.name : visit.i18n.message(fault));
    }
  }
  const composition = blankComposition(visit, viewer, { source: words });
  const draft = await saveDraft(visit.app, viewer, toDraftCommand(composition, taken));
  const place = `/compose?draft=${draft.id}&status=kept`;
  if (refused.length === 0) return c.redirect(place, 303);
  const { t } = visit.i18n;
  return await showPage(c, {
    title: t("share.title"),
    status: 422,
    shape: "narrow",
    noindex: true,
    main: html`<h1 class="page-title">${t("share.title")}</h1><div class="notice bad" role="alert"><ul>${refused.map((reason) => html`<li>${t("share.file_refused", { reason })}</li>`)}</ul></div>
<p><a class="button primary" href="${place}">${t("share.go_on")}</a></p>`,
  });
}

function wordsOf({ title, text, url }: Shared): string {
  const link = url.trim() !== "" && text.includes(url.trim()) ? "" : url;
  const parts = [title.trim() === text.trim() ? "" : title, text, link];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n")
    .slice(0, NOTE_LIMITS.characters);
}
