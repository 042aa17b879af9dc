import { html } from "hono/html";
import type { ActorView, Relationship } from "../../server/domain/actor.ts";
import { COMMENT_MAX } from "../../server/services/relations/comments.ts";
import type { Html } from "../html.ts";
import { actorPath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { wayBack } from "./hidden.ts";

/** What the reader keeps in mind about somebody, for their own eyes; open where there is something. */
export function privateComment(visit: Visit, actor: ActorView, { comment }: Relationship): Html {
  const { t } = visit.i18n;
  return html`<details class="private-comment"${comment === "" ? "" : html` open`}><summary>${t("profile.comment")}</summary>
<form class="stack" method="post" action="${actorPath(actor)}/relationship">${wayBack(visit)}<div class="field"><label for="f-comment" class="hidden">${t("profile.comment")}</label><textarea id="f-comment" name="comment" rows="2" dir="auto" maxlength="${COMMENT_MAX}" aria-describedby="f-comment-hint">
${comment}</textarea><p class="hint" id="f-comment-hint">${t("profile.comment_hint")}</p></div>
<div class="form-buttons"><button class="button quiet small" name="do" value="comment">${t("form.save")}</button></div></form></details>`;
}
