// Times in the reader's own zone, and "3 minutes ago" that goes on counting.

import { all } from "./dom.js";

const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** @type {readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[]} */
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

let isTicking = false;

/** @param {ParentNode} root */
export function start(root) {
  for (const time of all(root, "time[data-time]")) draw(/** @type {HTMLTimeElement} */ (time));
  if (isTicking) return;
  isTicking = true;
  setInterval(() => {
    if (document.visibilityState === "visible") start(document);
  }, 30_000);
}

/** @param {HTMLTimeElement} time */
function draw(time) {
  const at = new Date(time.dateTime);
  const inZone = moment.format(at);
  time.title = inZone;
  if (time.dataset.time === "moment") time.textContent = inZone;
  const seconds = Math.max(0, Math.floor((Date.now() - at.getTime()) / 1000));
  if (time.dataset.time !== "ago" || seconds >= 7 * 86_400) return;
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ["second", 1];
  const text = relative.format(unit === "second" ? 0 : -Math.floor(seconds / size), unit);
  if (time.textContent !== text) time.textContent = text;
}
