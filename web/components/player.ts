import { html } from "hono/html";
import type { AttachmentView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { clock, wordsFor } from "./picture.ts";

/**
 * A film: nothing of it is fetched before somebody presses play, and nothing ever sounds by itself. A short silent one is
 * marked as a loop, which the script starts where motion and data are no matter.
 */
export function player(visit: Visit, attachment: AttachmentView): Html {
  const { animated, coverUrl, width, height } = attachment;
  const size =
    width === null || height === null
      ? html` width="640" height="360"`
      : html` width="${width}" height="${height}"`;
  const mayPlay = visit.viewer?.preferences.autoplay !== false;
  const loop = animated ? html` loop muted${mayPlay ? html` data-autoplay` : ""}` : "";
  return html`<video class="u-video" src="${attachment.url}" controls playsinline preload="none"${coverUrl === null ? "" : html` poster="${coverUrl}"`}${size}${loop} aria-label="${filmWords(visit, attachment)}">${tracks(visit, attachment)}</video>`;
}

/** A recording with the picture that stands for it. */
export function recording(visit: Visit, attachment: AttachmentView): Html {
  const { coverUrl, durationMs, alt } = attachment;
  return html`<div class="media-sound">${coverUrl === null ? "" : html`<img class="sound-cover" src="${coverUrl}" alt="" width="96" height="96" loading="lazy" decoding="async">`}
<div class="sound-body">${alt === "" ? "" : html`<p class="sound-words" dir="auto">${alt}</p>`}
<audio class="u-audio" src="${attachment.url}" controls preload="none" aria-label="${alt === "" ? visit.i18n.t("media.audio") : alt}">${tracks(visit, attachment)}</audio>${durationMs === null ? "" : html`<span class="muted">${clock(durationMs)}</span>`}</div></div>`;
}

/** The first captions in a language of the pages are on from the start: many watch without sound. */
function tracks(visit: Visit, attachment: AttachmentView): Html {
  const primary = (tag: string) => tag.toLowerCase().split("-")[0];
  const own = attachment.captions.findIndex(
    ({ language }) => primary(language) === primary(visit.i18n.locale),
  );
  return html`${attachment.captions.map(
    ({ url, language, label }, index) =>
      html`<track kind="captions" src="${url}" srclang="${language}" label="${label === "" ? visit.i18n.languageName(language) : label}"${index === Math.max(0, own) ? html` default` : ""}>`,
  )}`;
}

function filmWords(visit: Visit, attachment: AttachmentView): string {
  const name = wordsFor(visit, attachment, "media.video");
  if (attachment.durationMs === null) return name;
  return visit.i18n.t("media.duration", { name, duration: clock(attachment.durationMs) });
}
