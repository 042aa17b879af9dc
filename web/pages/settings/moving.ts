import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  addAlias,
  getMoveState,
  moveAccount,
  moveBack,
  removeAlias,
  resendMove,
} from "../../../server/services/moves/moves.ts";
import type { MoveState } from "../../../server/services/moves/moves.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { homeLine } from "../../components/profile-extras.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState, Outcome } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/moving";

/** Other homes of the person, and the way to one of them. */
export async function getMoving(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** `do` says what: add or remove another home, move, tell everybody again, come back. */
export async function postMoving(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  const proof = { sessionToken: sessionToken ?? "" };
  const removed = form.text("remove");
  const act = async (): Promise<void> => {
    if (removed !== "") return await removeAlias(app, viewer, removed);
    switch (form.text("do")) {
      case "move":
        return await moveAccount(app, viewer, { ...proof, target: form.text("target") });
      case "back":
        return await moveBack(app, viewer, proof);
      case "again":
        return await resendMove(app, viewer);
      default:
        return await addAlias(app, viewer, form.text("alias"));
    }
  };
  const outcome: Outcome<void> = await attempt(act);
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const moves = await getMoveState(visit.app, viewer);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = {
    alias: t("moving.alias"),
    target: t("moving.target"),
  };
  const body = html`${faultSummary(visit, state, labels)}
${moves.movedTo === null ? html`${aliases(visit, moves, state)}${departure(visit, moves, state)}` : html`${arrival(visit, moves)}${aliases(visit, moves, state)}`}`;
  return await showPage(c, {
    title: t("settings.moving"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "moving", c.req.query("saved") !== undefined, body),
  });
}

function section(visit: Visit, name: "here" | "out" | "gone", body: Html): Html {
  const title: MessageKey = `moving.${name}_title`;
  return html`<section class="card stack" aria-labelledby="${name}-title"><h2 class="section-title" id="${name}-title">${visit.i18n.t(title)}</h2>${body}</section>`;
}

/** Homes from which followers may be sent here. */
function aliases(visit: Visit, moves: MoveState, state: FormState): Html {
  const { t } = visit.i18n;
  const rows = moves.aliases.map(
    (home) =>
      html`<li><div>${homeLine(visit, home)}</div><button class="button quiet small" name="remove" value="${home.uri}">${t("moving.remove")}<span class="hidden"> ${home.uri}</span></button></li>`,
  );
  return section(
    visit,
    "here",
    html`<p>${t("moving.here_text")}</p>
${rows.length === 0 ? "" : html`<form method="post" action="${PATH}">${formToken(visit)}<ul class="rows">${rows}</ul></form>`}
<form class="stack" method="post" action="${PATH}">${formToken(visit)}
${textField(visit, state, { name: "alias", label: "moving.alias", hint: t("moving.alias_hint"), required: true, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button primary" name="do" value="alias">${t("moving.add")}</button></div></form>`,
  );
}

function departure(visit: Visit, moves: MoveState, state: FormState): Html {
  const { t } = visit.i18n;
  if (moves.againAt !== null)
    return section(visit, "out", html`<p>${t("moving.wait", { date: visit.i18n.day(moves.againAt) })}</p>`);
  return section(
    visit,
    "out",
    html`<p>${t("moving.out_text")}</p><ul class="steps"><li>${t("moving.step_alias", { handle: `@${visit.viewer?.username ?? ""}@${visit.app.config.handleHost}` })}</li><li>${t("moving.step_followers")}</li><li>${t("moving.step_notes")}</li></ul>
<form class="stack" method="post" action="${PATH}">${formToken(visit)}
${textField(visit, state, { name: "target", label: "moving.target", hint: t("moving.target_hint"), required: true, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button danger" name="do" value="move">${t("moving.submit")}</button></div></form>`,
  );
}

function arrival(visit: Visit, moves: MoveState): Html {
  const { t } = visit.i18n;
  if (moves.movedTo === null) return html``;
  return section(
    visit,
    "gone",
    html`${homeLine(visit, moves.movedTo)}${progress(visit, moves)}
<form class="stack" method="post" action="${PATH}">${formToken(visit)}<button class="button quiet" name="do" value="again">${t("moving.again")}</button></form>
<p>${t("moving.back_text")}</p>
<form class="stack" method="post" action="${PATH}">${formToken(visit)}
<div class="form-buttons"><button class="button primary" name="do" value="back">${t("moving.back")}</button></div></form>`,
  );
}

function progress(visit: Visit, { progress: told }: MoveState): Html {
  const { t } = visit.i18n;
  if (told === null) return html``;
  const waiting =
    told.waiting === 0 ? t("moving.all_told") : t("moving.still_telling", { count: told.waiting });
  return html`<p role="status">${waiting}${told.failed === 0 ? "" : html` ${t("moving.not_told", { count: told.failed })}`}</p>`;
}
