import { html } from "hono/html";
import type { App } from "../../../server/context.ts";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import type { ActorId } from "../../../server/domain/ids.ts";
import { CausewayError } from "../../../server/errors.ts";
import {
  answerFollowRequest,
  followActor,
  removeFollower,
  unfollowActor,
} from "../../../server/services/relations/follows.ts";
import {
  blockActor,
  muteActor,
  unblockActor,
  unmuteActor,
} from "../../../server/services/relations/relationships.ts";
import { actorRow } from "../../components/actor.ts";
import { wayBack } from "../../components/hidden.ts";
import { readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { actorOf } from "../../member.ts";
import { actorPath, safeReturn } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

type Change = (app: App, viewer: Viewer, actorId: ActorId) => Promise<unknown>;

/** The buttons on a profile and in lists of people, by their value. */
const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ["follow", followActor],
  ["unfollow", unfollowActor],
  ["block", blockActor],
  ["unblock", unblockActor],
  ["mute", muteActor],
  ["unmute", unmuteActor],
  ["remove-follower", removeFollower],
  ["accept", (app, viewer, id) => answerFollowRequest(app, viewer, id, "accept")],
  ["reject", (app, viewer, id) => answerFollowRequest(app, viewer, id, "reject")],
]);

/** Changes how the reader stands to somebody; then the same page. */
export async function postRelationship(c: WebContext, viewer: Viewer): Promise<Response> {
  const actor = await actorOf(c);
  const form = await readForm(c);
  const change = CHANGES.get(form.text("do"));
  if (change === undefined) throw new CausewayError("invalid", "error.invalid");
  await change(c.get("visit").app, viewer, actor.id);
  return c.redirect(safeReturn(form.text("return"), actorPath(actor)), 303);
}

/** Asks before blocking, and says what it does. */
export async function getBlock(c: WebContext, viewer: Viewer): Promise<Response> {
  return await confirm(c, viewer, await actorOf(c), "block");
}

/** Asks before muting, and says what it does. */
export async function getMute(c: WebContext, viewer: Viewer): Promise<Response> {
  return await confirm(c, viewer, await actorOf(c), "mute");
}

async function confirm(
  c: WebContext,
  viewer: Viewer,
  actor: ActorView,
  what: "block" | "mute",
): Promise<Response> {
  if (actor.id === viewer.actorId) throw new CausewayError("invalid", "error.block_self");
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const title = t(`confirm.${what}`, { handle: handleOf(actor) });
  return await showPage(c, {
    title,
    shape: "narrow",
    main: html`<h1>${title}</h1><p>${t(`confirm.${what}_text`)}</p><ul class="actor-list">${actorRow(visit, actor)}</ul>
<form method="post" action="${actorPath(actor)}/relationship">${wayBack(visit, actorPath(actor))}
<div class="form-buttons"><button class="button ${what === "block" ? "danger" : "primary"}" name="do" value="${what}">${t(`profile.${what}`)}</button> <a class="button quiet" href="${actorPath(actor)}">${t("form.cancel")}</a></div></form>`,
  });
}
