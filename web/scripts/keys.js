// Shortcuts, for who has turned them on in the settings, or for this window by "?". They move the focus, so that what
// reads the page aloud comes along.

import { fetchFragment } from "./dom.js";

const PLACES = new Map([
  ["h", "/"],
  ["e", "/explore"],
  ["n", "/notifications"],
]);

/** What a key presses in the note that has the focus. */
const IN_NOTE = new Map([
  ["o", ".note-when a.u-url, .cover-title a"],
  ["r", ".do-reply"],
  ["f", ".do-like"],
  ["b", ".do-boost"],
  ["d", ".do-bookmark"],
  ["x", "details.warning > summary, details.veil > summary"],
  ["m", "a.media-link"],
]);

let isOn = document.body.hasAttribute("data-keys") || sessionStorage.getItem("keys") === "on";
let isAfterG = false;

export function start() {
  document.addEventListener("keydown", onKey);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (
    !(target instanceof Element) ||
    target.closest("input, textarea, select, dialog, video, audio") !== null
  )
    return;
  if (key !== "?" && !isOn) return;
  const hasDone = isAfterG ? goTo(key) : act(key);
  isAfterG = key === "g" && !isAfterG;
  if (hasDone) event.preventDefault();
}

/** @param {string} key */
function goTo(key) {
  const place = PLACES.get(key);
  if (place !== undefined) location.assign(place);
  return place !== undefined;
}

/** @param {string} key */
function act(key) {
  if (key === "?") return help();
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === "n" || key === "/") {
    location.assign(key === "n" ? "/compose" : "/search");
    return true;
  }
  const selector = IN_NOTE.get(key);
  const control = selector === undefined ? null : here()?.querySelector(selector);
  if (!(control instanceof HTMLElement)) return false;
  control.click();
  return true;
}

function notes() {
  return [...document.querySelectorAll("main article[id^=note-]")].filter(
    (note) => note.parentElement?.closest("article") === null,
  );
}

function here() {
  return document.activeElement?.closest("main article[id^=note-]") ?? null;
}

/** @param {number} by */
function move(by) {
  const list = notes();
  const at = list.findIndex((note) => note.contains(document.activeElement));
  const seen = list.findIndex((note) => note.getBoundingClientRect().bottom > 80);
  const to = at >= 0 ? at + by : Math.max(0, seen);
  const note = list[to];
  if (!(note instanceof HTMLElement)) return false;
  note.tabIndex = -1;
  note.focus({ preventScroll: true });
  note.scrollIntoView({ block: "nearest" });
  return true;
}

function help() {
  isOn = true;
  sessionStorage.setItem("keys", "on");
  void show().catch(() => location.assign("/keys"));
  return true;
}

async function show() {
  const list = (await fetchFragment("/keys")).firstElementChild;
  if (list === null) return;
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.setAttribute("closedby", "any");
  dialog.append(list);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
