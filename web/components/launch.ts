import { html } from "hono/html";
import type { Evacuation } from "../../server/services/escapes/evacuations.ts";
import type { OldHome } from "../../server/services/escapes/notices.ts";
import type { LaunchProgress, LostServer } from "../../server/services/escapes/progress.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { timeOf } from "./note.ts";

/** The path of the page of an agreement: its number without the words before it. */
export function communityPath(agreementUri: string): string {
  return `/lifeboat/${agreementUri.replace("urn:uuid:", "")}`;
}

/** The name of a server in a sentence: its host. */
export function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? origin;
}

/** On every page while a launch waits or runs: nothing of it happens unseen. */
export function launchBanners(visit: Visit): Html {
  const { rich, t } = visit.i18n;
  if (visit.evacuations.length === 0) return html``;
  return html`${visit.evacuations.map(({ agreementUri, evacuation }) => {
    const home = html`<bdi dir="ltr">${hostOf(evacuation.home)}</bdi>`;
    const text =
      evacuation.state === "waiting" && evacuation.beginsAt !== null
        ? rich("launch.banner_waiting", { home, time: timeOf(visit, evacuation.beginsAt, "", true) })
        : rich("launch.banner_running", { home });
    return html`<p class="notice" role="status" data-component="launch-banner">${text} <a href="${communityPath(agreementUri)}">${t("launch.banner_more")}</a></p>`;
  })}`;
}

/** From where somebody came, on their profile. */
export function oldHomeNotice(visit: Visit, old: OldHome | null, username: string): Html {
  if (old === null) return html``;
  const { rich, t } = visit.i18n;
  const handle = html`<bdi dir="ltr">${old.handle ?? old.uri}</bdi>`;
  return html`<p class="notice" data-component="old-home">${rich("launch.came_from", { handle })} <a href="/lifeboat/of/${username}">${t("launch.came_more")}</a></p>`;
}

/** Where a decision stands, in a sentence. */
export function evacuationState(visit: Visit, evacuation: Evacuation): Html {
  const { rich, t } = visit.i18n;
  const { state, approvals, threshold, beginsAt, finishedAt } = evacuation;
  const home = html`<bdi dir="ltr">${hostOf(evacuation.home)}</bdi>`;
  switch (state) {
    case "asked":
      return html`${t("launch.state_asked", { approvals, threshold })}`;
    case "waiting":
      return rich("launch.state_waiting", { home, time: timeOf(visit, beginsAt ?? 0, "", true) });
    case "running":
      return html`${t("launch.state_running")}`;
    case "done":
      return rich("launch.state_done", { time: timeOf(visit, finishedAt ?? 0, "", true) });
    case "stopped":
      return rich("launch.state_stopped", { home });
    default:
      return state satisfies never;
  }
}

/** How far it is: who answered, who is back, and who cannot follow. */
export function progressSection(visit: Visit, progress: LaunchProgress): Html {
  const { t, count } = visit.i18n;
  const { servers, answered, arrived, expected, expectedLost } = progress;
  if (servers === 0)
    return html`<section class="card" aria-labelledby="progress"><h2 class="section-title" id="progress">${t("launch.progress")}</h2><p>${t("launch.nothing_yet")}</p></section>`;
  return html`<section class="card stack" aria-labelledby="progress"><h2 class="section-title" id="progress">${t("launch.progress")}</h2>
<p role="status"><strong>${t("launch.servers", { answered: count(answered), servers: count(servers) })}</strong> ${t("launch.followers", { arrived: count(arrived), expected: count(expected + expectedLost) })}</p>
<progress class="whole" max="${servers}" value="${answered}" aria-label="${t("launch.progress")}"></progress>
<p class="muted">${t("launch.progress_hint")}</p></section>
${waiting(visit, progress)}${lost(visit, progress)}`;
}

function waiting(visit: Visit, { waiting: all, waitingServers }: LaunchProgress): Html {
  const { t } = visit.i18n;
  if (all === 0) return html``;
  return html`<details class="card fold"><summary>${t("launch.waiting", { count: all })}</summary><ul class="rows">${waitingServers.map(({ host, followers }) => html`<li><bdi dir="ltr">${host}</bdi> <span class="muted">${t("launch.people", { count: followers })}</span></li>`)}</ul></details>`;
}

function lost(visit: Visit, { lost: all, lostServers }: LaunchProgress): Html {
  const { t } = visit.i18n;
  if (all === 0) return html``;
  return html`<section aria-labelledby="lost"><h2 class="section-title" id="lost">${t("launch.lost", { count: all })}</h2><p class="muted">${t("launch.lost_hint")}</p><ul class="rows card">${lostServers.map((one) => lostRow(visit, one))}</ul></section>`;
}

function lostRow(visit: Visit, { host, software, followers, reason }: LostServer): Html {
  const { t } = visit.i18n;
  return html`<li><div><p><strong dir="ltr">${host}</strong>${software === null ? "" : html` <span class="badge"><bdi>${software}</bdi></span>`}</p><p class="muted small-text">${t("launch.people", { count: followers })} · ${t(`launch.unable_${reason}`)}</p></div></li>`;
}
