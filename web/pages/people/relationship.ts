import { html } from "hono/html";
import type { App } from "../../../server/context.ts";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import type { ActorId } from "../../../server/domain/ids.ts";
import { CausewayError } from "../../../server/errors.ts";
import { findRelationship } from "../../../server/services/actors/actors.ts";
import { setComment } from "../../../server/services/relations/comments.ts";
import {
  answerFollowRequest,
  changeFollow,
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
import { options } from "../../components/fields.ts";
import { wayBack } from "../../components/hidden.ts";
import { relationshipControls } from "../../components/relationship.ts";
import type { Form } from "../../form.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showFragment, showPage, wantsFragment } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { actorOf } from "../../member.ts";
import { actorPath, safeReturn } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

type Change = (app: App, viewer: Viewer, actorId: ActorId, form: Form) => Promise<unknown>;

const HOUR = 3_600_000;

/** How long a mute may last, by what the form says; the first is for good. */
const DURATIONS: readonly (readonly [value: string, word: MessageKey, forMs: number | undefined])[] = [
  ["always", "mute.always", undefined],
  ["hour", "mute.hour", HOUR],
  ["day", "mute.day", 24 * HOUR],
  ["week", "mute.week", 7 * 24 * HOUR],
  ["month", "mute.month", 30 * 24 * HOUR],
];

/** A mute without a word about notifications, from a menu or an old page, hides them too. */
async function muteAsAsked(app: App, viewer: Viewer, actorId: ActorId, form: Form): Promise<unknown> {
  return await muteActor(app, viewer, actorId, {
    forMs: DURATIONS.find(([value]) => value === form.text("for"))?.[2],
    hidesNotifications: !form.has("for") || form.has("notifications"),
  });
}

/** The buttons on a profile and in lists of people, by their value. */
const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ["follow", (app, viewer, id) => followActor(app, viewer, id)],
  ["unfollow", unfollowActor],
  ["block", blockActor],
  ["unblock", unblockActor],
  ["mute", muteAsAsked],
  ["unmute", unmuteActor],
  ["bell", (app, viewer, id) => changeFollow(app, viewer, id, { notifies: true })],
  ["unbell", (app, viewer, id) => changeFollow(app, viewer, id, { notifies: false })],
  ["show-boosts", (app, viewer, id) => changeFollow(app, viewer, id, { showsAnnounces: true })],
  ["hide-boosts", (app, viewer, id) => changeFollow(app, viewer, id, { showsAnnounces: false })],
  ["comment", (app, viewer, id, form) => setComment(app, viewer, id, form.text("comment"))],
  ["remove-follower", removeFollower],
  ["accept", (app, viewer, id) => answerFollowRequest(app, viewer, id, "accept")],
  ["reject", (app, viewer, id) => answerFollowRequest(app, viewer, id, "reject")],
]);

/** Changes how the reader stands to somebody; then the same page, or its buttons anew. */
export async function postRelationship(c: WebContext, viewer: Viewer): Promise<Response> {
  const actor = await actorOf(c);
  const form = await readForm(c);
  const change = CHANGES.get(form.text("do"));
  if (change === undefined) throw new CausewayError("invalid", "error.invalid");
  const visit = c.get("visit");
  await change(visit.app, viewer, actor.id, form);
  const returnTo = safeReturn(form.text("return"), actorPath(actor));
  if (!wantsFragment(c)) return c.redirect(returnTo, 303);
  const relationship = await findRelationship(visit.app, viewer, actor.id);
  return await showFragment(c, relationshipControls(visit, actor, relationship, returnTo));
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
<form class="stack" method="post" action="${actorPath(actor)}/relationship">${wayBack(visit, actorPath(actor))}
${what === "mute" ? muteFields(visit) : ""}<div class="form-buttons"><button class="button ${what === "block" ? "danger" : "primary"}" name="do" value="${what}">${t(`profile.${what}`)}</button> <a class="button quiet" href="${actorPath(actor)}">${t("form.cancel")}</a></div></form>`,
  });
}

/** For how long, and whether one still hears of them. */
function muteFields(visit: Visit): Html {
  const { t } = visit.i18n;
  const choices = DURATIONS.map(([value, word]) => ({ value, label: t(word) }));
  return html`<div class="field"><label for="f-for">${t("mute.how_long")}</label><select id="f-for" name="for">${options(choices, "always")}</select></div>
<label class="choice"><input type="checkbox" name="notifications" value="yes" checked> <span>${t("mute.notifications")}</span></label>`;
}
