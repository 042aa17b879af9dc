import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { notFound } from "../../../server/errors.ts";
import {
  changeQueue,
  type DeliveryQueue,
  type QueueChange,
  viewDeliveryQueue,
  viewJobQueue,
} from "../../../server/services/administration/queues.ts";
import { adminFrame, figures, question, rowButton } from "../../components/admin-nav.ts";
import { spanText } from "../../components/amounts.ts";
import { timeOf } from "../../components/note.ts";
import type { Form } from "../../form.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const QUEUE = "/admin/queue";
const JOBS = "/admin/jobs";

/** What waits to be told to other servers, and what they would not take. */
export async function getQueue(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const queue = await viewDeliveryQueue(visit.app, viewer);
  const asked = queue.hosts.find(({ host }) => host === c.req.query("drop"));
  const body =
    asked === undefined
      ? html`${figures([
          { label: t("queue.ready"), value: count(queue.counts.ready + queue.counts.leased) },
          { label: t("queue.later"), value: count(queue.counts.delayed) },
          { label: t("queue.dead"), value: count(queue.counts.dead) },
        ])}<p class="muted">${queue.oldestMs === 0 ? t("queue.none_late") : t("queue.oldest", { time: spanText(visit, queue.oldestMs) })}</p>
<section aria-labelledby="queue-hosts"><h2 class="section-title" id="queue-hosts">${t("queue.hosts")}</h2>${queue.hosts.length === 0 ? html`<div class="empty">${t("queue.empty")}</div>` : html`<ul class="rows card">${queue.hosts.map((host) => hostRow(visit, host))}</ul>`}</section>
<section aria-labelledby="queue-dead"><h2 class="section-title" id="queue-dead">${t("queue.dead_title")}</h2><p class="muted">${t("queue.dead_lead")}</p>${deadList(visit, queue.dead, "delivery")}</section>`
      : question(visit, {
          title: t("queue.drop_sure", { host: asked.host }),
          text: t("queue.drop_text", { waiting: asked.waiting, dead: asked.dead, host: asked.host }),
          action: QUEUE,
          fields: { do: "drop-host", host: asked.host },
          button: t("queue.drop_host"),
          back: QUEUE,
        });
  return await showPage(c, {
    title: t("staff.queue"),
    place: "settings",
    main: adminFrame(visit, "queue", body, { lead: t("queue.lead"), done: doneOf(c) }),
  });
}

/** Work that this server does by itself in the background, and what of it failed. */
export async function getJobs(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const queue = await viewJobQueue(visit.app, viewer);
  const body = html`${figures([
    { label: t("queue.ready"), value: count(queue.counts.ready + queue.counts.leased) },
    { label: t("queue.later"), value: count(queue.counts.delayed) },
    { label: t("queue.dead"), value: count(queue.counts.dead) },
  ])}
<section aria-labelledby="jobs-kinds"><h2 class="section-title" id="jobs-kinds">${t("jobs.kinds")}</h2>${queue.kinds.length === 0 ? html`<div class="empty">${t("jobs.empty")}</div>` : html`<ul class="rows card">${queue.kinds.map(({ kind, waiting, dead }) => html`<li><p class="code">${kind}</p><p class="muted">${t("queue.of_host", { waiting, dead })}</p></li>`)}</ul>`}</section>
<section aria-labelledby="jobs-dead"><h2 class="section-title" id="jobs-dead">${t("queue.dead_title")}</h2><p class="muted">${t("jobs.dead_lead")}</p>${deadList(visit, queue.dead, "job")}</section>`;
  return await showPage(c, {
    title: t("staff.jobs"),
    place: "settings",
    main: adminFrame(visit, "jobs", body, { lead: t("jobs.lead"), done: doneOf(c) }),
  });
}

function doneOf(c: WebContext): MessageKey | undefined {
  const done = c.req.query("done");
  if (done === "again") return "queue.retried";
  return done === "gone" ? "queue.dropped" : done === undefined ? undefined : "queue.too_late";
}

function hostRow(visit: Visit, one: DeliveryQueue["hosts"][number]): Html {
  const { t } = visit.i18n;
  const facts = [
    t("queue.of_host", { waiting: one.waiting, dead: one.dead }),
    ...(one.retried > 0 ? [t("queue.retrying", { count: one.retried })] : []),
  ];
  const isResting = one.retry_at !== null && one.retry_at > visit.app.clock.now();
  return html`<li><div><p><strong dir="ltr">${one.host}</strong>${one.given_up_at !== null ? html` <span class="badge">${t("hosts.dead")}</span>` : isResting ? html` <span class="badge">${t("hosts.resting")}</span>` : ""}</p>
<p class="muted small-text">${facts.join(" · ")}${one.oldest === null ? "" : html` · ${visit.i18n.rich("queue.since", { time: timeOf(visit, one.oldest, "") })}`}</p></div>
<div class="form-buttons row-buttons">${rowButton(visit, QUEUE, { do: "retry-host", text: t("queue.retry"), about: one.host, fields: { host: one.host } })}<a class="button quiet small" href="${QUEUE}?drop=${encodeURIComponent(one.host)}">${t("queue.drop")}<span class="hidden"> ${one.host}</span></a></div></li>`;
}

function deadList(visit: Visit, dead: DeliveryQueue["dead"], what: "delivery" | "job"): Html {
  const { t } = visit.i18n;
  if (dead.length === 0) return html`<div class="empty">${t("queue.no_dead")}</div>`;
  const path = what === "delivery" ? QUEUE : JOBS;
  return html`<ul class="rows card">${dead.map((one) => {
    const fields = { id: String(one.id) };
    const about = `${one.kind} ${one.id}`;
    return html`<li><div><p class="address small-text" lang="en" dir="ltr">${what === "job" ? html`<strong>${one.kind}</strong> ` : ""}${one.fault.slice(0, 300)}</p><p class="muted small-text">${t("queue.tries", { count: one.tries })} · ${timeOf(visit, one.createdAt, "")}</p></div>
<div class="form-buttons row-buttons">${rowButton(visit, path, { do: "retry", text: t("queue.retry"), about, fields })}${rowButton(visit, path, { do: "drop", text: t("queue.drop"), about, fields })}</div></li>`;
  })}</ul>`;
}

/** Tries again or forgets; then the same page. */
export async function postQueue(c: WebContext, viewer: Viewer): Promise<Response> {
  return await change(c, viewer, "delivery");
}

export async function postJobs(c: WebContext, viewer: Viewer): Promise<Response> {
  return await change(c, viewer, "job");
}

async function change(c: WebContext, viewer: Viewer, what: "delivery" | "job"): Promise<Response> {
  const wanted = changeOf(await readForm(c), what);
  const count = await changeQueue(c.get("visit").app, viewer, wanted);
  const isHost = wanted.do === "retry-host" || wanted.do === "drop-host";
  const done = count === 0 && !isHost ? "late" : wanted.do.startsWith("retry") ? "again" : "gone";
  return c.redirect(`${what === "job" ? JOBS : QUEUE}?done=${done}`, 303);
}

/** @throws not_found for what no form of ours says */
function changeOf(form: Form, what: "delivery" | "job"): QueueChange {
  const [verb, host, id] = [form.text("do"), form.text("host"), Number(form.text("id"))];
  if ((verb === "retry-host" || verb === "drop-host") && what === "delivery" && host !== "")
    return { do: verb, host };
  if ((verb === "retry" || verb === "drop") && Number.isSafeInteger(id) && id > 0)
    return { do: verb, what, id };
  throw notFound();
}
